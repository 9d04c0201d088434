#include "domain/payment.hpp"

#include <algorithm>

namespace reserve {

namespace {

/// Providers keep the keys of our calls for a day; we trust that for 20 hours (RF8).
constexpr auto key_lifetime = std::chrono::hours(20);
constexpr auto poll_back_off_after = std::chrono::minutes(10);
constexpr int poll_back_off = 4;
constexpr auto look_for_object_every = std::chrono::minutes(5);

void add_refund(std::vector<payment_todo>& steps, const refund& one, timestamp now) {
  const bool waiting = one.status == refund_status::pending || one.status == refund_status::processing;
  if (!waiting || now < one.next_at)
    return;
  const bool old = one.first_sent_at && now - *one.first_sent_at > key_lifetime;
  steps.push_back(step_send_refund{one.id, one.uncertain || old || !one.gateway_refund_id.empty()});
}

/// An object that we know of and still want gone, or whose creation was never answered.
bool to_be_cancelled(const payment& known) {
  return known.close_wanted && (known.object_open() || !known.provider_object.empty());
}

bool waits_for_creation(const payment& known) {
  return known.status == payment_status::pending && known.provider_object.empty() && !known.close_wanted;
}

/// Given up without a certain answer of the provider: an object of ours may be there (PM2).
bool may_turn_up(const payment& known) {
  return known.provider_object.empty() && !known.object_open() && known.watch_until;
}

void take_earlier(std::optional<timestamp>& earliest, timestamp one) {
  earliest = earliest ? std::min(*earliest, one) : one;
}

millis poll_interval(const payment& known, timestamp last_read, const city_settings& settings) {
  if (!known.is_pix())
    return settings.payment.card_poll_interval;
  const bool late = last_read - known.created_at >= poll_back_off_after;
  return settings.payment.pix_poll_interval * (late ? poll_back_off : 1);
}

} // namespace

/// Creation and cancelling first, then refunds, then what others are told: one notice at a time, in order.
std::vector<payment_todo> next_steps(const payment& known, timestamp now) {
  std::vector<payment_todo> steps;
  if (waits_for_creation(known))
    steps.push_back(step_create_object{});
  if (to_be_cancelled(known))
    steps.push_back(step_cancel_object{});
  for (const auto& one : known.refunds)
    add_refund(steps, one, now);
  if (!known.notices.empty())
    steps.push_back(step_tell{known.notices.front()});
  if (!known.exceptions.empty())
    steps.push_back(step_raise_payment{known.exceptions});
  return steps;
}

std::optional<timestamp> next_poll(const payment& known, timestamp last_read, const city_settings& settings) {
  if (may_turn_up(known)) {
    const timestamp look_at = std::max(last_read, known.status_changed_at) + look_for_object_every;
    return look_at < *known.watch_until ? std::optional(look_at) : std::nullopt;
  }
  if (known.provider_object.empty() || (!known.object_open() && !known.watch_until))
    return std::nullopt;
  const timestamp from = std::max(last_read, known.created_at);
  timestamp next = from + poll_interval(known, from, settings);
  if (known.object_open() && known.pix_expires_at && from < *known.pix_expires_at)
    next = std::min(next, *known.pix_expires_at);
  if (!known.object_open() && next > *known.watch_until)
    return std::nullopt;
  return next;
}

std::optional<timestamp> next_deadline(const payment& known, const city_settings& settings) {
  std::optional<timestamp> earliest;
  const bool asked = known.object_open() && !known.close_wanted && known.attempt_state == attempt_status::requires_action;
  if (asked && known.action_since)
    take_earlier(earliest, *known.action_since + settings.ttl.three_ds_abandon);
  const auto pix_expires_at = known.pix_expires_at ? known.pix_expires_at : known.request.expires_at;
  if (known.is_pix() && known.object_open() && pix_expires_at)
    take_earlier(earliest, *pix_expires_at + settings.payment.expire_grace);
  if (known.watch_until)
    take_earlier(earliest, *known.watch_until);
  for (const auto& one : known.refunds)
    if (one.status == refund_status::processing)
      take_earlier(earliest, one.next_at);
  return earliest;
}

} // namespace reserve
