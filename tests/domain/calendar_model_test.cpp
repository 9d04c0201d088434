#include "calendar_world.hpp"

#include <map>
#include <random>

using namespace reserve;
using namespace reserve::test;
using namespace std::chrono_literals;

namespace {

/// What anybody would write down on paper: a line per claim, a column per night.
struct paper {
  struct line {
    enum { untouched, held, booked, imported } kind;
    int from, to, rooms;
    std::string session;
    timestamp expires_at;
    intent_id intent;
  };
  std::map<hold_id, line> lines;
  std::map<int, int> allotment; ///< Nights the Host told us about; -1 = closed.

  int taken(int n, bool bookings) const {
    int sum = 0;
    for (const auto& [hold, one] : lines)
      if (one.from <= n && n < one.to && (one.kind >= line::booked) == bookings)
        sum += one.rooms;
    return sum;
  }

  int free(int n, timestamp now) const {
    const auto known = allotment.find(n);
    if (known == allotment.end() || known->second < 0)
      return -1;
    int left = known->second;
    for (const auto& [hold, one] : lines)
      if (one.from <= n && n < one.to && !(one.kind == line::untouched && one.expires_at <= now))
        left -= one.rooms;
    return left;
  }

  /// errc of a hold, nullopt = granted.
  std::optional<errc> verdict(int from, int to, int rooms, timestamp now) const {
    for (int n = from; n < to; ++n)
      if (!allotment.contains(n) || allotment.at(n) < 0)
        return errc::dates_closed;
    for (int n = from; n < to; ++n)
      if (free(n, now) < rooms)
        return errc::insufficient_inventory;
    return std::nullopt;
  }
};

class traffic {
public:
  explicit traffic(unsigned seed) : dice_(seed) { unit_.id = id_of<unit_id>("unit"); }

  void step(int n) {
    now_ += std::chrono::seconds(roll(0, 120));
    switch (roll(0, 11)) {
    case 0: read(); break;
    case 1: sweep(); break;
    case 2: take_over(); break;
    case 3: cancel(); break;
    case 4: end(); break;
    case 5: convert(); break;
    case 6: release(); break;
    case 7: import(n); break;
    default: hold(n); break;
    }
  }

  void compare() const {
    REQUIRE(inconsistent_nights(unit_).empty());
    REQUIRE(unit_.claims.size() == paper_.lines.size());
    for (const auto& [n, rooms] : paper_.allotment) {
      const night* known = unit_.find(day(n));
      REQUIRE(known != nullptr);
      REQUIRE(known->closed == (rooms < 0));
      REQUIRE(known->booked == paper_.taken(n, true));
      REQUIRE(known->held == paper_.taken(n, false));
    }
    std::size_t untouched = 0;
    std::size_t scopes = 0;
    for (const auto& [hold, one] : paper_.lines) {
      untouched += one.kind == paper::line::untouched;
      scopes += one.kind <= paper::line::held;
    }
    REQUIRE(unit_.deadlines.size() == untouched);
    REQUIRE(unit_.by_scope.size() == scopes);
    for (const auto& [hold, one] : unit_.claims) {
      REQUIRE((one.intent.is_nil() || unit_.of_intent(one.intent)->intent == one.intent));
      REQUIRE((one.scope.is_nil() || unit_.of_scope(one.scope)->scope == one.scope));
    }
    REQUIRE(encode_calendar(decode_calendar(encode_calendar(unit_))) == encode_calendar(unit_));
  }

  int granted = 0, refused = 0, repeated = 0;

private:
  int roll(int from, int to) { return std::uniform_int_distribution<int>(from, to)(dice_); }

  template <class Wanted>
  std::map<hold_id, paper::line>::iterator pick(const Wanted& wanted) {
    std::vector<std::map<hold_id, paper::line>::iterator> fitting;
    for (auto at = paper_.lines.begin(); at != paper_.lines.end(); ++at)
      if (wanted(at->second))
        fitting.push_back(at);
    return fitting.empty() ? paper_.lines.end() : fitting[static_cast<std::size_t>(roll(0, static_cast<int>(fitting.size()) - 1))];
  }

  void read() {
    availability_imported reading{id_of<property_id>("property"), {}, now_};
    const int from = roll(1, 40);
    for (int n = from; n <= from + roll(0, 5); ++n) {
      night_reading one;
      one.day = day(n);
      one.price = 100;
      one.closed = roll(0, 9) == 0;
      one.allotment = static_cast<std::int16_t>(roll(0, 4));
      reading.nights.push_back(one);
      paper_.allotment[n] = one.closed ? -1 : one.allotment;
    }
    const int last = from + static_cast<int>(reading.nights.size());
    if (paper_.allotment.size() > 1) // nights in between are closed until we hear of them
      for (int n = paper_.allotment.begin()->first; n < paper_.allotment.rbegin()->first; ++n)
        paper_.allotment.try_emplace(n, -1);
    REQUIRE(last > from);
    evolve(unit_, difference(unit_, reading));
  }

  void hold(int n) {
    int from = roll(1, 42);
    int to = from + roll(1, 6);
    auto command = ask(std::to_string(n), nights(from, to), static_cast<std::uint8_t>(roll(1, 2)));
    command.terms.session = "s" + std::to_string(roll(1, 12));
    const auto before = pick([](const paper::line& one) { return one.kind != paper::line::imported; });
    if (before != paper_.lines.end() && roll(0, 4) == 0) { // a guest who asks twice
      from = before->second.from;
      to = before->second.to;
      command.terms.stay = nights(from, to);
      command.terms.rooms = static_cast<std::uint8_t>(before->second.rooms);
      command.terms.session = before->second.session;
    }
    const auto same = pick([&](const paper::line& one) {
      const bool dead = one.kind > paper::line::held || (one.kind == paper::line::untouched && one.expires_at <= now_);
      return !dead && one.session == command.terms.session && one.from == from && one.to == to && one.rooms == command.terms.rooms;
    });
    const auto decided = decide(unit_, command, now_);
    if (same != paper_.lines.end()) {
      REQUIRE(decided);
      REQUIRE(decided->existing == same->first);
      REQUIRE(decided->created.empty());
      ++repeated;
      return;
    }
    const auto verdict = paper_.verdict(from, to, command.terms.rooms, now_);
    if (verdict) {
      REQUIRE_FALSE(decided);
      REQUIRE(decided.error().code == *verdict);
      ++refused;
      return;
    }
    REQUIRE(decided);
    REQUIRE(decided->created.size() == 1);
    for (const auto& ended : decided->expired) {
      REQUIRE(paper_.lines.at(ended.hold).expires_at <= now_);
      paper_.lines.erase(ended.hold);
    }
    const auto& made = decided->created.front();
    paper_.lines[made.terms->hold] = {paper::line::untouched, from, to, made.terms->rooms, made.terms->session, made.expires_at, made.terms->intent};
    apply(unit_, *decided);
    for (int k = from; k < to; ++k) // I8: a claim is placed only where there was room
      REQUIRE(unit_.find(day(k))->booked + unit_.find(day(k))->held <= unit_.find(day(k))->limit());
    ++granted;
  }

  void sweep() {
    for (const auto& ended : due(unit_, now_, 3)) {
      REQUIRE(paper_.lines.at(ended.hold).expires_at <= now_);
      paper_.lines.erase(ended.hold);
      evolve(unit_, ended);
    }
  }

  void take_over() {
    const auto line = pick([](const paper::line& one) { return one.kind <= paper::line::held; });
    if (line == paper_.lines.end())
      return;
    const auto decided = decide_take_over(unit_, line->second.intent, now_);
    REQUIRE(decided.has_value() == (line->second.kind == paper::line::untouched && line->second.expires_at > now_));
    if (!decided)
      return;
    evolve(unit_, *decided);
    line->second.kind = paper::line::held;
  }

  void cancel() {
    const auto line = pick([](const paper::line& one) { return one.kind <= paper::line::held; });
    if (line == paper_.lines.end())
      return;
    const auto decided = decide_cancel(unit_, line->second.intent, "guest_abort");
    REQUIRE(decided.has_value() == (line->second.kind == paper::line::untouched));
    if (!decided)
      return;
    evolve(unit_, *decided);
    paper_.lines.erase(line);
  }

  void end() {
    const auto line = pick([](const paper::line& one) { return one.kind == paper::line::held; });
    if (line == paper_.lines.end())
      return;
    evolve(unit_, hold_ended{line->second.intent, line->first, roll(0, 1) == 0});
    paper_.lines.erase(line);
  }

  void convert() {
    const auto line = pick([](const paper::line& one) { return one.kind == paper::line::held; });
    if (line == paper_.lines.end())
      return;
    evolve(unit_, hold_converted{line->second.intent, line->first, id_of<reservation_id>(to_string(line->first))});
    line->second.kind = paper::line::booked;
  }

  void release() {
    const auto line = pick([](const paper::line& one) { return one.kind == paper::line::booked; });
    if (line == paper_.lines.end())
      return;
    const int from = roll(line->second.from - 1, line->second.to);
    evolve(unit_, booking_released{id_of<reservation_id>(to_string(line->first)), line->first, day(from)});
    line->second.to = from;
    if (from <= line->second.from)
      paper_.lines.erase(line);
  }

  void import(int n) {
    const auto line = pick([](const paper::line& one) { return one.kind == paper::line::imported; });
    if (line != paper_.lines.end() && roll(0, 1) == 0) {
      evolve(unit_, import_cancelled{line->first, line->second.session});
      paper_.lines.erase(line);
      return;
    }
    const int from = roll(-5, 55);
    const int to = from + roll(1, 9);
    const auto claim = id_of<hold_id>("import " + std::to_string(n));
    evolve(unit_, import_booked{claim, std::to_string(n), nights(from, to), 1});
    paper_.lines[claim] = {paper::line::imported, from, to, 1, std::to_string(n), {}, {}};
  }

  std::mt19937 dice_;
  unit_calendar unit_;
  paper paper_;
  timestamp now_ = noon();
};

} // namespace

TEST_CASE("under random traffic a calendar says what a sheet of paper says", "[domain][calendar][property]") {
  int granted = 0;
  int refused = 0;
  int repeated = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    traffic city(seed);
    for (int n = 0; n < 400; ++n) {
      CAPTURE(n);
      city.step(n);
      if (n % 5 == 0)
        city.compare();
    }
    city.compare();
    granted += city.granted;
    refused += city.refused;
    repeated += city.repeated;
  }
  CHECK(granted > 500); // the traffic is worth the name
  CHECK(refused > granted);
  CHECK(repeated > 10);
}
