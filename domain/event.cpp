#include "domain/event.hpp"

#include "domain/codec.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace reserve {

namespace {

constexpr std::size_t alternatives = std::variant_size_v<any_event>;

struct name_row {
  std::string_view name;
  std::uint8_t version = 1;
};

/// In the order of `event`. Where several of our events are one event of the bus, the one that concerns most bookings has its name.
constexpr std::array<name_row, alternatives> names{{
    // calendar
    {"intent.created"},
    {"hold.untouched_expired"},
    {"hold.untouched_cancelled"},
    {"hold.taken_over"},
    {"hold.placed"},
    {"hold.ended"},
    {"hold.converted"},
    {"unit.booking_released"},
    {"unit.host_booking_linked"},
    {"availability.updated"},
    {"unit.import_booked"},
    {"unit.import_cancelled"},
    // intent
    {"intent.opened"},
    {"intent.traveler_changed"},
    {"intent.submitted"},
    {"payment.started"},
    {"intent.payment_not_created"},
    {"intent.payment_declined"},
    {"intent.payment_ended"},
    {"intent.authentication_asked"},
    {"intent.payment_counted"},
    {"payment.mismatch"},
    {"payment.late"},
    {"payment.duplicate"},
    {"intent.recovered"},
    {"intent.recovery_failed"},
    {"intent.converted"},
    {"intent.expired"},
    {"intent.cancelled"},
    {"intent.obligation_met"},
    // payment
    {"payment.created"},
    {"payment.object_created"},
    {"payment.object_refused"},
    {"payment.processing"},
    {"payment.attempt_abandoned"},
    {"payment.succeeded"},
    {"payment.failed"},
    {"payment.cancelled"},
    {"payment.expired"},
    {"payment.close_asked"},
    {"payment.moved"},
    {"payment.refund_requested"},
    {"refund.started"},
    {"refund.accepted"},
    {"refund.attempt_failed"},
    {"refund.completed"},
    {"refund.failed"},
    {"payment.notice_told"},
    // reservation
    {"reservation.created"},
    {"reservation.imported"},
    {"reservation.host_commit_started"},
    {"reservation.host_commit_queued"},
    {"reservation.host_attempt_failed"},
    {"booking.created"},
    {"reservation.host_commit_failed"},
    {"reservation.retry"},
    {"reservation.cancel_requested"},
    {"booking.cancelled"},
    {"booking.cancelled_by_host"},
    {"reservation.refund_taken"},
    {"reservation.refunded"},
    {"reservation.refund_failed"},
    {"reservation.recall_found"},
    {"reservation.recall_closed"},
    {"reservation.noticed"},
    {"reservation.notices_told"},
    // desk
    {"exception.raised"},
    {"exception.repeated"},
    {"exception.resolved"},
    {"numbering.code_block_drawn"},
    {"numbering.codes_reserved"},
    {"city.configured"},
    {"property.updated"},
    {"inbox.webhook_handled"},
    // platform
    {"city.added"},
    {"platform.code_block_given"},
    // added later
    {"payment.fee_settled"},
}};

constexpr std::array<event_kind, alternatives> make_kinds() {
  std::array<event_kind, alternatives> out{};
  for (std::size_t i = 0; i < alternatives; ++i)
    out[i] = {static_cast<event_code>(i + 1), names[i].version, names[i].name};
  return out;
}

constexpr bool names_are_unique() {
  for (std::size_t i = 0; i < alternatives; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i].name == names[j].name || names[i].name.empty())
        return false;
  return true;
}
static_assert(names_are_unique());

constexpr auto kinds = make_kinds();

template <std::size_t Index>
event decode_one(std::string_view bytes) {
  return decoded<std::variant_alternative_t<Index, any_event>>(bytes);
}

using decode_function = event (*)(std::string_view);

template <std::size_t... Index>
constexpr std::array<decode_function, sizeof...(Index)> make_decoders(std::index_sequence<Index...>) {
  return {&decode_one<Index>...};
}

/// Decoders of the versions written today. An older version gets a row of its own here when the first event changes.
constexpr auto decoders = make_decoders(std::make_index_sequence<alternatives>{});

event decode_body(event_code code, std::uint8_t version, std::string_view body) {
  if (code == 0 || code > alternatives)
    throw decode_error("event: unknown type " + std::to_string(code));
  const auto at = static_cast<std::size_t>(code - 1);
  if (version != kinds[at].version)
    throw decode_error("event: unknown version of " + std::string(kinds[at].name));
  return decoders[at](body);
}

} // namespace

template <class Narrow>
void append(std::vector<entity_event>& target, entity_id entity, const std::vector<Narrow>& events) {
  for (const auto& one : events)
    std::visit([&](const auto& what) { target.push_back({entity, what}); }, one);
}

template <class Narrow>
std::optional<Narrow> narrowed(const event& what) {
  return what.visit([]<class Event>(const Event& one) -> std::optional<Narrow> {
    if constexpr (is_one_of<Event, Narrow>)
      return Narrow(std::in_place_type<Event>, one);
    else
      return std::nullopt;
  });
}

template void append(std::vector<entity_event>&, entity_id, const std::vector<intent_event>&);
template void append(std::vector<entity_event>&, entity_id, const std::vector<payment_event>&);
template void append(std::vector<entity_event>&, entity_id, const std::vector<reservation_event>&);
template std::optional<intent_event> narrowed(const event&);

std::span<const event_kind> event_kinds() noexcept {
  return kinds;
}

event_code code_of(const event& what) noexcept {
  return static_cast<event_code>(what.index() + 1);
}

std::string encode_events(const std::vector<entity_event>& events, const std::vector<entity_id>& entities) {
  ensure(entities.size() <= std::numeric_limits<std::uint16_t>::max(), "event: too many entities in a record");
  encoder out;
  for (const entity_event& one : events) {
    const auto entity = std::find(entities.begin(), entities.end(), one.entity);
    ensure(entity != entities.end(), "event: its entity is not one of the record's");
    const std::string body = one.what.visit([](const auto& what) { return encoded(what); });
    const event_kind& kind = kinds[one.what.index()];
    out(kind.code, kind.version, static_cast<std::uint16_t>(entity - entities.begin()), body);
  }
  return std::move(out).take();
}

std::vector<entity_event> decode_events(std::string_view bytes, const std::vector<entity_id>& entities) {
  std::vector<entity_event> out;
  decoder in(bytes);
  while (!in.at_end()) {
    event_code code = 0;
    std::uint8_t version = 0;
    std::uint16_t entity = 0;
    std::uint32_t length = 0;
    in(code, version, entity, length);
    if (entity >= entities.size())
      throw decode_error("event: of an entity that the record does not name");
    out.push_back({entities[entity], decode_body(code, version, in.raw(length))});
  }
  return out;
}

std::vector<entity_id> entities_of(const std::vector<entity_event>& events) {
  std::vector<entity_id> out;
  for (const entity_event& one : events)
    if (std::find(out.begin(), out.end(), one.entity) == out.end())
      out.push_back(one.entity);
  return out;
}

} // namespace reserve
