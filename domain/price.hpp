#pragma once

#include "domain/calendar.hpp"

#include <vector>

namespace reserve {

/// quote() where `freed[n]` further rooms count as free on the n-th night of the stay: those of holds that the same record ends. Empty = none.
result<price> quote_with(const unit_calendar& unit, const sale_rules& rules, const stay_question& question, const std::vector<int>& freed,
                         bool ignore_inventory);

/// Untouched holds that are due at `now` and overlap the stay, in order of their deadlines.
std::vector<untouched_expired> due_within(const unit_calendar& unit, const stay& range, timestamp now);
/// Rooms a night of `range` that these holds give back. Empty when there are no holds.
std::vector<int> rooms_of(const unit_calendar& unit, const stay& range, const std::vector<untouched_expired>& holds);

} // namespace reserve
