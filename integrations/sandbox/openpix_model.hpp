#pragma once

#include "integrations/sandbox/ids.hpp"
#include "integrations/sandbox/payment_model.hpp"
#include "integrations/sandbox/store.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reserve::sandbox {

/// A charge of OpenPix. Status: ACTIVE, COMPLETED, EXPIRED; what was deleted is kept as DELETED so that it can still be paid late.
struct openpix_charge {
  std::string correlation_id, identifier, global_id, transaction_id, status, comment;
  std::string customer; ///< As it was sent, JSON; empty = none.
  std::vector<std::pair<std::string, std::string>> additional;
  std::string qr_text, end_to_end_id;
  std::int64_t value = 0, paid = 0, refunded = 0, fee = 0; ///< Cents.
  std::int64_t expires_in = 0;
  timestamp created{}, updated{}, expires{};
  std::optional<timestamp> paid_at;
  std::uint64_t number = 0;
  static void each(auto& self, auto&& visit) {
    visit(self.correlation_id, self.identifier, self.global_id, self.transaction_id, self.status, self.comment, self.customer, self.additional,
          self.qr_text, self.end_to_end_id, self.value, self.paid, self.refunded, self.fee, self.expires_in, self.created, self.updated, self.expires,
          self.paid_at, self.number);
  }
};

/// A refund of OpenPix. Status: IN_PROCESSING, CONFIRMED, REJECTED.
struct openpix_refund {
  std::string correlation_id, refund_id, charge, status, comment, end_to_end_id;
  std::int64_t value = 0;
  timestamp created{};
  std::uint64_t number = 0;
  static void each(auto& self, auto&& visit) {
    visit(self.correlation_id, self.refund_id, self.charge, self.status, self.comment, self.end_to_end_id, self.value, self.created, self.number);
  }
};

struct openpix_wish {
  std::string correlation_id, comment, customer;
  std::optional<std::int64_t> value, expires_in;
  std::vector<std::pair<std::string, std::string>> additional;
};

/// OpenPix's charges. No I/O; time is an argument.
class openpix_model final : public payment_model {
public:
  openpix_model(store& home, id_maker& ids, event_sink emit, br_code_maker br_code);

  made<openpix_charge> create(const openpix_wish& wish, timestamp now);
  made<openpix_charge> remove(const std::string& id, timestamp now);
  made<openpix_refund> refund(const std::string& charge, const std::string& correlation_id, std::optional<std::int64_t> value,
                              const std::string& comment, timestamp now);
  /// By correlationID, identifier or global id; null when there is none.
  const openpix_charge* find(const std::string& id) const;
  const openpix_refund* refund_named(const std::string& id) const;

  std::optional<payment_found> find_payment(const std::string& ref) const override;
  made<payment_view> act(const std::string& ref, payer_action action, const payer_options& options, timestamp now) override;
  std::string find_refund(const std::string& ref) const override;
  made<payment_view> end_refund(const std::string& refund_id, bool success, timestamp now) override;
  void settle(timestamp now) override;
  std::optional<timestamp> next_due() const override;
  void forget() override;

  const table<openpix_charge>& charges() const noexcept { return charges_; }
  const table<openpix_refund>& refunds() const noexcept { return refunds_; }

  std::string json(const openpix_charge& charge) const;
  std::string json(const openpix_refund& refund) const;

private:
  const openpix_charge& settled(openpix_charge charge, const char* event, timestamp now);
  void report(const char* event, const openpix_charge& charge, const std::string& extra_name, const std::string& extra, timestamp now);

  id_maker& ids_;
  event_sink emit_;
  br_code_maker br_code_;
  table<openpix_charge> charges_; ///< By correlationID.
  table<openpix_refund> refunds_; ///< By its correlationID.
  reference_index references_;    ///< Identifier, global id and what additionalInfo names; follows charges_.
  due_index due_;                 ///< Active charges by expiry; follows charges_.
};

/// The value of an entry of additionalInfo, or empty.
std::string additional_info(const openpix_charge& charge, std::string_view key);

} // namespace reserve::sandbox
