#include "integrations/sandbox/mercadopago_face.hpp"

#include "integrations/bytes.hpp"
#include "integrations/crypto.hpp"
#include "integrations/sandbox/json_text.hpp"

#include <algorithm>

namespace reserve::sandbox {

namespace {

mp_wish read_wish(const json_value& in) {
  mp_wish out;
  out.amount = in["transaction_amount"].amount();
  out.method = in["payment_method_id"].text();
  out.description = in["description"].text();
  out.external_reference = in["external_reference"].text();
  out.payer_email = in["payer"]["email"].text();
  if (const auto& metadata = in["metadata"]; metadata.is_object()) {
    out.metadata = written(metadata);
    out.booking_intent_id = metadata["booking_intent_id"].text();
    out.payment_id = metadata["payment_id"].text();
    out.property_id = metadata["property_id"].text();
  }
  out.expires = parse_timestamp(in["date_of_expiration"].text());
  return out;
}

refused bad(std::string message) {
  return {400, "bad_request", std::move(message), {}, {}, {}, {}};
}

} // namespace

std::string mercadopago_face::operation(const request& call) const {
  const auto parts = call.segments();
  if (parts.size() < 2 || parts[0] != "v1" || parts[1] != "payments" || parts.size() > 5)
    return {};
  const bool refunds = parts.size() >= 4 && parts[3] == "refunds";
  if (call.method == "GET")
    return parts.size() == 3 || refunds ? "get" : "";
  if (call.method == "PUT")
    return parts.size() == 3 ? "cancel" : "";
  if (call.method != "POST")
    return {};
  return parts.size() == 2 ? "create" : parts.size() == 4 && refunds ? "refund" : "";
}

std::string mercadopago_face::property_of(const request& call) const {
  const auto parts = call.segments();
  if (parts.size() > 2) {
    const auto* payment = model_.payments().find(parts[2]);
    return payment ? payment->property_id : "";
  }
  const auto json = parse_json(call.body);
  return json ? (*json)["metadata"]["property_id"].text() : "";
}

answer mercadopago_face::error(const refused& why) const {
  json_object cause;
  cause.text("code", why.param.empty() ? why.code : why.param).text("description", why.message);
  json_object body;
  body.text("message", why.message).text("error", why.code).number("status", why.status);
  body.raw("cause", why.param.empty() ? "[]" : array_text({cause.done()}));
  return {why.status, body.done(), {}};
}

answer mercadopago_face::work(const request& call, timestamp now) {
  const auto name = operation(call);
  if (!access_token_.empty() && !integrations::equal_in_constant_time(bearer(call), access_token_))
    return error({401, "unauthorized", "invalid access token", {}, {}, {}, {}});
  if (name.empty())
    return error({404,
                  "resource not found",
                  "Si quieres conocer los recursos de la API que se encuentran disponibles visita el Sitio de Desarrolladores.",
                  {},
                  {},
                  {},
                  {}});
  if (name == "get")
    return read(call);
  const auto key = key_of(call);
  if (key.empty() && name != "cancel")
    return error(bad("Header X-Idempotency-Key can't be null"));
  const auto fingerprint = fingerprint_of(call);
  if (const auto* known = key.empty() ? nullptr : keys_.known(key, now)) {
    if (known->fingerprint != fingerprint)
      return error(bad("X-Idempotency-Key was already used with other parameters"));
    // The payment as it is now: it may have been paid meanwhile.
    if (const auto* payment = name == "create" ? model_.payments().find(known->object_id) : nullptr)
      return {known->status, model_.json(*payment), {}};
    return {known->status, known->body, {}};
  }
  auto out = write(name, call, now);
  if (!key.empty() && out.status < 300) {
    const auto made_object = parse_json(out.body);
    keys_.keep(key, {fingerprint, made_object ? (*made_object)["id"].text_or_number() : "", out.status, out.body, now});
  }
  return out;
}

answer mercadopago_face::write(const std::string& name, const request& call, timestamp now) {
  const auto json = parse_json(call.body.empty() ? "{}" : call.body);
  if (!json || !json->is_object())
    return error(bad("The body does not satisfy the JSON format"));
  const auto parts = call.segments();
  if (name == "refund") {
    const bool partial = !(*json)["amount"].is_null();
    const auto amount = (*json)["amount"].amount();
    if (partial && !amount)
      return error(bad("Invalid amount"));
    const auto result = model_.refund(parts[2], amount, (*json)["metadata"].is_object() ? written((*json)["metadata"]) : "{}", now);
    if (const auto* why = refusal_of(result))
      return error(*why);
    return {201, model_.json(std::get<mp_refund>(result)), {}};
  }
  if (name == "cancel" && (*json)["status"].text() != "cancelled")
    return error(bad("Invalid status"));
  if (name == "create" && !(*json)["date_of_expiration"].is_null() && !parse_timestamp((*json)["date_of_expiration"].text()))
    return error(bad("Invalid date_of_expiration"));
  const auto result = name == "create" ? model_.create(read_wish(*json), now) : model_.cancel(parts[2], now);
  if (const auto* why = refusal_of(result))
    return error(*why);
  return {name == "create" ? 201 : 200, model_.json(std::get<mp_payment>(result)), {}};
}

answer mercadopago_face::read(const request& call) const {
  const auto parts = call.segments();
  if (parts[2] == "search")
    return search(call);
  if (parts.size() > 3)
    return refunds_of(parts[2], parts.size() == 5 ? parts[4] : "");
  const auto* payment = model_.payments().find(parts[2]);
  return payment ? answer{200, model_.json(*payment), {}} : error({404, "not_found", "Payment not found", {}, {}, {}, {}});
}

answer mercadopago_face::search(const request& call) const {
  const auto reference = call.query.get("external_reference");
  std::vector<const mp_payment*> found;
  if (reference) {
    for (const auto& id : model_.by_reference(*reference))
      if (const auto* payment = model_.payments().find(id); payment->external_reference == *reference)
        found.push_back(payment);
  } else {
    for (const auto& [id, payment] : model_.payments().rows())
      found.push_back(&payment);
  }
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->number > b->number; });
  const auto number = [&](const char* name, std::size_t otherwise) {
    const auto value = integrations::parse_digits(call.query.get(name).value_or(""));
    return value ? static_cast<std::size_t>(*value) : otherwise;
  };
  const auto offset = number("offset", 0);
  const auto limit = std::min<std::size_t>(number("limit", 30), 1000);
  std::vector<std::string> results;
  for (auto i = offset; i < found.size() && results.size() < limit; ++i)
    results.push_back(model_.json(*found[i]));
  json_object paging;
  paging.number("total", static_cast<std::int64_t>(found.size())).number("limit", static_cast<std::int64_t>(limit));
  paging.number("offset", static_cast<std::int64_t>(offset));
  json_object body;
  body.object("paging", paging).raw("results", array_text(results));
  return {200, body.done(), {}};
}

answer mercadopago_face::refunds_of(const std::string& payment, const std::string& refund) const {
  if (!model_.payments().find(payment))
    return error({404, "not_found", "Payment not found", {}, {}, {}, {}});
  if (!refund.empty()) {
    const auto* found = model_.refunds().find(refund);
    return found && found->payment == payment ? answer{200, model_.json(*found), {}} : error({404, "not_found", "Refund not found", {}, {}, {}, {}});
  }
  std::vector<std::string> out;
  for (const auto& [id, one] : model_.refunds().rows())
    if (one.payment == payment)
      out.push_back(model_.json(one));
  return {200, array_text(out), {}};
}

} // namespace reserve::sandbox
