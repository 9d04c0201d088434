#include "domain/reservation.hpp"

#include <algorithm>

namespace reserve {

namespace {

using status = reservation_status;

/// Full refunds take the commission back with them, where it had been posted (spec 20§5.7).
step_ask_refund refund_step_of(const reservation& known) {
  step_ask_refund step;
  step.payment = *known.payment;
  step.request.refund = *known.refund;
  step.request.amount = known.refund_amount;
  step.request.reason = known.refund_reason;
  step.request.reservation = known.id;
  if (known.commission_posted && known.refund_amount == known.paid - known.refunded) {
    step.request.commission = known.commission;
    step.request.platform_taxes = known.terms.price.platform_taxes;
  }
  return step;
}

void consider(std::optional<timestamp>& earliest, timestamp candidate) {
  earliest = earliest ? std::min(*earliest, candidate) : candidate;
}

} // namespace

std::vector<reservation_todo> next_steps(const reservation& known, timestamp now) {
  std::vector<reservation_todo> steps;
  if (known.status == status::host_commit_pending)
    steps.push_back(step_commit{known.total_attempts > 0 || known.commit_failed_at.has_value(), known.attempts + 1});
  if (known.status == status::host_commit_failed && (known.refund_now || (known.auto_refund_at && *known.auto_refund_at <= now)))
    steps.push_back(step_ask_before_refund{});
  if (known.status == status::refund_pending && known.refund && known.payment && !known.refund_asked)
    steps.push_back(refund_step_of(known));
  if (known.recall && known.recall_booking_id.empty())
    steps.push_back(step_recall_look_up{});
  if (known.recall && !known.recall_booking_id.empty())
    steps.push_back(step_recall_cancel{known.recall_booking_id});
  if (!known.notices.empty())
    steps.push_back(step_raise_reservation{known.notices});
  return steps;
}

std::optional<timestamp> next_deadline(const reservation& known, const city_settings& settings) {
  std::optional<timestamp> earliest;
  if (known.status == status::host_commit_pending)
    consider(earliest, known.status_changed_at + settings.ttl.host_commit);
  if (known.status == status::host_commit_failed && !known.refund_now && known.auto_refund_at)
    consider(earliest, *known.auto_refund_at);
  const bool told = std::find(known.raised.begin(), known.raised.end(), "host_cancel_failed") != known.raised.end();
  if (known.recall && known.recall_since && !told)
    consider(earliest, *known.recall_since + settings.ttl.host_cancel);
  return earliest;
}

} // namespace reserve
