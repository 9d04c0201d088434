#include "integrations/sandbox/webhook_queue.hpp"

#include "integrations/sandbox/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace reserve::sandbox {

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::chrono::minutes, 3> waits{1min, 5min, 15min};
constexpr std::array<std::string_view, 7> modes{"drop", "duplicate", "delay", "reorder", "bad_signature", "no_signature", "old_signature"};
constexpr std::size_t deliveries_max = 10'000;
constexpr std::size_t events_max = 20'000;

std::string key_of(std::uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "%012llu", static_cast<unsigned long long>(number));
  return text;
}

bool changes_signature(const std::string& mode) {
  return mode.ends_with("_signature");
}

} // namespace

webhook_queue::webhook_queue(store& home) : events_(home, "webhook_events"), deliveries_(home, "webhook_deliveries"), rules_(home, "webhook_rules") {
  deliveries_.watch([this](const std::string&, const webhook_delivery* before, const webhook_delivery* after) {
    if (before) {
      by_due_[before->provider].erase({before->due, before->number});
      if (--pending_[before->event_id] == 0)
        pending_.erase(before->event_id);
    }
    if (after) {
      by_due_[after->provider].emplace(after->due, after->number);
      ++pending_[after->event_id];
    }
  });
  events_.watch([this](const std::string& id, const webhook_event* before, const webhook_event* after) {
    if (before && !after)
      by_number_.erase(before->number);
    if (after && !before)
      by_number_.emplace(after->number, id);
  });
}

std::uint64_t webhook_queue::enqueue(const std::string& event_id, const std::string& mode, std::uint64_t number, std::uint64_t after, timestamp due) {
  deliveries_.put(key_of(number), {event_id, events_.find(event_id)->draft.provider, mode, number, after, 0, due});
  return number;
}

void webhook_queue::set_status(const std::string& event_id, const char* status) {
  const auto* event = events_.find(event_id);
  if (!event || event->status == status)
    return;
  auto after = *event;
  after.status = status;
  events_.put(event_id, after);
}

void webhook_queue::prune() {
  for (auto at = by_number_.begin(); events_.rows().size() > events_max && at != by_number_.end();) {
    const auto id = (at++)->second;
    if (pending_.count(id) == 0 && events_.find(id)->status != "held")
      events_.erase(id);
  }
}

void webhook_queue::push(event_draft draft, bool drop, const std::function<std::uint64_t()>& numbers, timestamp now) {
  const auto id = draft.id;
  webhook_event event{std::move(draft), "waiting", now, 0, 0, {}, numbers()};
  // The server has been away for too long: what is dropped here is found by its polling.
  if (drop || deliveries_.rows().size() >= deliveries_max)
    event.status = "dropped";
  const bool dropped = event.status == "dropped";
  const auto provider = event.draft.provider;
  prune();
  events_.put(id, std::move(event));
  if (dropped)
    return;
  const auto found = std::find_if(rules_.rows().begin(), rules_.rows().end(), [&](const auto& entry) {
    return entry.second.count > 0 && (entry.second.provider == "*" || entry.second.provider == provider);
  });
  if (found == rules_.rows().end()) {
    enqueue(id, "normal", numbers(), 0, now);
    return;
  }
  auto rule = found->second;
  --rule.count;
  if (rule.mode == "reorder")
    return hold(std::move(rule), id, numbers, now);
  if (rule.count > 0)
    rules_.put(rule.id, rule);
  else
    rules_.erase(rule.id);
  if (rule.mode == "drop")
    return set_status(id, "dropped");
  const auto first = enqueue(id, changes_signature(rule.mode) ? rule.mode : "normal", numbers(), 0,
                             rule.mode == "delay" ? now + std::chrono::milliseconds(rule.delay_ms) : now);
  if (rule.mode == "duplicate")
    enqueue(id, "normal", numbers(), first, now);
}

void webhook_queue::hold(webhook_rule rule, const std::string& event_id, const std::function<std::uint64_t()>& numbers, timestamp now) {
  rule.held.push_back(event_id);
  if (rule.count > 0) {
    set_status(event_id, "held");
    rules_.put(rule.id, rule);
    return;
  }
  rules_.erase(rule.id);
  std::uint64_t before = 0;
  for (auto held = rule.held.rbegin(); held != rule.held.rend(); ++held) {
    set_status(*held, "waiting");
    before = enqueue(*held, "normal", numbers(), before, now);
  }
}

made<webhook_rule> webhook_queue::add_rule(webhook_rule rule, std::uint64_t number) {
  if (std::find(modes.begin(), modes.end(), rule.mode) == modes.end())
    return refused{400, "invalid_rule", "mode is drop, duplicate, delay, reorder, bad_signature, no_signature or old_signature", "mode", {}, {}, {}};
  if (rule.count < 1 || rule.count > 1000)
    return refused{400, "invalid_rule", "count is between 1 and 1000", "count", {}, {}, {}};
  if (rule.delay_ms < 0 || rule.delay_ms > 86'400'000 || (rule.mode == "delay" && rule.delay_ms == 0))
    return refused{400, "invalid_rule", "delay_ms is between 1 and 86400000", "delay_ms", {}, {}, {}};
  rule.id = "rul_" + key_of(number);
  return rules_.put(rule.id, rule);
}

void webhook_queue::clear_rules(const std::function<std::uint64_t()>& numbers, timestamp now) {
  std::vector<std::string> held;
  for (const auto& [id, rule] : rules_.rows())
    held.insert(held.end(), rule.held.begin(), rule.held.end());
  rules_.clear();
  std::uint64_t before = 0;
  for (const auto& id : held) {
    set_status(id, "waiting");
    before = enqueue(id, "normal", numbers(), before, now);
  }
}

bool webhook_queue::send_again(const std::string& event_id, bool original, std::uint64_t number, timestamp now) {
  if (!events_.find(event_id))
    return false;
  set_status(event_id, "waiting");
  enqueue(event_id, original ? "original" : "normal", number, 0, now);
  return true;
}

const webhook_delivery* webhook_queue::next_of(const std::string& provider) const {
  const auto entries = by_due_.find(provider);
  if (entries == by_due_.end() || under_way_.count(provider) != 0)
    return nullptr;
  for (const auto& [due, number] : entries->second) {
    const auto* delivery = deliveries_.find(key_of(number));
    // The one before it has been tried when it is gone or waits for its next try.
    const auto* before = delivery->after == 0 ? nullptr : deliveries_.find(key_of(delivery->after));
    if (!before || before->tries > 0)
      return delivery;
  }
  return nullptr;
}

std::vector<webhook_send> webhook_queue::take_due(timestamp now) {
  std::vector<webhook_send> out;
  for (const auto& [provider, entries] : by_due_) {
    const auto* delivery = next_of(provider);
    if (!delivery || delivery->due > now)
      continue;
    under_way_[provider] = delivery->number;
    out.push_back({delivery->number, delivery->mode, *events_.find(delivery->event_id)});
  }
  return out;
}

void webhook_queue::finished(std::uint64_t number, int status, const header_pairs& headers, timestamp now) {
  std::erase_if(under_way_, [&](const auto& entry) { return entry.second == number; });
  const auto* found = deliveries_.find(key_of(number));
  if (!found)
    return; // A reset came in between.
  auto delivery = *found;
  auto event = *events_.find(delivery.event_id);
  ++event.attempts;
  event.last_status = status;
  if (event.first_headers.empty())
    event.first_headers = headers;
  const bool taken = status >= 200 && status < 300;
  const bool given_up = !taken && static_cast<std::size_t>(delivery.tries) >= waits.size();
  if (taken || given_up)
    event.status = taken ? "delivered" : "failed";
  events_.put(event.draft.id, event);
  if (taken || given_up) {
    deliveries_.erase(key_of(number));
    return;
  }
  delivery.due = now + waits[static_cast<std::size_t>(delivery.tries)];
  ++delivery.tries;
  deliveries_.put(key_of(number), delivery);
}

std::optional<timestamp> webhook_queue::next_due() const {
  std::optional<timestamp> out;
  for (const auto& [provider, entries] : by_due_)
    if (const auto* delivery = next_of(provider); delivery && (!out || delivery->due < *out))
      out = delivery->due;
  return out;
}

void webhook_queue::forget() {
  deliveries_.clear();
  events_.clear();
  rules_.clear();
}

std::vector<const webhook_event*> webhook_queue::of_provider(const std::string& provider) const {
  std::vector<const webhook_event*> out;
  for (const auto& [number, id] : by_number_)
    if (const auto* event = events_.find(id); event->draft.provider == provider)
      out.push_back(event);
  return out;
}

std::string event_json(const webhook_event& event) {
  json_object out;
  out.text("event_id", event.draft.id).text("provider", event.draft.provider).text("type", event.draft.type).text("ref", event.draft.object_id);
  out.text("status", event.status).number("attempts", event.attempts);
  out.raw("last_status", event.last_status == 0 ? "null" : std::to_string(event.last_status));
  return out.text("created_at", to_string(event.created)).done();
}

std::string rule_json(const webhook_rule& rule) {
  json_object out;
  out.text("rule_id", rule.id).text("provider", rule.provider).text("mode", rule.mode).number("count", rule.count);
  return out.number("delay_ms", rule.delay_ms).number("held", static_cast<std::int64_t>(rule.held.size())).done();
}

} // namespace reserve::sandbox
