#include "domain/intent.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace reserve {

namespace {

constexpr std::array<std::string_view, 8> status_names{"absent",    "intent_created", "payment_pending", "payment_confirmed", "awaiting_confirmation",
                                                       "converted", "expired",        "cancelled"};

} // namespace

std::string_view name_of(intent_status status) noexcept {
  return status_names[static_cast<std::size_t>(status)];
}

std::optional<intent_status> intent_status_of(std::string_view name) noexcept {
  const auto* const found = std::find(status_names.begin(), status_names.end(), name);
  if (found == status_names.end())
    return std::nullopt;
  return static_cast<intent_status>(std::distance(status_names.begin(), found));
}

const std::vector<intent_transition>& intent_lifecycle() {
  using enum intent_status;
  using on = intent_step;
  static const std::vector<intent_transition> rows{
      {absent, on::create, intent_created, "B1"},
      {intent_created, on::start_payment, payment_pending, "B2"},
      {intent_created, on::submit, awaiting_confirmation, "B3"},
      {payment_pending, on::declined, payment_pending, "B4"},
      {payment_pending, on::not_created, payment_pending, "B4a"},
      {payment_pending, on::declined, payment_pending, "B4b"},
      {payment_pending, on::declined, cancelled, "B5"},
      {payment_pending, on::start_payment, payment_pending, "B6"},
      {payment_pending, on::paid_exact, payment_confirmed, "B7"},
      {payment_pending, on::paid_over, payment_confirmed, "B7a"},
      {payment_pending, on::paid_under, payment_pending, "B7b"},
      {payment_pending, on::paid_exact, expired, "B7c"},
      {payment_pending, on::paid_over, expired, "B7c"},
      {payment_pending, on::paid_under, expired, "B7c"},
      {payment_pending, on::amount_accepted, payment_confirmed, "B7d"},
      {payment_confirmed, on::finalize, converted, "B8"},
      {payment_confirmed, on::finalize_without_room, cancelled, "B8a"},
      {payment_confirmed, on::failsafe_due, cancelled, "B9"},
      {payment_confirmed, on::cancel, cancelled, "B10"},
      {awaiting_confirmation, on::confirm, converted, "B11"},
      {awaiting_confirmation, on::decline, cancelled, "B12"},
      {intent_created, on::cancel, cancelled, "B13"},
      {payment_pending, on::cancel, cancelled, "B13"},
      {awaiting_confirmation, on::cancel, cancelled, "B13"},
      {intent_created, on::ttl_due, expired, "B14"},
      {payment_pending, on::ttl_due, expired, "B14"},
      {awaiting_confirmation, on::ttl_due, expired, "B14"},
      {payment_pending, on::ttl_due, payment_pending, "B14a"},
      {payment_pending, on::grace_over, expired, "B14b"},
      {payment_pending, on::three_ds_over, cancelled, "B15"},
      {intent_created, on::host_closed, cancelled, "B16"},
      {payment_pending, on::host_closed, cancelled, "B16"},
      {awaiting_confirmation, on::host_closed, cancelled, "B16"},
      {expired, on::paid_exact, expired, "B17"},
      {expired, on::paid_over, expired, "B17"},
      {expired, on::paid_under, expired, "B17"},
      {cancelled, on::paid_exact, cancelled, "B17"},
      {cancelled, on::paid_over, cancelled, "B17"},
      {cancelled, on::paid_under, cancelled, "B17"},
      {absent, on::recover, payment_confirmed, "B18"},
      {payment_confirmed, on::paid_exact, payment_confirmed, "B19"},
      {payment_confirmed, on::paid_over, payment_confirmed, "B19"},
      {payment_confirmed, on::paid_under, payment_confirmed, "B19"},
      {converted, on::paid_exact, converted, "B19"},
      {converted, on::paid_over, converted, "B19"},
      {converted, on::paid_under, converted, "B19"},
      {converted, on::cancel, converted, "B20"},
      {intent_created, on::traveler, intent_created, "B21"},
      {payment_pending, on::traveler, payment_pending, "B21"},
      {intent_created, on::reprice, intent_created, "B22"},
  };
  return rows;
}

std::vector<intent_transition> intent_rows(intent_status from, intent_step on) {
  std::vector<intent_transition> rows;
  const auto& all = intent_lifecycle();
  std::copy_if(all.begin(), all.end(), std::back_inserter(rows), [&](const auto& row) { return row.from == from && row.on == on; });
  return rows;
}

} // namespace reserve
