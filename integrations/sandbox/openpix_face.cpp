#include "integrations/sandbox/openpix_face.hpp"

#include "integrations/crypto.hpp"
#include "integrations/sandbox/json_text.hpp"

#include <algorithm>

namespace reserve::sandbox {

namespace {

openpix_wish read_wish(const json_value& in) {
  openpix_wish out;
  out.correlation_id = in["correlationID"].text();
  out.comment = in["comment"].text();
  out.value = in["value"].integer();
  out.expires_in = in["expiresIn"].integer();
  if (in["customer"].is_object())
    out.customer = written(in["customer"]);
  for (const auto& entry : in["additionalInfo"].items())
    out.additional.emplace_back(entry["key"].text(), entry["value"].text_or_number());
  return out;
}

/// Path below /api/v1.
std::vector<std::string> below_version(const request& call) {
  auto parts = call.segments();
  if (parts.size() < 3 || parts[0] != "api" || parts[1] != "v1")
    return {};
  parts.erase(parts.begin(), parts.begin() + 2);
  return parts;
}

refused not_found(const char* what) {
  return {404, "not_found", what, {}, {}, {}, {}};
}

} // namespace

std::string openpix_face::operation(const request& call) const {
  const auto parts = below_version(call);
  if (parts.empty())
    return {};
  if (call.method == "GET" && parts == std::vector<std::string>{"webhook", "public-keys"})
    return "public_keys";
  if (call.method == "GET" && parts[0] == "refund" && parts.size() == 2)
    return "get";
  if (parts[0] != "charge" || parts.size() > 3 || (parts.size() == 3 && parts[2] != "refund"))
    return {};
  if (call.method == "GET")
    return "get";
  if (call.method == "DELETE")
    return parts.size() == 2 ? "cancel" : "";
  if (call.method != "POST" || parts.size() == 2)
    return {};
  return parts.size() == 1 ? "create" : "refund";
}

std::string openpix_face::property_of(const request& call) const {
  const auto parts = below_version(call);
  if (parts.size() > 1) {
    const auto* charge = model_.find(parts[1]);
    return charge ? additional_info(*charge, "property_id") : "";
  }
  const auto json = parse_json(call.body);
  if (json)
    for (const auto& entry : (*json)["additionalInfo"].items())
      if (entry["key"].text() == "property_id")
        return entry["value"].text();
  return {};
}

std::string openpix_face::key_of(const request& call) const {
  const auto json = parse_json(call.body);
  return json ? (*json)["correlationID"].text() : "";
}

answer openpix_face::error(const refused& why) const {
  json_object body;
  body.text("error", why.message);
  return {why.status, body.done(), {}};
}

answer openpix_face::work(const request& call, timestamp now) {
  const auto name = operation(call);
  if (name == "public_keys")
    return public_keys();
  if (!app_id_.empty() && !integrations::equal_in_constant_time(call.header("authorization"), app_id_))
    return error({401, "unauthorized", "appID inválido", {}, {}, {}, {}});
  if (name.empty())
    return error(not_found("Not Found"));
  if (name == "get")
    return read(call);
  if (name == "cancel") {
    const auto id = below_version(call)[1];
    const auto result = model_.remove(id, now);
    if (const auto* why = refusal_of(result))
      return error(*why);
    json_object body;
    body.text("status", "OK").text("id", id);
    return {200, body.done(), {}};
  }
  const auto scope = name + '|' + key_of(call);
  const auto fingerprint = fingerprint_of(call);
  if (const auto* known = keys_.known(scope, now)) {
    if (known->fingerprint != fingerprint)
      return error({400, "bad_request", "Esse correlationID já foi usado com outros dados", {}, {}, {}, {}});
    if (const auto* charge = name == "create" ? model_.charges().find(known->object_id) : nullptr)
      return charge_answer(*charge);
    if (const auto* refund = name == "refund" ? model_.refunds().find(known->object_id) : nullptr)
      return refund_answer(*refund);
  }
  if (name == "create" && call.query.get("return_existing") == "true")
    if (const auto* charge = model_.charges().find(key_of(call)))
      return charge_answer(*charge);
  auto out = write(name, call, now);
  if (out.status < 300)
    keys_.keep(scope, {fingerprint, key_of(call), out.status, out.body, now});
  return out;
}

answer openpix_face::write(const std::string& name, const request& call, timestamp now) {
  const auto json = parse_json(call.body);
  if (!json || !json->is_object())
    return error({400, "bad_request", "JSON inválido", {}, {}, {}, {}});
  if (name == "create") {
    const auto result = model_.create(read_wish(*json), now);
    if (const auto* why = refusal_of(result))
      return error(*why);
    return charge_answer(std::get<openpix_charge>(result));
  }
  const auto& value = (*json)["value"];
  const auto result =
      model_.refund(below_version(call)[1], (*json)["correlationID"].text(),
                    value.is_null() ? std::nullopt : std::optional<std::int64_t>(value.integer().value_or(-1)), (*json)["comment"].text(), now);
  if (const auto* why = refusal_of(result))
    return error(*why);
  return refund_answer(std::get<openpix_refund>(result));
}

answer openpix_face::charge_answer(const openpix_charge& charge) const {
  json_object body;
  body.raw("charge", model_.json(charge)).text("correlationID", charge.correlation_id).text("brCode", charge.qr_text);
  return {200, body.done(), {}};
}

answer openpix_face::refund_answer(const openpix_refund& refund) const {
  json_object body;
  body.raw("refund", model_.json(refund));
  return {200, body.done(), {}};
}

answer openpix_face::read(const request& call) const {
  const auto parts = below_version(call);
  if (parts[0] == "refund") {
    const auto* refund = model_.refund_named(parts[1]);
    return refund ? refund_answer(*refund) : error(not_found("Reembolso não encontrado"));
  }
  if (parts.size() == 1) {
    std::vector<const openpix_charge*> found;
    for (const auto& [id, charge] : model_.charges().rows())
      if (charge.status != "DELETED")
        found.push_back(&charge);
    std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->number > b->number; });
    std::vector<std::string> charges;
    for (const auto* charge : found)
      charges.push_back(model_.json(*charge));
    json_object body;
    body.raw("charges", array_text(charges));
    return {200, body.done(), {}};
  }
  const auto* charge = model_.find(parts[1]);
  if (!charge)
    return error(not_found("Cobrança não encontrada"));
  if (parts.size() == 2)
    return charge_answer(*charge);
  std::vector<std::string> refunds;
  for (const auto& [id, refund] : model_.refunds().rows())
    if (refund.charge == charge->correlation_id)
      refunds.push_back(model_.json(refund));
  json_object body;
  body.raw("refunds", array_text(refunds));
  return {200, body.done(), {}};
}

answer openpix_face::public_keys() const {
  json_object key;
  key.text("key_identifier", key_.identifier).boolean("is_current", true).text("key", key_.pem);
  json_object body;
  body.raw("public_keys", array_text({key.done()}));
  return {200, body.done(), {}};
}

} // namespace reserve::sandbox
