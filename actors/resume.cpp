#include "actors/resume.hpp"

#include "actors/protocols/changed_state.hpp"

namespace reserve::actors {

void wake_changed_by(const std::vector<committed_record>& tail, city_timers& timers) {
  for (const auto& one : tail)
    for (const auto& what : one->events)
      if (const auto kind = kind_of(what.what); kind && belongs_to_one_booking(*kind))
        timers.after(*kind, what.entity, std::chrono::milliseconds(0));
}

} // namespace reserve::actors
