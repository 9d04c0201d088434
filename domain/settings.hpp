#pragma once

#include "domain/money.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace reserve {

using millis = std::chrono::milliseconds;

/// What a provider charges us: `rate` of the amount plus `fixed` (spec 20§5.1), and the IOF it causes (spec 20§7).
struct provider_rates {
  rate fee{};
  money fixed{};
  rate iof{};
};

/// Settings of a city (spec 50§10): built-in defaults < `city_defaults` of the configuration < the city's own row.
struct city_settings {
  struct {
    int booking_horizon_days = 365;
    int max_nights = 30;
    int min_advance_hours = 0;
    std::chrono::minutes same_day_cutoff{20 * 60};
    int max_rooms = 5;
    int max_live_intents_per_session = 5;
  } booking;

  /// Spec 10§15.
  struct {
    millis intent_created = std::chrono::minutes(15);
    millis payment_pending = std::chrono::minutes(30);
    millis retry_extension = std::chrono::minutes(5);
    millis payment_total = std::chrono::minutes(45);
    millis finalize_failsafe = std::chrono::minutes(5);
    millis tentative = std::chrono::hours(24);
    millis three_ds_abandon = std::chrono::minutes(10); ///< key `ttl.3ds_abandon`
    millis three_ds_cancel = std::chrono::minutes(15);  ///< key `ttl.3ds_cancel`
    millis pix_charge = std::chrono::minutes(15);
    millis host_commit = std::chrono::minutes(10);
    millis host_cancel = std::chrono::hours(24);
  } ttl;

  struct {
    std::vector<std::string> methods{"stripe_card", "pix"};
    std::vector<std::string> pix_providers{"stripe", "mercadopago", "openpix"};
    int max_failures = 3;
    millis expire_grace = std::chrono::minutes(30);
    millis unmatched_after = std::chrono::seconds(60);
    millis pix_poll_interval = std::chrono::seconds(15);
    millis card_poll_interval = std::chrono::seconds(30);
    /// By payment method: stripe_card, stripe_pix, mercadopago_pix, openpix.
    std::map<std::string, provider_rates> rates{
        {"stripe_card", {{290}, {30}, {}}}, {"stripe_pix", {{119}, {}, {}}}, {"mercadopago_pix", {{99}, {}, {}}}, {"openpix", {{80}, {}, {}}}};
  } payment;

  struct {
    millis timeout = std::chrono::seconds(10);
    int retries = 3;
    std::vector<millis> backoff{std::chrono::seconds(1), std::chrono::seconds(2), std::chrono::seconds(4)};
    double jitter = 0.2;
    int breaker_failures = 5;
    millis breaker_window = std::chrono::seconds(60);
    millis breaker_open = std::chrono::seconds(30);
    int rate_per_property = 100; ///< requests a minute
    millis live_check_timeout = std::chrono::seconds(3);
    millis failure_refund_after = std::chrono::minutes(30); ///< key `host.host_failure_refund_after`
  } host;

  struct {
    millis queue_wait = std::chrono::seconds(5);
  } inventory;

  struct {
    int retries = 3;
    std::vector<millis> backoff{std::chrono::seconds(5), std::chrono::seconds(10), std::chrono::seconds(20)};
  } refund;

  /// max-age told to clients.
  struct {
    millis search = std::chrono::seconds(60);
    millis calendar = std::chrono::seconds(30);
    millis list = std::chrono::minutes(5);
    millis detail = std::chrono::minutes(5);
    millis cities = std::chrono::seconds(15);
  } cache;

  struct {
    std::string phone;
    std::string email;
  } support;

  struct {
    bool public_booking = true;
    bool cards = true;
    bool pix = true;
  } flags;
};

} // namespace reserve
