#include "domain/ledger.hpp"

#include "domain/result.hpp"

#include <algorithm>

namespace reserve {

namespace {

/// Accounts that are kept by gateway (spec 20§2).
bool by_gateway(std::string_view account) noexcept {
  return account == "cash_reserve" || account == "merchant_account" || account == "gateway_fees_payable" || account == "gateway_fee_expense";
}

/// Dimensions are put only where the chart of accounts has them.
ledger_entry line(std::string_view entry_type, std::string_view account, direction side, money amount, std::string_view gateway,
                  std::string_view tax_type) {
  ledger_entry out{std::string(entry_type), std::string(account), side, amount, {}, {}};
  if (by_gateway(account))
    out.gateway = gateway;
  if (account == "tax_payable")
    out.tax_type = tax_type;
  return out;
}

money sum_of(const std::vector<ledger_entry>& entries) noexcept {
  money sum;
  for (const ledger_entry& one : entries)
    sum += one.side == direction::debit ? one.amount : money{} - one.amount;
  return sum;
}

ledger_builder refund_builder(std::string type, std::string key, refund_id refund, payment_id payment, reservation_id reservation, intent_id intent,
                              property_id property, currency unit) {
  ledger_builder out(std::move(type), std::move(key), unit);
  out.refs().refund = refund;
  out.refs().payment = payment;
  out.refs().reservation = reservation;
  out.refs().intent = intent;
  out.refs().property = property;
  return out;
}

/// A transaction whose amounts the caller guarantees to be above zero.
ledger_transaction certain(ledger_builder&& made) {
  auto out = std::move(made).done();
  ensure(out.has_value(), "ledger: nothing to post");
  return *std::move(out);
}

} // namespace

ledger_builder::ledger_builder(std::string type, std::string idempotency_key, currency unit) {
  transaction_.type = std::move(type);
  transaction_.idempotency_key = std::move(idempotency_key);
  transaction_.currency = unit;
}

ledger_builder& ledger_builder::move(std::string_view entry_type, std::string_view debit, std::string_view credit, money amount,
                                     std::string_view gateway, std::string_view tax_type, std::string_view credit_entry_type) {
  return group({line(entry_type, debit, direction::debit, amount, gateway, tax_type),
                line(credit_entry_type.empty() ? entry_type : credit_entry_type, credit, direction::credit, amount, gateway, tax_type)});
}

ledger_builder& ledger_builder::group(const std::vector<ledger_entry>& lines) {
  ensure(sum_of(lines) == money{}, "ledger: lines do not balance");
  for (const ledger_entry& one : lines) {
    ensure(one.amount >= money{}, "ledger: negative amount");
    if (one.amount != money{})
      transaction_.entries.push_back(one);
  }
  return *this;
}

std::optional<ledger_transaction> ledger_builder::done() && {
  if (transaction_.entries.empty())
    return std::nullopt;
  return std::move(transaction_);
}

bool balanced(const ledger_transaction& transaction) noexcept {
  const auto& entries = transaction.entries;
  return sum_of(entries) == money{} && std::all_of(entries.begin(), entries.end(), [](const ledger_entry& one) { return one.amount >= money{}; });
}

commission_snapshot commission_of(const commission_rule& rule, money base, money ceiling, rate iss) {
  commission_snapshot out;
  out.kind = rule.kind;
  out.iss = iss;
  if (rule.kind == "fixed") {
    out.amount = rule.fixed;
  } else {
    out.share = rule.share;
    out.amount = share_of(base, rule.share);
  }
  if (rule.minimum)
    out.amount = std::max(out.amount, *rule.minimum);
  if (rule.maximum)
    out.amount = std::min(out.amount, *rule.maximum);
  out.amount = std::max(money{}, std::min(out.amount, ceiling));
  return out;
}

ledger_transaction payment_captured(payment_id payment, intent_id intent, property_id property, std::string_view method, std::string_view gateway,
                                    money captured, const provider_rates& rates, currency unit) {
  ledger_builder out("payment_captured", "payment:" + to_string(payment) + ":captured", unit);
  out.refs().payment = payment;
  out.refs().intent = intent;
  out.refs().property = property;
  out.move("payment_received", "cash_reserve", "customer_deposits", captured, gateway);
  if (method != "stripe_card")
    out.move("iof_tax", "iof_expense", "tax_payable", share_of(captured, rates.iof), gateway, "iof");
  out.move("gateway_fee", "gateway_fee_expense", "gateway_fees_payable", share_of(captured, rates.fee) + rates.fixed, gateway);
  return certain(std::move(out));
}

std::optional<ledger_transaction> commission_taken(reservation_id reservation, property_id property, const commission_snapshot& commission,
                                                   money platform_taxes, currency unit) {
  ledger_builder out("commission", "reservation:" + to_string(reservation) + ":commission", unit);
  out.refs().reservation = reservation;
  out.refs().property = property;
  out.move("commission_taken", "customer_deposits", "commission_revenue", commission.amount, {}, {}, "commission_revenue");
  out.move("iss_tax", "iss_expense", "tax_payable", share_of(commission.amount, commission.iss), {}, "iss");
  out.move("booking_tax", "customer_deposits", "tax_payable", platform_taxes, {}, "booking");
  return std::move(out).done();
}

ledger_transaction refund_accrued(refund_id refund, payment_id payment, reservation_id reservation, intent_id intent, property_id property,
                                  money amount, const std::optional<commission_snapshot>& commission, money platform_taxes, currency unit) {
  auto out = refund_builder("refund_accrued", "refund:" + to_string(refund) + ":accrued", refund, payment, reservation, intent, property, unit);
  if (commission) {
    out.move("refund_reversal", "commission_revenue", "customer_deposits", commission->amount);
    out.move("iss_tax", "tax_payable", "iss_expense", share_of(commission->amount, commission->iss), {}, "iss");
    out.move("booking_tax", "tax_payable", "customer_deposits", platform_taxes, {}, "booking");
  }
  out.move("refund_accrued", "customer_deposits", "refunds_payable", amount);
  return certain(std::move(out));
}

ledger_transaction refund_paid(refund_id refund, payment_id payment, reservation_id reservation, intent_id intent, property_id property, money amount,
                               std::string_view gateway, currency unit, int attempt) {
  const std::string again = attempt > 1 ? ':' + std::to_string(attempt) : std::string();
  auto out = refund_builder("refund_paid", "refund:" + to_string(refund) + ":paid" + again, refund, payment, reservation, intent, property, unit);
  out.move("refund_processed", "refunds_payable", "cash_reserve", amount, gateway);
  return certain(std::move(out));
}

ledger_transaction fee_settled(payment_id payment, intent_id intent, property_id property, std::string_view gateway, money accrued, money real,
                               currency unit) {
  ledger_builder out("fee_settled", "payment:" + to_string(payment) + ":fee_settled", unit);
  out.refs().payment = payment;
  out.refs().intent = intent;
  out.refs().property = property;
  const bool dearer = real > accrued;
  const auto correction = line("gateway_fee", "gateway_fee_expense", dearer ? direction::debit : direction::credit,
                               dearer ? real - accrued : accrued - real, gateway, {});
  out.group({correction, line("gateway_settlement", "gateway_fees_payable", direction::debit, accrued, gateway, {}),
             line("gateway_settlement", "cash_reserve", direction::credit, real, gateway, {})});
  return certain(std::move(out));
}

} // namespace reserve
