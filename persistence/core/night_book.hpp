#pragma once

#include "actors/protocols/record.hpp"
#include "persistence/core/trace.hpp"

#include <map>
#include <optional>
#include <set>
#include <unordered_map>

namespace reserve::persistence {

/// Nights that an event moves and says so itself; nothing for those whose nights stand in their trace.
std::optional<stay> nights_named_by(const event& what);

/// Which nights and reservations have changed since the nights were written last. Filled from events and traces, live as after a crash, so that it forgets nothing.
class night_book {
public:
  void note(const record& from, std::uint32_t n, const entity_event& what, const trace* more);

  /// Times of the last changes of a unit's nights.
  struct nights {
    date first{};
    std::vector<timestamp> at; ///< timestamp{}: not changed.
  };
  const std::unordered_map<entity_id, nights>& units() const noexcept { return units_; }
  const std::set<entity_id>& reservations() const noexcept { return reservations_; }
  std::size_t size() const noexcept { return count_; }
  void clear();

private:
  void note(entity_id unit, const stay& range, timestamp at);

  std::unordered_map<entity_id, nights> units_;
  std::set<entity_id> reservations_;
  std::size_t count_ = 0;
};

} // namespace reserve::persistence
