#include "integrations/sandbox/host_face.hpp"

#include "integrations/bytes.hpp"
#include "integrations/crypto.hpp"
#include "integrations/sandbox/json_text.hpp"

#include <algorithm>

namespace reserve::sandbox {

namespace {

constexpr std::size_t calls_per_minute = 100;
constexpr int nights_max = 800;
/// The catalogue never changes by itself, so it has one date of change.
const timestamp catalogue_updated = *parse_timestamp("2026-01-01T00:00:00Z");

std::optional<std::string> base64url_bytes(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return integrations::from_base64(text);
}

/// HS256 of our issuer for this audience, not run out.
bool token_is_good(const std::string& token, const std::string& secret, timestamp now) {
  const auto dot = token.rfind('.');
  const auto first = token.find('.');
  if (dot == std::string::npos || first == dot)
    return false;
  const auto expected = integrations::to_base64url(integrations::hmac_sha256(secret, token.substr(0, dot)));
  if (!integrations::equal_in_constant_time(expected, token.substr(dot + 1)))
    return false;
  const auto claims = base64url_bytes(token.substr(first + 1, dot - first - 1));
  const auto json = claims ? parse_json(*claims) : std::nullopt;
  if (!json || (*json)["iss"].text() != "reserve-connect" || (*json)["aud"].text() != "host-connect")
    return false;
  const auto ends = (*json)["exp"].integer();
  return ends && timestamp(std::chrono::seconds(*ends)) > now;
}

std::optional<int> small_number(const json_value& value) {
  const auto number = value.integer();
  if (!number || *number < -1000 || *number > 1000)
    return std::nullopt;
  return static_cast<int>(*number);
}

std::optional<std::string> optional_text(const json_value& value) {
  if (value.kind() != json_value::type::string)
    return std::nullopt;
  return value.text();
}

refused missing(const char* name) {
  return {422, "missing_field", std::string(name) + " is required", name, {}, {}, {}};
}

} // namespace

std::optional<booking_wish> read_booking_wish(const std::string& body) {
  const auto json = parse_json(body);
  if (!json || !json->is_object())
    return std::nullopt;
  const auto& in = *json;
  booking_wish out;
  out.property_id = in["property_id"].text();
  out.room_type_id = in["room_type_id"].text();
  out.external_reference = in["external_reference"].text();
  out.external_id = in["external_id"].text();
  out.check_in = parse_date(in["check_in"].text());
  out.check_out = parse_date(in["check_out"].text());
  out.adults = small_number(in["guests"]["adults"]);
  out.children = small_number(in["guests"]["children"]);
  if (const auto& details = in["guest_details"]; details.is_object())
    out.guest = host_guest{details["first_name"].text(), details["last_name"].text(), details["email"].text(), details["phone"].text(),
                           details["external_id"].text()};
  out.total_amount = in["total_amount"].amount();
  out.special_requests = optional_text(in["special_requests"]);
  out.status = optional_text(in["status"]);
  return out;
}

std::string host_face::operation(const request& call) const {
  const auto parts = call.segments();
  if (parts.size() == 1 && parts[0] == "health")
    return call.method == "GET" ? "health" : "";
  if (parts.size() < 3 || parts[0] != "api" || parts[1] != "v1")
    return {};
  const bool get = call.method == "GET";
  if (parts[2] == "availability" && parts.size() == 3)
    return get ? "availability" : "";
  if (parts[2] == "properties")
    return !get ? "" : parts.size() == 3 ? "properties" : parts.size() == 5 && parts[4] == "room-types" ? "room_types" : "";
  if (parts[2] != "bookings" || parts.size() > 4)
    return {};
  if (parts.size() == 3)
    return get ? "find_booking" : call.method == "POST" ? "create_booking" : "";
  if (call.method == "PATCH")
    return "update_booking";
  return get ? "get_booking" : call.method == "DELETE" ? "cancel_booking" : "";
}

std::string host_face::property_of(const request& call) const {
  if (const auto named = call.query.get("property_id"))
    return *named;
  const auto parts = call.segments();
  if (parts.size() == 5 && parts[2] == "properties")
    return parts[3];
  if (parts.size() == 4 && parts[2] == "bookings") {
    const auto* booking = model_.find(parts[3]);
    return booking ? booking->property_id : "";
  }
  if (const auto reference = call.query.get("external_reference")) {
    const auto found = model_.by_reference(*reference);
    return found.empty() ? "" : found.front()->property_id;
  }
  const auto json = parse_json(call.body);
  return json ? (*json)["property_id"].text() : "";
}

bool host_face::may(const request& call, timestamp now) const {
  if (!secrets_.api_key.empty() && !integrations::equal_in_constant_time(call.header("x-api-key"), secrets_.api_key))
    return false;
  return secrets_.jwt_secret.empty() || token_is_good(bearer(call), secrets_.jwt_secret, now);
}

bool host_face::too_many(const std::string& property, timestamp now) {
  if (property.empty())
    return false;
  auto& calls = recent_[property];
  while (!calls.empty() && calls.front() + std::chrono::minutes(1) <= now)
    calls.pop_front();
  if (calls.size() >= calls_per_minute)
    return true;
  calls.push_back(now);
  return false;
}

answer host_face::error(const refused& why) const {
  json_object body;
  body.text("error", why.code).text("message", why.message);
  json_object details;
  if (!why.dates.empty())
    details.raw("conflicting_dates", string_array(why.dates));
  if (!why.param.empty())
    details.text("field", why.param);
  body.object("details", details);
  answer out{why.status, body.done(), {}};
  if (why.status == 429)
    out.headers["Retry-After"] = "5";
  return out;
}

answer host_face::work(const request& call, timestamp now) {
  const auto name = operation(call);
  if (name.empty())
    return error({404, "not_found", "no such path", {}, {}, {}, {}});
  if (name == "health")
    return {200, R"({"status":"ok"})", {}};
  if (!may(call, now))
    return error({401, "unauthorized", "wrong API key or token", {}, {}, {}, {}});
  if (too_many(property_of(call), now))
    return error({429, "rate_limited", "more than 100 requests in a minute for one property", {}, {}, {}, {}});
  if (name == "availability")
    return availability(call);
  if (name == "properties")
    return properties(call);
  if (name == "room_types")
    return room_types(call.segments()[3]);
  if (name == "find_booking")
    return find_bookings(call);
  if (name == "get_booking") {
    const auto id = call.segments()[3];
    const auto* booking = model_.find(id);
    return booking ? answer{200, booking_json(*booking), {}} : error({404, "booking_not_found", "no booking " + id, {}, {}, id, {}});
  }
  return write(name, call, now);
}

answer host_face::availability(const request& call) const {
  const auto id = call.query.get("property_id").value_or("");
  const auto from = parse_date(call.query.get("start_date").value_or(""));
  const auto to = parse_date(call.query.get("end_date").value_or(""));
  if (id.empty())
    return error(missing("property_id"));
  if (!from || !to)
    return error(missing(from ? "end_date" : "start_date"));
  if (*to <= *from || (*to - *from).count() > nights_max)
    return error({422, "invalid_dates", "end_date must be 1 to 800 days after start_date", "end_date", {}, {}, {}});
  const auto* owner = model_.content().find_property(id);
  if (!owner)
    return error({404, "property_not_found", "no property " + id, "property_id", {}, {}, {}});
  const auto wanted = call.query.get("room_type_id");
  std::vector<std::string> nights;
  bool known = !wanted;
  for (const auto& room : owner->rooms) {
    if (wanted && room.id != *wanted)
      continue;
    known = true;
    for (const auto& view : model_.nights(room, *from, *to))
      nights.push_back(night_json(room, view));
  }
  if (!known)
    return error({404, "room_type_not_found", "no room type " + *wanted, "room_type_id", {}, {}, {}});
  json_object body;
  body.text("property_id", id).raw("availability", array_text(nights));
  return {200, body.done(), {}};
}

answer host_face::properties(const request& call) const {
  const auto since = parse_timestamp(call.query.get("updated_since").value_or(""));
  std::vector<std::string> out;
  for (const auto& one : model_.content().properties())
    if (!since || catalogue_updated >= *since)
      out.push_back(property_json(one, catalogue_updated));
  json_object body;
  body.raw("properties", array_text(out));
  return {200, body.done(), {}};
}

answer host_face::room_types(const std::string& id) const {
  const auto* owner = model_.content().find_property(id);
  if (!owner)
    return error({404, "property_not_found", "no property " + id, "property_id", {}, {}, {}});
  std::vector<std::string> out;
  for (const auto& room : owner->rooms)
    out.push_back(room_type_json(room));
  json_object body;
  body.text("property_id", id).raw("room_types", array_text(out));
  return {200, body.done(), {}};
}

answer host_face::find_bookings(const request& call) const {
  const auto reference = call.query.get("external_reference");
  const auto since_text = call.query.get("updated_since");
  const auto since = parse_timestamp(since_text.value_or(""));
  const auto property = call.query.get("property_id");
  if (since_text && !since)
    return error({422, "invalid_parameter", "updated_since is no instant", "updated_since", {}, {}, {}});
  std::vector<const host_booking*> found;
  if (reference)
    found = model_.by_reference(*reference);
  else
    for (const auto& [id, booking] : model_.bookings().rows())
      found.push_back(&booking);
  std::erase_if(found, [&](const auto* one) { return (since && one->updated < *since) || (property && one->property_id != *property); });
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->number < b->number; });
  std::vector<std::string> out;
  for (const auto* booking : found)
    out.push_back(booking_json(*booking));
  json_object body;
  body.raw("bookings", array_text(out));
  return {200, body.done(), {}};
}

answer host_face::booking_answer(const made<host_booking>& result, int status) const {
  if (const auto* why = refusal_of(result))
    return error(*why);
  return {status, booking_json(std::get<host_booking>(result)), {}};
}

answer host_face::write(const std::string& name, const request& call, timestamp now) {
  const auto key = key_of(call);
  const auto scope = name + '|' + key;
  if (const auto* known = key.empty() ? nullptr : keys_.known(scope, now))
    if (const auto* booking = model_.find(known->object_id))
      return name == "cancel_booking" ? answer{200, known->body, {}} : answer{200, booking_json(*booking), {}};
  // DELETE may come without a body.
  const auto wish = read_booking_wish(call.body.empty() ? "{}" : call.body);
  if (!wish)
    return error({400, "invalid_json", "the body is no JSON object", {}, {}, {}, {}});
  const auto id = name == "create_booking" ? std::string() : call.segments()[3];
  made<host_booking> result = refused{};
  if (name == "create_booking") {
    result = model_.book(*wish, now);
  } else if (name == "update_booking") {
    result = model_.change(id, *wish, now);
  } else {
    const auto json = parse_json(call.body);
    result = model_.cancel(id, json ? (*json)["reason"].text() : call.query.get("reason").value_or(""), now);
  }
  auto out = booking_answer(result, name == "create_booking" ? 201 : 200);
  if (out.status >= 300)
    return out;
  const auto& booking = std::get<host_booking>(result);
  if (name == "cancel_booking") {
    json_object body;
    body.text("booking_id", booking.id).text("status", booking.status).text("cancelled_at", to_string(*booking.cancelled));
    out.body = body.done();
  }
  if (!key.empty())
    keys_.keep(scope, {{}, booking.id, out.status, out.body, now});
  return out;
}

} // namespace reserve::sandbox
