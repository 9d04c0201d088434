#pragma once

#include "domain/calendar.hpp"
#include "domain/desk.hpp"
#include "domain/intent.hpp"
#include "domain/payment.hpp"
#include "domain/reservation.hpp"

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace reserve {

/// Everything that can happen, of all entities, as a list of types. The order is that of the codes below and only grows.
using any_event = std::variant<
    // 1..: calendar
    intent_created, untouched_expired, untouched_cancelled, hold_taken_over, hold_placed, hold_ended, hold_converted, booking_released, host_booking_linked,
    availability_imported, import_booked, import_cancelled,
    // intent
    intent_opened, traveler_changed, request_submitted, payment_started, payment_not_created, payment_declined, payment_ended, authentication_asked,
    payment_counted, payment_mismatched, payment_late, payment_duplicate, intent_recovered, recovery_failed, intent_converted, intent_expired, intent_cancelled,
    intent_obligation_met,
    // payment
    payment_created, payment_object_created, payment_object_refused, payment_processing, attempt_abandoned, payment_succeeded, payment_failed,
    payment_cancelled, payment_expired, payment_close_asked, payment_moved, refund_requested, refund_started, refund_accepted, refund_attempt_failed,
    refund_completed, refund_failed, payment_notice_told,
    // reservation
    reservation_created, reservation_imported, host_commit_started, host_commit_queued, host_attempt_failed, reservation_confirmed, host_commit_failed,
    host_commit_retried, cancellation_asked, reservation_given_up, cancelled_by_host, refund_taken, reservation_refunded, reservation_refund_failed,
    recall_found, recall_closed, reservation_noticed, reservation_notices_told,
    // desk
    exception_raised, exception_repeated, exception_resolved, code_block_drawn, codes_reserved, city_configured, property_imported, webhook_handled,
    // platform
    city_added, code_block_given,
    // added later
    payment_fee_settled>;

/// Is `Event` one of the alternatives of the variant `Set`? Picks the events of one entity out of all of them.
template <class Event, class Set>
inline constexpr bool is_one_of = false;
template <class Event, class... Alternatives>
inline constexpr bool is_one_of<Event, std::variant<Alternatives...>> = (std::is_same_v<Event, Alternatives> || ...);

/// Place of `Event` in a variant's list.
template <class Event, class... Alternatives>
constexpr std::size_t place_among(const std::variant<Alternatives...>*) noexcept {
  std::size_t place = 0;
  (void)((std::is_same_v<Event, Alternatives> || (++place, false)) || ...);
  return place;
}

/// One of them. It never changes, so copies share it: a record, the projector and an answer hold a pointer, and each event takes the memory of its own kind (the
/// largest has 850 bytes, one that everybody makes 100).
class event {
public:
  template <class Event>
    requires is_one_of<Event, any_event>
  event(Event what) : place_(place_of<Event>), content_(std::make_shared<const Event>(std::move(what))) {}

  /// Place in the list above.
  std::size_t index() const noexcept { return place_; }
  template <class Event>
  bool is() const noexcept {
    return place_ == place_of<Event>;
  }
  /// The event as `Event`; null: it is another one.
  template <class Event>
  const Event* as() const noexcept {
    return is<Event>() ? static_cast<const Event*>(content_.get()) : nullptr;
  }
  /// Calls `visitor` with the event as what it is.
  template <class Visitor>
  decltype(auto) visit(Visitor&& visitor) const {
    return call(visitor, std::make_index_sequence<std::variant_size_v<any_event>>{});
  }

private:
  template <class Event>
  static constexpr std::size_t place_of = place_among<Event>(static_cast<const any_event*>(nullptr));

  template <std::size_t Place, class Result, class Visitor>
  static Result call_as(Visitor& visitor, const void* content) {
    return visitor(*static_cast<const std::variant_alternative_t<Place, any_event>*>(content));
  }
  template <class Visitor, std::size_t... Places>
  decltype(auto) call(Visitor& visitor, std::index_sequence<Places...>) const {
    using result = std::invoke_result_t<Visitor&, const std::variant_alternative_t<0, any_event>&>;
    static constexpr std::array<result (*)(Visitor&, const void*), sizeof...(Places)> calls{&call_as<Places, result, Visitor>...};
    return calls[place_](visitor, content_.get());
  }

  std::size_t place_;
  std::shared_ptr<const void> content_;
};

/// Stable number of an event type in the journal (index in the variant + 1: the variant only grows at its end).
using event_code = std::uint16_t;

/// An event of a record and the entity whose state it changes.
struct entity_event {
  entity_id entity{};
  event what;
};

struct event_kind {
  event_code code;
  std::uint8_t version;     ///< Version written today.
  std::string_view name;    ///< Bus name of spec 10§30 where there is one ("intent.created"), else `<entity>.<what>`.
};
/// One row per alternative of `event`, in order. Names are unique.
std::span<const event_kind> event_kinds() noexcept;
event_code code_of(const event& what) noexcept;

/// Binary form of the events of one record; entity ids are those of the record, named by index.
std::string encode_events(const std::vector<entity_event>& events, const std::vector<entity_id>& entities);
/// Throws decode_error on an unknown type or version: the city stops, nothing is skipped.
std::vector<entity_event> decode_events(std::string_view bytes, const std::vector<entity_id>& entities);
/// Entities named by these events, each once, in order of first mention.
std::vector<entity_id> entities_of(const std::vector<entity_event>& events);

/// Upcasts the events of one entity.
template <class Narrow>
void append(std::vector<entity_event>& target, entity_id entity, const std::vector<Narrow>& events);

/// The event as one of an entity's own set; nullopt: it is none of them.
template <class Narrow>
std::optional<Narrow> narrowed(const event& what);

// Both exist for these sets (event.cpp).
extern template void append(std::vector<entity_event>&, entity_id, const std::vector<intent_event>&);
extern template void append(std::vector<entity_event>&, entity_id, const std::vector<payment_event>&);
extern template void append(std::vector<entity_event>&, entity_id, const std::vector<reservation_event>&);
extern template std::optional<intent_event> narrowed(const event&);

} // namespace reserve
