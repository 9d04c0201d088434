#pragma once

#include "actors/protocols/storage_port.hpp"
#include "domain/calendar.hpp"
#include "domain/event.hpp"

#include <optional>

namespace reserve {

template <class Event>
inline constexpr bool is_calendar_event = requires(unit_calendar& unit, const Event& event) { evolve(unit, event); };

/// Which kind of state an event changes; nullopt: none that is kept (catalogue rows come from the event alone).
std::optional<entity_kind> kind_of(const event& what);

/// Kinds that come and go with one booking, and whose next steps follow from their state.
constexpr bool belongs_to_one_booking(entity_kind kind) noexcept {
  return kind == entity_kind::intent || kind == entity_kind::payment || kind == entity_kind::reservation;
}

} // namespace reserve
