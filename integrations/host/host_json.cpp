#include "integrations/host/host_json.hpp"

#include "integrations/bytes.hpp"

#include <algorithm>
#include <limits>

namespace reserve::integrations::host {

namespace {

template <class T>
T clamped(std::optional<std::int64_t> value, T otherwise) {
  constexpr std::int64_t least = std::numeric_limits<T>::min();
  constexpr std::int64_t most = std::numeric_limits<T>::max();
  return value ? static_cast<T>(std::clamp(*value, least, most)) : otherwise;
}

/// Counts are never negative.
template <class T>
T count(const json_value& json, T otherwise = 0) {
  const auto value = json.integer();
  return clamped<T>(value ? std::optional(std::max<std::int64_t>(*value, 0)) : std::nullopt, otherwise);
}

std::string first_text(const json_value& json, std::initializer_list<const char*> names) {
  for (const auto* name : names)
    if (const auto& text = json[name].text_or_number(); !text.empty())
      return text;
  return {};
}

/// "-27.948312" in millionths; more digits are cut.
std::optional<std::int64_t> millionths(const json_value& json) {
  std::string_view text = json.text_or_number();
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  const auto point = std::min(text.find('.'), text.size());
  const auto whole = parse_digits(text.substr(0, point));
  auto digits = std::string(text.substr(std::min(point + 1, text.size())));
  digits.resize(6, '0');
  const auto fraction = parse_digits(digits);
  if (!whole || !fraction || *whole > 180)
    return std::nullopt;
  const auto value = *whole * 1'000'000 + *fraction;
  return negative ? -value : value;
}

std::vector<std::string> texts(const json_value& list) {
  std::vector<std::string> out;
  for (const auto& item : list.items())
    if (!item.text().empty())
      out.push_back(item.text());
  return out;
}

std::vector<image> images(const json_value& list) {
  std::vector<image> out;
  for (const auto& item : list.items()) {
    image one;
    one.url = item.is_object() ? item["url"].text() : item.text();
    one.alt = item["alt"].text();
    if (!one.url.empty())
      out.push_back(std::move(one));
  }
  return out;
}

/// "15:00".
std::chrono::minutes time_of_day(const json_value& json, std::chrono::minutes otherwise) {
  const std::string_view text = json.text();
  if (text.size() < 5 || text[2] != ':')
    return otherwise;
  const auto hours = parse_digits(text.substr(0, 2));
  const auto minutes = parse_digits(text.substr(3, 2));
  return hours && minutes && *hours < 24 && *minutes < 60 ? std::chrono::minutes(*hours * 60 + *minutes) : otherwise;
}

/// One line of an address that comes as text or in parts.
std::string address_line(const json_value& json) {
  if (!json.is_object())
    return json.text();
  std::string out;
  for (const auto* name : {"street", "number", "district", "postal_code"}) {
    const auto& part = json[name].text_or_number();
    if (!out.empty() && !part.empty())
      out += ", ";
    out += part;
  }
  return out;
}

bool is_active(const json_value& json) { return json["active"].is_null() || json["active"].truth(); }

/// The night, and how many rooms are left there; nothing when a part that counts is missing.
std::optional<std::pair<night_reading, int>> read_night(const json_value& json) {
  const auto day = parse_date(json["date"].text());
  const auto allotment = json["allotment"].integer();
  // In a webhook `available` may be missing; the allotment is then all that is told.
  const auto available = json["available"].integer() ? json["available"].integer() : allotment;
  if (!day || !available)
    return std::nullopt;
  night_reading night;
  night.day = *day;
  night.allotment = clamped<std::int16_t>(std::max<std::int64_t>(allotment.value_or(*available), 0), 0);
  const auto price = json["base_price"].amount();
  if (price && price->minor_units >= 0 && price->minor_units <= std::numeric_limits<std::int32_t>::max())
    night.price = static_cast<std::int32_t>(price->minor_units);
  night.min_stay = count<std::uint8_t>(json["min_stay"]);
  night.max_stay = count<std::uint8_t>(json["max_stay"]);
  night.closed = json["closed"].truth();
  night.closed_to_arrival = json["closed_to_arrival"].truth();
  night.closed_to_departure = json["closed_to_departure"].truth();
  return std::pair(night, clamped<int>(std::max<std::int64_t>(*available, 0), 0));
}

} // namespace

std::optional<host_booking> read_booking(const json_value& json) {
  host_booking out;
  out.booking_id = first_text(json, {"booking_id", "id"});
  const auto check_in = parse_date(json["check_in"].text());
  const auto check_out = parse_date(json["check_out"].text());
  if (out.booking_id.empty() || !check_in || !check_out || *check_in >= *check_out)
    return std::nullopt;
  out.stay = {*check_in, *check_out};
  out.external_reference = json["external_reference"].text();
  out.external_id = json["external_id"].text();
  out.status = lower(json["status"].text());
  out.confirmation_code = json["confirmation_code"].text_or_number();
  out.host_property_id = json["property_id"].text_or_number();
  out.host_unit_id = json["room_type_id"].text_or_number();
  out.guests.adults = count<std::uint8_t>(json["guests"]["adults"], 1);
  out.guests.children = count<std::uint8_t>(json["guests"]["children"]);
  return out;
}

std::vector<unit_readings> read_availability(const json_value& list, const std::string& room_type) {
  std::vector<unit_readings> out;
  for (const auto& item : list.items()) {
    const auto& named = item["room_type_id"].text_or_number();
    const auto& unit = named.empty() ? room_type : named;
    const auto night = read_night(item);
    if (unit.empty() || !night)
      continue;
    auto at = std::find_if(out.begin(), out.end(), [&unit](const unit_readings& known) { return known.host_unit_id == unit; });
    if (at == out.end()) {
      out.emplace_back();
      at = std::prev(out.end());
      at->host_unit_id = unit;
    }
    at->nights.push_back(night->first);
    at->available.push_back(night->second);
  }
  return out;
}

std::optional<host_property> read_property(const json_value& json) {
  host_property out;
  auto& content = out.content;
  content.host_property_id = first_text(json, {"property_id", "id"});
  content.name = json["name"].text();
  if (content.host_property_id.empty() || content.name.empty())
    return std::nullopt;
  const auto& address = json["address"];
  const auto& coordinates = json["coordinates"];
  const auto& contacts = json["contacts"];
  content.slug = first_text(json, {"slug", "slug_hint"});
  content.property_type = json["property_type"].text();
  content.description = json["description"].text();
  content.address = address_line(address);
  content.city_name = address.is_object() ? address["city"].text() : json["city"].text();
  content.state = address.is_object() ? address["state"].text() : json["state"].text();
  content.lat_e6 = millionths(coordinates["lat"].is_null() ? coordinates["latitude"] : coordinates["lat"]);
  content.lng_e6 = millionths(coordinates["lng"].is_null() ? coordinates["longitude"] : coordinates["lng"]);
  content.phone = contacts["phone"].text();
  content.email = contacts["email"].text();
  content.whatsapp = contacts["whatsapp"].text();
  content.house_rules = json["house_rules"].text();
  content.amenities = texts(json["amenities"]);
  content.images = images(json["images"]);
  content.check_in_time = time_of_day(json["check_in_time"], content.check_in_time);
  content.check_out_time = time_of_day(json["check_out_time"], content.check_out_time);
  if (const auto unit = parse_currency(json["currency"].text()))
    content.currency = *unit;
  content.active = is_active(json);
  return out;
}

std::optional<host_room_type> read_room_type(const json_value& json) {
  host_room_type out;
  auto& content = out.content;
  content.host_unit_id = first_text(json, {"room_type_id", "id"});
  content.name = json["name"].text();
  if (content.host_unit_id.empty() || content.name.empty())
    return std::nullopt;
  content.slug = first_text(json, {"slug", "slug_hint"});
  content.description = json["description"].text();
  content.max_occupancy = std::max<std::uint8_t>(count<std::uint8_t>(json["max_occupancy"], content.max_occupancy), 1);
  content.base_capacity = std::max<std::uint8_t>(count<std::uint8_t>(json["base_capacity"], content.base_capacity), 1);
  for (const auto& item : json["beds"].items())
    if (!item["type"].text().empty())
      content.beds.push_back({item["type"].text(), count<std::uint8_t>(item["count"], 1)});
  if (const auto size = json["size_m2"].integer())
    content.size_m2 = clamped<int>(size, 0);
  content.amenities = texts(json["amenities"]);
  content.images = images(json["images"]);
  content.base_price = json["base_price"].amount();
  content.active = is_active(json);
  return out;
}

} // namespace reserve::integrations::host
