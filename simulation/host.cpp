#include "simulation/host.hpp"

#include <algorithm>

namespace reserve::simulation {

namespace {

using namespace std::chrono_literals;
using operation = host_request::operation;
using kind = host_answer::kind;

bool changes_something(operation what) noexcept {
  return what == operation::create_booking || what == operation::cancel_booking;
}

host_reply failed(kind what, bool unknown, bool failure, std::string error) {
  host_reply out;
  out.failure = failure;
  out.booking.what = what;
  out.booking.unknown = unknown;
  out.error = error;
  out.booking.error = std::move(error);
  return out;
}

host_reply refused(std::string error) {
  auto out = failed(kind::refused, false, false, std::move(error));
  out.answered = true;
  return out;
}

} // namespace

call_fate host_world::fate_of(const host_request& request) {
  if (is_down())
    return request.what == operation::health || random_.per_mille(500) ? call_fate::no_connection : call_fate::lost_request;
  if (changes_something(request.what) && !fates.empty()) {
    const auto out = fates.front();
    fates.pop_front();
    return out;
  }
  if (request.what == operation::health || !world_.strikes(fault::host, 100, random_))
    return call_fate::answered;
  constexpr std::array kinds{call_fate::no_connection, call_fate::lost_request, call_fate::lost_answer, call_fate::broken, call_fate::broken_after, call_fate::refused};
  const auto out = kinds[random_.below(kinds.size())];
  return out == call_fate::refused && request.what != operation::create_booking ? call_fate::broken : out;
}

outside_answer<host_reply> host_world::call(const host_request& request) {
  ++calls_;
  const auto soon = random_.between(5ms, 300ms);
  switch (fate_of(request)) {
    case call_fate::answered: return {effect(request), soon};
    case call_fate::no_connection: return {failed(kind::transient, false, true, "connect"), soon};
    case call_fate::lost_request: return {failed(kind::transient, true, true, "timeout"), request.timeout};
    case call_fate::lost_answer: effect(request); return {failed(kind::transient, true, true, "timeout"), request.timeout};
    case call_fate::broken: return {failed(kind::transient, true, true, "503"), soon};
    case call_fate::broken_after: effect(request); return {failed(kind::transient, true, true, "500"), soon};
    case call_fate::refused: return {refused("409 room_type_unavailable"), soon};
  }
  return {};
}

host_reply host_world::effect(const host_request& request) {
  switch (request.what) {
    case operation::create_booking: return create(request);
    case operation::find_booking:
    case operation::get_booking: return find(request);
    case operation::cancel_booking: return cancel_asked(request);
    case operation::availability: return availability(request);
    default: break;
  }
  host_reply out;
  out.answered = true;
  return out;
}

host_booking host_world::shown(const booking& what) const {
  host_booking out;
  out.booking_id = what.id;
  out.external_reference = what.reference;
  out.external_id = what.external_id;
  out.status = what.cancelled ? "cancelled" : "confirmed";
  out.host_property_id = what.property;
  out.host_unit_id = what.room;
  out.stay = what.stay;
  out.guests.adults = 2;
  return out;
}

host_reply host_world::create(const host_request& request) {
  host_reply out;
  // The same key is answered with the same booking, whatever has become of it.
  if (const auto known = by_key_.find(request.idempotency_key); known != by_key_.end()) {
    out.answered = true;
    out.booking.what = kind::booked;
    out.booking.booking = shown(bookings_.at(known->second));
    return out;
  }
  for (auto night = request.range.check_in; night < request.range.check_out; night += std::chrono::days(1))
    if (left(request.host_unit_id, night) < 1)
      return refused("409 room_type_unavailable");
  booking made{"HB-" + std::to_string(++made_), request.external_reference, request.external_id, request.host_property_id, request.host_unit_id, request.range, false, false};
  for (auto night = made.stay.check_in; night < made.stay.check_out; night += std::chrono::days(1))
    ++taken_[{made.room, night}];
  by_key_.emplace(request.idempotency_key, made.id);
  by_reference_.emplace(made.reference, made.id);
  bookings_.emplace(made.id, made);
  say(made, "books");
  report(made, "booking.created");
  out.answered = true;
  out.booking.what = kind::booked;
  out.booking.booking = shown(made);
  return out;
}

host_reply host_world::find(const host_request& request) const {
  host_reply out;
  out.answered = true;
  out.booking.what = kind::not_found;
  const booking* best = nullptr;
  if (request.what == operation::get_booking) {
    const auto found = bookings_.find(request.booking_id);
    best = found == bookings_.end() ? nullptr : &found->second;
  } else {
    const auto [from, to] = by_reference_.equal_range(request.external_reference);
    for (auto at = from; at != to; ++at)
      if (best == nullptr || best->cancelled)
        best = &bookings_.at(at->second);
  }
  if (best != nullptr) {
    out.booking.what = kind::found;
    out.booking.booking = shown(*best);
  }
  return out;
}

host_reply host_world::cancel_asked(const host_request& request) {
  if (bookings_.contains(request.booking_id))
    cancel(request.booking_id, false);
  host_reply out;
  out.answered = true;
  out.booking.what = kind::cancelled;
  out.booking.booking.booking_id = request.booking_id;
  out.booking.booking.status = "cancelled";
  return out;
}

host_reply host_world::availability(const host_request& request) const {
  host_reply out;
  out.answered = true;
  for (const auto& [id, room] : rooms_) {
    if (room.property != request.host_property_id || (!request.host_unit_id.empty() && request.host_unit_id != id))
      continue;
    unit_readings one{id, readings(id, request.range.check_in, request.range.check_out), {}};
    for (const auto& night : one.nights)
      one.available.push_back(left(id, night.day));
    out.availability.push_back(std::move(one));
  }
  return out;
}

std::vector<night_reading> host_world::readings(const std::string& room, date from, date to) const {
  const auto& of = rooms_.at(room);
  std::vector<night_reading> out;
  for (auto night = from; night < to; night += std::chrono::days(1))
    out.push_back({night, of.rooms, of.price, 0, 0, of.closed.contains(night), false, false});
  return out;
}

int host_world::left(const std::string& room, date night) const {
  const auto& of = rooms_.at(room);
  if (of.closed.contains(night))
    return 0;
  const auto taken = taken_.find({room, night});
  return of.rooms - (taken == taken_.end() ? 0 : taken->second);
}

std::optional<std::string> host_world::walks_in(const std::string& room, reserve::stay stay) {
  for (auto night = stay.check_in; night < stay.check_out; night += std::chrono::days(1))
    if (left(room, night) < 1)
      return std::nullopt;
  booking made{"HB-" + std::to_string(++made_), {}, {}, rooms_.at(room).property, room, stay, false, false};
  for (auto night = stay.check_in; night < stay.check_out; night += std::chrono::days(1))
    ++taken_[{room, night}];
  bookings_.emplace(made.id, made);
  say(made, "takes in");
  report(made, "booking.created");
  return made.id;
}

void host_world::cancel(const std::string& booking_id, bool by_guest) {
  auto& one = bookings_.at(booking_id);
  if (std::exchange(one.cancelled, true))
    return;
  one.by_guest = by_guest;
  for (auto night = one.stay.check_in; night < one.stay.check_out; night += std::chrono::days(1))
    --taken_[{one.room, night}];
  say(one, by_guest ? "cancels for the guest" : "cancels");
  report(one, "booking.cancelled");
}

void host_world::close(const std::string& room, date night, bool closed) {
  auto& of = rooms_.at(room);
  const bool changes = closed ? of.closed.insert(night).second : of.closed.erase(night) > 0;
  if (changes)
    report_nights(room, night, night + std::chrono::days(1));
}

void host_world::sells(const std::string& room, std::int16_t rooms, const reserve::stay& nights) {
  rooms_.at(room).rooms = rooms;
  report_nights(room, nights.check_in, nights.check_out);
}

void host_world::report_nights(const std::string& room, date from, date to) {
  if (!send_)
    return;
  handle_webhook what;
  what.provider = "host";
  what.event_type = "availability.changed";
  what.host_property_id = rooms_.at(room).property;
  what.host_unit_id = room;
  what.readings = readings(room, from, to);
  send_("host:" + std::to_string(++told_), std::move(what));
}

std::vector<const host_world::booking*> host_world::live_with(const std::string& reference) const {
  std::vector<const booking*> out;
  const auto [from, to] = by_reference_.equal_range(reference);
  for (auto at = from; at != to; ++at)
    if (const auto& one = bookings_.at(at->second); !one.cancelled)
      out.push_back(&one);
  return out;
}

void host_world::say(const booking& what, const char* happened) const {
  if (world_.log.wants_lines())
    world_.log.line(world_.clock.now(), std::string("host ") + happened + ' ' + what.id + ' ' + what.reference + ' ' + what.room + ' ' + to_string(what.stay.check_in) + ".." +
                                            to_string(what.stay.check_out));
}

void host_world::report(const booking& what, const char* event) {
  if (!send_)
    return;
  handle_webhook out;
  out.provider = "host";
  out.event_type = event;
  out.reservation_ref = what.external_id;
  out.code_ref = what.reference;
  out.booking = shown(what);
  out.guest_requested = what.by_guest;
  out.host_property_id = what.property;
  out.host_unit_id = what.room;
  send_("host:" + std::to_string(++told_), std::move(out));
}

} // namespace reserve::simulation
