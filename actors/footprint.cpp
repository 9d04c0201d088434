#include "actors/footprint.hpp"

#include <algorithm>

namespace reserve::actors {

namespace {

using std::chrono::days;

/// What we know of a night, in the words of a reading; of one that nobody has told us about: closed.
night_reading reading_of(const unit_calendar& unit, date day) {
  const night* const known = unit.find(day);
  const night what = known == nullptr ? night{} : *known;
  return {day, what.host_allotment, what.price, what.min_stay, what.max_stay, what.closed, what.closed_to_arrival, what.closed_to_departure};
}

void take_reading(night& target, const night_reading& read) {
  target.host_allotment = read.allotment;
  target.price = read.price;
  target.min_stay = read.min_stay;
  target.max_stay = read.max_stay;
  target.closed = read.closed;
  target.closed_to_arrival = read.closed_to_arrival;
  target.closed_to_departure = read.closed_to_departure;
}

/// The rooms of a claim, counted where its kind counts them; `sign` -1: given back.
footprint::moved rooms_of(const claim& one, int sign) {
  const auto rooms = static_cast<std::int16_t>(sign * one.rooms);
  const bool soft = one.kind == claim_kind::untouched || one.kind == claim_kind::held;
  return {one.stay, soft ? rooms : std::int16_t{0}, soft ? std::int16_t{0} : rooms};
}

/// One overload for each event that moves rooms or readings; the others leave the nights as they are.
struct adder {
  footprint& to;
  const unit_calendar& unit;

  void operator()(const intent_created& what) const { to.rooms.push_back({what.terms->stay, what.terms->rooms, 0}); }
  void operator()(const hold_placed& what) const { to.rooms.push_back({what.stay, what.rooms, 0}); }
  void operator()(const import_booked& what) const {
    const auto& gone = unit.cancelled_imports; // Cancelled before it came: it is not counted.
    if (!std::binary_search(gone.begin(), gone.end(), what.host_booking_id))
      to.rooms.push_back({what.stay, 0, what.rooms});
  }
  void operator()(const untouched_expired& what) const { ends(what.hold); }
  void operator()(const untouched_cancelled& what) const { ends(what.hold); }
  void operator()(const hold_ended& what) const { ends(what.hold); }
  void operator()(const import_cancelled& what) const { ends(what.claim); }
  void operator()(const hold_converted& what) const {
    if (const auto found = unit.claims.find(what.hold); found != unit.claims.end()) {
      to.rooms.push_back(rooms_of(found->second, -1));
      to.rooms.push_back({found->second.stay, 0, found->second.rooms});
    }
  }
  void operator()(const booking_released& what) const {
    const auto found = unit.claims.find(what.hold);
    if (found == unit.claims.end())
      return;
    auto given_back = rooms_of(found->second, -1);
    given_back.nights.check_in = std::max(given_back.nights.check_in, what.from);
    if (given_back.nights.check_in < given_back.nights.check_out)
      to.rooms.push_back(given_back);
  }
  void operator()(const availability_imported& what) const {
    for (const auto& read : what.nights)
      to.before.push_back(reading_of(unit, read.day));
  }
  void operator()(const auto&) const {}

  void ends(hold_id hold) const {
    if (const auto found = unit.claims.find(hold); found != unit.claims.end())
      to.rooms.push_back(rooms_of(found->second, -1));
  }
};

} // namespace

void footprint::add(const unit_calendar& unit, const event& what) {
  what.visit(adder{*this, unit});
}

void footprint::take_back(std::vector<night>& nights, date first) const {
  const date end = first + days(nights.size());
  const auto at = [&](date day) -> night& { return nights[static_cast<std::size_t>((day - first).count())]; };
  for (const auto& one : rooms)
    for (date day = std::max(one.nights.check_in, first); day < std::min(one.nights.check_out, end); day += days(1)) {
      at(day).held = static_cast<std::int16_t>(at(day).held - one.held);
      at(day).booked = static_cast<std::int16_t>(at(day).booked - one.booked);
    }
  for (const auto& read : before)
    if (first <= read.day && read.day < end)
      take_reading(at(read.day), read);
}

std::optional<stay> footprint::range() const {
  std::optional<stay> out;
  const auto reach = [&](const stay& nights) {
    out = out ? stay{std::min(out->check_in, nights.check_in), std::max(out->check_out, nights.check_out)} : nights;
  };
  for (const auto& one : rooms)
    reach(one.nights);
  for (const auto& read : before)
    reach({read.day, read.day + days(1)});
  return out;
}

} // namespace reserve::actors
