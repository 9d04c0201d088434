#include "domain/payment.hpp"

#include "domain/mutant.hpp"

#include <algorithm>
#include <array>

namespace reserve {

namespace {

using events = std::vector<payment_event>;

const refund* find(const payment& known, refund_id id) {
  const auto found = std::find_if(known.refunds.begin(), known.refunds.end(), [&](const auto& one) { return one.id == id; });
  return found == known.refunds.end() ? nullptr : &*found;
}

refusal invalid_state(const payment& known) {
  refusal why(errc::invalid_state);
  why.details.emplace_back("status", name_of(known.status));
  return why;
}

bool takes_refunds(payment_status status) {
  return std::any_of(payment_lifecycle().begin(), payment_lifecycle().end(),
                     [&](const auto& row) { return row.from == status && row.on == payment_step::refund_requested; });
}

/// Money in a foreign currency was never posted, so its refunds are not either (spec 20§5).
std::optional<ledger_transaction> accrual(const payment& known, const refund& one) {
  if (known.foreign_currency)
    return std::nullopt;
  return refund_accrued(one.id, known.id, one.reservation, known.intent, known.property, one.amount, one.commission, one.platform_taxes,
                        known.currency);
}

std::optional<ledger_transaction> cash_leg(const payment& known, const refund& one) {
  if (known.foreign_currency)
    return std::nullopt;
  return refund_paid(one.id, known.id, one.reservation, known.intent, known.property, one.amount, known.provider, known.currency, one.paid_times + 1);
}

/// Spec 20§5.14 14b: the provider took back what it had paid.
std::optional<ledger_transaction> cash_leg_reversed(const payment& known, const refund& one) {
  if (known.foreign_currency)
    return std::nullopt;
  const std::string nth = one.paid_times > 1 ? ":" + std::to_string(one.paid_times) : "";
  ledger_builder builder("reversal", "refund:" + to_string(one.id) + ":paid_reversed" + nth, known.currency);
  builder.move("reversal", "cash_reserve", "refunds_payable", one.amount, known.provider);
  auto& refs = builder.refs();
  refs.intent = known.intent;
  refs.reservation = one.reservation;
  refs.property = known.property;
  refs.payment = known.id;
  refs.refund = one.id;
  return std::move(builder).done();
}

/// RF7: the n-th error waits before retry n; after the last retry the refund has failed (RF11).
events on_error(const refund& one, const std::string& message, const payment_context& context) {
  const auto& rules = context.settings->refund;
  if (one.attempts >= rules.retries)
    return {refund_failed{one.id, message}};
  millis wait{};
  if (!rules.backoff.empty())
    wait = rules.backoff[std::min(static_cast<std::size_t>(one.attempts), rules.backoff.size() - 1)];
  return {refund_attempt_failed{one.id, message, context.now + wait}};
}

/// RF5: read again after 1, 5 and 30 min, then hourly.
timestamp next_read(const refund& one, timestamp now) {
  static constexpr std::array<std::chrono::minutes, 4> waits{std::chrono::minutes(1), std::chrono::minutes(5), std::chrono::minutes(30),
                                                             std::chrono::hours(1)};
  return now + waits[std::min(static_cast<std::size_t>(one.reads), waits.size() - 1)];
}

events on_accepted(const refund& one, const refund_view& view, const payment_context& context) {
  return {refund_accepted{one.id, view.gateway_refund_id.empty() ? one.gateway_refund_id : view.gateway_refund_id, next_read(one, context.now)}};
}

/// RF8: certainly not there, so it may be sent (again); what was accepted before and has vanished is no certain answer.
events on_unknown(const refund& one, const payment_context& context) {
  if (!one.gateway_refund_id.empty())
    return on_error(one, "unknown to the provider", context);
  return {refund_started{one.id}};
}

events on_open(const payment& known, const refund& one, const refund_view& view, const payment_context& context) {
  switch (view.what) {
  case refund_view::kind::completed: return {refund_completed{one.id, view.gateway_refund_id, cash_leg(known, one)}}; // RF6, RF10
  case refund_view::kind::accepted: return on_accepted(one, view, context);
  case refund_view::kind::refused: return {refund_failed{one.id, view.message}}; // RF9, RF11
  case refund_view::kind::error: return on_error(one, view.message, context);
  case refund_view::kind::unknown_to_provider: return on_unknown(one, context);
  }
  return {};
}

} // namespace

payment_decision decide(const payment& known, const request_refund& command, const payment_context& context) {
  if (known.status == payment_status::absent)
    return errc::not_found;
  if (const auto* const same = find(known, command.refund)) {
    if (same->amount != command.amount)
      return refusal(errc::conflict, "This refund was requested with another amount.");
    return events{};
  }
  if (!takes_refunds(known.status))
    return invalid_state(known);
  if (command.amount <= money{}) {
    refusal why(errc::invalid_parameter);
    why.fields.emplace_back("amount", "out_of_range");
    return why;
  }
  if (known.refund_open + known.refunded + command.amount > known.captured && !mutant(bug::refund_beyond_captured))
    return refusal(errc::conflict, "More than was captured.");
  refund one;
  one.id = command.refund;
  one.amount = command.amount;
  one.reason = command.reason;
  one.status = refund_status::pending;
  one.requested_at = context.now;
  one.status_changed_at = context.now;
  one.next_at = context.now;
  one.reservation = command.reservation;
  one.commission = command.commission;
  one.platform_taxes = command.platform_taxes;
  auto ledger = accrual(known, one);
  return events{refund_requested{std::move(one), std::move(ledger)}}; // RF1
}

payment_decision decide_refund(const payment& known, const refund_view& view, const payment_context& context) {
  const auto* const one = find(known, view.refund);
  if (one == nullptr)
    return errc::not_found;
  using kind = refund_view::kind;
  switch (one->status) {
  case refund_status::pending:
  case refund_status::processing: return on_open(known, *one, view, context);
  case refund_status::failed:
    if (view.what == kind::completed)
      return events{refund_completed{one->id, view.gateway_refund_id, cash_leg(known, *one)}}; // RF15
    break;
  case refund_status::completed:
    if (view.what == kind::refused)
      return events{refund_failed{one->id, view.message, cash_leg_reversed(known, *one)}}; // RF12
    break;
  case refund_status::absent:
  case refund_status::pending_approval:
  case refund_status::rejected: break;
  }
  return events{}; // RF16
}

} // namespace reserve
