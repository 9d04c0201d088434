#include "integrations/openpix/openpix_wire.hpp"

#include "integrations/pix/brcode.hpp"

#include <algorithm>

namespace reserve::integrations::openpix {

namespace {

using operation = provider_request::operation;
using kind = provider_reply::kind;

std::string charge_path(const provider_request& request) { return "/api/v1/charge/" + to_string(request.payment); }

wire_request send(const char* method, std::string target, const json_object& body) {
  wire_request out;
  out.method = method;
  out.target = std::move(target);
  if (!body.empty()) {
    out.headers = {{"Content-Type", "application/json"}};
    out.body = body.done();
  }
  return out;
}

std::string pair_of(const char* key, const std::string& value) {
  json_object out;
  out.text("key", key).text("value", value);
  return out.done();
}

/// OpenPix wants a name and one way to know the person; without both it takes none.
json_object customer(const provider_request& request) {
  json_object out;
  if (!request.payer || full_name(*request.payer).empty())
    return out;
  json_object known;
  known.text_if("taxID", request.payer_document).text_if("email", request.payer->email).text_if("phone", request.payer->phone);
  if (known.empty())
    return out;
  out.text("name", full_name(*request.payer)).text_if("taxID", request.payer_document);
  return out.text_if("email", request.payer->email).text_if("phone", request.payer->phone);
}

wire_request create(const provider_request& request) {
  json_object body;
  body.text("correlationID", to_string(request.payment)).number("value", request.amount.minor_units).text_if("comment", request.request.description);
  if (request.request.expires_at) {
    // Relative, but between two instants of the record: a repeat asks for the same.
    const auto life = std::chrono::floor<std::chrono::seconds>(*request.request.expires_at - request.request.created_at).count();
    body.number("expiresIn", std::max<std::int64_t>(life, 1));
  }
  if (const auto person = customer(request); !person.empty())
    body.object("customer", person);
  body.raw("additionalInfo", "[" + pair_of("booking_intent_id", to_string(request.intent)) + "," + pair_of("payment_id", to_string(request.payment)) + "," +
                               pair_of("property_id", to_string(request.property)) + "]");
  auto out = send("POST", "/api/v1/charge?return_existing=true", body);
  out.headers.emplace_back("Idempotency-Key", idempotency_key(request));
  return out;
}

wire_request create_refund(const provider_request& request) {
  json_object body;
  body.text("correlationID", to_string(request.refund)).number("value", request.refund_amount.minor_units).text_if("comment", request.refund_reason);
  auto out = send("POST", charge_path(request) + "/refund", body);
  out.headers.emplace_back("Idempotency-Key", idempotency_key(request));
  return out;
}

// --- answers ---

std::optional<object_status> status_of(const json_value& charge) {
  const auto& status = charge["status"].text();
  if (status == "ACTIVE")
    return object_status::requires_action;
  if (status == "COMPLETED")
    return object_status::succeeded;
  if (status == "EXPIRED")
    return object_status::expired;
  if (status == "DELETED" || status == "CANCELLED" || status == "CANCELED")
    return object_status::cancelled;
  return std::nullopt;
}

std::optional<money> received(const json_value& charge) {
  const auto paid = charge["paymentMethods"]["pix"]["value"].minor_units();
  return paid && paid->minor_units > 0 ? paid : charge["value"].minor_units();
}

void fill_payer(provider_secrets& secrets, const json_value& charge) {
  const auto& person = charge["payer"];
  secrets.payer_name = person["name"].text();
  secrets.payer_document = person["taxID"].is_object() ? person["taxID"]["taxID"].text_or_number() : person["taxID"].text_or_number();
}

bool fill(provider_reply& out, const provider_request& request, const json_value& charge) {
  auto& view = out.view;
  const auto status = status_of(charge);
  const auto amount = received(charge);
  view.object = charge["correlationID"].text();
  if (view.object.empty() || !status || !amount)
    return false;
  view.status = *status;
  view.currency = reserve::currency{}; // OpenPix knows reais only.
  view.charge = charge["transactionID"].text();
  view.pix_text = charge["brCode"].text();
  view.pix_txid = pix::parse(view.pix_text).code.txid;
  if (view.pix_txid.empty())
    view.pix_txid = view.charge;
  view.pix_expires_at = charge["expiresDate"].instant();
  out.payment_ref = view.object;
  for (const auto& entry : charge["additionalInfo"].items())
    if (entry["key"].text() == "booking_intent_id")
      out.intent_ref = entry["value"].text();
  view.reference_matches = view.object == to_string(request.payment);
  if (*status == object_status::requires_action)
    view.action_type = "pix_display_qr_code";
  if (*status == object_status::succeeded) {
    view.captured = *amount;
    view.fee = charge["fee"].minor_units();
    fill_payer(out.secrets, charge);
  }
  return true;
}

provider_reply parse_charge(const provider_request& request, const outbound_result& result, const json_value& body) {
  provider_reply out;
  out.what = kind::answered;
  if (fill(out, request, body["charge"]))
    return out;
  if (request.what != operation::cancel || body["status"].text() != "OK")
    return unreadable(result);
  // A deleted charge is not shown again: the answer says only that it is gone.
  out.view = provider_view();
  out.view.object = to_string(request.payment);
  out.view.status = object_status::cancelled;
  out.view.currency = request.currency;
  return out;
}

/// The object stands in `refund`, or is the body.
provider_reply parse_refund(const provider_request& request, const outbound_result& result, const json_value& body) {
  const auto& refund = body["refund"].is_object() ? body["refund"] : body["pixTransactionRefund"].is_object() ? body["pixTransactionRefund"] : body;
  const auto& status = refund["status"].text();
  if (refund["correlationID"].text() != to_string(request.refund))
    return unreadable(result);
  const auto& known = refund["refundId"].text();
  const auto id = known.empty() ? to_string(request.refund) : known;
  if (status == "CONFIRMED")
    return refund_answer(request, refund_view::kind::completed, id);
  if (status == "IN_PROCESSING" || status == "PENDING")
    return refund_answer(request, refund_view::kind::accepted, id);
  if (status == "REJECTED")
    return refund_answer(request, refund_view::kind::refused, id, status);
  return unreadable(result);
}

} // namespace

wire_request wire::render(const provider_request& request) const {
  switch (request.what) {
    case operation::create: return create(request);
    case operation::cancel: return send("DELETE", charge_path(request), {});
    case operation::create_refund: return create_refund(request);
    case operation::read_refund: return send("GET", "/api/v1/refund/" + to_string(request.refund), {});
    case operation::read: break;
  }
  return send("GET", charge_path(request), {});
}

provider_reply wire::parse(const provider_request& request, const outbound_result& result) const {
  const auto body = parse_json(result.body).value_or(json_value());
  if (result.kind != outbound_kind::answered || classify(result.status) != status_class::done) {
    const auto& error = body["error"];
    return without_object(request, result, {}, error.is_object() ? error["message"].text() : error.text());
  }
  return is_refund(request) ? parse_refund(request, result, body) : parse_charge(request, result, body);
}

} // namespace reserve::integrations::openpix
