#pragma once

#include "domain/id.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reserve::actors {

/// Who waits for a property's Host: bookings that stand in line behind its breakers, and those that want to hear when they have closed. Not thread-safe: its
/// connector guards it.
class host_queue {
public:
  using instant = std::chrono::milliseconds;
  using wake = std::function<void()>;
  enum class gate : std::uint8_t { open_breaker, one_probe, free };

  static constexpr std::size_t places_max = 10000;                  ///< Of one property.
  static constexpr std::chrono::milliseconds pace{200};             ///< BR7: at most 5 a second.
  static constexpr std::chrono::seconds probe_answer{10};           ///< So long the next one waits for the result of a probe.
  static constexpr std::chrono::seconds turn_lasts{30};             ///< Then a turn that nobody took is over.

  /// true: go. false: in line, unless the line is full.
  bool take_turn(const std::string& property, entity_id who, wake call, gate how) {
    auto& line = lines_[property];
    const bool had_turn = line.turns.erase(who) != 0;
    const bool goes = how != gate::open_breaker && (had_turn || line.waiting.empty());
    if (!goes && had_turn)
      line.waiting.push_front({who, std::move(call)});
    else if (!goes && !is_waiting(line, who) && line.waiting.size() < places_max)
      line.waiting.push_back({who, std::move(call)});
    tidy(property);
    return goes;
  }

  bool has_turn(const std::string& property, entity_id who) const {
    const auto found = lines_.find(property);
    return found != lines_.end() && found->second.turns.contains(who);
  }
  bool queued(const std::string& property, entity_id who) const {
    const auto found = lines_.find(property);
    return found != lines_.end() && is_waiting(found->second, who);
  }

  void when_closed(const std::string& property, entity_id who, wake call) {
    auto& line = lines_[property];
    if (line.for_closing.contains(who) || line.for_closing.size() < places_max)
      line.for_closing.insert_or_assign(who, std::move(call));
  }
  /// The breakers of a property have closed: who waits for that stands in line now, behind those who stand there already.
  void closed(const std::string& property) {
    const auto found = lines_.find(property);
    if (found == lines_.end())
      return;
    auto& line = found->second;
    line.next = instant{0};
    for (auto& [who, call] : std::exchange(line.for_closing, {}))
      if (!is_waiting(line, who))
        line.waiting.push_back({who, std::move(call)});
  }

  /// A probe of this property has been answered: whatever it said, the next one need not wait for it.
  void answered(const std::string& property) {
    if (const auto found = lines_.find(property); found != lines_.end())
      found->second.next = instant{0};
  }

  std::vector<std::string> properties() const {
    std::vector<std::string> out;
    for (const auto& [property, line] : lines_)
      out.push_back(property);
    return out;
  }
  bool empty() const noexcept { return lines_.empty(); }

  /// Those whose turn has come now, to be called outside of any lock.
  std::vector<wake> due(const std::string& property, instant now, gate how) {
    std::vector<wake> out;
    const auto found = lines_.find(property);
    if (found == lines_.end())
      return out;
    auto& line = found->second;
    std::erase_if(line.turns, [&](const auto& turn) { return now > turn.second + turn_lasts; });
    if (how != gate::open_breaker && now >= line.next && !line.waiting.empty()) {
      auto first = std::move(line.waiting.front());
      line.waiting.pop_front();
      line.turns[first.who] = now;
      line.next = now + (how == gate::one_probe ? instant(probe_answer) : pace);
      out.push_back(std::move(first.call));
    }
    tidy(property);
    return out;
  }

  /// When due() may have something to give or to forget; nullopt: nobody waits. A line behind an open breaker is looked at once a second.
  std::optional<instant> next_due(const std::string& property, instant now, gate how) const {
    const auto found = lines_.find(property);
    if (found == lines_.end())
      return std::nullopt;
    const auto& line = found->second;
    std::optional<instant> out;
    if (!line.waiting.empty())
      out = how == gate::open_breaker ? now + std::chrono::seconds(1) : std::max(now, line.next);
    for (const auto& [who, since] : line.turns)
      out = std::min(out.value_or(instant::max()), since + turn_lasts + instant(1));
    return out;
  }

private:
  struct place {
    entity_id who{};
    wake call;
  };
  struct property_line {
    std::deque<place> waiting;
    std::map<entity_id, instant> turns; ///< Given and not taken.
    std::map<entity_id, wake> for_closing;
    instant next{0};
  };

  static bool is_waiting(const property_line& where, entity_id who) {
    return std::any_of(where.waiting.begin(), where.waiting.end(), [&](const place& one) { return one.who == who; });
  }
  void tidy(const std::string& property) {
    const auto found = lines_.find(property);
    if (found != lines_.end() && found->second.waiting.empty() && found->second.turns.empty() && found->second.for_closing.empty())
      lines_.erase(found);
  }

  std::map<std::string, property_line> lines_;
};

} // namespace reserve::actors
