#pragma once

#include "domain/id.hpp"
#include "domain/money.hpp"
#include "domain/settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reserve {

enum class direction : std::uint8_t { debit = 0, credit };

/// One line of a ledger transaction (spec 20§4).
struct ledger_entry {
  std::string entry_type; ///< payment_received, gateway_fee, iof_tax, commission_taken, ...
  std::string account;    ///< cash_reserve, customer_deposits, ... (spec 20§2)
  direction side = direction::debit;
  money amount;
  std::string gateway;  ///< stripe, mercadopago, openpix, bank; empty = none
  std::string tax_type; ///< iof, iss, booking; empty = none

  bool operator==(const ledger_entry&) const = default;
  static void each(auto& self, auto&& visit) { visit(self.entry_type, self.account, self.side, self.amount, self.gateway, self.tax_type); }
};

/// Entries that sum to zero; one idempotency key for ever (spec 20§4).
struct ledger_transaction {
  std::string type;            ///< payment_captured, commission, refund_accrued, refund_paid, ...
  std::string idempotency_key; ///< e.g. `payment:<id>:captured`
  reserve::currency currency{};
  std::vector<ledger_entry> entries;
  intent_id intent{};
  reservation_id reservation{};
  property_id property{};
  payment_id payment{};
  refund_id refund{};

  bool operator==(const ledger_transaction&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.type, self.idempotency_key, self.currency, self.entries, self.intent, self.reservation, self.property, self.payment, self.refund);
  }
};

/// Builds a transaction from pairs only, so that it balances by construction; lines of amount zero are left out.
class ledger_builder {
public:
  ledger_builder(std::string type, std::string idempotency_key, currency unit);
  /// Debit one account and credit the other with the same amount.
  ledger_builder& move(std::string_view entry_type, std::string_view debit, std::string_view credit, money amount, std::string_view gateway = {},
                       std::string_view tax_type = {}, std::string_view credit_entry_type = {});
  /// Adds lines that balance among themselves but are no pairs; throws when they do not.
  ledger_builder& group(const std::vector<ledger_entry>& lines);
  /// nullopt when nothing but zero lines was moved.
  std::optional<ledger_transaction> done() &&;
  ledger_transaction& refs() noexcept { return transaction_; }

private:
  ledger_transaction transaction_;
};

bool balanced(const ledger_transaction& transaction) noexcept;

/// Commission fixed on the reservation at R1 (spec 20§6).
struct commission_snapshot {
  std::string kind = "percentage"; ///< percentage, fixed
  rate share{};
  money amount;
  rate iss{}; ///< ISS on it (spec 20§7)

  bool operator==(const commission_snapshot&) const = default;
  static void each(auto& self, auto&& visit) { visit(self.kind, self.share, self.amount, self.iss); }
};

/// A row of commission_tiers.
struct commission_rule {
  std::string kind = "percentage";
  rate share{1500};
  money fixed{};
  std::optional<money> minimum, maximum;

  bool operator==(const commission_rule&) const = default;
  static void each(auto& self, auto&& visit) { visit(self.kind, self.share, self.fixed, self.minimum, self.maximum); }
};

/// Spec 20§6: of the base price, limits applied, never above `ceiling` (total minus platform taxes).
commission_snapshot commission_of(const commission_rule& rule, money base, money ceiling, rate iss);

/// Spec 20§5.1, §5.2: what a succeeded payment posts. `method` is the key of city_settings::payment.rates.
ledger_transaction payment_captured(payment_id payment, intent_id intent, property_id property, std::string_view method, std::string_view gateway, money captured,
                                    const provider_rates& rates, currency unit);
/// Spec 20§5.4: 4a and, with platform taxes, 4b. nullopt when there is nothing to post.
std::optional<ledger_transaction> commission_taken(reservation_id reservation, property_id property, const commission_snapshot& commission, money platform_taxes, currency unit);
/// Spec 20§5.7 7a/7c: accrual of a refund; `commission` is set when 5.4 was posted and this refund reverses it.
ledger_transaction refund_accrued(refund_id refund, payment_id payment, reservation_id reservation, intent_id intent, property_id property, money amount,
                                  const std::optional<commission_snapshot>& commission, money platform_taxes, currency unit);
/// Spec 20§5.7 7b/7d: the cash leg. `attempt` > 1 gives the key `refund:<id>:paid:<attempt>` (spec 20§5.14).
ledger_transaction refund_paid(refund_id refund, payment_id payment, reservation_id reservation, intent_id intent, property_id property, money amount,
                               std::string_view gateway, currency unit, int attempt);
/// Spec 20§5.3: the provider's real fee replaces the accrual.
ledger_transaction fee_settled(payment_id payment, intent_id intent, property_id property, std::string_view gateway, money accrued, money real, currency unit);

} // namespace reserve
