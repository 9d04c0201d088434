#include "domain/reservation_rules.hpp"

#include <algorithm>

namespace reserve::rules {

namespace {

using status = reservation_status;

exception_notice notice_about(const reservation& known, std::string type, std::string severity, std::string code, std::string message,
                              std::vector<std::pair<std::string, std::string>> context) {
  exception_notice made;
  made.type = std::move(type);
  made.severity = std::move(severity);
  made.entity_key = "reservation:" + to_string(known.id);
  made.error_code = std::move(code);
  made.error_message = std::move(message);
  made.intent = known.terms.intent;
  made.reservation = known.id;
  made.payment = known.payment.value_or(payment_id{});
  made.property = known.terms.property;
  made.context = std::move(context);
  return made;
}

/// Dates or unit that differ; parts the Host did not tell are not compared.
std::optional<exception_notice> mismatch(const reservation& known, const host_booking& booking, const reservation_context& context) {
  std::string differing;
  const bool has_dates = booking.stay.check_in < booking.stay.check_out;
  if (has_dates && booking.stay != known.terms.stay)
    differing = "dates";
  const auto differs = [](const std::string& theirs, const std::string& ours) { return !theirs.empty() && !ours.empty() && theirs != ours; };
  if (differs(booking.host_unit_id, context.host_unit_id) || differs(booking.host_property_id, context.host_property_id))
    differing += differing.empty() ? "unit" : ", unit";
  if (differing.empty())
    return std::nullopt;
  std::vector<std::pair<std::string, std::string>> details{{"host_booking_id", booking.booking_id}, {"host_unit_id", booking.host_unit_id}};
  if (has_dates) {
    details.emplace_back("host_check_in", to_string(booking.stay.check_in));
    details.emplace_back("host_check_out", to_string(booking.stay.check_out));
  }
  return notice_about(known, "state_mismatch", "high", "HOST_BOOKING_DIFFERS", "the Host confirmed with another " + differing, std::move(details));
}

/// R22 + R24 in one record, without a call to the Host.
reservation_events end_by_host(const reservation& known, bool guest_requested, const reservation_context& context) {
  cancelled_by_host ended;
  ended.reason = guest_requested ? "customer_request" : "property_cancelled";
  ended.amount = guest_requested ? refund_by_policy(known, known.cancel_requested_at.value_or(context.now)) : known.paid - known.refunded;
  ended.amount = std::max(ended.amount, money{});
  if (ended.amount > money{} && known.payment)
    ended.refund = refund_id{derive_uuid(known.id.value, "cancelled_by_host")};
  return {ended};
}

} // namespace

bool is_over(reservation_status status) noexcept {
  return status == status::cancelled || status == status::refund_pending || status == status::refunded || status == status::refund_failed;
}

bool was_confirmed(const reservation& known) noexcept {
  return known.confirmed_at.has_value();
}

reservation_events notice(const reservation& known, std::string type, std::string severity, std::string code, std::string message,
                          std::vector<std::pair<std::string, std::string>> context) {
  auto made = notice_about(known, std::move(type), std::move(severity), std::move(code), std::move(message), std::move(context));
  if (std::find(known.notices.begin(), known.notices.end(), made) != known.notices.end())
    return {};
  return {reservation_noticed{std::move(made)}};
}

reservation_events confirm(const reservation& known, const host_booking& booking, std::string via, const reservation_context& context) {
  reservation_confirmed confirmed;
  confirmed.host_booking_id = booking.booking_id;
  confirmed.host_confirmation_code = booking.confirmation_code;
  confirmed.via = std::move(via);
  if (known.collect == "reserve" && known.paid > money{} && !known.commission_posted) {
    confirmed.commission = commission_taken(known.id, known.terms.property, known.commission, known.terms.price.platform_taxes, known.terms.currency);
    if (confirmed.commission) {
      confirmed.commission->intent = known.terms.intent;
      confirmed.commission->payment = known.payment.value_or(payment_id{});
    }
  }
  confirmed.mismatch = mismatch(known, booking, context);
  return {std::move(confirmed)};
}

host_commit_failed failure(const reservation& known, std::string failure_class, std::string error, const reservation_context& context) {
  host_commit_failed failed;
  if (failure_class == "transient")
    failed.auto_refund_at = known.auto_refund_at ? *known.auto_refund_at : context.now + context.settings->host.failure_refund_after;
  failed.failure_class = std::move(failure_class);
  failed.error = std::move(error);
  failed.unknown_result = known.unknown_result;
  return failed;
}

reservation_events seen_alive(const reservation& known, const host_booking& booking, std::string via, const reservation_context& context) {
  if (known.status == status::absent || booking.booking_id.empty())
    return {};
  if (known.status == status::host_commit_pending || known.status == status::host_commit_failed)
    return confirm(known, booking, std::move(via), context);
  const std::string& ours = is_over(known.status) && !was_confirmed(known) ? known.recall_booking_id : known.host_booking_id;
  if (booking.booking_id == ours)
    return {};
  if (ours.empty() && is_over(known.status))
    return {recall_found{booking.booking_id}};
  return notice(known, "state_mismatch", "high", "SECOND_HOST_BOOKING", "another Host booking carries the reference of this reservation",
                {{"host_booking_id", ours}, {"other_host_booking_id", booking.booking_id}});
}

reservation_events seen_cancelled(const reservation& known, const host_booking& booking, bool guest_requested, const reservation_context& context) {
  switch (known.status) {
  case status::host_commit_pending: {
    auto failed = failure(known, "rejected", "CANCELLED_AT_HOST", context);
    failed.cancelled_at_host = true;
    failed.unknown_result = known.unknown_result || known.call_open;
    return {std::move(failed)};
  }
  case status::host_commit_failed: {
    if (known.cancelled_at_host)
      return {};
    host_commit_failed seen;
    seen.failure_class = known.failure_class;
    seen.error = known.commit_error;
    seen.cancelled_at_host = true;
    return {std::move(seen)};
  }
  case status::confirmed:
  case status::checkin_pending:
  case status::cancel_pending:
    if (booking.booking_id != known.host_booking_id)
      return {};
    return end_by_host(known, guest_requested || known.cancelled_by == "guest", context);
  case status::cancelled:
  case status::refund_pending:
  case status::refunded:
  case status::refund_failed:
    if (!known.recall || (!known.recall_booking_id.empty() && known.recall_booking_id != booking.booking_id))
      return {};
    return {recall_closed{}};
  case status::checked_in:
  case status::checked_out:
  case status::completed:
  case status::payout_pending:
  case status::paid_out:
  case status::no_show:
    if (booking.booking_id != known.host_booking_id)
      return {};
    return notice(known, "state_mismatch", "high", "CANCELLED_AT_HOST", "the Host cancelled a booking whose stay has begun",
                  {{"host_booking_id", booking.booking_id}, {"status", std::string(name_of(known.status))}});
  case status::absent: break;
  }
  return {};
}

money refund_by_policy(const reservation& known, timestamp moment) noexcept {
  const auto& policy = known.terms.policy;
  const bool free = policy.free_until && moment <= *policy.free_until;
  const money total = known.terms.price.total;
  const money entitled = scaled(total, free ? policy.percent_before : policy.percent_after, 100);
  const money fee = total - entitled;
  return std::max(money{}, known.paid - known.refunded - fee);
}

} // namespace reserve::rules
