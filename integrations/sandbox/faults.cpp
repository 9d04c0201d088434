#include "integrations/sandbox/faults.hpp"

#include "integrations/sandbox/ids.hpp"
#include "integrations/sandbox/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace reserve::sandbox {

namespace {

constexpr std::array<std::string_view, 6> effects{"latency", "timeout_before", "timeout_after", "status", "reset", "garbage"};

refused wrong(const char* param, std::string message) {
  return {400, "invalid_fault", std::move(message), param, {}, {}, {}};
}

bool fits(const fault& what, const std::string& provider, const std::string& operation, const std::string& property_id) {
  return what.provider == provider && (what.operation == "*" || what.operation == operation) &&
         (what.property_id.empty() || what.property_id == property_id);
}

} // namespace

made<fault> fault_book::add(fault what, std::uint64_t number) {
  if (std::find(effects.begin(), effects.end(), what.effect) == effects.end())
    return wrong("effect", "effect is latency, timeout_before, timeout_after, status, reset or garbage");
  if (what.effect == "status" && (what.status < 400 || what.status > 599))
    return wrong("status", "status is between 400 and 599");
  if (what.latency_ms < 0 || what.latency_ms > 600'000 || (what.effect == "latency" && what.latency_ms == 0))
    return wrong("latency_ms", "latency_ms is between 1 and 600000");
  if (what.calls && what.percent)
    return wrong("percent", "either calls or percent");
  if (what.calls && *what.calls < 1)
    return wrong("calls", "calls is at least 1");
  if (what.percent && (*what.percent < 1 || *what.percent > 100))
    return wrong("percent", "percent is between 1 and 100");
  char id[32];
  std::snprintf(id, sizeof id, "flt_%012llu", static_cast<unsigned long long>(number));
  what.id = id;
  what.number = number;
  return faults_.put(what.id, what);
}

bool fault_book::strikes(const fault& what) const {
  return !what.percent || mixed(seed_ ^ mixed(what.number * 1'000'003 + what.drawn)) % 100 < static_cast<std::uint64_t>(*what.percent);
}

std::optional<fault> fault_book::take(const std::string& provider, const std::string& operation, const std::string& property_id) {
  std::vector<fault> candidates;
  for (const auto& [id, what] : faults_.rows())
    if (fits(what, provider, operation, property_id))
      candidates.push_back(what);
  for (auto& what : candidates) {
    const bool now = strikes(what);
    ++what.drawn;
    if (what.calls && --*what.calls == 0)
      faults_.erase(what.id);
    else
      faults_.put(what.id, what);
    if (now)
      return what;
  }
  return std::nullopt;
}

bool fault_book::remove(const std::string& id) {
  const bool known = faults_.find(id) != nullptr;
  faults_.erase(id);
  return known;
}

std::string fault_json(const fault& what) {
  json_object out;
  out.text("fault_id", what.id).text("provider", what.provider).text("operation", what.operation);
  out.raw("property_id", text_or_null(what.property_id)).text("effect", what.effect);
  if (what.effect == "status")
    out.number("status", what.status);
  if (what.latency_ms > 0)
    out.number("latency_ms", what.latency_ms);
  if (what.calls)
    out.number("calls", *what.calls);
  if (what.percent)
    out.number("percent", *what.percent);
  return out.number("drawn", static_cast<std::int64_t>(what.drawn)).done();
}

} // namespace reserve::sandbox
