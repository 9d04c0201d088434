#include "integrations/sandbox/host_model.hpp"
#include "integrations/sandbox/json_text.hpp"

#include <cstdio>
#include <cstdlib>

namespace reserve::sandbox {

namespace {

std::string instant_or_null(const std::optional<timestamp>& at) {
  return at ? json_text(to_string(*at)) : "null";
}

std::string degrees(std::int64_t e6) {
  char text[32];
  std::snprintf(text, sizeof text, "%s%lld.%06lld", e6 < 0 ? "-" : "", std::llabs(e6) / 1'000'000, std::llabs(e6) % 1'000'000);
  return text;
}

std::string images_of(const std::string& path, const std::string& alt) {
  std::vector<std::string> out;
  for (const char* view : {"1", "2", "3"}) {
    json_object one;
    one.text("url", "https://images.example/urubici/" + path + "-" + view + ".jpg").text("alt", alt);
    out.push_back(one.done());
  }
  return array_text(out);
}

} // namespace

std::string booking_json(const host_booking& booking) {
  json_object guests;
  guests.number("adults", booking.adults).number("children", booking.children);
  json_object details;
  details.text("first_name", booking.guest.first_name).text("last_name", booking.guest.last_name).text("email", booking.guest.email);
  details.text("phone", booking.guest.phone).raw("external_id", text_or_null(booking.guest.external_id));
  json_object out;
  out.text("booking_id", booking.id).raw("external_reference", text_or_null(booking.external_reference));
  out.raw("external_id", text_or_null(booking.external_id)).text("status", booking.status).text("confirmation_code", booking.confirmation_code);
  out.text("property_id", booking.property_id).text("room_type_id", booking.room_type_id);
  out.text("check_in", to_string(booking.check_in)).text("check_out", to_string(booking.check_out));
  out.object("guests", guests).object("guest_details", details);
  out.raw("total_amount", booking.total_amount ? to_string(*booking.total_amount) : "null");
  out.raw("special_requests", text_or_null(booking.special_requests));
  out.text("created_at", to_string(booking.created)).text("updated_at", to_string(booking.updated));
  out.raw("checked_in_at", instant_or_null(booking.checked_in)).raw("checked_out_at", instant_or_null(booking.checked_out));
  out.raw("cancelled_at", instant_or_null(booking.cancelled));
  return out.done();
}

std::string night_json(const room_type& room, const night_view& view) {
  json_object out;
  out.text("room_type_id", room.id).text("date", to_string(view.day)).number("available", view.available);
  out.number("allotment", view.of.allotment).boolean("closed", view.of.closed).amount("base_price", view.of.price).text("currency", "BRL");
  if (view.of.min_stay)
    out.number("min_stay", *view.of.min_stay);
  if (view.of.closed_to_arrival)
    out.boolean("closed_to_arrival", true);
  if (view.of.closed_to_departure)
    out.boolean("closed_to_departure", true);
  return out.text_if("block_reason", view.of.block_reason).done();
}

std::string property_json(const property& one, timestamp updated) {
  json_object address;
  address.text("street", one.street).text("district", one.district).text("city", "Urubici").text("state", "SC");
  address.text("postal_code", one.postal_code).text("country", "BR");
  json_object coordinates;
  coordinates.raw("lat", degrees(one.lat_e6)).raw("lng", degrees(one.lng_e6));
  json_object contacts;
  contacts.text("phone", one.phone).text("email", one.email).text("whatsapp", one.whatsapp);
  json_object out;
  out.text("property_id", one.id).text("name", one.name).text("slug", one.slug).text("property_type", one.kind).text("description", one.description);
  out.object("address", address).object("coordinates", coordinates).object("contacts", contacts);
  out.raw("amenities", string_array(one.amenities)).raw("images", images_of(one.slug, one.name)).text("house_rules", one.house_rules);
  out.text("check_in_time", "15:00").text("check_out_time", "11:00").text("currency", "BRL").boolean("active", true);
  return out.text("updated_at", to_string(updated)).done();
}

std::string room_type_json(const room_type& room) {
  json_object bed;
  bed.text("type", room.bed_type).number("count", room.bed_count);
  json_object out;
  out.text("room_type_id", room.id).text("property_id", room.property_id).text("name", room.name).text("slug", room.slug);
  out.text("description", room.description).number("max_occupancy", room.max_occupancy).number("base_capacity", room.base_capacity);
  out.raw("beds", array_text({bed.done()})).number("size_m2", room.size_m2).raw("amenities", string_array(room.amenities));
  out.raw("images", images_of(room.id, room.name)).amount("base_price", room.base_price).text("currency", "BRL");
  return out.number("allotment", room.allotment).boolean("active", true).done();
}

} // namespace reserve::sandbox
