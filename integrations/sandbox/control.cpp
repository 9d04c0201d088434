#include "integrations/bytes.hpp"
#include "integrations/sandbox/json_text.hpp"
#include "integrations/sandbox/world.hpp"

#include <algorithm>
#include <array>

namespace reserve::sandbox {

namespace {

using parts = std::vector<std::string>;

answer failed(int status, const std::string& code, const std::string& message) {
  json_object body;
  body.text("error", code).text("message", message);
  return {status, body.done(), {}};
}

answer failed(const refused& why) {
  return failed(why.status == 404 ? 404 : 400, why.code, why.message);
}
answer not_found() {
  return failed(404, "not_found", "no such call, or the object does not exist");
}
answer done() {
  return {200, "{}", {}};
}

bool is_provider(const std::string& name) {
  return name == "host" || name == "stripe" || name == "mercadopago" || name == "openpix";
}

template <class Table, class Render>
std::string listed(const Table& rows, Render&& render) {
  std::vector<std::string> out;
  for (const auto& [key, value] : rows.rows())
    out.push_back(render(value));
  return array_text(out);
}

std::string host_part(world& all) {
  std::vector<std::string> rooms;
  for (const auto& one : all.host().content().properties())
    for (const auto& room : one.rooms)
      rooms.push_back(room_type_json(room));
  std::vector<std::string> houses;
  for (const auto& one : all.host().content().properties())
    houses.push_back(property_json(one, *parse_timestamp("2026-01-01T00:00:00Z")));
  json_object out;
  out.raw("properties", array_text(houses)).raw("room_types", array_text(rooms));
  return out.raw("bookings", listed(all.host().bookings(), booking_json)).done();
}

std::string provider_part(world& all, const std::string& name) {
  if (name == "host")
    return host_part(all);
  json_object out;
  if (name == "stripe") {
    auto& model = all.stripe();
    out.raw("payment_intents", listed(model.intents(), [&](const auto& one) { return model.json(one, false, false); }));
    return out.raw("refunds", listed(model.refunds(), [&](const auto& one) { return model.json(one); })).done();
  }
  if (name == "mercadopago") {
    auto& model = all.mercadopago();
    out.raw("payments", listed(model.payments(), [&](const auto& one) { return model.json(one); }));
    return out.raw("refunds", listed(model.refunds(), [&](const auto& one) { return model.json(one); })).done();
  }
  auto& model = all.openpix();
  out.raw("charges", listed(model.charges(), [&](const auto& one) { return model.json(one); }));
  return out.raw("refunds", listed(model.refunds(), [&](const auto& one) { return model.json(one); })).done();
}

answer show_state(world& all, const request& call, timestamp now) {
  const auto provider = call.query.get("provider");
  if (provider && !is_provider(*provider))
    return failed(400, "invalid_provider", "provider is host, stripe, mercadopago or openpix");
  if (provider)
    return {200, provider_part(all, *provider), {}};
  json_object out;
  out.text("now", to_string(now)).number("offset_seconds", all.clock().offset_seconds).number("skew_seconds", all.clock().skew_seconds);
  out.number("seed", static_cast<std::int64_t>(all.settings().seed));
  for (const char* name : {"host", "stripe", "mercadopago", "openpix"})
    out.raw(name, provider_part(all, name));
  std::vector<std::string> events;
  for (const char* name : {"host", "stripe", "mercadopago", "openpix"})
    for (const auto* event : all.webhooks().of_provider(name))
      events.push_back(event_json(*event));
  out.raw("webhooks", array_text(events)).raw("faults", listed(all.faults().faults(), fault_json));
  return {200, out.raw("rules", listed(all.webhooks().rules(), rule_json)).done(), {}};
}

answer show_calls(world& all, const request& call) {
  const auto number = [&](const char* name, std::uint64_t otherwise) -> std::optional<std::uint64_t> {
    const auto text = call.query.get(name);
    if (!text)
      return otherwise;
    const auto value = integrations::parse_digits(*text);
    return value ? std::optional<std::uint64_t>(static_cast<std::uint64_t>(*value)) : std::nullopt;
  };
  const auto after = number("after", 0);
  const auto limit = number("limit", 100);
  if (!after || !limit || *limit < 1 || *limit > 1000)
    return failed(400, "invalid_parameter", "after is a call id, limit is 1 to 1000");
  call_filter filter{call.query.get("provider").value_or(""), call.query.get("operation").value_or(""), call.query.get("property_id").value_or(""),
                     *after, static_cast<std::size_t>(*limit)};
  return {200, all.calls().list(filter), {}};
}

/// `webhook` of a body: "drop" or false = the event is made but not sent.
bool drops_webhook(const json_value& in) {
  return in["webhook"].text() == "drop" || (in["webhook"].kind() == json_value::type::boolean && !in["webhook"].truth());
}

std::optional<payer_action> action_named(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, payer_action>, 6> names{{{"pay", payer_action::pay},
                                                                                   {"decline", payer_action::decline},
                                                                                   {"require_action", payer_action::require_action},
                                                                                   {"authenticate", payer_action::authenticate},
                                                                                   {"cancel", payer_action::cancel},
                                                                                   {"expire", payer_action::expire}}};
  const auto* found = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == name; });
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

answer payment_answer(const std::string& provider, const made<payment_view>& result, const std::string& event_id) {
  if (const auto* why = refusal_of(result))
    return failed(*why);
  const auto& view = std::get<payment_view>(result);
  json_object out;
  out.text("provider", provider).text("ref", view.ref).text("status", view.status).raw("booking_intent_id", text_or_null(view.booking_intent_id));
  return {200, out.raw("event_id", text_or_null(event_id)).done(), {}};
}

answer act_on_payment(world& all, const std::string& ref, const std::string& verb, const json_value& in, timestamp now) {
  const auto action = action_named(verb);
  std::string provider;
  std::optional<payment_found> best;
  for (const auto& [name, model] : all.payment_models())
    if (const auto found = model->find_payment(ref);
        found && (!best || std::pair(found->open, found->number) > std::pair(best->open, best->number))) {
      best = found;
      provider = name;
    }
  if (!action || !best)
    return not_found();
  payer_options options;
  if (const auto& code = in["decline_code"].text(); !code.empty())
    options.decline_code = code;
  if (!in["amount"].is_null()) {
    const auto amount = in["amount"].amount();
    if (!amount || amount->minor_units <= 0)
      return failed(400, "invalid_parameter", "amount is a positive number with two decimals");
    options.cents = amount->minor_units;
  }
  std::string event_id;
  const auto result = all.collecting_events(
      drops_webhook(in), [&] { return all.payments(provider)->act(best->ref, *action, options, now); }, event_id);
  return payment_answer(provider, result, event_id);
}

answer act_on_refund(world& all, const std::string& id, const std::string& verb, const json_value& in, timestamp now) {
  if (verb != "succeed" && verb != "fail")
    return not_found();
  for (const auto& [name, model] : all.payment_models()) {
    auto* owner = model;
    const auto refund = owner->find_refund(id);
    if (refund.empty())
      continue;
    std::string event_id;
    const auto result = all.collecting_events(
        drops_webhook(in), [&] { return owner->end_refund(refund, verb == "succeed", now); }, event_id);
    return payment_answer(name, result, event_id);
  }
  return not_found();
}

answer open_refunds(world& all, const json_value& in) {
  auto* model = all.payments(in["provider"].text());
  const auto count = in["count"].is_null() ? 1 : in["count"].integer().value_or(-1);
  if (!model || count < 0 || count > 1000)
    return failed(400, "invalid_parameter", "provider is stripe, mercadopago or openpix, count is 0 to 1000");
  model->open_refunds(static_cast<int>(count));
  return {201, "{}", {}};
}

/// A small non-negative number; -1 is one that cannot be.
int small(const json_value& value) {
  const auto number = value.integer();
  return number && *number >= 0 && *number <= 1'000'000 ? static_cast<int>(*number) : -1;
}

answer add_fault(world& all, const json_value& in) {
  fault what;
  what.provider = in["provider"].text();
  what.operation = in["operation"].text().empty() ? "*" : in["operation"].text();
  what.property_id = in["property_id"].text();
  what.effect = in["effect"].text();
  if (!is_provider(what.provider))
    return failed(400, "invalid_provider", "provider is host, stripe, mercadopago or openpix");
  if (!in["status"].is_null())
    what.status = small(in["status"]);
  if (!in["latency_ms"].is_null())
    what.latency_ms = small(in["latency_ms"]);
  if (!in["calls"].is_null())
    what.calls = small(in["calls"]);
  if (!in["percent"].is_null())
    what.percent = small(in["percent"]);
  const auto result = all.faults().add(std::move(what), all.next_number());
  if (const auto* why = refusal_of(result))
    return failed(*why);
  json_object out;
  out.text("fault_id", std::get<fault>(result).id);
  return {201, out.done(), {}};
}

answer remove_faults(world& all, const parts& path) {
  if (path.size() == 2)
    return all.faults().remove(path[1]) ? done() : not_found();
  all.faults().clear();
  return done();
}

answer add_rule(world& all, const json_value& in) {
  webhook_rule rule;
  rule.provider = in["provider"].text().empty() ? "*" : in["provider"].text();
  rule.mode = in["mode"].text();
  if (rule.provider != "*" && !is_provider(rule.provider))
    return failed(400, "invalid_provider", "provider is host, stripe, mercadopago or openpix");
  if (!in["count"].is_null())
    rule.count = small(in["count"]);
  if (!in["delay_ms"].is_null())
    rule.delay_ms = small(in["delay_ms"]);
  const auto result = all.webhooks().add_rule(std::move(rule), all.next_number());
  if (const auto* why = refusal_of(result))
    return failed(*why);
  return {201, rule_json(std::get<webhook_rule>(result)), {}};
}

answer webhooks(world& all, const request& call, const parts& path, const json_value& in, timestamp now) {
  if (path.size() == 2 && path[1] == "rules") {
    if (call.method == "POST")
      return add_rule(all, in);
    if (call.method != "DELETE")
      return not_found();
    all.webhooks().clear_rules([&] { return all.next_number(); }, now);
    return done();
  }
  if (call.method != "POST" || path.size() != 3 || path[2] != "send")
    return not_found();
  const auto& signature = in["signature"].text();
  if (!signature.empty() && signature != "fresh" && signature != "original")
    return failed(400, "invalid_parameter", "signature is fresh or original");
  if (!all.webhooks().send_again(path[1], signature == "original", all.next_number(), now))
    return not_found();
  return {200, event_json(*all.webhooks().events().find(path[1])), {}};
}

answer change_nights(world& all, const json_value& in, timestamp now) {
  const auto* room = all.host().content().find_room(in["room_type_id"].text());
  const auto from = parse_date(in["start_date"].text());
  const auto to = parse_date(in["end_date"].text());
  if (!room || room->property_id != in["property_id"].text())
    return failed(404, "not_found", "no such property and room type");
  if (!from || !to || *to <= *from || (*to - *from).count() > 800)
    return failed(400, "invalid_dates", "end_date must be 1 to 800 days after start_date");
  night_change change;
  if (!in["allotment"].is_null()) {
    change.allotment = small(in["allotment"]);
    if (*change.allotment < 0 || *change.allotment > 1000)
      return failed(400, "invalid_parameter", "allotment is 0 to 1000");
  }
  if (!in["base_price"].is_null()) {
    change.price = in["base_price"].amount();
    if (!change.price || change.price->minor_units < 0)
      return failed(400, "invalid_parameter", "base_price is a number with two decimals");
  }
  if (in["closed"].kind() == json_value::type::boolean)
    change.closed = in["closed"].truth();
  std::string event_id;
  // Without a webhook the Host does not even make the event: the night just differs at the next reading.
  const bool report = !drops_webhook(in);
  all.collecting_events(
      false,
      [&] {
        all.host().change_nights(*room, *from, *to, change, report, now);
        return 0;
      },
      event_id);
  json_object out;
  out.text("room_type_id", room->id).number("nights", (*to - *from).count()).raw("event_id", text_or_null(event_id));
  return {200, out.done(), {}};
}

answer booking_answer(const made<host_booking>& result, int status) {
  if (const auto* why = refusal_of(result))
    return failed(*why);
  return {status, booking_json(std::get<host_booking>(result)), {}};
}

answer host(world& all, const parts& path, const std::string& body, const json_value& in, timestamp now) {
  if (path.size() == 2 && path[1] == "availability")
    return change_nights(all, in, now);
  if (path.size() < 2 || path[1] != "bookings")
    return not_found();
  std::string event_id;
  if (path.size() == 2)
    return booking_answer(all.collecting_events(
                              drops_webhook(in), [&] { return all.host().book(*read_booking_wish(body), now); }, event_id),
                          201);
  if (path.size() != 4)
    return not_found();
  static constexpr std::array<std::pair<std::string_view, desk_action>, 4> names{
      {{"cancel", desk_action::cancel}, {"checkin", desk_action::checkin}, {"checkout", desk_action::checkout}, {"no_show", desk_action::no_show}}};
  const auto* action = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == path[3]; });
  if (action == names.end())
    return not_found();
  return booking_answer(all.collecting_events(
                            drops_webhook(in), [&] { return all.host().at_desk(path[2], action->second, in["reason"].text(), now); }, event_id),
                        200);
}

} // namespace

answer control(world& all, const request& call, timestamp now) {
  const auto path = call.segments();
  const auto body = call.body.empty() ? std::string("{}") : call.body;
  const auto json = parse_json(body);
  if (path.empty())
    return not_found();
  if (!json || !json->is_object())
    return failed(400, "invalid_json", "the body is no JSON object");
  if (call.method == "GET")
    return path[0] == "state" ? show_state(all, call, now) : path[0] == "calls" ? show_calls(all, call) : not_found();
  if (path[0] == "webhooks")
    return webhooks(all, call, path, *json, now);
  if (call.method == "DELETE")
    return path[0] == "faults" && path.size() <= 2 ? remove_faults(all, path) : not_found();
  if (call.method != "POST")
    return not_found();
  if (path[0] == "payments" && path.size() == 3)
    return act_on_payment(all, path[1], path[2], *json, now);
  if (path[0] == "refunds" && path.size() == 2 && path[1] == "open")
    return open_refunds(all, *json);
  if (path[0] == "refunds" && path.size() == 3)
    return act_on_refund(all, path[1], path[2], *json, now);
  if (path[0] == "faults" && path.size() == 1)
    return add_fault(all, *json);
  if (path[0] == "host")
    return host(all, path, body, *json, now);
  if (path[0] == "reset" && path.size() == 1) {
    all.reset(!((*json)["keep_catalogue"].truth()));
    return done();
  }
  return not_found();
}

} // namespace reserve::sandbox
