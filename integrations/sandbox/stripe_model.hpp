#pragma once

#include "integrations/sandbox/ids.hpp"
#include "integrations/sandbox/payment_model.hpp"
#include "integrations/sandbox/store.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reserve::sandbox {

/// A PaymentIntent. Status: requires_payment_method, requires_confirmation, requires_action, processing, succeeded, canceled.
struct stripe_intent {
  std::string id, currency, status, payment_method, description, receipt_email, descriptor_suffix, client_secret, charge;
  std::string error_code, decline_code, error_message; ///< Of the last attempt that failed.
  std::string cancellation_reason, pix_text;
  std::int64_t amount = 0, received = 0;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> method_types;
  std::optional<timestamp> pix_expires, canceled;
  timestamp created{};
  std::uint64_t number = 0;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.currency, self.status, self.payment_method, self.description, self.receipt_email, self.descriptor_suffix, self.client_secret,
          self.charge, self.error_code, self.decline_code, self.error_message, self.cancellation_reason, self.pix_text, self.amount, self.received,
          self.metadata, self.method_types, self.pix_expires, self.canceled, self.created, self.number);
  }
};

/// A Charge with its balance transaction.
struct stripe_charge {
  std::string id, intent, currency, kind, balance_transaction; ///< kind: card or pix.
  std::int64_t amount = 0, refunded = 0, fee = 0;
  bool refunds_wait = false, refunds_fail = false; ///< Test cards whose refunds stay open, or fail later.
  timestamp created{};
  std::uint64_t number = 0;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.intent, self.currency, self.kind, self.balance_transaction, self.amount, self.refunded, self.fee, self.refunds_wait,
          self.refunds_fail, self.created, self.number);
  }
};

/// A Refund. Status: pending, succeeded, failed.
struct stripe_refund {
  std::string id, intent, charge, currency, status, reason, failure_reason, balance_transaction;
  std::int64_t amount = 0;
  std::map<std::string, std::string> metadata;
  timestamp created{};
  std::uint64_t number = 0;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.intent, self.charge, self.currency, self.status, self.reason, self.failure_reason, self.balance_transaction, self.amount,
          self.metadata, self.created, self.number);
  }
};

/// What a call asks for.
struct stripe_wish {
  std::optional<std::int64_t> amount;
  std::string currency, payment_method, description, receipt_email, descriptor_suffix;
  std::vector<std::string> method_types;
  std::map<std::string, std::string> metadata;
  std::optional<timestamp> pix_expires;
  bool confirm = false;
};

struct stripe_refund_wish {
  std::string intent, charge, reason;
  std::optional<std::int64_t> amount;
  std::map<std::string, std::string> metadata;
};

/// Stripe as far as Reserve uses it: PaymentIntents, charges, refunds, events. No I/O; time is an argument.
class stripe_model final : public payment_model {
public:
  stripe_model(store& home, id_maker& ids, event_sink emit, br_code_maker br_code);

  made<stripe_intent> create(const stripe_wish& wish, timestamp now);
  made<stripe_intent> confirm(const std::string& id, const stripe_wish& wish, timestamp now);
  made<stripe_intent> cancel(const std::string& id, const std::string& reason, timestamp now);
  made<stripe_refund> refund(const stripe_refund_wish& wish, timestamp now);

  std::optional<payment_found> find_payment(const std::string& ref) const override;
  made<payment_view> act(const std::string& ref, payer_action action, const payer_options& options, timestamp now) override;
  std::string find_refund(const std::string& ref) const override;
  made<payment_view> end_refund(const std::string& refund_id, bool success, timestamp now) override;
  void settle(timestamp now) override;
  std::optional<timestamp> next_due() const override;
  void forget() override;

  const table<stripe_intent>& intents() const noexcept { return intents_; }
  const table<stripe_charge>& charges() const noexcept { return charges_; }
  const table<stripe_refund>& refunds() const noexcept { return refunds_; }
  /// Ids of the intents whose metadata names this payment or intent.
  std::vector<std::string> by_reference(const std::string& reference) const { return references_.find(reference); }

  std::string json(const stripe_intent& intent, bool expand_charge, bool expand_transaction) const;
  std::string json(const stripe_charge& charge, bool expand_transaction) const;
  std::string transaction_json(const stripe_charge& charge) const;
  std::string json(const stripe_refund& refund) const;

private:
  made<stripe_intent> attempt(stripe_intent intent, const std::string& method, timestamp now);
  const stripe_intent& succeed(stripe_intent intent, const std::string& method, std::int64_t received, timestamp now);
  const stripe_intent& fail(stripe_intent intent, const std::string& code, const std::string& decline_code, const std::string& message,
                            timestamp now);
  const stripe_intent& wait_for_payer(stripe_intent intent, timestamp now);
  const stripe_intent& end(stripe_intent intent, const std::string& reason, timestamp now);
  void report(const char* type, const std::string& object_id, const std::string& object, timestamp now);
  void report_refund(const stripe_refund& refund, bool first, timestamp now);

  id_maker& ids_;
  event_sink emit_;
  br_code_maker br_code_;
  table<stripe_intent> intents_;
  table<stripe_charge> charges_;
  table<stripe_refund> refunds_;
  reference_index references_; ///< Follows intents_.
  due_index due_;              ///< PIX of intents that wait for their payer; follows intents_.
};

} // namespace reserve::sandbox
