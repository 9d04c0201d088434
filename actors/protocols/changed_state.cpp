#include "actors/protocols/changed_state.hpp"

namespace reserve {

std::optional<entity_kind> kind_of(const event& what) {
  return what.visit([]<class Event>(const Event&) -> std::optional<entity_kind> {
    if constexpr (is_one_of<Event, intent_event>)
      return entity_kind::intent;
    else if constexpr (is_one_of<Event, payment_event>)
      return entity_kind::payment;
    else if constexpr (is_one_of<Event, reservation_event>)
      return entity_kind::reservation;
    else if constexpr (is_one_of<Event, exceptions_event>)
      return entity_kind::exceptions;
    else if constexpr (is_calendar_event<Event>)
      return entity_kind::unit;
    else if constexpr (std::is_same_v<Event, code_block_drawn> || std::is_same_v<Event, codes_reserved>)
      return entity_kind::numbering;
    else if constexpr (std::is_same_v<Event, city_added> || std::is_same_v<Event, code_block_given>)
      return entity_kind::platform;
    else
      return std::nullopt;
  });
}

} // namespace reserve
