#include "integrations/sandbox/stripe_face.hpp"

#include "integrations/bytes.hpp"
#include "integrations/crypto.hpp"
#include "integrations/sandbox/json_text.hpp"

#include <algorithm>

namespace reserve::sandbox {

namespace {

std::optional<timestamp> unix_time(const std::optional<std::string>& text) {
  const auto seconds = text ? integrations::parse_digits(*text) : std::nullopt;
  if (!seconds)
    return std::nullopt;
  return timestamp(std::chrono::seconds(std::min<long long>(*seconds, 9'000'000'000)));
}

std::vector<std::string> method_types_of(const fields& form) {
  if (const auto data_type = form.get("payment_method_data[type]"))
    return {*data_type};
  return form.list("payment_method_types");
}

stripe_wish read_wish(const fields& form, timestamp now) {
  stripe_wish out;
  if (const auto amount = form.get("amount"))
    out.amount = integrations::parse_digits(*amount);
  out.currency = form.get("currency").value_or("");
  out.payment_method = form.get("payment_method").value_or("");
  out.description = form.get("description").value_or("");
  out.receipt_email = form.get("receipt_email").value_or("");
  out.descriptor_suffix = form.get("statement_descriptor_suffix").value_or("");
  out.method_types = method_types_of(form);
  out.metadata = form.children("metadata");
  out.confirm = form.get("confirm") == "true";
  out.pix_expires = unix_time(form.get("payment_method_options[pix][expires_at]"));
  if (const auto after = form.get("payment_method_options[pix][expires_after_seconds]"); after && integrations::parse_digits(*after))
    out.pix_expires = now + std::chrono::seconds(std::min<long long>(*integrations::parse_digits(*after), 1'209'600));
  return out;
}

stripe_refund_wish read_refund(const fields& form) {
  stripe_refund_wish out;
  out.intent = form.get("payment_intent").value_or("");
  out.charge = form.get("charge").value_or("");
  out.reason = form.get("reason").value_or("");
  out.metadata = form.children("metadata");
  if (const auto amount = form.get("amount"))
    out.amount = integrations::parse_digits(*amount).value_or(-1);
  return out;
}

std::string error_type(const refused& why) {
  if (why.code == "card_declined")
    return "card_error";
  if (why.code == "idempotency_key_in_use" || why.code == "idempotency")
    return "idempotency_error";
  return why.status >= 500 ? "api_error" : "invalid_request_error";
}

/// One row of a list, with what lists are filtered and ordered by.
struct row {
  std::uint64_t number = 0;
  timestamp created{};
  std::string id, json;
};

/// Newest first; created[gte], created[lte], limit, starting_after as Stripe has them.
answer page(std::vector<row> rows, const fields& query, const std::string& url) {
  const auto from = unix_time(query.get("created[gte]"));
  const auto to = unix_time(query.get("created[lte]"));
  std::erase_if(rows, [&](const row& one) { return (from && one.created < *from) || (to && one.created >= *to + std::chrono::seconds(1)); });
  std::sort(rows.begin(), rows.end(), [](const row& a, const row& b) { return a.number > b.number; });
  if (const auto after = query.get("starting_after")) {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const row& one) { return one.id == *after; });
    rows.erase(rows.begin(), found == rows.end() ? rows.end() : found + 1);
  }
  const auto limit =
      static_cast<std::size_t>(std::clamp<long long>(integrations::parse_digits(query.get("limit").value_or("10")).value_or(10), 1, 100));
  const bool more = rows.size() > limit;
  rows.resize(std::min(rows.size(), limit));
  std::vector<std::string> data;
  for (auto& one : rows)
    data.push_back(std::move(one.json));
  json_object body;
  body.text("object", "list").raw("data", array_text(data)).boolean("has_more", more).text("url", url);
  return {200, body.done(), {}};
}

bool expands(const fields& form, const std::string& what) {
  for (const auto& entry : form.list("expand"))
    if (entry.starts_with(what) || entry.starts_with("data." + what))
      return true;
  return false;
}

} // namespace

std::string stripe_face::operation(const request& call) const {
  const auto parts = call.segments();
  if (parts.size() < 2 || parts[0] != "v1" || (call.method != "GET" && call.method != "POST"))
    return {};
  const bool read = call.method == "GET";
  const auto& what = parts[1];
  if (what == "payment_intents" && parts.size() <= 3)
    return read ? "get_payment_intent" : parts.size() == 2 ? "create_payment_intent" : "";
  if (what == "payment_intents" && parts.size() == 4 && !read)
    return parts[3] == "confirm" || parts[3] == "cancel" ? parts[3] : "";
  if (what == "refunds" && parts.size() <= 3)
    return read ? "get_refund" : parts.size() == 2 ? "create_refund" : "";
  if (!read)
    return {};
  if (what == "charges" && parts.size() == 3)
    return "get_charge";
  if (what == "balance" && parts.size() == 2)
    return "get_balance";
  if (what == "balance_transactions" && parts.size() == 2)
    return "list_balance_transactions";
  return what == "events" && parts.size() <= 3 ? "list_events" : "";
}

std::string stripe_face::property_of(const request& call) const {
  const auto form = fields::parse(call.body);
  const auto own = form.children("metadata");
  if (const auto named = own.find("property_id"); named != own.end())
    return named->second;
  const auto parts = call.segments();
  const auto* intent = model_.intents().find(parts.size() > 2 ? parts[2] : form.get("payment_intent").value_or(""));
  if (!intent)
    return {};
  const auto named = intent->metadata.find("property_id");
  return named == intent->metadata.end() ? "" : named->second;
}

answer stripe_face::error(const refused& why) const {
  json_object inner;
  inner.text("code", why.code).text_if("decline_code", why.decline_code).text("message", why.message).text_if("param", why.param);
  const auto* intent = model_.intents().find(why.object_id);
  if (intent)
    inner.raw("payment_intent", model_.json(*intent, false, false));
  inner.text("type", error_type(why));
  json_object body;
  body.object("error", inner);
  return {why.status, body.done(), {}};
}

std::string stripe_face::intent_json(const stripe_intent& intent, const fields& form) const {
  return model_.json(intent, expands(form, "latest_charge"), expands(form, "latest_charge.balance_transaction"));
}

answer stripe_face::intent_answer(const made<stripe_intent>& result, const fields& form) const {
  if (const auto* why = refusal_of(result))
    return error(*why);
  return {200, intent_json(std::get<stripe_intent>(result), form), {}};
}

answer stripe_face::work(const request& call, timestamp now) {
  const auto name = operation(call);
  if (!secret_key_.empty() && !integrations::equal_in_constant_time(bearer(call), secret_key_))
    return error({401, "api_key_invalid", "Invalid API Key provided.", {}, {}, {}, {}});
  if (name.empty())
    return error({404, "resource_missing", "Unrecognized request URL (" + call.method + ": " + call.path + ").", {}, {}, {}, {}});
  if (call.method == "GET")
    return get(name, call);
  const auto key = key_of(call);
  const auto fingerprint = fingerprint_of(call);
  if (const auto* known = key.empty() ? nullptr : keys_.known(key, now)) {
    if (known->fingerprint != fingerprint)
      return error({400,
                    "idempotency",
                    "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key "
                    "other than '" +
                        key + "' if you meant to execute a different request.",
                    {},
                    {},
                    {},
                    {}});
    return {known->status, known->body, {{"Idempotent-Replayed", "true"}}};
  }
  auto out = post(name, call, now);
  // What was refused before anything was done can be tried again under the same key; a declined card is a result.
  if (!key.empty() && (out.status < 300 || out.status == 402))
    keys_.keep(key, {fingerprint, {}, out.status, out.body, now});
  return out;
}

answer stripe_face::post(const std::string& name, const request& call, timestamp now) {
  const auto form = fields::parse(call.body);
  const auto parts = call.segments();
  if (name == "create_payment_intent")
    return intent_answer(model_.create(read_wish(form, now), now), form);
  if (name == "confirm")
    return intent_answer(model_.confirm(parts[2], read_wish(form, now), now), form);
  if (name == "cancel")
    return intent_answer(model_.cancel(parts[2], form.get("cancellation_reason").value_or(""), now), form);
  const auto result = model_.refund(read_refund(form), now);
  if (const auto* why = refusal_of(result))
    return error(*why);
  // A test card may have let it fail meanwhile; Stripe's first answer still says how it began.
  return {200, model_.json(std::get<stripe_refund>(result)), {}};
}

answer stripe_face::get(const std::string& name, const request& call) const {
  const auto parts = call.segments();
  const auto id = parts.size() > 2 ? parts[2] : std::string();
  if (name == "get_payment_intent") {
    if (id.empty())
      return list_intents(call);
    if (id == "search")
      return search(call);
    const auto* intent = model_.intents().find(id);
    return intent ? answer{200, intent_json(*intent, call.query), {}}
                  : error({404, "resource_missing", "No such payment_intent: '" + id + "'", "intent", {}, {}, {}});
  }
  if (name == "get_refund") {
    if (id.empty())
      return list_refunds(call);
    const auto* refund = model_.refunds().find(id);
    return refund ? answer{200, model_.json(*refund), {}} : error({404, "resource_missing", "No such refund: '" + id + "'", "refund", {}, {}, {}});
  }
  if (name == "get_charge") {
    const auto* charge = model_.charges().find(id);
    return charge ? answer{200, model_.json(*charge, expands(call.query, "balance_transaction")), {}}
                  : error({404, "resource_missing", "No such charge: '" + id + "'", "charge", {}, {}, {}});
  }
  if (name == "get_balance")
    return balance();
  return name == "list_events" ? list_events(call) : list_transactions(call);
}

answer stripe_face::search(const request& call) const {
  // metadata['payment_id']:'…'
  const auto query = call.query.get("query").value_or("");
  const auto separator = query.find("]:");
  if (!query.starts_with("metadata[") || separator == std::string::npos || separator < 11 || query.size() < separator + 4)
    return error({400, "parameter_invalid", "We were unable to parse your search query.", "query", {}, {}, {}});
  const auto name = query.substr(10, separator - 11);
  const auto value = query.substr(separator + 3, query.size() - separator - 4);
  std::vector<row> rows;
  for (const auto& id : model_.by_reference(value)) {
    const auto* intent = model_.intents().find(id);
    const auto entry = intent->metadata.find(name);
    if (entry != intent->metadata.end() && entry->second == value)
      rows.push_back({intent->number, intent->created, id, intent_json(*intent, call.query)});
  }
  std::sort(rows.begin(), rows.end(), [](const row& a, const row& b) { return a.number > b.number; });
  std::vector<std::string> data;
  for (auto& one : rows)
    data.push_back(std::move(one.json));
  json_object body;
  body.text("object", "search_result").raw("data", array_text(data)).boolean("has_more", false).raw("next_page", "null");
  return {200, body.text("url", "/v1/payment_intents/search").done(), {}};
}

answer stripe_face::list_intents(const request& call) const {
  std::vector<row> rows;
  for (const auto& [id, intent] : model_.intents().rows())
    rows.push_back({intent.number, intent.created, id, intent_json(intent, call.query)});
  return page(std::move(rows), call.query, "/v1/payment_intents");
}

answer stripe_face::list_refunds(const request& call) const {
  const auto intent = call.query.get("payment_intent");
  const auto charge = call.query.get("charge");
  std::vector<row> rows;
  for (const auto& [id, refund] : model_.refunds().rows())
    if ((!intent || refund.intent == *intent) && (!charge || refund.charge == *charge))
      rows.push_back({refund.number, refund.created, id, model_.json(refund)});
  return page(std::move(rows), call.query, "/v1/refunds");
}

answer stripe_face::list_transactions(const request& call) const {
  std::vector<row> rows;
  for (const auto& [id, charge] : model_.charges().rows())
    rows.push_back({charge.number, charge.created, charge.balance_transaction, model_.transaction_json(charge)});
  for (const auto& [id, refund] : model_.refunds().rows()) {
    if (refund.status != "succeeded")
      continue;
    const auto created = std::chrono::floor<std::chrono::seconds>(refund.created.time_since_epoch()).count();
    json_object out;
    out.text("id", refund.balance_transaction).text("object", "balance_transaction").number("amount", -refund.amount).number("available_on", created);
    out.number("created", created).text("currency", refund.currency).number("fee", 0).raw("fee_details", "[]").number("net", -refund.amount);
    out.text("reporting_category", "refund").text("source", refund.id).text("status", "available").text("type", "refund");
    rows.push_back({refund.number, refund.created, refund.balance_transaction, out.done()});
  }
  return page(std::move(rows), call.query, "/v1/balance_transactions");
}

answer stripe_face::list_events(const request& call) const {
  const auto parts = call.segments();
  std::vector<row> rows;
  for (const auto* event : events_.of_provider("stripe")) {
    if (parts.size() == 3 && event->draft.id == parts[2])
      return {200, event->draft.body, {}};
    rows.push_back({event->number, event->created, event->draft.id, event->draft.body});
  }
  if (parts.size() == 3)
    return error({404, "resource_missing", "No such event: '" + parts[2] + "'", "id", {}, {}, {}});
  if (const auto type = call.query.get("type"))
    std::erase_if(rows, [&](const row& one) { return one.json.find("\"type\":" + json_text(*type)) == std::string::npos; });
  return page(std::move(rows), call.query, "/v1/events");
}

answer stripe_face::balance() const {
  std::int64_t total = 0;
  for (const auto& [id, charge] : model_.charges().rows())
    total += charge.amount - charge.fee;
  for (const auto& [id, refund] : model_.refunds().rows())
    total -= refund.status == "succeeded" ? refund.amount : 0;
  json_object funds;
  funds.number("amount", total).text("currency", "brl");
  json_object body;
  body.text("object", "balance").raw("available", array_text({funds.done()})).boolean("livemode", false);
  return {200, body.raw("pending", R"([{"amount":0,"currency":"brl"}])").done(), {}};
}

} // namespace reserve::sandbox
