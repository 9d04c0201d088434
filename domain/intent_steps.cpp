#include "domain/intent.hpp"

namespace reserve {

namespace {

void add_refunds(std::vector<intent_todo>& steps, const intent_payment& payment) {
  for (const auto& owed : payment.refunds)
    if (!owed.asked)
      steps.push_back(step_refund{payment.id, refund_of(payment.id, owed.reason), owed.amount, owed.reason});
}

} // namespace

/// The guest's booking first, then money that goes back, then tidying.
std::vector<intent_todo> next_steps(const intent& known) {
  std::vector<intent_todo> steps;
  if (known.status == intent_status::payment_confirmed)
    steps.push_back(step_finalize{});
  if (known.recovering)
    steps.push_back(step_recover{*known.recovering});
  for (const auto& one : known.payments)
    add_refunds(steps, one);
  for (const auto& one : known.payments)
    if (one.close_wanted)
      steps.push_back(step_close_payment{one.id});
  if (known.reservation && known.counted && !known.reservation_told)
    steps.push_back(step_tell_reservation{*known.counted, *known.reservation});
  if (!known.notices.empty())
    steps.push_back(step_raise{known.notices});
  return steps;
}

refund_id refund_of(payment_id payment, std::string_view reason) {
  return {derive_uuid(payment.value, "refund:" + std::string(reason))};
}

intent_id recovery_of(payment_id payment) {
  return {derive_uuid(payment.value, "recovery")};
}

} // namespace reserve
