#include "integrations/stripe/stripe_wire.hpp"

#include "integrations/pix/brcode.hpp"

namespace reserve::integrations::stripe {

namespace {

using operation = provider_request::operation;
using kind = provider_reply::kind;
constexpr std::string_view expired_code = "payment_intent_payment_attempt_expired";

std::string minor_units(money amount) { return std::to_string(amount.minor_units); }

bool is_pix(const provider_request& request) { return request.method == "stripe_pix"; }

wire_request get(std::string path, const fields& query) {
  wire_request out;
  out.target = std::move(path) + (query.empty() ? "" : "?" + form_encoded(query));
  return out;
}

wire_request post(std::string path, const provider_request& request, const fields& form) {
  wire_request out;
  out.method = "POST";
  out.target = std::move(path);
  out.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Idempotency-Key", idempotency_key(request)}};
  out.body = form_encoded(form);
  return out;
}

const std::pair<std::string, std::string> expand_charge{"expand[]", "latest_charge.balance_transaction"};

std::string intent_path(const provider_request& request) { return "/v1/payment_intents/" + percent_encoded(request.provider_object); }

void add_card(fields& form, const provider_request& request) {
  form.emplace_back("payment_method_types[]", "card");
  if (!request.city_code.empty())
    form.emplace_back("statement_descriptor_suffix", request.city_code);
  if (request.request.payment_method_id.empty())
    return; // The browser confirms with the client secret.
  form.emplace_back("payment_method", request.request.payment_method_id);
  form.emplace_back("confirm", "true");
  if (!request.request.return_url.empty())
    form.emplace_back("return_url", request.request.return_url);
}

void add_pix(fields& form, const provider_request& request) {
  form.emplace_back("payment_method_types[]", "pix");
  form.emplace_back("payment_method_data[type]", "pix");
  const auto add = [&form](const char* name, const std::string& value) {
    if (!value.empty())
      form.emplace_back(name, value);
  };
  if (request.payer) {
    add("payment_method_data[billing_details][name]", full_name(*request.payer));
    add("payment_method_data[billing_details][email]", request.payer->email);
  }
  add("payment_method_data[billing_details][tax_id]", request.payer_document);
  form.emplace_back("confirm", "true");
  if (request.request.expires_at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(request.request.expires_at->time_since_epoch()).count();
    form.emplace_back("payment_method_options[pix][expires_at]", std::to_string(seconds));
  }
}

wire_request create(const provider_request& request) {
  fields form{{"amount", minor_units(request.amount)}, {"currency", lower(request.currency.text())}, {"capture_method", "automatic"}};
  is_pix(request) ? add_pix(form, request) : add_card(form, request);
  if (!request.request.description.empty())
    form.emplace_back("description", request.request.description);
  if (request.payer && !request.payer->email.empty())
    form.emplace_back("receipt_email", request.payer->email);
  form.emplace_back("metadata[booking_intent_id]", to_string(request.intent));
  form.emplace_back("metadata[payment_id]", to_string(request.payment));
  form.emplace_back("metadata[city_code]", request.city_code);
  form.emplace_back("metadata[property_id]", to_string(request.property));
  form.push_back(expand_charge);
  return post("/v1/payment_intents", request, form);
}

wire_request read(const provider_request& request) {
  if (!request.provider_object.empty())
    return get(intent_path(request), {expand_charge});
  return get("/v1/payment_intents/search",
             {{"query", "metadata['payment_id']:'" + to_string(request.payment) + "'"}, {"expand[]", "data.latest_charge.balance_transaction"}});
}

wire_request create_refund(const provider_request& request) {
  // Stripe knows three reasons; ours goes into the metadata.
  const auto* reason = request.refund_reason == "duplicate_payment" ? "duplicate" : request.refund_reason == "fraud" ? "fraudulent" : "requested_by_customer";
  return post("/v1/refunds", request,
              {{"payment_intent", request.provider_object},
               {"amount", minor_units(request.refund_amount)},
               {"reason", reason},
               {"metadata[refund_id]", to_string(request.refund)},
               {"metadata[payment_id]", to_string(request.payment)},
               {"metadata[reason]", request.refund_reason}});
}

wire_request read_refund(const provider_request& request) {
  if (!request.gateway_refund_id.empty())
    return get("/v1/refunds/" + percent_encoded(request.gateway_refund_id), {});
  return get("/v1/refunds", {{"payment_intent", request.provider_object}, {"limit", "100"}});
}

// --- answers ---

void fill_charge(provider_reply& out, const json_value& charge) {
  auto& view = out.view;
  view.charge = charge.is_object() ? charge["id"].text() : charge.text();
  const auto& details = charge["payment_method_details"];
  view.card_brand = details["card"]["brand"].text();
  view.card_last4 = details["card"]["last4"].text();
  out.secrets.receipt_url = charge["receipt_url"].text();
  const auto& transaction = charge["balance_transaction"];
  if (lower(view.currency.text()) == transaction["currency"].text())
    view.fee = transaction["fee"].minor_units();
  if (details["type"].text() == "pix") {
    out.secrets.payer_name = charge["billing_details"]["name"].text();
    out.secrets.payer_document = charge["billing_details"]["tax_id"].text();
  }
}

void fill_action(provider_reply& out, const json_value& action) {
  out.view.action_type = code_text(action["type"].text());
  out.secrets.redirect_url = action["redirect_to_url"]["url"].text();
  const auto& pix = action["pix_display_qr_code"];
  if (!pix.is_object())
    return;
  out.view.pix_text = pix["data"].text();
  out.view.pix_expires_at = pix["expires_at"].instant();
  out.view.pix_txid = pix::parse(out.view.pix_text).code.txid;
  if (out.view.pix_txid.empty()) // A dynamic code carries "***"; what identifies it is the end of its address.
    out.view.pix_txid = out.view.object;
}

void fill_failure(provider_view& view, const json_value& error) {
  const auto decline = code_text(error["decline_code"].text());
  view.failure_code = decline.empty() ? code_text(error["code"].text()) : decline;
  view.failure_message = scrubbed(error["message"].text());
  if (!error.is_null() && view.failure_code.empty())
    view.failure_code = "declined";
}

std::optional<object_status> status_of(const json_value& intent, const provider_request& request) {
  const auto& status = intent["status"].text();
  if (status == "requires_payment_method" || status == "requires_confirmation") {
    const auto& error = intent["last_payment_error"];
    if (is_pix(request) && error["code"].text() == expired_code)
      return object_status::expired;
    return object_status::requires_payment_method;
  }
  if (status == "requires_action")
    return object_status::requires_action;
  if (status == "processing" || status == "requires_capture")
    return object_status::processing;
  if (status == "succeeded")
    return object_status::succeeded;
  if (status == "canceled")
    return object_status::cancelled;
  return std::nullopt;
}

bool fill(provider_reply& out, const provider_request& request, const json_value& intent) {
  auto& view = out.view;
  view.object = intent["id"].text();
  const auto status = status_of(intent, request);
  const auto unit = parse_currency([&intent] {
    auto code = intent["currency"].text();
    for (auto& c : code)
      c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return code;
  }());
  const auto received = intent["amount_received"].minor_units();
  if (view.object.empty() || !status || !unit || (*status == object_status::succeeded && !received))
    return false;
  view.status = *status;
  view.currency = *unit;
  view.captured = *status == object_status::succeeded ? *received : money{};
  out.payment_ref = intent["metadata"]["payment_id"].text();
  out.intent_ref = intent["metadata"]["booking_intent_id"].text();
  view.reference_matches = out.payment_ref == to_string(request.payment);
  out.secrets.client_secret = intent["client_secret"].text();
  fill_charge(out, intent["latest_charge"]);
  fill_action(out, intent["next_action"]);
  if (*status == object_status::requires_payment_method || *status == object_status::expired)
    fill_failure(view, intent["last_payment_error"]);
  return true;
}

/// Of several objects with our reference the one that took money counts, else the newest.
const json_value* best_of(const json_value& list) {
  const json_value* best = nullptr;
  for (const auto& intent : list.items()) {
    const bool paid = intent["status"].text() == "succeeded";
    const bool best_paid = best && (*best)["status"].text() == "succeeded";
    const bool newer = !best || intent["created"].integer().value_or(0) > (*best)["created"].integer().value_or(0);
    if (paid == best_paid ? newer : paid)
      best = &intent;
  }
  return best;
}

provider_reply parse_intent(const provider_request& request, const outbound_result& result, const json_value& body) {
  const json_value* intent = &body;
  if (body["object"].text() == "search_result" || body["data"].is_array()) {
    intent = best_of(body["data"]);
    if (!intent && body["data"].is_array()) {
      provider_reply none;
      none.what = kind::not_found;
      return none;
    }
  }
  provider_reply out;
  out.what = kind::answered;
  return intent && fill(out, request, *intent) ? out : unreadable(result);
}

provider_reply parse_refund(const provider_request& request, const outbound_result& result, const json_value& body) {
  const auto ours = to_string(request.refund);
  const json_value* refund = &body;
  if (body["data"].is_array()) {
    refund = nullptr;
    for (const auto& item : body["data"].items())
      if (item["metadata"]["refund_id"].text() == ours)
        refund = &item;
    if (!refund) // A list that goes on may still have it.
      return body["has_more"].truth() ? unreadable(result) : refund_unknown(request);
  }
  const auto& id = (*refund)["id"].text();
  const auto& status = (*refund)["status"].text();
  if (id.empty())
    return unreadable(result);
  if (status == "succeeded")
    return refund_answer(request, refund_view::kind::completed, id);
  if (status == "pending" || status == "requires_action")
    return refund_answer(request, refund_view::kind::accepted, id);
  if (status == "failed" || status == "canceled")
    return refund_answer(request, refund_view::kind::refused, id, code_text((*refund)["failure_reason"].text()));
  return unreadable(result);
}

provider_reply declined(const provider_request& request, const outbound_result& result, const json_value& error) {
  provider_reply out;
  out.what = kind::declined;
  fill(out, request, error["payment_intent"]);
  out.view.status = object_status::requires_payment_method;
  fill_failure(out.view, error);
  out.error = error_line(result, out.view.failure_code);
  return out;
}

provider_reply failed(const provider_request& request, const outbound_result& result, const json_value& error) {
  const auto& type = error["type"].text();
  if (result.status == 402 && !is_refund(request))
    return declined(request, result, error);
  auto out = without_object(request, result, error["code"].text(), error["message"].text());
  // The key is known with other parameters, or its first request is still running: something may have been made.
  if (type == "idempotency_error" || result.status == 409)
    out.what = kind::no_answer;
  // Somebody has given the money back: whether it was our refund, only a look-up tells.
  if (error["code"].text() == "charge_already_refunded")
    out.what = kind::no_answer;
  if (out.what == kind::no_answer)
    out.refund.what = refund_view::kind::error;
  provider_reply current;
  if (request.what == operation::cancel && fill(current, request, error["payment_intent"])) { // It has ended another way: that is the answer.
    current.what = kind::answered;
    return current;
  }
  return out;
}

} // namespace

wire_request wire::render(const provider_request& request) const {
  switch (request.what) {
    case operation::create: return create(request);
    case operation::read: return read(request);
    case operation::cancel: return post(intent_path(request) + "/cancel", request, {{"cancellation_reason", "abandoned"}, expand_charge});
    case operation::create_refund: return create_refund(request);
    case operation::read_refund: return read_refund(request);
  }
  return read(request);
}

provider_reply wire::parse(const provider_request& request, const outbound_result& result) const {
  const auto body = parse_json(result.body).value_or(json_value());
  if (result.kind != outbound_kind::answered || classify(result.status) != status_class::done)
    return failed(request, result, body["error"]);
  return is_refund(request) ? parse_refund(request, result, body) : parse_intent(request, result, body);
}

} // namespace reserve::integrations::stripe
