#include "actors/resume.hpp"

namespace reserve::actors {

namespace {

/// The kind of process manager whose state an event changes; nullopt: none.
std::optional<entity_kind> works_on(const event& what) {
  return std::visit(
      []<class Event>(const Event&) -> std::optional<entity_kind> {
        if constexpr (is_one_of<Event, intent_event>)
          return entity_kind::intent;
        else if constexpr (is_one_of<Event, payment_event>)
          return entity_kind::payment;
        else if constexpr (is_one_of<Event, reservation_event>)
          return entity_kind::reservation;
        else
          return std::nullopt;
      },
      what);
}

} // namespace

void wake_changed_by(const std::vector<committed_record>& tail, city_timers& timers) {
  for (const auto& one : tail)
    for (const auto& what : one->events)
      if (const auto kind = works_on(what.what))
        timers.after(*kind, what.entity, std::chrono::milliseconds(0));
}

} // namespace reserve::actors
