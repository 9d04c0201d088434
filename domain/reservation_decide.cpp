#include "domain/reservation_rules.hpp"

#include "domain/mutant.hpp"

namespace reserve {

namespace {

using status = reservation_status;
using kind = host_answer::kind;
using rules::reservation_events;

const std::string cancelled_there = "cancelled";

bool refund_wanted(const reservation& known, timestamp now) noexcept {
  return known.refund_now || (known.auto_refund_at && *known.auto_refund_at <= now);
}

/// The Host has a booking that carries our reference; a 2xx without id or with another reference is none.
bool is_ours(const reservation& known, const host_booking& booking) {
  return !booking.booking_id.empty() && (booking.external_reference.empty() || booking.external_reference == known.confirmation_code);
}

/// R5a and transient answers: the next try, or R5 when all are used.
reservation_events try_failed(const reservation& known, std::string error, bool unknown, const reservation_context& context) {
  if (known.status != status::host_commit_pending || !known.call_open)
    return {};
  if (known.attempts < 1 + context.settings->host.retries)
    return {host_attempt_failed{std::move(error), unknown}};
  auto failed = rules::failure(known, "transient", std::move(error), context);
  failed.unknown_result = known.unknown_result || unknown;
  return {std::move(failed)};
}

reservation_events booked(const reservation& known, const host_answer& answer, const reservation_context& context) {
  if (!is_ours(known, answer.booking))
    return try_failed(known, answer.error.empty() ? "ODD_ANSWER" : answer.error, true, context);
  // A repeated 201 of the same key may be older than the cancellation we have seen; only a reading counts then.
  if (known.cancelled_at_host && known.status == status::host_commit_pending && !mutant(bug::replayed_success))
    return {rules::failure(known, "rejected", "CANCELLED_AT_HOST", context)};
  if (known.cancelled_at_host && known.status == status::host_commit_failed)
    return {};
  return rules::seen_alive(known, answer.booking, "commit", context);
}

reservation_events found(const reservation& known, const host_booking& booking, const reservation_context& context) {
  if (!is_ours(known, booking))
    return {};
  if (booking.status == cancelled_there)
    return rules::seen_cancelled(known, booking, false, context);
  return rules::seen_alive(known, booking, "lookup", context);
}

reservation_events refused(const reservation& known, const host_answer& answer, const reservation_context& context) {
  if (known.status != status::host_commit_pending || !known.call_open)
    return {};
  return {rules::failure(known, "rejected", answer.error, context)};
}

/// May a call of ours still make a booking, or have made one that this look-up could not see?
bool may_exist(const reservation& known, const host_answer& look_up) {
  if (known.total_attempts == 0)
    return false;
  const bool certain = look_up.what == kind::not_found || look_up.what == kind::found || look_up.what == kind::cancelled;
  return known.unknown_result || known.call_open || !certain;
}

bool ttl_is_over(const reservation& known, const reservation_context& context) {
  return known.status == status::host_commit_pending && context.now >= known.status_changed_at + context.settings->ttl.host_commit;
}

bool recall_is_late(const reservation& known, const reservation_context& context) {
  if (!known.recall || !known.recall_since || context.now < *known.recall_since + context.settings->ttl.host_cancel)
    return false;
  for (const auto& type : known.raised)
    if (type == "host_cancel_failed")
      return false;
  return true;
}

} // namespace

reservation_decision decide_commit(const reservation& known, const host_answer& answer, const reservation_context& context) {
  switch (answer.what) {
  case kind::booked: return booked(known, answer, context);
  case kind::found: return found(known, answer.booking, context);
  case kind::odd: return try_failed(known, answer.error.empty() ? "ODD_ANSWER" : answer.error, true, context);
  case kind::transient: return try_failed(known, answer.error, answer.unknown, context);
  case kind::refused: return refused(known, answer, context);
  case kind::breaker_open:
    if (known.status != status::host_commit_pending || known.commit == host_commit_state::queued)
      return reservation_events{};
    return reservation_events{host_commit_queued{}};
  case kind::not_found:
  case kind::cancelled: break;
  }
  return reservation_events{};
}

reservation_decision decide_give_up(const reservation& known, const host_answer& answer, const reservation_context& context) {
  const bool has_booking = (answer.what == kind::found || answer.what == kind::booked) && is_ours(known, answer.booking);
  const bool alive = has_booking && answer.booking.status != cancelled_there;
  if (alive)
    return rules::seen_alive(known, answer.booking, "lookup", context);
  if (known.status != status::host_commit_failed || !refund_wanted(known, context.now))
    return reservation_events{};
  reservation_given_up given_up;
  given_up.amount = known.paid - known.refunded;
  given_up.recall = may_exist(known, answer);
  given_up.by = known.cancel_requested_at ? known.cancelled_by : "system";
  given_up.reason = "host_commit_failed";
  if (given_up.amount > money{} && known.payment)
    given_up.refund = refund_id{derive_uuid(known.id.value, "host_commit_failed")};
  return reservation_events{std::move(given_up)};
}

reservation_decision decide_due(const reservation& known, const reservation_context& context) {
  if (ttl_is_over(known, context)) {
    auto failed = rules::failure(known, "transient", known.commit_error.empty() ? "HOST_COMMIT_TTL" : known.commit_error, context);
    failed.unknown_result = known.unknown_result || known.call_open;
    return reservation_events{std::move(failed)};
  }
  if (recall_is_late(known, context))
    return rules::notice(known, "host_cancel_failed", "high", "RECALL_OPEN", "a booking that we gave up may still be at the Host",
                         {{"host_booking_id", known.recall_booking_id}});
  return reservation_events{};
}

reservation_decision decide_host_report(const reservation& known, const host_booking& report, bool guest_requested,
                                        const reservation_context& context) {
  const bool has_id = !report.booking_id.empty();
  const bool known_there = has_id && (report.booking_id == known.host_booking_id || report.booking_id == known.recall_booking_id);
  if (!known_there && !is_ours(known, report))
    return reservation_events{};
  if (report.status == cancelled_there)
    return rules::seen_cancelled(known, report, guest_requested, context);
  if (report.status == "confirmed" || report.status == "created")
    return rules::seen_alive(known, report, "report", context);
  return reservation_events{};
}

reservation_decision decide_retry(const reservation& known, bool automatic, const reservation_context& context) {
  // A refund that is being started (the Host is asked a last time) is a refund started.
  if ((known.status != status::host_commit_failed || known.refund_now) && !mutant(bug::double_click))
    return refusal(errc::invalid_state, "only a failed Host commit without a refund is retried");
  if (automatic && (known.failure_class != "transient" || refund_wanted(known, context.now)))
    return refusal(errc::invalid_state, "not retried by itself");
  return reservation_events{host_commit_retried{automatic}};
}

reservation_decision decide_cancel(const reservation& known, std::string by, std::string reason, const reservation_context& /*context*/) {
  const bool committing = known.status == status::host_commit_pending || known.status == status::host_commit_failed;
  if (committing && !known.cancel_requested_at && !known.refund_now)
    return reservation_events{cancellation_asked{std::move(by), std::move(reason)}};
  if (committing || known.status == status::cancel_pending || rules::is_over(known.status))
    return reservation_events{}; // Asked before, or on its way out.
  return refusal(errc::invalid_state, "this reservation cannot be cancelled");
}

reservation_decision decide_refund_notice(const reservation& known, const payment_notice& notice, money refunded_total, const reservation_context&) {
  if (!known.refund || notice.refund != *known.refund)
    return reservation_events{};
  const bool waiting = known.status == status::refund_pending || known.status == status::refund_failed;
  if (notice.what == payment_notice::kind::refund_completed && waiting)
    return reservation_events{reservation_refunded{notice.refund, refunded_total}};
  const bool can_fail = known.status == status::refund_pending || known.status == status::refunded;
  if (notice.what == payment_notice::kind::refund_failed && can_fail)
    return reservation_events{reservation_refund_failed{notice.refund}};
  return reservation_events{};
}

reservation_decision decide_recall(const reservation& known, const host_answer& answer, const reservation_context& context) {
  if (!known.recall)
    return reservation_events{};
  switch (answer.what) {
  case kind::cancelled:
  case kind::not_found: return reservation_events{recall_closed{}};
  case kind::booked:
  case kind::found:
    if (!is_ours(known, answer.booking))
      return reservation_events{};
    if (answer.booking.status == cancelled_there)
      return reservation_events{recall_closed{}};
    return rules::seen_alive(known, answer.booking, "lookup", context);
  default: return reservation_events{};
  }
}

} // namespace reserve
