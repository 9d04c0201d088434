#include "calendar_world.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <set>

using namespace reserve;
using namespace reserve::test;
using namespace std::chrono_literals;

namespace {

using change = std::function<void(unit_calendar&)>;
/// Events that have an order of their own, because each rests on the one before it.
using chain = std::vector<change>;

template <class Event>
change happens(Event event) {
  return [event = std::move(event)](unit_calendar& unit) { evolve(unit, event); };
}

stay some_stay(std::mt19937& dice) {
  const int from = static_cast<int>(dice() % 50) - 3;
  return nights(from, from + 1 + static_cast<int>(dice() % 8));
}

/// The life of one intent, cut off somewhere.
chain life_of_hold(const std::string& name, std::mt19937& dice) {
  intent_created created{std::make_shared<const booking_terms>(ask(name, some_stay(dice), static_cast<std::uint8_t>(1 + dice() % 3)).terms), noon() + std::chrono::minutes(dice() % 30), {}};
  const auto intent = created.terms->intent;
  const auto hold = created.terms->hold;
  const auto reservation = id_of<reservation_id>(name);
  const auto middle = created.terms->stay.check_in + std::chrono::days(dice() % 3);
  chain out{happens(created)};
  switch (dice() % 4) {
  case 0: out.push_back(happens(untouched_expired{intent, hold})); break;
  case 1: out.push_back(happens(untouched_cancelled{intent, hold, "guest_abort"})); break;
  case 2:
    out.push_back(happens(hold_taken_over{intent, hold}));
    out.push_back(happens(hold_ended{intent, hold, true}));
    break;
  default:
    out.push_back(happens(hold_taken_over{intent, hold}));
    out.push_back(happens(hold_converted{intent, hold, reservation}));
    out.push_back(happens(host_booking_linked{reservation, hold, "hb " + name}));
    out.push_back(happens(booking_released{reservation, hold, middle}));
  }
  out.resize(std::min(out.size(), 1 + dice() % 5));
  return out;
}

chain readings(std::mt19937& dice) {
  chain out;
  for (int n = 0; n < 6; ++n) {
    availability_imported reading{id_of<property_id>("property"), {}, noon()};
    const auto range = some_stay(dice);
    for (date at = range.check_in; at < range.check_out; at += std::chrono::days(1))
      reading.nights.push_back({at, static_cast<std::int16_t>(dice() % 5), 100, 0, 0, dice() % 4 == 0, false, false});
    out.push_back(happens(reading));
  }
  return out;
}

/// One event of a chain at a time, chains in random turns.
unit_calendar played(std::vector<chain> chains, unsigned seed) {
  std::mt19937 dice(seed);
  unit_calendar unit;
  for (auto& one : chains)
    std::reverse(one.begin(), one.end());
  while (!chains.empty()) {
    auto& next = chains[dice() % chains.size()];
    if (!next.empty()) {
      next.back()(unit);
      next.pop_back();
    }
    std::erase_if(chains, [](const chain& one) { return one.empty(); });
  }
  return unit;
}

} // namespace

TEST_CASE("records of different claims may land in any order", "[domain][calendar][property]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 dice(seed);
    std::vector<chain> chains{readings(dice)};
    for (int n = 0; n < 12; ++n)
      chains.push_back(life_of_hold(std::to_string(n), dice));
    for (int n = 0; n < 4; ++n) {
      const auto name = "host " + std::to_string(n);
      chains.push_back({happens(import_booked{id_of<hold_id>(name), name, some_stay(dice), 1})});
      if (n % 2 == 0) // Not behind the booking: the Host's reports may overtake each other.
        chains.push_back({happens(import_cancelled{id_of<hold_id>(name), name})});
    }
    const auto first = played(chains, 0);
    REQUIRE(inconsistent_nights(first).empty());
    const auto bytes = encode_calendar(first);
    for (unsigned order = 1; order <= 10; ++order) {
      CAPTURE(order);
      const auto other = played(chains, order);
      REQUIRE(encode_calendar(other) == bytes);
      REQUIRE(found_alike(other, first));
      REQUIRE(std::set<std::pair<timestamp, hold_id>>(other.deadlines.begin(), other.deadlines.end()) ==
              std::set<std::pair<timestamp, hold_id>>(first.deadlines.begin(), first.deadlines.end()));
    }
  }
}
