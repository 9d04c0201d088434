#pragma once

#include "actors/protocols/storage_port.hpp"
#include "domain/calendar.hpp"
#include "domain/intent.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace reserve::persistence {

/// Rooms per night.
class night_counts {
public:
  void add(const stay& nights, int rooms);
  int at(date night) const noexcept;
  bool operator==(const night_counts&) const = default;

private:
  date first_{};
  std::vector<std::int16_t> rooms_;
};

/// A unit as the projector keeps it. Its untouched claims are rows of booking_intents, so here they are counts only, and a hold that nobody has touched yet changes
/// nothing of the unit's own row: a calendar's row stays small and is not written again for each of its holds.
struct projected_unit {
  unit_calendar calendar; ///< Without untouched claims.
  night_counts untouched;
};

/// What the tables know of a unit for the projector: its own row (empty: none yet), and the rooms of the claims that are rows of booking_intents.
struct unit_rows {
  entity_id unit{};
  std::string data;
  night_counts untouched;

  bool operator==(const unit_rows&) const = default;
};
/// What the tables know of some entities, as the projector wants it.
struct known_states {
  std::vector<entity_snapshot> entities; ///< All but units.
  std::vector<unit_rows> units;
};

/// The claim of an untouched intent as its calendar has it: what its row says.
void put_back(unit_calendar& calendar, const intent& untouched);

/// Snapshot of the whole calendar, as its actor loads it, from the unit's row (empty: none yet) and the states of its untouched intents' rows.
std::string whole_calendar(unit_id unit, std::string_view row_data, const std::vector<std::string>& untouched_states);

} // namespace reserve::persistence
