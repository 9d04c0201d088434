#include "domain/calendar.hpp"

#include "domain/codec.hpp"
#include "domain/mutant.hpp"

#include <algorithm>

namespace reserve {

namespace {

using std::chrono::days;

/// More nights than any calendar has: an event that asks for them is corrupt.
constexpr std::int64_t nights_max = 1 << 20;

date end_of(const unit_calendar& unit) noexcept {
  return unit.first + days(unit.nights.size());
}

night& at(unit_calendar& unit, date day) {
  return unit.nights[static_cast<std::size_t>((day - unit.first).count())];
}

std::int16_t& counter(night& of, claim_kind kind) noexcept {
  return kind == claim_kind::booked || kind == claim_kind::imported ? of.booked : of.held;
}

/// Adds `rooms` (or takes them away) on the nights of `range` that the calendar has. A claim on other nights is counted when they appear.
void count(unit_calendar& unit, const stay& range, claim_kind kind, int rooms) {
  const date to = std::min(range.check_out + days(mutant(bug::off_by_one_night) ? 1 : 0), end_of(unit));
  for (date day = std::max(range.check_in, unit.first); day < to; day += days(1)) {
    auto& number = counter(at(unit, day), kind);
    number = static_cast<std::int16_t>(number + rooms);
  }
}

using claim_place = growing_map<hold_id, claim>::iterator;

/// Where the claim lies whose `member` is `key`; none.
template <class Key>
slot_index::slot slot_of(const unit_calendar& unit, const slot_index& in, Key claim::*member, const Key& key, std::size_t hash) {
  return in.find(hash, [&](auto at) { return unit.claims.in(at).*member == key; });
}

template <class Key>
const claim* claim_of(const unit_calendar& unit, const slot_index& in, Key claim::*member, const Key& key) {
  const auto at = slot_of(unit, in, member, key, spread_hash<Key>{}(key));
  return at == slot_index::none ? nullptr : &unit.claims.in(at);
}

/// The claim that was placed or changed last takes the place of another one with the same key.
template <class Key>
void put(const unit_calendar& unit, slot_index& into, Key claim::*member, claim_place place) {
  const Key& key = place->second.*member;
  if (key.is_nil())
    return;
  const auto hash = spread_hash<Key>{}(key);
  if (const auto older = slot_of(unit, into, member, key, hash); older != slot_index::none)
    into.remove(hash, older);
  into.add(hash, place.at());
}

template <class Key>
void forget(slot_index& in, Key claim::*member, claim_place place) {
  in.remove(spread_hash<Key>{}(place->second.*member), place.at());
}

void index(unit_calendar& unit, claim_place place) {
  const claim& one = place->second;
  put(unit, unit.by_intent, &claim::intent, place);
  put(unit, unit.by_scope, &claim::scope, place);
  if (one.kind == claim_kind::untouched)
    unit.deadlines.emplace_hint(unit.deadlines.end(), one.expires_at, one.hold); // Mostly the last one.
}

void unindex(unit_calendar& unit, claim_place place) {
  const claim& one = place->second;
  forget(unit.by_intent, &claim::intent, place);
  forget(unit.by_scope, &claim::scope, place);
  const auto [from, to] = unit.deadlines.equal_range(one.expires_at);
  const auto found = std::find_if(from, to, [&](const auto& entry) { return entry.second == one.hold; });
  if (found != to)
    unit.deadlines.erase(found);
}

void insert(unit_calendar& unit, claim one) {
  const auto [place, is_new] = unit.claims.try_emplace(one.hold, std::move(one));
  if (!is_new)
    return;
  index(unit, place);
  count(unit, place->second.stay, place->second.kind, place->second.rooms);
}

void erase(unit_calendar& unit, claim_place place) {
  const claim& one = place->second;
  unindex(unit, place);
  count(unit, one.stay, one.kind, mutant(bug::dropped_release) ? 0 : mutant(bug::freed_twice) ? -2 * one.rooms : -one.rooms);
  unit.claims.erase(place);
}

/// Changes a claim and everything that is derived from it.
template <class Change>
void change(unit_calendar& unit, claim_place place, const Change& apply) {
  claim& one = place->second;
  unindex(unit, place);
  count(unit, one.stay, one.kind, -one.rooms);
  apply(one);
  index(unit, place);
  count(unit, one.stay, one.kind, one.rooms);
}

void erase_if_kind(unit_calendar& unit, hold_id hold, std::initializer_list<claim_kind> kinds) {
  const auto found = unit.claims.find(hold);
  if (found != unit.claims.end() && std::find(kinds.begin(), kinds.end(), found->second.kind) != kinds.end())
    erase(unit, found);
}

/// Makes the calendar reach over [from, to); nights in between that nobody told us about stay closed.
void reach(unit_calendar& unit, date from, date to) {
  const date old_first = unit.nights.empty() ? from : unit.first;
  const date old_end = unit.nights.empty() ? from : end_of(unit);
  if (old_first <= from && to <= old_end)
    return;
  const date first = std::min(from, old_first);
  const date end = std::max(to, old_end);
  ensure((end - first).count() <= nights_max, "calendar: nights beyond reason");
  unit.nights.insert(unit.nights.begin(), static_cast<std::size_t>((old_first - first).count()), night{});
  unit.nights.resize(static_cast<std::size_t>((end - first).count()));
  unit.first = first;
  for (const auto& [hold, one] : unit.claims) {
    count(unit, {one.stay.check_in, std::min(one.stay.check_out, old_first)}, one.kind, one.rooms);
    count(unit, {std::max(one.stay.check_in, old_end), one.stay.check_out}, one.kind, one.rooms);
  }
}

} // namespace

const night* unit_calendar::find(date day) const noexcept {
  const auto offset = (day - first).count();
  return offset < 0 || offset >= static_cast<std::int64_t>(nights.size()) ? nullptr : &nights[static_cast<std::size_t>(offset)];
}

const claim* unit_calendar::of_intent(intent_id intent) const noexcept {
  return claim_of(*this, by_intent, &claim::intent, intent);
}

const claim* unit_calendar::of_scope(const uuid& scope) const noexcept {
  return claim_of(*this, by_scope, &claim::scope, scope);
}

void evolve(unit_calendar& unit, const intent_created& event) {
  const auto& terms = *event.terms;
  claim one;
  one.kind = claim_kind::untouched;
  one.hold = terms.hold;
  one.intent = terms.intent;
  one.stay = terms.stay;
  one.rooms = terms.rooms;
  one.expires_at = event.expires_at;
  one.scope = natural_scope(terms);
  one.terms = event.terms;
  one.contact = event.contact;
  unit.property = terms.property;
  insert(unit, std::move(one));
}

void evolve(unit_calendar& unit, const untouched_expired& event) {
  erase_if_kind(unit, event.hold, {claim_kind::untouched});
}

void evolve(unit_calendar& unit, const untouched_cancelled& event) {
  erase_if_kind(unit, event.hold, {claim_kind::untouched});
}

void evolve(unit_calendar& unit, const hold_taken_over& event) {
  const auto found = unit.claims.find(event.hold);
  if (found == unit.claims.end() || found->second.kind != claim_kind::untouched)
    return;
  change(unit, found, [](claim& one) {
    one.kind = claim_kind::held;
    one.expires_at = {};
    one.session = one.guest_session();
    one.terms.reset();
    one.contact = {};
  });
}

void evolve(unit_calendar& unit, const hold_placed& event) {
  claim one;
  one.kind = claim_kind::held;
  one.hold = event.hold;
  one.intent = event.intent;
  one.stay = event.stay;
  one.rooms = event.rooms;
  insert(unit, std::move(one));
}

void evolve(unit_calendar& unit, const hold_ended& event) {
  erase_if_kind(unit, event.hold, {claim_kind::untouched, claim_kind::held});
}

void evolve(unit_calendar& unit, const hold_converted& event) {
  const auto found = unit.claims.find(event.hold);
  if (found == unit.claims.end())
    return; // A conversion without a live hold writes hold_placed before this, in the same record.
  change(unit, found, [&](claim& one) {
    one.kind = claim_kind::booked;
    one.reservation = event.reservation;
    one.expires_at = {};
    one.scope = {};
    one.session.clear();
    one.terms.reset();
    one.contact = {};
  });
}

void evolve(unit_calendar& unit, const booking_released& event) {
  const auto found = unit.claims.find(event.hold);
  if (found == unit.claims.end() || found->second.kind != claim_kind::booked)
    return;
  if (event.from <= found->second.stay.check_in)
    erase(unit, found);
  else
    change(unit, found, [&](claim& one) { one.stay.check_out = std::min(one.stay.check_out, event.from); });
}

void evolve(unit_calendar& unit, const host_booking_linked& event) {
  const auto found = unit.claims.find(event.hold);
  if (found != unit.claims.end())
    found->second.host_booking_id = event.host_booking_id;
}

void evolve(unit_calendar& unit, const availability_imported& event) {
  unit.property = event.property;
  if (event.nights.empty())
    return;
  const auto [earliest, latest] =
      std::minmax_element(event.nights.begin(), event.nights.end(), [](const auto& a, const auto& b) { return a.day < b.day; });
  reach(unit, earliest->day, latest->day + days(1));
  for (const night_reading& read : event.nights) {
    night& known = at(unit, read.day);
    known.host_allotment = read.allotment;
    known.price = read.price;
    known.min_stay = read.min_stay;
    known.max_stay = read.max_stay;
    known.closed = read.closed;
    known.closed_to_arrival = read.closed_to_arrival;
    known.closed_to_departure = read.closed_to_departure;
  }
}

void evolve(unit_calendar& unit, const import_booked& event) {
  if (std::binary_search(unit.cancelled_imports.begin(), unit.cancelled_imports.end(), event.host_booking_id))
    return;
  claim one;
  one.kind = claim_kind::imported;
  one.hold = event.claim;
  one.host_booking_id = event.host_booking_id;
  one.stay = event.stay;
  one.rooms = event.rooms;
  insert(unit, std::move(one));
}

void evolve(unit_calendar& unit, const import_cancelled& event) {
  auto& tombstones = unit.cancelled_imports;
  const auto place = std::lower_bound(tombstones.begin(), tombstones.end(), event.host_booking_id);
  if (place == tombstones.end() || *place != event.host_booking_id)
    tombstones.insert(place, event.host_booking_id);
  erase_if_kind(unit, event.claim, {claim_kind::imported});
}

std::vector<date> inconsistent_nights(const unit_calendar& unit) {
  unit_calendar recounted;
  recounted.first = unit.first;
  recounted.nights.resize(unit.nights.size());
  for (const auto& [hold, one] : unit.claims)
    count(recounted, one.stay, one.kind, one.rooms);
  std::vector<date> out;
  for (std::size_t i = 0; i < unit.nights.size(); ++i)
    if (unit.nights[i].booked != recounted.nights[i].booked || unit.nights[i].held != recounted.nights[i].held)
      out.push_back(unit.first + days(i));
  return out;
}

// --- snapshot ---

namespace {

constexpr std::uint8_t snapshot_format = 1;

/// Members of a claim in the order of the snapshot.
void each_of(auto& one, auto& visit) {
  visit(one.kind, one.hold, one.intent, one.reservation, one.host_booking_id, one.stay.check_in, one.stay.check_out, one.rooms, one.expires_at,
        one.scope, one.session, one.contact);
}

} // namespace

std::string encode_calendar(const unit_calendar& unit) {
  encoder out;
  out(snapshot_format, unit.id, unit.property, unit.first, unit.nights, unit.cancelled_imports);
  std::vector<const claim*> sorted;
  sorted.reserve(unit.claims.size());
  for (const auto& [hold, one] : unit.claims)
    sorted.push_back(&one);
  std::sort(sorted.begin(), sorted.end(), [](const claim* a, const claim* b) { return a->hold < b->hold; });
  out(static_cast<std::uint32_t>(sorted.size()));
  for (const claim* one : sorted) {
    each_of(*one, out);
    out(one->terms != nullptr);
    if (one->terms)
      out(*one->terms);
  }
  return std::move(out).take();
}

unit_calendar decode_calendar(std::string_view bytes) {
  decoder in(bytes);
  unit_calendar unit;
  std::uint8_t format = 0;
  std::uint32_t claims = 0;
  in(format);
  if (format != snapshot_format)
    throw decode_error("calendar: unknown snapshot format");
  in(unit.id, unit.property, unit.first, unit.nights, unit.cancelled_imports, claims);
  for (std::uint32_t i = 0; i < claims; ++i) {
    claim one;
    bool has_terms = false;
    each_of(one, in);
    in(has_terms);
    if (has_terms) {
      booking_terms terms;
      in(terms);
      one.terms = std::make_shared<const booking_terms>(std::move(terms));
    }
    if (one.kind > claim_kind::imported)
      throw decode_error("calendar: unknown kind of claim");
    const auto [place, is_new] = unit.claims.try_emplace(one.hold, std::move(one));
    if (!is_new)
      throw decode_error("calendar: a claim twice");
    index(unit, place);
  }
  if (!in.at_end())
    throw decode_error("calendar: bytes left over");
  return unit;
}

} // namespace reserve
