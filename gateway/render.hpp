#pragma once

#include "actors/protocols/city_index.hpp"
#include "domain/intent.hpp"
#include "domain/payment.hpp"
#include "domain/reservation.hpp"
#include "gateway/http/json.hpp"
#include "gateway/services.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace reserve::gateway {

// Shared objects of the API (spec 30§1.7) as JSON: every listed member is always present.

/// How a request wants texts, and what it may see.
struct viewer {
  bool portuguese = false;
  std::string city_code;
};

void write_price(http::json_writer& out, const price& cost, const currency& unit, date check_in);
void write_policy(http::json_writer& out, const policy_snapshot& policy, bool portuguese);
void write_guests(http::json_writer& out, const party& guests);
/// null when nothing is known, or it was erased.
void write_traveler(http::json_writer& out, const std::optional<guest_details>& guest);
void write_reservation_ref(http::json_writer& out, const reservation& booked);

// Of the catalogue.
void write_city(http::json_writer& out, const city_content& city, const city_door& door);
void write_location(http::json_writer& out, const property_content& property);
void write_images(http::json_writer& out, const std::vector<image>& images);
void write_texts(http::json_writer& out, const std::vector<std::string>& texts);
/// A member that is null when the text is empty.
void write_text(http::json_writer& out, std::string_view name, const std::string& text);
void write_coordinate(http::json_writer& out, std::string_view name, const std::optional<std::int64_t>& degrees_e6);
void write_pagination(http::json_writer& out, std::int64_t page, std::int64_t per_page, std::size_t total);
/// "15:00"
std::string clock_text(std::chrono::minutes time_of_day);
/// ok, unverified_call_to_book, temporarily_unavailable
/// The Host has not answered for so long that what we know of its rooms counts as unverified (spec 10§22).
bool is_host_away(const city_door& door);
std::string_view availability_status(const city_door& door, const property_content& property);

/// An intent with everything that its view shows.
struct intent_picture {
  intent state;
  std::optional<payment> paying;
  std::optional<reservation> booked;
  std::optional<guest_details> guest;
};

std::string intent_view(const intent_picture& what, const catalogue_view& catalogue, const viewer& who, const std::string& alternatives = "[]");
std::string payment_status_view(const intent_picture& what, const catalogue_view& catalogue, const viewer& who);
std::string stripe_payment_view(const payment& what, const provider_secrets& secrets, timestamp expires_at);
std::string pix_payment_view(const payment& what, const std::string& qr_base64);
std::string booking_view(const intent& from, const reservation* booked, const std::string& receipt_url);
std::string reservation_view(const reservation& what, const std::optional<guest_details>& guest, const catalogue_view& catalogue, const viewer& who,
                             const std::string& receipt_url);

int retries_left(const intent& known, const catalogue_view& catalogue);
/// Has the guest paid, whatever came afterwards?
bool has_money(const payment& known) noexcept;
/// Is there nothing left to do for the guest's browser?
bool is_final(const payment& known) noexcept;

/// Why a payment was declined, in words for its guest (spec 30§4).
std::string decline_text(std::string_view failure_code, bool portuguese);

} // namespace reserve::gateway
