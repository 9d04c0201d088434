#include "gateway/render.hpp"

#include <algorithm>

namespace reserve::gateway {
namespace {

constexpr std::chrono::minutes unverified_after{1}; ///< spec 10§22
constexpr std::chrono::minutes banner_after{5};

void write_notice(http::json_writer& out, const city_content& city, const city_door& door) {
  const auto outage = door.host_outage();
  if (outage < banner_after) {
    out.null();
    return;
  }
  const bool portuguese = city.locale.starts_with("pt");
  const std::string text = portuguese ? "As reservas on-line estão temporariamente indisponíveis. Ligue para reservar."
                                      : "Online booking is temporarily unavailable. Please call us to book.";
  out.begin_object().member("level", "critical").member("text", text);
  write_text(out, "phone", city.support_phone);
  out.member("since", to_string(door.now() - std::chrono::duration_cast<std::chrono::microseconds>(outage))).end_object();
}

} // namespace

void write_text(http::json_writer& out, std::string_view name, const std::string& text) {
  out.key(name);
  if (text.empty())
    out.null();
  else
    out.value(text);
}

void write_coordinate(http::json_writer& out, std::string_view name, const std::optional<std::int64_t>& degrees_e6) {
  out.key(name);
  if (degrees_e6)
    out.decimal(static_cast<double>(*degrees_e6) / 1e6);
  else
    out.null();
}

void write_city(http::json_writer& out, const city_content& city, const city_door& door) {
  out.begin_object().member("code", city.code.empty() ? door.code() : city.code).member("name", city.name).member("state", city.state);
  out.member("country", city.country).member("timezone", city.timezone).member("currency", city.currency.text()).member("locale", city.locale);
  write_text(out, "support_phone", city.support_phone);
  write_text(out, "support_email", city.support_email);
  out.key("center");
  if (city.lat_e6 && city.lng_e6) {
    out.begin_object();
    write_coordinate(out, "lat", city.lat_e6);
    write_coordinate(out, "lng", city.lng_e6);
    out.end_object();
  } else {
    out.null();
  }
  out.member("is_active", city.active).key("notice");
  write_notice(out, city, door);
  out.end_object();
}

void write_location(http::json_writer& out, const property_content& property) {
  out.begin_object();
  write_text(out, "address", property.address);
  out.member("city", property.city_name).member("state", property.state);
  write_coordinate(out, "lat", property.lat_e6);
  write_coordinate(out, "lng", property.lng_e6);
  out.end_object();
}

void write_images(http::json_writer& out, const std::vector<image>& images) {
  out.begin_array();
  for (const auto& each : images) {
    out.begin_object().member("url", each.url);
    write_text(out, "alt", each.alt);
    out.end_object();
  }
  out.end_array();
}

void write_texts(http::json_writer& out, const std::vector<std::string>& texts) {
  out.begin_array();
  for (const auto& each : texts)
    out.value(each);
  out.end_array();
}

void write_pagination(http::json_writer& out, std::int64_t page, std::int64_t per_page, std::size_t total) {
  const auto count = static_cast<std::int64_t>(total);
  out.begin_object().member("page", page).member("per_page", per_page).member("total", count);
  out.member("total_pages", (count + per_page - 1) / per_page).end_object();
}

std::string clock_text(std::chrono::minutes time_of_day) {
  const auto two = [](std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return two(time_of_day.count() / 60) + ":" + two(time_of_day.count() % 60);
}

bool is_host_away(const city_door& door) {
  return door.host_outage() >= unverified_after;
}

std::string_view availability_status(const city_door& door, const property_content& property) {
  if (door.property_down(property.host_property_id))
    return "temporarily_unavailable";
  return is_host_away(door) ? "unverified_call_to_book" : "ok";
}

} // namespace reserve::gateway
