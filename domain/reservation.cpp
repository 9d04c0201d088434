#include "domain/reservation.hpp"

#include <algorithm>

namespace reserve {

std::string_view name_of(reservation_status status) noexcept {
  switch (status) {
  case reservation_status::absent: return "absent";
  case reservation_status::host_commit_pending: return "host_commit_pending";
  case reservation_status::host_commit_failed: return "host_commit_failed";
  case reservation_status::confirmed: return "confirmed";
  case reservation_status::checkin_pending: return "checkin_pending";
  case reservation_status::checked_in: return "checked_in";
  case reservation_status::checked_out: return "checked_out";
  case reservation_status::completed: return "completed";
  case reservation_status::cancel_pending: return "cancel_pending";
  case reservation_status::cancelled: return "cancelled";
  case reservation_status::refund_pending: return "refund_pending";
  case reservation_status::refunded: return "refunded";
  case reservation_status::refund_failed: return "refund_failed";
  case reservation_status::payout_pending: return "payout_pending";
  case reservation_status::paid_out: return "paid_out";
  case reservation_status::no_show: return "no_show";
  }
  return "";
}

std::string_view name_of(reservation_payment status) noexcept {
  switch (status) {
  case reservation_payment::not_required: return "not_required";
  case reservation_payment::pending: return "pending";
  case reservation_payment::partial: return "partial";
  case reservation_payment::paid: return "paid";
  case reservation_payment::partially_refunded: return "partially_refunded";
  case reservation_payment::refunded: return "refunded";
  case reservation_payment::failed: return "failed";
  case reservation_payment::disputed: return "disputed";
  }
  return "";
}

std::string_view name_of(host_commit_state state) noexcept {
  switch (state) {
  case host_commit_state::pending: return "pending";
  case host_commit_state::queued: return "queued";
  case host_commit_state::committed: return "committed";
  case host_commit_state::failed: return "failed";
  case host_commit_state::not_needed: return "not_needed";
  }
  return "";
}

bool releases_nights(const std::vector<reservation_event>& decided) noexcept {
  return std::any_of(decided.begin(), decided.end(), [](const reservation_event& event) {
    return std::holds_alternative<reservation_given_up>(event) || std::holds_alternative<cancelled_by_host>(event);
  });
}

const reservation_confirmed* confirms(const std::vector<reservation_event>& decided) noexcept {
  for (const auto& event : decided)
    if (const auto* confirmed = std::get_if<reservation_confirmed>(&event))
      return confirmed;
  return nullptr;
}

reservation_id reservation_of(intent_id intent) {
  return {derive_uuid(intent.value, "finalize")};
}

reservation_id imported_reservation(city_number city, const std::string& host_booking_id) {
  return {derive_uuid(city, "host booking " + host_booking_id)};
}

} // namespace reserve
