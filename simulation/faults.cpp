#include "simulation/faults.hpp"

namespace reserve::simulation {

namespace {

constexpr std::array<std::string_view, fault_count> names{"crash",  "actor", "journal", "unknown",  "slow",     "away",  "lag",    "storage",
                                                          "host", "outage", "provider", "webhooks", "clock", "owners", "vault", "timers"};

} // namespace

std::string_view name_of(fault one) noexcept {
  return names[static_cast<std::size_t>(one)];
}

std::optional<fault_set> fault_set::parse(std::string_view text) {
  if (text == "all")
    return all();
  fault_set out;
  if (text == "none" || text.empty())
    return out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto name = text.substr(0, comma);
    std::size_t at = 0;
    while (at < names.size() && names[at] != name)
      ++at;
    if (at == names.size())
      return std::nullopt;
    out.chosen_.set(at);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return out;
}

fault_set fault_set::with(fault one) const noexcept {
  auto out = *this;
  out.chosen_.set(static_cast<std::size_t>(one));
  return out;
}

fault_set fault_set::without(fault one) const noexcept {
  auto out = *this;
  out.chosen_.reset(static_cast<std::size_t>(one));
  return out;
}

std::vector<fault> fault_set::list() const {
  std::vector<fault> out;
  for (std::size_t i = 0; i < fault_count; ++i)
    if (chosen_.test(i))
      out.push_back(static_cast<fault>(i));
  return out;
}

std::string fault_set::text() const {
  if (chosen_.all())
    return "all";
  std::string out;
  for (const auto one : list())
    out += (out.empty() ? "" : ",") + std::string(name_of(one));
  return out.empty() ? "none" : out;
}

} // namespace reserve::simulation
