#include "actors/footprint.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <random>

using namespace reserve;
using actors::footprint;
using std::chrono::days;

namespace {

const date first_day{days(20000)};
constexpr int length = 40;

template <class Id>
Id id_of(const std::string& name) {
  return Id{derive_uuid(city_number{7}, name)};
}

stay some_stay(std::mt19937& dice) {
  const auto from = first_day + days(dice() % length);
  return {from, from + days(1 + dice() % 6)};
}

struct apply_to {
  unit_calendar& unit;
  template <class Event>
  void operator()(const Event& what) const {
    if constexpr (requires { evolve(unit, what); })
      evolve(unit, what);
  }
};

availability_imported reading(std::mt19937& dice, const stay& range) {
  availability_imported out{id_of<property_id>("property"), {}, timestamp(first_day)};
  for (date at = range.check_in; at < range.check_out; at += days(1))
    out.nights.push_back({at, static_cast<std::int16_t>(2 + dice() % 9), 100, 0, 0, dice() % 5 == 0, false, false});
  return out;
}

/// Anything that may happen next to a calendar in this state.
event next_event(const unit_calendar& unit, std::mt19937& dice, int n) {
  const auto name = std::to_string(n);
  if (unit.claims.empty() || dice() % 2 == 0) {
    switch (dice() % 4) {
      case 0: return reading(dice, some_stay(dice));
      case 1: return import_booked{id_of<hold_id>("import " + name), "hb " + name, some_stay(dice), 1};
      default: {
        booking_terms terms;
        terms.intent = id_of<intent_id>(name);
        terms.hold = id_of<hold_id>(name);
        terms.session = name;
        terms.stay = some_stay(dice);
        terms.rooms = static_cast<std::uint8_t>(1 + dice() % 2);
        return intent_created{std::make_shared<const booking_terms>(terms), timestamp(first_day), {}};
      }
    }
  }
  auto chosen = unit.claims.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(dice() % unit.claims.size()));
  const claim& one = chosen->second;
  switch (one.kind) {
    case claim_kind::untouched:
      if (dice() % 2 == 0)
        return hold_taken_over{one.intent, one.hold};
      return dice() % 2 == 0 ? event(untouched_expired{one.intent, one.hold}) : event(untouched_cancelled{one.intent, one.hold, "guest_abort"});
    case claim_kind::held:
      return dice() % 2 == 0 ? event(hold_ended{one.intent, one.hold, true}) : event(hold_converted{one.intent, one.hold, id_of<reservation_id>(name)});
    case claim_kind::booked: return booking_released{one.reservation, one.hold, one.stay.check_in + days(dice() % 4)};
    case claim_kind::imported: break;
  }
  return import_cancelled{one.hold, one.host_booking_id};
}

} // namespace

TEST_CASE("the nights of a calendar with its pending records taken back are those of its last commit", "[actors][footprint]") {
  std::mt19937 dice(GENERATE(range(1u, 25u)));
  unit_calendar working, committed;
  const auto all = reading(dice, {first_day, first_day + days(length + 10)});
  evolve(working, all);
  evolve(committed, all);
  std::deque<std::pair<event, footprint>> pending;
  for (int n = 0; n < 400; ++n) {
    if (!pending.empty() && dice() % 3 == 0) {
      pending.front().first.visit(apply_to{committed});
      pending.pop_front();
    } else {
      auto what = next_event(working, dice, n);
      footprint trace;
      trace.add(working, what);
      what.visit(apply_to{working});
      pending.emplace_back(std::move(what), std::move(trace));
    }
    auto shown = working.nights;
    for (auto one = pending.rbegin(); one != pending.rend(); ++one)
      one->second.take_back(shown, working.first);
    REQUIRE(shown == committed.nights);
  }
}

TEST_CASE("the range of a footprint covers every night that its event changes", "[actors][footprint]") {
  std::mt19937 dice(GENERATE(range(30u, 40u)));
  unit_calendar unit;
  evolve(unit, reading(dice, {first_day, first_day + days(length + 10)}));
  for (int n = 0; n < 300; ++n) {
    const auto what = next_event(unit, dice, n);
    footprint trace;
    trace.add(unit, what);
    const auto before = unit.nights;
    what.visit(apply_to{unit});
    const auto range = trace.range();
    for (std::size_t i = 0; i < before.size(); ++i) {
      const auto day = unit.first + days(i);
      REQUIRE((before[i] == unit.nights[i] || (range && range->check_in <= day && day < range->check_out)));
    }
  }
}
