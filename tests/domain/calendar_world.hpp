#pragma once

#include "domain/calendar.hpp"

#include <catch2/catch.hpp>

/// A small city for calendar tests: one unit, nights from 2026-12-01 (a Tuesday), the city's clock at noon of that day.
namespace reserve::test {

inline const city_number city = 7;

template <class Id>
Id id_of(const std::string& name) {
  return Id{derive_uuid(city, name)};
}

inline date day(int n) {
  return *parse_date("2026-12-01") + std::chrono::days(n - 1);
}

/// Nights [from, to) of December 2026 by number; beyond 31 it runs on into January.
inline stay nights(int from, int to) {
  return {day(from), day(to)};
}

inline timestamp noon() {
  return *parse_timestamp("2026-12-01T15:00:00Z"); // 12:00 in São Paulo
}

inline sale_rules rules() {
  sale_rules out;
  out.property = id_of<property_id>("property");
  out.unit = id_of<unit_id>("unit");
  out.max_occupancy = 3;
  out.base_capacity = 2;
  return out;
}

inline stay_question question(stay range, party guests = {2, 0, 0}, std::uint8_t rooms = 1) {
  stay_question out;
  out.stay = range;
  out.guests = guests;
  out.rooms = rooms;
  out.city_now = {day(1), std::chrono::hours(12)};
  out.check_in_instant = timestamp(range.check_in) + std::chrono::hours(18); // 15:00 in São Paulo
  return out;
}

inline place_hold ask(const std::string& name, stay range, std::uint8_t rooms = 1, const sale_rules& with = rules()) {
  place_hold out;
  out.terms.intent = id_of<intent_id>("intent " + name);
  out.terms.hold = id_of<hold_id>("hold " + name);
  out.terms.property = with.property;
  out.terms.unit = with.unit;
  out.terms.session = "session " + name;
  out.terms.stay = range;
  out.terms.guests = {2, 0, 0};
  out.terms.rooms = rooms;
  out.rules = std::make_shared<const sale_rules>(with);
  out.question = question(range, out.terms.guests, rooms);
  return out;
}

/// `allotment` rooms at 300.00 a night, December and January.
inline unit_calendar open_calendar(std::int16_t allotment = 1) {
  unit_calendar unit;
  unit.id = id_of<unit_id>("unit");
  availability_imported reading{id_of<property_id>("property"), {}, noon()};
  for (int n = 1; n <= 62; ++n) {
    night_reading read;
    read.day = day(n);
    read.allotment = allotment;
    read.price = 30000;
    reading.nights.push_back(read);
  }
  evolve(unit, reading);
  return unit;
}

/// Changes what the Host says of one night.
template <class Change>
void say(unit_calendar& unit, date of, const Change& change) {
  const night* known = unit.find(of);
  night_reading read;
  read.day = of;
  if (known != nullptr) {
    read.allotment = known->host_allotment;
    read.price = known->price;
    read.closed = known->closed;
  }
  change(read);
  evolve(unit, availability_imported{unit.property, {read}, noon()});
}

inline void apply(unit_calendar& unit, const calendar_decision& decided) {
  for (const auto& event : decided.expired)
    evolve(unit, event);
  for (const auto& event : decided.created)
    evolve(unit, event);
}

/// Places a hold that must succeed, and applies it.
inline intent_created place(unit_calendar& unit, const place_hold& command, timestamp now = noon()) {
  const auto decided = decide(unit, command, now);
  REQUIRE(decided);
  REQUIRE(decided->created.size() == 1);
  apply(unit, *decided);
  return decided->created.front();
}

/// Does every claim answer in both to the same intent and natural key?
inline bool found_alike(const unit_calendar& a, const unit_calendar& b) {
  const auto hold = [](const claim* one) { return one == nullptr ? hold_id{} : one->hold; };
  return a.by_intent.size() == b.by_intent.size() && a.by_scope.size() == b.by_scope.size() && std::ranges::all_of(a.claims, [&](const auto& entry) {
    const auto& [intent, scope] = std::pair(entry.second.intent, entry.second.scope);
    return hold(a.of_intent(intent)) == hold(b.of_intent(intent)) && hold(a.of_scope(scope)) == hold(b.of_scope(scope));
  });
}

inline std::string detail(const refusal& why, const std::string& name) {
  for (const auto& [key, value] : why.details)
    if (key == name)
      return value;
  return "(none)";
}

} // namespace reserve::test
