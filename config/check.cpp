#include "config/check.hpp"

#include "config/keys.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

namespace reserve::config {
namespace {

constexpr const char* empty_text = "must not be empty";

/// Collects the problems of one configuration.
class checker {
public:
  checker(const config& values, const locate& where) : values_(values), where_(where) {}

  std::vector<problem> run(purpose use) {
    check_required(use);
    check_providers();
    check_limits();
    check_names();
    check_networks();
    if (use == purpose::sandbox)
      demand(values_.env != environment::production, "env", "must not be production for the sandbox");
    if (values_.env == environment::production)
      check_production();
    return std::move(found_);
  }

private:
  void demand(bool fulfilled, const std::string& key, const std::string& what = empty_text) {
    if (!fulfilled)
      found_.push_back({key, what, where_(key)});
  }

  void check_required(purpose use) {
    if (use == purpose::database || use == purpose::server)
      demand(!values_.database.url.empty(), "database.url");
    if (use == purpose::sandbox || use == purpose::server) {
      demand(!values_.host.api_key.empty(), "host.api_key");
      demand(!values_.host.jwt_secret.empty(), "host.jwt_secret");
      demand(!values_.host.webhook_secrets.empty(), "host.webhook_secrets");
    }
    if (use == purpose::server) {
      demand(!values_.host.base_url.empty(), "host.base_url");
      demand(!values_.security.vault_keys.empty(), "security.vault_keys");
      demand(!values_.security.hash_key.empty(), "security.hash_key");
      demand(!values_.security.code_key.empty(), "security.code_key");
    }
  }

  void check_providers() {
    if (const auto& stripe = values_.stripe) {
      demand(!stripe->base_url.empty(), "stripe.base_url");
      demand(!stripe->secret_key.empty(), "stripe.secret_key");
      demand(!stripe->webhook_secrets.empty(), "stripe.webhook_secrets");
    }
    if (const auto& mercadopago = values_.mercadopago) {
      demand(!mercadopago->base_url.empty(), "mercadopago.base_url");
      demand(!mercadopago->access_token.empty(), "mercadopago.access_token");
      demand(!mercadopago->webhook_secrets.empty(), "mercadopago.webhook_secrets");
    }
    if (const auto& openpix = values_.openpix) {
      demand(!openpix->base_url.empty(), "openpix.base_url");
      demand(!openpix->app_id.empty(), "openpix.app_id");
      const bool rsa = openpix->webhook_signature == openpix_signature::rsa;
      demand(rsa || !openpix->webhook_secrets.empty(), "openpix.webhook_secrets");
      demand(!rsa || !openpix->public_keys_url.empty(), "openpix.public_keys_url");
    }
  }

  void check_limits() {
    const auto& all = values_;
    const auto& city = all.city_defaults;
    const std::initializer_list<std::pair<const char*, bool>> at_least_one{
        {"http.body_limit", all.http.body_limit.bytes > 0},
        {"http.header_limit", all.http.header_limit.bytes > 0},
        {"http.max_connections", all.http.max_connections > 0},
        {"database.pool", all.database.pool > 0},
        {"journal.batch_max", all.journal.batch_max > 0},
        {"admission.commands_per_city", all.admission.commands_per_city > 0},
        {"admission.lag_max", all.admission.lag_max > 0},
        {"actors.threads", all.actors.threads > 0},
        {"city_defaults.booking.booking_horizon_days", city.booking.booking_horizon_days > 0},
        {"city_defaults.booking.max_nights", city.booking.max_nights > 0},
        {"city_defaults.booking.max_rooms", city.booking.max_rooms > 0},
        {"city_defaults.booking.max_live_intents_per_session", city.booking.max_live_intents_per_session > 0},
        {"city_defaults.payment.max_failures", city.payment.max_failures > 0},
        {"city_defaults.host.breaker.failures", city.host.breaker_failures > 0},
        {"city_defaults.host.rate_per_property", city.host.rate_per_property > 0},
    };
    for (const auto& [key, fulfilled] : at_least_one)
      demand(fulfilled, key, "must be at least 1");
    const std::initializer_list<std::pair<const char*, millis>> above_zero{
        {"http.idle_timeout", all.http.idle_timeout},
        {"http.request_timeout", all.http.request_timeout},
        {"host.health_interval", all.host.health_interval},
        {"city_defaults.host.timeout", city.host.timeout},
        {"city_defaults.host.live_check_timeout", city.host.live_check_timeout},
        {"city_defaults.payment.pix_poll_interval", city.payment.pix_poll_interval},
        {"city_defaults.payment.card_poll_interval", city.payment.card_poll_interval},
    };
    for (const auto& [key, value] : above_zero)
      demand(value > millis(0), key, "must be longer than 0");
    demand(city.host.jitter <= 1, "city_defaults.host.jitter", "must be at most 1");
    demand(!city.host.backoff.empty() || city.host.retries == 0, "city_defaults.host.backoff");
    demand(!city.refund.backoff.empty() || city.refund.retries == 0, "city_defaults.refund.backoff");
  }

  void check_names() {
    const auto& payment = values_.city_defaults.payment;
    for (const auto& method : payment.methods)
      demand(method == "stripe_card" || method == "pix", "city_defaults.payment.methods", "must be of stripe_card, pix");
    for (const auto& provider : payment.pix_providers)
      demand(provider == "stripe" || provider == "mercadopago" || provider == "openpix", "city_defaults.payment.pix_providers",
             "must be of stripe, mercadopago, openpix");
    for (const auto& [key, url] : urls()) {
      const bool web = url.starts_with("http://") || url.starts_with("https://");
      demand(url.empty() || web, key, "must begin with http:// or https://");
    }
  }

  void check_networks() {
    for (const auto& network : values_.http.trusted_proxies)
      demand(is_network(network), "http.trusted_proxies", "must be networks such as 10.0.0.0/8");
    for (const auto& network : values_.limits.exempt_networks)
      demand(is_network(network), "limits.exempt_networks", "must be networks such as 127.0.0.0/8");
  }

  void check_production() {
    demand(!values_.clock.control, "clock.control", "must not be true in production");
    demand(values_.clock.offset == millis(0), "clock.offset", "must be 0s in production");
    each_key(values_, [&](const std::string& key, const auto& value) {
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
        if (key.ends_with(".base_url") || key == "openpix.public_keys_url")
          demand(!value.starts_with("http://"), key, "must be https in production");
    });
    demand(!where_("http.public_url").starts_with("default"), "http.public_url", "must be given in production");
  }

  /// Every value that is an address.
  std::vector<std::pair<std::string, std::string>> urls() const {
    std::vector<std::pair<std::string, std::string>> all;
    each_key(values_, [&](const std::string& key, const auto& value) {
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
        if (key.ends_with("_url"))
          all.emplace_back(key, value);
    });
    return all;
  }

  static bool is_network(const std::string& text) {
    const auto slash = text.find('/');
    const auto address = text.substr(0, slash);
    std::array<unsigned char, 16> bytes{};
    const bool ip6 = inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
    if (!ip6 && inet_pton(AF_INET, address.c_str(), bytes.data()) != 1)
      return false;
    if (slash == std::string::npos)
      return true;
    int bits = -1;
    const auto* end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data() + slash + 1, end, bits);
    return failed == std::errc{} && stopped == end && bits >= 0 && bits <= (ip6 ? 128 : 32);
  }

  const config& values_;
  const locate& where_;
  std::vector<problem> found_;
};

} // namespace

std::vector<problem> check(const config& values, purpose use, const locate& where) {
  return checker(values, where).run(use);
}

} // namespace reserve::config
