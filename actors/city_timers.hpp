#pragma once

#include "actors/protocols/ports.hpp"
#include "actors/protocols/storage_port.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>

namespace reserve::actors {

/// An entity whose time has come, with its kind, so that it can be activated.
using due_entity = std::pair<entity_kind, entity_id>;

/// The expiry heap of a city: one wall-clock deadline and one steady wake-up per entity. A late timer delays tidying, never correctness.
///
/// Any thread. Whoever owns time (a ticker thread, or a test) calls due() and wakes the entities it returns.
class city_timers {
public:
  explicit city_timers(const clock_port& clock) : clock_(clock) {}

  /// Replaces the entity's wall-clock deadline; nullopt removes it.
  void at(entity_kind kind, entity_id entity, std::optional<timestamp> when) { set(wall_, {kind, entity}, when); }
  /// Wakes the entity `delay` from now on steady time, or earlier when it was to be woken earlier: several reasons to wake never postpone each other.
  void after(entity_kind kind, entity_id entity, std::chrono::milliseconds delay) {
    const auto when = clock_.steady() + std::max(delay, delay_min);
    const std::lock_guard lock(mutex_);
    if (const auto old = steady_.at.find(entity); old == steady_.at.end() || when < old->second->first)
      replace<std::chrono::milliseconds>(steady_, {kind, entity}, when);
  }

  /// Entities whose time has come, in the order of their deadlines, at most `limit`; they are removed.
  std::vector<due_entity> due(timestamp wall, std::chrono::milliseconds steady, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<due_entity> out;
    take(wall_, wall, limit, out);
    take(steady_, steady, limit, out);
    return out;
  }

  /// The entity is to be woken before `span` is over.
  bool wakes_within(entity_id entity, std::chrono::milliseconds span) const {
    const std::lock_guard lock(mutex_);
    const auto deadline = wall_.at.find(entity);
    const auto wake_up = steady_.at.find(entity);
    return (deadline != wall_.at.end() && deadline->second->first <= clock_.wall() + span) ||
           (wake_up != steady_.at.end() && wake_up->second->first <= clock_.steady() + span);
  }

  std::size_t armed() const {
    const std::lock_guard lock(mutex_);
    return wall_.at.size() + steady_.at.size();
  }
  std::optional<timestamp> next_deadline() const {
    const std::lock_guard lock(mutex_);
    return wall_.order.empty() ? std::nullopt : std::optional(wall_.order.begin()->first);
  }

  std::optional<std::chrono::milliseconds> next_wake_up() const {
    const std::lock_guard lock(mutex_);
    return steady_.order.empty() ? std::nullopt : std::optional(steady_.order.begin()->first);
  }

private:
  template <class Instant>
  struct heap {
    std::multimap<Instant, due_entity> order;
    std::unordered_map<entity_id, typename std::multimap<Instant, due_entity>::iterator> at;
  };

  /// So that nobody who finds nothing to do spins.
  static constexpr std::chrono::milliseconds delay_min{1};

  template <class Instant>
  void set(heap<Instant>& target, due_entity who, std::optional<Instant> when) {
    const std::lock_guard lock(mutex_);
    replace<Instant>(target, who, when);
  }

  template <class Instant>
  static void replace(heap<Instant>& target, due_entity who, std::optional<Instant> when) {
    if (const auto old = target.at.find(who.second); old != target.at.end()) {
      target.order.erase(old->second);
      target.at.erase(old);
    }
    if (when)
      target.at.emplace(who.second, target.order.emplace(*when, who));
  }

  template <class Instant>
  static void take(heap<Instant>& from, Instant now, std::size_t limit, std::vector<due_entity>& out) {
    while (!from.order.empty() && from.order.begin()->first <= now && out.size() < limit) {
      out.push_back(from.order.begin()->second);
      from.at.erase(from.order.begin()->second.second);
      from.order.erase(from.order.begin());
    }
  }

  const clock_port& clock_;
  mutable std::mutex mutex_;
  heap<timestamp> wall_;
  heap<std::chrono::milliseconds> steady_;
};

} // namespace reserve::actors
