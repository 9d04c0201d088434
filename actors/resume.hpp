#pragma once

#include "actors/city_timers.hpp"
#include "actors/protocols/record.hpp"

#include <vector>

namespace reserve::actors {

/// A start finds unfinished work in the tables; what they do not show yet may be unfinished as well. Whoever these records changed is woken and looks for
/// himself.
void wake_changed_by(const std::vector<committed_record>& tail, city_timers& timers);

} // namespace reserve::actors
