#include "integrations/webhooks.hpp"

#include "integrations/crypto.hpp"
#include "integrations/host/host_json.hpp"
#include "integrations/json.hpp"

#include <algorithm>
#include <array>

namespace reserve::integrations {

namespace {

constexpr std::size_t text_max = 255;

std::string_view header_of(const webhook_delivery& delivery, std::string_view name) { return find_field(delivery.headers, name).value_or(""); }

std::string_view query_of(const webhook_delivery& delivery, std::string_view name) { return find_field(delivery.query, name).value_or(""); }

/// Event ids and types go into columns and logs: never longer than they may be.
std::string short_text(std::string_view text) { return std::string(text.substr(0, text.size() <= text_max ? text.size() : 0)); }

std::string key_of(webhook_source source, std::string_view covered) { return sha256(std::string(name_of(source)) + "\n" + std::string(covered)); }

webhook_check checked(webhook_source source, signature_check result, std::string_view covered) {
  return {result, result == signature_check::ok ? key_of(source, covered) : std::string()};
}

webhook_check check_stripe(const webhook_delivery& delivery, const webhook_secrets& live, timestamp now) {
  const auto result = verify_timed(header_of(delivery, "Stripe-Signature"), delivery.body, live.stripe, now);
  if (result != signature_check::ok)
    return {result, {}};
  const auto body = parse_json(delivery.body).value_or(json_value());
  const auto& id = body["id"].text();
  return checked(webhook_source::stripe, result, id.empty() ? delivery.body : id);
}

webhook_check check_mercadopago(const webhook_delivery& delivery, const webhook_secrets& live, timestamp now) {
  const auto check = verify_mercadopago(header_of(delivery, "x-signature"), query_of(delivery, "data.id"), header_of(delivery, "x-request-id"), live.mercadopago, now);
  return checked(webhook_source::mercadopago, check.result, check.manifest);
}

webhook_check check_openpix(const webhook_delivery& delivery, const webhook_secrets& live) {
  const auto result = live.openpix_rsa ? verify_openpix_rsa(header_of(delivery, "x-webhook-signature"), delivery.body, live.openpix_public_keys)
                                       : verify_openpix_hmac(header_of(delivery, "X-OpenPix-Signature"), delivery.body, live.openpix_hmac);
  return checked(webhook_source::openpix, result, delivery.body);
}

/// Names that older senders use for the same event.
std::string host_event_type(const std::string& sent) {
  if (sent == "booking.checkin_completed")
    return "checkin.completed";
  if (sent == "booking.checkout_completed")
    return "checkout.completed";
  return sent;
}

void fill_host_booking(handle_webhook& out, const json_value& data) {
  if (const auto booking = host::read_booking(data)) {
    out.booking = *booking;
    if (out.host_property_id.empty())
      out.host_property_id = booking->host_property_id;
    out.host_unit_id = booking->host_unit_id;
  }
  out.code_ref = data["external_reference"].text();
  out.reservation_ref = data["external_id"].text();
  out.object = data["booking_id"].text_or_number();
  out.guest_requested = data["guest_requested"].truth() || data["reason"].text() == "guest_requested" || data["cancelled_by"].text() == "guest";
}

void fill_host_availability(handle_webhook& out, const json_value& data) {
  out.host_unit_id = data["room_type_id"].text_or_number();
  for (const auto& unit : host::read_availability(data["dates"], out.host_unit_id)) {
    if (out.host_unit_id.empty())
      out.host_unit_id = unit.host_unit_id;
    if (unit.host_unit_id == out.host_unit_id)
      out.readings = unit.nights;
  }
}

webhook_event parse_host(const webhook_delivery& delivery, const json_value& body) {
  webhook_event out;
  auto& command = out.command;
  out.event_id = short_text(header_of(delivery, "X-Host-Event-Id"));
  command.event_type = short_text(host_event_type(body["event_type"].text().empty() ? body["event"].text() : body["event_type"].text()));
  command.host_property_id = body["property_id"].text_or_number();
  const auto& data = body["data"].is_object() ? body["data"] : body["booking"];
  if (command.event_type == "availability.changed")
    fill_host_availability(command, data);
  else
    fill_host_booking(command, data);
  return out;
}

webhook_event parse_stripe(const json_value& body) {
  webhook_event out;
  auto& command = out.command;
  const auto& object = body["data"]["object"];
  out.event_id = short_text(body["id"].text());
  command.event_type = short_text(body["type"].text());
  command.payment_ref = object["metadata"]["payment_id"].text();
  command.intent_ref = object["metadata"]["booking_intent_id"].text();
  // Charges, refunds, disputes and reviews name their payment intent; that is what we read again.
  const auto& intent = object["payment_intent"];
  command.object = object["object"].text() == "payment_intent" ? object["id"].text() : intent.is_object() ? intent["id"].text() : intent.text();
  if (command.object.empty())
    command.object = object["id"].text();
  return out;
}

/// Only the query's id is signed; the body is a hint for people.
webhook_event parse_mercadopago(const webhook_delivery& delivery, const json_value& body) {
  webhook_event out;
  out.event_id = short_text(body["id"].text_or_number());
  const auto type = query_of(delivery, "type");
  out.command.event_type = short_text(body["action"].text().empty() ? std::string(type) : body["action"].text());
  out.command.object = short_text(query_of(delivery, "data.id"));
  return out;
}

webhook_event parse_openpix(const json_value& body) {
  webhook_event out;
  auto& command = out.command;
  command.event_type = short_text(body["event"].text().empty() ? body["evento"].text() : body["event"].text());
  const auto& charge = body["charge"].is_object() ? body["charge"] : body["pix"]["charge"];
  command.payment_ref = charge["correlationID"].text();
  command.object = command.payment_ref;
  for (const auto& entry : charge["additionalInfo"].items())
    if (entry["key"].text() == "booking_intent_id")
      command.intent_ref = entry["value"].text();
  return out;
}

constexpr std::array host_types{"booking.created", "booking.updated", "booking.cancelled", "checkin.completed", "checkout.completed",
                                "booking.no_show", "availability.changed", "property.updated", "room_type.updated"};
constexpr std::array stripe_types{"payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.processing", "payment_intent.requires_action",
                                  "payment_intent.canceled", "charge.refunded", "refund.updated", "refund.failed", "charge.refund.updated"};
constexpr std::array openpix_types{"OPENPIX:CHARGE_CREATED", "OPENPIX:CHARGE_COMPLETED", "OPENPIX:CHARGE_EXPIRED", "OPENPIX:TRANSACTION_RECEIVED",
                                   "OPENPIX:TRANSACTION_REFUND_RECEIVED", "PIX_TRANSACTION_REFUND_SENT_CONFIRMED", "PIX_TRANSACTION_REFUND_SENT_REJECTED"};

template <std::size_t N>
bool is_one_of(const std::array<const char*, N>& known, std::string_view type) {
  return std::find(known.begin(), known.end(), type) != known.end();
}

} // namespace

std::string_view name_of(webhook_source source) {
  switch (source) {
    case webhook_source::host: return "host";
    case webhook_source::stripe: return "stripe";
    case webhook_source::mercadopago: return "mercadopago";
    case webhook_source::openpix: return "openpix";
  }
  return "host";
}

std::optional<webhook_source> webhook_source_of(std::string_view provider) {
  for (const auto source : {webhook_source::host, webhook_source::stripe, webhook_source::mercadopago, webhook_source::openpix})
    if (name_of(source) == provider)
      return source;
  return std::nullopt;
}

webhook_check check_webhook(webhook_source source, const webhook_delivery& delivery, const webhook_secrets& live, timestamp now) {
  switch (source) {
    case webhook_source::host: return checked(source, verify_timed(header_of(delivery, "X-Host-Signature"), delivery.body, live.host, now), delivery.body);
    case webhook_source::stripe: return check_stripe(delivery, live, now);
    case webhook_source::mercadopago: return check_mercadopago(delivery, live, now);
    case webhook_source::openpix: return check_openpix(delivery, live);
  }
  return {};
}

std::optional<webhook_event> parse_webhook(webhook_source source, const webhook_delivery& delivery) {
  const auto read = parse_json(delivery.body);
  const auto body = read.value_or(json_value());
  // Mercado Pago's body is not signed and not needed; it may be anything.
  if (!body.is_object() && source != webhook_source::mercadopago)
    return std::nullopt;
  webhook_event out;
  switch (source) {
    case webhook_source::host: out = parse_host(delivery, body); break;
    case webhook_source::stripe: out = parse_stripe(body); break;
    case webhook_source::mercadopago: out = parse_mercadopago(delivery, body); break;
    case webhook_source::openpix: out = parse_openpix(body); break;
  }
  out.command.provider = name_of(source);
  return out;
}

bool is_consumed(webhook_source source, std::string_view event_type) {
  switch (source) {
    case webhook_source::host: return is_one_of(host_types, event_type);
    case webhook_source::stripe: return is_one_of(stripe_types, event_type);
    case webhook_source::mercadopago: return event_type.starts_with("payment");
    case webhook_source::openpix: return is_one_of(openpix_types, event_type);
  }
  return false;
}

} // namespace reserve::integrations
