#include "integrations/sandbox/world.hpp"

#include "integrations/sandbox/json_text.hpp"

#include <algorithm>

namespace reserve::sandbox {

world::world(store& home, world_settings settings, br_code_maker br_code)
    : home_(home),
      settings_(std::move(settings)),
      ids_(home, settings_.seed),
      catalogue_(settings_.seed),
      clock_(home, "clock"),
      webhooks_(home),
      faults_(home, settings_.seed),
      calls_(home),
      host_keys_(home, "host_keys"),
      stripe_keys_(home, "stripe_keys"),
      mercadopago_keys_(home, "mercadopago_keys"),
      openpix_keys_(home, "openpix_keys"),
      host_(home, ids_, catalogue_, [this](event_draft draft, timestamp now) { take_event(std::move(draft), now); }),
      stripe_(
          home, ids_, [this](event_draft draft, timestamp now) { take_event(std::move(draft), now); }, br_code),
      mercadopago_(
          home, ids_, [this](event_draft draft, timestamp now) { take_event(std::move(draft), now); }, br_code),
      openpix_(
          home, ids_, [this](event_draft draft, timestamp now) { take_event(std::move(draft), now); }, br_code),
      host_face_(host_, host_keys_, settings_.host),
      stripe_face_(stripe_, stripe_keys_, webhooks_, settings_.stripe_key),
      mercadopago_face_(mercadopago_, mercadopago_keys_, settings_.mercadopago_token),
      openpix_face_(openpix_, openpix_keys_, settings_.openpix_app_id, settings_.openpix_key),
      faces_{{"host", &host_face_}, {"stripe", &stripe_face_}, {"mercadopago", &mercadopago_face_}, {"openpix", &openpix_face_}},
      payments_{{"stripe", &stripe_}, {"mercadopago", &mercadopago_}, {"openpix", &openpix_}} {}

void world::take_event(event_draft draft, timestamp now) {
  if (first_event_.empty())
    first_event_ = draft.id;
  webhooks_.push(
      std::move(draft), drop_events_, [this] { return ids_.next_number(); }, now);
}

clock_state world::clock() const {
  const auto* kept = clock_.find("clock");
  return kept ? *kept : clock_state{};
}

timestamp world::now(timestamp machine_now) const {
  return machine_now + std::chrono::seconds(clock().offset_seconds);
}

timestamp world::signing_time(timestamp machine_now) const {
  return now(machine_now) + std::chrono::seconds(clock().skew_seconds);
}

void world::set_offset(std::int64_t seconds) {
  auto next = clock();
  if (seconds <= next.offset_seconds)
    return;
  next.offset_seconds = seconds;
  clock_.put("clock", next);
}

void world::set_skew(std::int64_t seconds) {
  auto next = clock();
  next.skew_seconds = seconds;
  clock_.put("clock", next);
}

payment_model* world::payments(const std::string& provider) {
  const auto found = payments_.find(provider);
  return found == payments_.end() ? nullptr : found->second;
}

void world::settle(timestamp machine_now) {
  const auto at = now(machine_now);
  for (const auto& [name, model] : payments_)
    model->settle(at);
}

std::optional<timestamp> world::next_due(timestamp machine_now) const {
  auto due = webhooks_.next_due();
  for (const auto& [name, model] : payments_)
    if (const auto own = model->next_due(); own && (!due || *own < *due))
      due = own;
  if (due)
    *due = std::max(*due - (now(machine_now) - machine_now), machine_now);
  return due;
}

std::vector<webhook_send> world::take_webhooks(timestamp machine_now) {
  return webhooks_.take_due(now(machine_now));
}

void world::webhook_finished(std::uint64_t delivery, int status, const header_pairs& headers, timestamp machine_now) {
  webhooks_.finished(delivery, status, headers, now(machine_now));
}

void world::reset(bool with_catalogue) {
  host_.forget_bookings();
  if (with_catalogue)
    host_.forget_changes();
  for (const auto& [name, model] : payments_)
    model->forget();
  for (auto* keys : {&host_keys_, &stripe_keys_, &mercadopago_keys_, &openpix_keys_})
    keys->clear();
  calls_.clear();
  faults_.clear();
  webhooks_.forget();
}

outcome world::handle(request call, timestamp machine_now) {
  settle(machine_now);
  const auto slash = call.path.find('/', 1);
  const auto prefix = call.path.substr(0, std::min(slash, call.path.size()));
  call.path = slash == std::string::npos ? "/" : call.path.substr(slash);
  if (prefix == "/healthz")
    return {{200, R"({"status":"ok"})", {}}};
  if (prefix == "/control")
    return {control(*this, call, now(machine_now))};
  const auto found = faces_.find(prefix.empty() ? prefix : prefix.substr(1));
  if (found == faces_.end())
    return {{404, R"({"error":"not_found","message":"no system has this prefix"})", {}}};
  return call_provider(found->first, *found->second, call, now(machine_now));
}

outcome world::call_provider(const std::string& provider, face& target, const request& call, timestamp at) {
  call_record record;
  record.number = ids_.next_number();
  record.at = at;
  record.provider = provider;
  record.operation = target.operation(call);
  record.property_id = target.property_of(call);
  record.idempotency_key = target.key_of(call);
  record.request = request_json(call);
  outcome out;
  if (const auto hit = faults_.take(provider, record.operation, record.property_id)) {
    record.fault_id = hit->id;
    out = meet_fault(*hit, target, call, at);
  } else {
    out.content = target.work(call, at);
  }
  if (out.how == delivery::sent)
    record.status = out.content.status;
  calls_.add(record);
  return out;
}

outcome world::meet_fault(const fault& what, face& target, const request& call, timestamp at) {
  outcome out;
  out.delay = std::chrono::milliseconds(what.latency_ms);
  if (what.effect == "status") {
    const auto* code = what.status == 429   ? "rate_limited"
                       : what.status == 409 ? "room_type_unavailable"
                       : what.status >= 500 ? "server_error"
                                            : "refused";
    out.content = target.error({what.status, code, "fault " + what.id, {}, {}, {}, {}});
    if (what.status == 429 || what.status == 503)
      out.content.headers["Retry-After"] = "1";
    return out;
  }
  if (what.effect == "reset" || what.effect == "timeout_before") {
    out.how = what.effect == "reset" ? delivery::closed : delivery::never;
    return out;
  }
  out.content = target.work(call, at);
  if (what.effect == "timeout_after")
    out.how = delivery::never;
  if (what.effect == "garbage") {
    out.content.status = out.content.status < 300 ? out.content.status : 200;
    out.content.body = R"({"id":"<html>)";
  }
  return out;
}

std::string clock_json(const world& all, timestamp machine_now) {
  json_object out;
  out.text("now", to_string(all.now(machine_now))).number("offset_seconds", all.clock().offset_seconds);
  return out.number("skew_seconds", all.clock().skew_seconds).done();
}

} // namespace reserve::sandbox
