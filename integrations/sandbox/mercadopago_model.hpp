#pragma once

#include "integrations/sandbox/ids.hpp"
#include "integrations/sandbox/payment_model.hpp"
#include "integrations/sandbox/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace reserve::sandbox {

/// A payment of Mercado Pago. Status: pending, approved, rejected, cancelled, refunded.
struct mp_payment {
  std::string id, status, status_detail, description, external_reference, payer_email;
  std::string metadata = "{}"; ///< As it was sent, JSON.
  std::string booking_intent_id, payment_id, property_id;
  std::string qr_text, end_to_end_id, transaction_id;
  money amount, received, refunded, fee;
  timestamp created{}, updated{}, expires{};
  std::optional<timestamp> approved;
  std::uint64_t number = 0;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.status, self.status_detail, self.description, self.external_reference, self.payer_email, self.metadata,
          self.booking_intent_id, self.payment_id, self.property_id, self.qr_text, self.end_to_end_id, self.transaction_id, self.amount,
          self.received, self.refunded, self.fee, self.created, self.updated, self.expires, self.approved, self.number);
  }
};

/// A refund of Mercado Pago. Status: in_process, approved, rejected.
struct mp_refund {
  std::string id, payment, status;
  std::string metadata = "{}"; ///< As it was sent, JSON.
  money amount;
  timestamp created{};
  std::uint64_t number = 0;
  static void each(auto& self, auto&& visit) { visit(self.id, self.payment, self.status, self.metadata, self.amount, self.created, self.number); }
};

struct mp_wish {
  std::optional<money> amount;
  std::string method, description, external_reference, payer_email, metadata = "{}", booking_intent_id, payment_id, property_id;
  std::optional<timestamp> expires;
};

/// Mercado Pago's PIX payments. No I/O; time is an argument.
class mercadopago_model final : public payment_model {
public:
  mercadopago_model(store& home, id_maker& ids, event_sink emit, br_code_maker br_code);

  made<mp_payment> create(const mp_wish& wish, timestamp now);
  made<mp_payment> cancel(const std::string& id, timestamp now);
  made<mp_refund> refund(const std::string& payment, std::optional<money> amount, const std::string& metadata, timestamp now);

  std::optional<payment_found> find_payment(const std::string& ref) const override;
  made<payment_view> act(const std::string& ref, payer_action action, const payer_options& options, timestamp now) override;
  std::string find_refund(const std::string& ref) const override;
  made<payment_view> end_refund(const std::string& refund_id, bool success, timestamp now) override;
  void settle(timestamp now) override;
  std::optional<timestamp> next_due() const override;
  void forget() override;

  const table<mp_payment>& payments() const noexcept { return payments_; }
  const table<mp_refund>& refunds() const noexcept { return refunds_; }
  std::vector<std::string> by_reference(const std::string& reference) const { return references_.find(reference); }

  std::string json(const mp_payment& payment) const;
  std::string json(const mp_refund& refund) const;

private:
  const mp_payment& settled(mp_payment payment, const char* action, timestamp now);

  id_maker& ids_;
  event_sink emit_;
  br_code_maker br_code_;
  table<mp_payment> payments_;
  table<mp_refund> refunds_;
  reference_index references_; ///< External references, payment and intent ids; follows payments_.
  due_index due_;              ///< Pending payments by expiry; follows payments_.
};

} // namespace reserve::sandbox
