#include "integrations/host/host_wire.hpp"

#include "integrations/crypto.hpp"
#include "integrations/host/host_json.hpp"

#include <algorithm>

namespace reserve::integrations::host {

namespace {

using operation = host_request::operation;
using kind = host_answer::kind;

constexpr std::int64_t token_seconds = 300;

std::string path_of(std::string_view folder, const std::string& id) { return "/api/v1/" + std::string(folder) + "/" + percent_encoded(id); }

wire_request get(std::string path, const fields& query = {}) {
  wire_request out;
  out.target = std::move(path);
  if (!query.empty())
    out.target += "?" + form_encoded(query);
  return out;
}

wire_request availability(const host_request& request) {
  fields query{{"property_id", request.host_property_id}};
  if (!request.host_unit_id.empty())
    query.emplace_back("room_type_id", request.host_unit_id);
  query.emplace_back("start_date", to_string(request.range.check_in));
  query.emplace_back("end_date", to_string(request.range.check_out));
  return get("/api/v1/availability", query);
}

wire_request write(const char* method, std::string target, const std::string& key, const json_object& body) {
  wire_request out;
  out.method = method;
  out.target = std::move(target);
  out.headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", key}};
  out.body = body.done();
  return out;
}

wire_request create_booking(const host_request& request) {
  static const guest_details nobody;
  const auto& guest = request.guest ? *request.guest : nobody;
  json_object guests;
  guests.number("adults", request.guests.adults).number("children", request.guests.children);
  json_object details;
  details.text("first_name", guest.first_name).text("last_name", guest.last_name).text_if("email", guest.email).text_if("phone", guest.phone);
  details.text_if("external_id", request.traveler_id);
  json_object body;
  body.text("property_id", request.host_property_id).text("room_type_id", request.host_unit_id);
  body.text("check_in", to_string(request.range.check_in)).text("check_out", to_string(request.range.check_out));
  body.object("guests", guests).object("guest_details", details);
  body.text("external_reference", request.external_reference).text("external_id", request.external_id);
  body.amount("total_amount", request.total).text_if("special_requests", guest.special_requests);
  return write("POST", "/api/v1/bookings", request.idempotency_key, body);
}

wire_request cancel_booking(const host_request& request) {
  json_object body;
  body.text("reason", request.reason).amount("refund_amount", request.refund);
  // The key of the commit names the booking; its cancellation is another step and needs another key.
  return write("DELETE", path_of("bookings", request.booking_id), "cancel-" + request.booking_id, body);
}

bool carries_our_reference(const host_request& request, const host_booking& booking) {
  const bool id_fits = booking.external_id.empty() || request.external_id.empty() || booking.external_id == request.external_id;
  if (booking.external_reference.empty())
    return id_fits && !booking.external_id.empty();
  return id_fits && booking.external_reference == request.external_reference;
}

/// Anything but 2xx, in the words of 10§22.
void not_done(host_reply& out, const outbound_result& result, const json_value& body) {
  const auto meaning = result.kind == outbound_kind::answered ? classify(result.status) : status_class::unknown;
  out.booking.what = meaning == status_class::refused ? kind::refused : kind::transient;
  out.booking.unknown = meaning == status_class::unknown && result.kind != outbound_kind::not_sent;
  out.answered = meaning == status_class::refused;
  // The Host's message is free text and may name the guest; its code cannot.
  out.error = error_line(result, body["error"].text());
  out.booking.error = out.error;
}

void unreadable(host_reply& out, const outbound_result& result) {
  out.booking.what = kind::odd;
  out.booking.unknown = true;
  out.error = std::to_string(result.status) + " unreadable answer";
  out.booking.error = out.error;
}

void booked(host_reply& out, const host_request& request, const outbound_result& result, const json_value& body) {
  const auto booking = read_booking(body);
  if (!booking || !carries_our_reference(request, *booking)) {
    unreadable(out, result);
    if (booking)
      out.booking.booking = *booking;
    return;
  }
  out.answered = true;
  out.booking.what = kind::booked;
  out.booking.booking = *booking;
}

/// A look-up that cannot be understood proves nothing, so it counts as no answer.
void look_up_failed(host_reply& out, const outbound_result& result) {
  unreadable(out, result);
  out.booking.what = kind::transient;
}

void found(host_reply& out, const host_request& request, const outbound_result& result, const json_value& body) {
  const auto& list = body["bookings"].is_array() ? body["bookings"] : body;
  if (!list.is_array() && !read_booking(list)) {
    look_up_failed(out, result);
    return;
  }
  std::optional<host_booking> best;
  bool others = false;
  const auto look_at = [&](const json_value& item) {
    const auto booking = read_booking(item);
    if (!booking || !carries_our_reference(request, *booking))
      others = true;
    else if (!best || best->status == "cancelled")
      best = booking;
  };
  if (list.is_array())
    std::for_each(list.items().begin(), list.items().end(), look_at);
  else
    look_at(list);
  if (!best && others) { // A list of other bookings does not say that ours is not there.
    look_up_failed(out, result);
    return;
  }
  out.answered = true;
  out.booking.what = best ? kind::found : kind::not_found;
  if (best)
    out.booking.booking = *best;
}

void got(host_reply& out, const host_request& request, const outbound_result& result, const json_value& body) {
  const auto booking = read_booking(body);
  if (!booking || booking->booking_id != request.booking_id) {
    look_up_failed(out, result);
    return;
  }
  out.answered = true;
  out.booking.what = kind::found;
  out.booking.booking = *booking;
}

void cancelled(host_reply& out, const host_request& request) {
  out.answered = true;
  out.booking.what = kind::cancelled;
  out.booking.booking.booking_id = request.booking_id;
  out.booking.booking.status = "cancelled";
  out.booking.error.clear();
  out.error.clear();
}

bool says_already_cancelled(const json_value& body) {
  for (const auto* name : {"error", "message"}) {
    const auto text = lower(body[name].text());
    if (text.find("already_cancelled") != std::string::npos || text.find("already cancelled") != std::string::npos)
      return true;
  }
  return false;
}

template <class T>
void catalogue(host_reply& out, const outbound_result& result, const json_value& list, std::optional<T> (*read)(const json_value&), std::vector<T>& into) {
  if (!list.is_array()) {
    look_up_failed(out, result);
    return;
  }
  for (const auto& item : list.items())
    if (auto one = read(item))
      into.push_back(*std::move(one));
  out.answered = true;
}

void done(host_reply& out, const host_request& request, const outbound_result& result, const json_value& body) {
  switch (request.what) {
    case operation::create_booking: booked(out, request, result, body); return;
    case operation::find_booking: found(out, request, result, body); return;
    case operation::get_booking: got(out, request, result, body); return;
    case operation::cancel_booking:
      if (result.status == 204 || lower(body["status"].text()) == "cancelled")
        cancelled(out, request);
      else
        look_up_failed(out, result);
      return;
    case operation::availability:
      out.answered = body["availability"].is_array() && body["property_id"].text_or_number() == request.host_property_id;
      if (out.answered)
        out.availability = read_availability(body["availability"]);
      else
        look_up_failed(out, result);
      return;
    case operation::properties: catalogue(out, result, body.is_array() ? body : body["properties"], read_property, out.properties); return;
    case operation::room_types: catalogue(out, result, body.is_array() ? body : body["room_types"], read_room_type, out.room_types); return;
    case operation::health: out.answered = true; return;
  }
}

} // namespace

std::string bearer_token(const std::string& secret, timestamp now) {
  const auto at = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  json_object header;
  header.text("alg", "HS256").text("typ", "JWT");
  json_object claims;
  claims.text("iss", "reserve-connect").text("aud", "host-connect").number("iat", at).number("exp", at + token_seconds);
  const auto signed_part = to_base64url(header.done()) + "." + to_base64url(claims.done());
  return signed_part + "." + to_base64url(hmac_sha256(secret, signed_part));
}

wire_request render(const host_request& request) {
  switch (request.what) {
    case operation::availability: return availability(request);
    case operation::create_booking: return create_booking(request);
    case operation::find_booking: return get("/api/v1/bookings", {{"external_reference", request.external_reference}});
    case operation::get_booking: return get(path_of("bookings", request.booking_id));
    case operation::cancel_booking: return cancel_booking(request);
    case operation::properties: return get("/api/v1/properties");
    case operation::room_types: return get(path_of("properties", request.host_property_id) + "/room-types");
    case operation::health: break;
  }
  return get("/health");
}

host_reply parse(const host_request& request, const outbound_result& result) {
  host_reply out;
  out.failure = counts_as_failure(result);
  out.took = std::chrono::duration_cast<millis>(result.took);
  out.retry_after = retry_after(result);
  const auto read = parse_json(result.body);
  const auto body = read.value_or(json_value());
  if (result.kind != outbound_kind::answered || classify(result.status) != status_class::done)
    not_done(out, result, body);
  else
    done(out, request, result, body);
  if (result.kind == outbound_kind::too_large && request.what == operation::create_booking)
    out.booking.what = kind::odd; // It answered, only not with a booking: R5a.
  const bool missing = result.kind == outbound_kind::answered && result.status == 404;
  if (request.what == operation::cancel_booking && (missing || (out.booking.what == kind::refused && says_already_cancelled(body))))
    cancelled(out, request);
  // A list that is "not found" without a reason of the Host's is more likely a wrong address than a proof that there is no booking.
  if (missing && (request.what == operation::get_booking || (request.what == operation::find_booking && !body["error"].text().empty())))
    out.booking.what = kind::not_found;
  return out;
}

} // namespace reserve::integrations::host
