#include "integrations/mercadopago/mercadopago_wire.hpp"

#include "integrations/pix/brcode.hpp"

#include <algorithm>

namespace reserve::integrations::mercadopago {

namespace {

using operation = provider_request::operation;
using kind = provider_reply::kind;

/// How long Mercado Pago surely remembers a key, with a margin (commit-protocol §8).
constexpr std::chrono::hours keys_live{20};

std::string payment_path(const provider_request& request) { return "/v1/payments/" + percent_encoded(request.provider_object); }

wire_request send(const char* method, std::string target, const provider_request& request, const json_object& body) {
  wire_request out;
  out.method = method;
  out.target = std::move(target);
  out.headers = {{"Content-Type", "application/json"}, {"X-Idempotency-Key", idempotency_key(request)}};
  out.body = body.done();
  return out;
}

wire_request get(std::string target) {
  wire_request out;
  out.target = std::move(target);
  return out;
}

/// "2026-12-01T15:04:05.000+00:00".
std::string office_time(timestamp at) {
  auto text = to_string(at);
  text.pop_back();
  return text + ".000+00:00";
}

json_object payer(const provider_request& request) {
  json_object out;
  if (request.payer)
    out.text_if("email", request.payer->email).text_if("first_name", request.payer->first_name).text_if("last_name", request.payer->last_name);
  if (!request.payer_document.empty()) {
    json_object identification;
    identification.text("type", request.payer_document.size() > 11 ? "CNPJ" : "CPF").text("number", request.payer_document);
    out.object("identification", identification);
  }
  return out;
}

wire_request create(const provider_request& request) {
  const auto earliest = request.request.created_at + shortest_life;
  json_object metadata;
  metadata.text("booking_intent_id", to_string(request.intent)).text("payment_id", to_string(request.payment));
  metadata.text("city_code", request.city_code).text("property_id", to_string(request.property));
  json_object body;
  body.amount("transaction_amount", request.amount).text_if("description", request.request.description).text("payment_method_id", "pix");
  body.text("date_of_expiration", office_time(std::max(request.request.expires_at.value_or(earliest), earliest)));
  body.text("external_reference", to_string(request.payment)).object("metadata", metadata).object("payer", payer(request));
  return send("POST", "/v1/payments", request, body);
}

wire_request read(const provider_request& request) {
  if (!request.provider_object.empty())
    return get(payment_path(request));
  return get("/v1/payments/search?" + form_encoded({{"external_reference", to_string(request.payment)}, {"sort", "date_created"}, {"criteria", "desc"}}));
}

wire_request cancel(const provider_request& request) {
  json_object body;
  body.text("status", "cancelled");
  return send("PUT", payment_path(request), request, body);
}

wire_request create_refund(const provider_request& request) {
  json_object metadata;
  metadata.text("refund_id", to_string(request.refund));
  json_object body;
  body.amount("amount", request.refund_amount).object("metadata", metadata);
  return send("POST", payment_path(request) + "/refunds", request, body);
}

wire_request read_refund(const provider_request& request) {
  const auto list = payment_path(request) + "/refunds";
  return get(request.gateway_refund_id.empty() ? list : list + "/" + percent_encoded(request.gateway_refund_id));
}

// --- answers ---

std::optional<object_status> status_of(const json_value& payment) {
  const auto& status = payment["status"].text();
  if (status == "pending")
    return object_status::requires_action;
  if (status == "authorized" || status == "in_process")
    return object_status::processing;
  // Money that came and went again did come; refunds and disputes are followed on their own.
  if (status == "approved" || status == "refunded" || status == "charged_back" || status == "in_mediation")
    return object_status::succeeded;
  if (status == "rejected")
    return object_status::failed;
  if (status == "cancelled")
    return payment["status_detail"].text() == "expired" ? object_status::expired : object_status::cancelled;
  return std::nullopt;
}

std::optional<money> received(const json_value& payment) {
  const auto total = payment["transaction_details"]["total_paid_amount"].amount();
  return total && total->minor_units > 0 ? total : payment["transaction_amount"].amount();
}

std::optional<money> our_fee(const json_value& payment) {
  std::optional<money> out;
  for (const auto& item : payment["fee_details"].items()) {
    const auto amount = item["amount"].amount();
    if (amount && item["fee_payer"].text() == "collector")
      out = out.value_or(money{}) + *amount;
  }
  return out;
}

void fill_payer(provider_secrets& secrets, const json_value& payment) {
  const auto& person = payment["payer"];
  const auto& bank = payment["point_of_interaction"]["transaction_data"]["bank_info"]["payer"];
  secrets.payer_name = bank["long_name"].text();
  if (secrets.payer_name.empty())
    secrets.payer_name = person["first_name"].text() + (person["last_name"].text().empty() ? "" : " " + person["last_name"].text());
  secrets.payer_document = person["identification"]["number"].text_or_number();
  secrets.payer_bank = bank["id"].text_or_number();
}

bool fill(provider_reply& out, const provider_request& request, const json_value& payment) {
  auto& view = out.view;
  view.object = payment["id"].text_or_number();
  const auto status = status_of(payment);
  const auto unit = parse_currency(payment["currency_id"].text());
  const auto amount = received(payment);
  if (view.object.empty() || !status || !unit || !amount)
    return false;
  const auto& transaction = payment["point_of_interaction"]["transaction_data"];
  view.status = *status;
  view.currency = *unit;
  view.charge = transaction["transaction_id"].text();
  view.pix_text = transaction["qr_code"].text();
  view.pix_txid = pix::parse(view.pix_text).code.txid;
  if (view.pix_txid.empty())
    view.pix_txid = view.object;
  view.pix_expires_at = payment["date_of_expiration"].instant();
  out.payment_ref = payment["external_reference"].text();
  out.intent_ref = payment["metadata"]["booking_intent_id"].text();
  view.reference_matches = out.payment_ref == to_string(request.payment);
  if (*status == object_status::requires_action)
    view.action_type = "pix_display_qr_code";
  if (*status == object_status::failed)
    view.failure_code = code_text(payment["status_detail"].text());
  if (*status == object_status::succeeded) {
    view.captured = *amount;
    view.fee = our_fee(payment);
    fill_payer(out.secrets, payment);
  }
  return true;
}

bool is_paid(const json_value& payment) { return status_of(payment) == object_status::succeeded; }

provider_reply parse_payment(const provider_request& request, const outbound_result& result, const json_value& body) {
  const json_value* payment = &body;
  if (const auto& found = body["results"]; found.is_array()) {
    if (found.items().empty()) {
      provider_reply none;
      none.what = kind::not_found;
      return none;
    }
    // The newest comes first; one that took money counts before it.
    const auto paid = std::find_if(found.items().begin(), found.items().end(), is_paid);
    payment = paid == found.items().end() ? &found[0] : &*paid;
  }
  provider_reply out;
  out.what = kind::answered;
  return fill(out, request, *payment) ? out : unreadable(result);
}

provider_reply read_one(const provider_request& request, const outbound_result& result, const json_value& refund) {
  const auto& id = refund["id"].text_or_number();
  const auto& status = refund["status"].text();
  if (id.empty())
    return unreadable(result);
  if (status == "approved")
    return refund_answer(request, refund_view::kind::completed, id);
  if (status == "in_process" || status == "authorized" || status == "pending")
    return refund_answer(request, refund_view::kind::accepted, id);
  if (status == "rejected" || status == "cancelled")
    return refund_answer(request, refund_view::kind::refused, id, status);
  return unreadable(result);
}

/// Looks for our refund in the list. Mercado Pago may not give our id back; then another refund of the same amount could be ours, and only the key tells
/// them apart: while it is remembered, sending again is safe and finds it; later nobody but a person may decide.
provider_reply find_refund(const provider_request& request, const outbound_result& result, const json_value& list) {
  const auto ours = to_string(request.refund);
  bool doubtful = false;
  for (const auto& item : list.items()) {
    const auto& reference = item["metadata"]["refund_id"].text();
    if (reference == ours)
      return read_one(request, result, item);
    doubtful = doubtful || (reference.empty() && item["amount"].amount() == request.refund_amount);
  }
  const bool key_is_known = request.refund_first_sent_at && request.now < *request.refund_first_sent_at + keys_live;
  if (!doubtful || key_is_known)
    return refund_unknown(request);
  auto out = unreadable(result);
  out.error = out.refund.message = "a refund of this amount exists, but not whose";
  out.refund.refund = request.refund;
  return out;
}

provider_reply parse_refund(const provider_request& request, const outbound_result& result, const json_value& body) {
  if (body.is_array() || body["results"].is_array())
    return find_refund(request, result, body.is_array() ? body : body["results"]);
  return read_one(request, result, body);
}

} // namespace

wire_request wire::render(const provider_request& request) const {
  switch (request.what) {
    case operation::create: return create(request);
    case operation::read: return read(request);
    case operation::cancel: return cancel(request);
    case operation::create_refund: return create_refund(request);
    case operation::read_refund: return read_refund(request);
  }
  return read(request);
}

provider_reply wire::parse(const provider_request& request, const outbound_result& result) const {
  const auto body = parse_json(result.body).value_or(json_value());
  if (result.kind != outbound_kind::answered || classify(result.status) != status_class::done) {
    auto out = without_object(request, result, body["error"].text(), body["message"].text());
    if (result.kind == outbound_kind::answered && result.status == 409) { // The same key is still running.
      out.what = kind::no_answer;
      out.refund.what = refund_view::kind::error;
    }
    return out;
  }
  return is_refund(request) ? parse_refund(request, result, body) : parse_payment(request, result, body);
}

} // namespace reserve::integrations::mercadopago
