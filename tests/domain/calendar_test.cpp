#include "calendar_world.hpp"

#include "domain/codec.hpp"

using namespace reserve;
using namespace reserve::test;
using namespace std::chrono_literals;

namespace {

const night& on(const unit_calendar& unit, int n) {
  return *unit.find(day(n));
}

} // namespace

TEST_CASE("a hold takes one room on each of its nights and runs out after its time to live", "[domain][calendar]") {
  auto unit = open_calendar(2);
  const auto created = place(unit, ask("a", nights(10, 13)));
  CHECK(created.expires_at == noon() + 15min);
  CHECK(created.terms->price.total == money{90000});
  CHECK(created.terms->created_at == noon());
  CHECK(created.terms->policy.free_until == timestamp(day(10)) + 18h - 48h);
  CHECK(on(unit, 9).held == 0);
  CHECK(on(unit, 10).held == 1);
  CHECK(on(unit, 12).held == 1);
  CHECK(on(unit, 13).held == 0);
  CHECK(on(unit, 10).available() == 1);
  CHECK(inconsistent_nights(unit).empty());
}

TEST_CASE("a hold is refused when a night it needs is taken", "[domain][calendar]") {
  auto unit = open_calendar();
  place(unit, ask("first", nights(10, 13)));
  const auto [from, to, conflicts] = GENERATE(table<int, int, std::string>({
      {8, 10, ""}, // leaves on the day the other arrives
      {13, 15, ""},
      {9, 11, R"(["2026-12-10"])"},
      {12, 14, R"(["2026-12-12"])"},
      {10, 13, R"(["2026-12-10","2026-12-11","2026-12-12"])"},
      {11, 12, R"(["2026-12-11"])"},
      {8, 20, R"(["2026-12-10","2026-12-11","2026-12-12"])"},
  }));
  CAPTURE(from, to);
  const auto decided = decide(unit, ask("second", nights(from, to)), noon());
  REQUIRE(decided.has_value() == conflicts.empty());
  if (conflicts.empty())
    return;
  CHECK(decided.error().code == errc::insufficient_inventory);
  CHECK(detail(decided.error(), "conflicting_dates") == conflicts);
}

TEST_CASE("several rooms are held together or not at all", "[domain][calendar]") {
  auto unit = open_calendar(3);
  place(unit, ask("a", nights(10, 12), 2));
  CHECK(on(unit, 10).held == 2);
  CHECK(decide(unit, ask("b", nights(11, 13), 2), noon()).error().code == errc::insufficient_inventory);
  CHECK(decide(unit, ask("c", nights(11, 13), 1), noon()));
  CHECK(decide(unit, ask("d", nights(12, 13), 3), noon()));
}

TEST_CASE("a hold is ended by whoever meets it when it is due, in the same record", "[domain][calendar]") {
  auto unit = open_calendar();
  const auto first = place(unit, ask("first", nights(10, 13)));
  CHECK_FALSE(decide(unit, ask("second", nights(12, 14)), first.expires_at - 1us));

  const auto decided = decide(unit, ask("second", nights(12, 14)), first.expires_at);
  REQUIRE(decided);
  REQUIRE(decided->expired.size() == 1);
  CHECK(decided->expired[0].hold == first.terms->hold);
  CHECK(decided->expired[0].intent == first.terms->intent);
  apply(unit, *decided);
  CHECK(on(unit, 10).held == 0);
  CHECK(on(unit, 12).held == 1);
  CHECK(inconsistent_nights(unit).empty());

  SECTION("but not when it is elsewhere") {
    CHECK(decide(unit, ask("third", nights(20, 21)), noon() + 24h)->expired.empty());
  }
}

TEST_CASE("the same guest asking again for the same stay gets the hold that lives", "[domain][calendar]") {
  auto unit = open_calendar(5);
  const auto first = place(unit, ask("a", nights(10, 13)));
  auto again = ask("a", nights(10, 13));
  again.terms.intent = id_of<intent_id>("another intent");
  again.terms.hold = id_of<hold_id>("another hold");

  SECTION("while it is untouched") {
    const auto decided = decide(unit, again, noon() + 14min);
    REQUIRE(decided);
    CHECK(decided->existing == first.terms->hold);
    CHECK(decided->created.empty());
  }
  SECTION("also when its own actor has it, for however long") {
    evolve(unit, *decide_take_over(unit, first.terms->intent, noon()));
    CHECK(decide(unit, again, noon() + 1h)->existing == first.terms->hold);
    evolve(unit, hold_ended{first.terms->intent, first.terms->hold, true});
    CHECK(decide(unit, again, noon() + 1h)->existing == std::nullopt);
  }
  SECTION("not when it has become a booking: that is a second stay") {
    evolve(unit, hold_converted{first.terms->intent, first.terms->hold, {}});
    CHECK(decide(unit, again, noon())->created.size() == 1);
  }
  SECTION("not when it is due: it ends and a new one begins") {
    const auto decided = decide(unit, again, noon() + 15min);
    REQUIRE(decided);
    CHECK(decided->expired.size() == 1);
    CHECK(decided->created.size() == 1);
    apply(unit, *decided);
    CHECK(unit.of_scope(natural_scope(again.terms))->hold == again.terms.hold);
    CHECK(unit.claims.size() == 1);
  }
  SECTION("not for another party, stay, session or number of rooms") {
    auto other = again;
    SECTION("party") {
      other.terms.guests = {1, 1, 0};
    }
    SECTION("stay") {
      other.terms.stay = nights(10, 14);
    }
    SECTION("session") {
      other.terms.session = "somebody else";
    }
    SECTION("rooms") {
      other.terms.rooms = 2;
    }
    CHECK(decide(unit, other, noon())->existing == std::nullopt);
  }
  SECTION("a repeat of the very command is answered too, whatever else it says") {
    auto repeat = ask("a", nights(20, 22));
    CHECK(decide(unit, repeat, noon())->existing == first.terms->hold);
  }
}

TEST_CASE("holds that are due are listed in the order of their deadlines", "[domain][calendar]") {
  auto unit = open_calendar(5);
  const auto late = place(unit, ask("late", nights(10, 12)), noon() + 2min);
  const auto early = place(unit, ask("early", nights(11, 13)), noon());
  const auto middle = place(unit, ask("middle", nights(1, 3)), noon() + 1min);
  CHECK(due(unit, noon() + 15min - 1us, 10).empty());
  const auto all = due(unit, noon() + 17min, 10);
  REQUIRE(all.size() == 3);
  CHECK(all[0].hold == early.terms->hold);
  CHECK(all[1].hold == middle.terms->hold);
  CHECK(all[2].intent == late.terms->intent);
  CHECK(due(unit, noon() + 17min, 2).size() == 2);
  CHECK(due(unit, noon() + 15min, 10).size() == 1);
}

TEST_CASE("a hold handed over to its intent is no longer the calendar's to end", "[domain][calendar]") {
  auto unit = open_calendar();
  const auto created = place(unit, ask("a", nights(10, 13)));
  const auto intent = created.terms->intent;

  SECTION("it goes over once") {
    const auto taken = decide_take_over(unit, intent, noon() + 15min - 1us);
    REQUIRE(taken);
    CHECK(taken->hold == created.terms->hold);
    evolve(unit, *taken);
    CHECK(decide_take_over(unit, intent, noon()).error().code == errc::invalid_state);
    CHECK(decide_cancel(unit, intent, "guest_abort").error().code == errc::invalid_state);
    CHECK(due(unit, noon() + 24h, 10).empty());
    CHECK(decide(unit, ask("b", nights(10, 11)), noon() + 24h).error().code == errc::insufficient_inventory);
    CHECK_FALSE(can_take(unit, nights(10, 11), 1, noon() + 24h));
    evolve(unit, untouched_expired{intent, created.terms->hold}); // never decided; changes nothing
    CHECK(on(unit, 10).held == 1);
    evolve(unit, hold_ended{intent, created.terms->hold, false});
    CHECK(on(unit, 10).held == 0);
    CHECK(unit.claims.empty());
  }
  SECTION("not when it is due, cancelled or unknown") {
    CHECK(decide_take_over(unit, intent, noon() + 15min).error().code == errc::booking_intent_expired);
    CHECK(decide_take_over(unit, id_of<intent_id>("nobody"), noon()).error().code == errc::booking_intent_expired);
    const auto cancelled = decide_cancel(unit, intent, "guest_abort");
    REQUIRE(cancelled);
    CHECK(cancelled->reason == "guest_abort");
    evolve(unit, *cancelled);
    CHECK(decide_take_over(unit, intent, noon()).error().code == errc::booking_intent_expired);
    CHECK(decide_cancel(unit, intent, "guest_abort").error().code == errc::booking_intent_expired);
    CHECK(on(unit, 11).held == 0);
  }
  SECTION("a due hold can still be cancelled") {
    CHECK(decide_cancel(unit, intent, "guest_abort"));
  }
}

TEST_CASE("a hold becomes a booking, and its nights are given back from a date on", "[domain][calendar]") {
  auto unit = open_calendar(2);
  const auto created = place(unit, ask("a", nights(10, 14), 2));
  const auto reservation = id_of<reservation_id>("r");
  evolve(unit, *decide_take_over(unit, created.terms->intent, noon()));
  evolve(unit, hold_converted{created.terms->intent, created.terms->hold, reservation});
  CHECK(on(unit, 10).held == 0);
  CHECK(on(unit, 10).booked == 2);
  evolve(unit, host_booking_linked{reservation, created.terms->hold, "hb-1"});
  CHECK(unit.claims.at(created.terms->hold).host_booking_id == "hb-1");
  evolve(unit, hold_ended{created.terms->intent, created.terms->hold, true}); // HO7: changes nothing
  CHECK(on(unit, 10).booked == 2);

  SECTION("all of them") {
    evolve(unit, booking_released{reservation, created.terms->hold, day(10)});
    CHECK(on(unit, 10).booked == 0);
    CHECK(unit.claims.empty());
    CHECK(unit.by_intent.empty());
  }
  SECTION("the last ones") {
    evolve(unit, booking_released{reservation, created.terms->hold, day(12)});
    CHECK(on(unit, 11).booked == 2);
    CHECK(on(unit, 12).booked == 0);
    evolve(unit, booking_released{reservation, created.terms->hold, day(13)}); // later date: nothing more
    CHECK(on(unit, 11).booked == 2);
    evolve(unit, booking_released{reservation, created.terms->hold, day(9)});
    CHECK(unit.claims.empty());
  }
  CHECK(inconsistent_nights(unit).empty());
}

TEST_CASE("a conversion without a live hold takes the nights in its own record", "[domain][calendar]") {
  auto unit = open_calendar();
  const auto intent = id_of<intent_id>("i");
  const auto hold = id_of<hold_id>("h");
  evolve(unit, hold_converted{intent, hold, id_of<reservation_id>("r")});
  CHECK(unit.claims.empty());
  evolve(unit, hold_placed{intent, hold, nights(10, 12), 1});
  evolve(unit, hold_converted{intent, hold, id_of<reservation_id>("r")});
  CHECK(on(unit, 10).booked == 1);
  CHECK(on(unit, 10).held == 0);
}

TEST_CASE("rooms can be taken only where every night is open and free", "[domain][calendar]") {
  auto unit = open_calendar(2);
  const auto held = place(unit, ask("a", nights(10, 12)));
  say(unit, day(20), [](auto& read) { read.closed = true; });
  const auto [from, to, rooms, free] = GENERATE(table<int, int, int, bool>({
      {10, 12, 1, true},
      {10, 12, 2, false},
      {12, 14, 2, true},
      {12, 14, 3, false},
      {19, 20, 1, true},
      {19, 21, 1, false},
      {20, 21, 0, false},
      {62, 63, 1, true},
      {62, 64, 1, false}, // beyond what the Host told us
      {-3, -1, 1, false},
      {12, 12, 1, false}, // no nights
  }));
  CAPTURE(from, to, rooms);
  CHECK(can_take(unit, nights(from, to), rooms, noon()) == free);
  CHECK(can_take(unit, nights(10, 12), 2, held.expires_at));
}

TEST_CASE("the Host's bookings count without a precondition, once, and stay cancelled", "[domain][calendar]") {
  auto unit = open_calendar();
  const auto claim = id_of<hold_id>("import");
  place(unit, ask("a", nights(10, 12)));
  evolve(unit, import_booked{claim, "hb-9", nights(11, 13), 1});
  evolve(unit, import_booked{claim, "hb-9", nights(11, 13), 1});
  CHECK(on(unit, 11).booked == 1);
  CHECK(on(unit, 11).available() == 0); // one room, two claims: never below zero
  CHECK(decide(unit, ask("b", nights(12, 13)), noon()).error().code == errc::insufficient_inventory);
  evolve(unit, import_cancelled{claim, "hb-9"});
  CHECK(on(unit, 11).booked == 0);
  evolve(unit, import_booked{claim, "hb-9", nights(11, 13), 1});
  CHECK(on(unit, 11).booked == 0);
  CHECK(unit.cancelled_imports == std::vector<std::string>{"hb-9"});
  CHECK(inconsistent_nights(unit).empty());
}

TEST_CASE("an overfull night is refused by its own date and blocks no other", "[domain][calendar]") {
  auto unit = open_calendar();
  evolve(unit, import_booked{id_of<hold_id>("first"), "hb-1", nights(10, 12), 1});
  evolve(unit, import_booked{id_of<hold_id>("second"), "hb-2", nights(11, 13), 1}); // The Host has sold its only room twice.
  REQUIRE(on(unit, 11).booked == 2);
  const auto [from, to, conflicts] = GENERATE(table<int, int, std::string>({
      {8, 10, ""}, // leaves on the day on which it begins
      {13, 15, ""},
      {20, 25, ""},
      {9, 14, R"(["2026-12-10","2026-12-11","2026-12-12"])"},
      {11, 12, R"(["2026-12-11"])"},
  }));
  CAPTURE(from, to);
  const auto decided = decide(unit, ask("a", nights(from, to)), noon());
  CHECK(can_take(unit, nights(from, to), 1, noon()) == conflicts.empty());
  REQUIRE(decided.has_value() == conflicts.empty());
  if (!conflicts.empty())
    CHECK(detail(decided.error(), "conflicting_dates") == conflicts);
  // One of the two goes: the night is full and no more, the other's own nights are free.
  evolve(unit, import_cancelled{id_of<hold_id>("second"), "hb-2"});
  CHECK(can_take(unit, nights(12, 13), 1, noon()));
  CHECK_FALSE(can_take(unit, nights(11, 12), 1, noon()));
}

TEST_CASE("nights grow with the readings, gaps stay closed, claims are counted when their nights appear", "[domain][calendar]") {
  unit_calendar unit;
  evolve(unit, import_booked{id_of<hold_id>("early"), "hb-1", nights(9, 21), 1});
  CHECK(unit.nights.empty());
  const auto open = [](auto& read) { read.allotment = 2, read.price = 100, read.closed = false; };
  say(unit, day(20), open);
  CHECK(unit.first == day(20));
  CHECK(on(unit, 20).available() == 1);
  say(unit, day(25), open);
  say(unit, day(10), open);
  CHECK(unit.first == day(10));
  CHECK(unit.nights.size() == 16);
  CHECK(on(unit, 10).booked == 1);
  CHECK(on(unit, 15).closed);
  CHECK(on(unit, 15).booked == 1);
  CHECK(on(unit, 21).booked == 0);
  CHECK(unit.find(day(9)) == nullptr);
  CHECK(unit.find(day(26)) == nullptr);
  CHECK(inconsistent_nights(unit).empty());
  CHECK(decide(unit, ask("a", nights(14, 15)), noon()).error().code == errc::dates_closed);
}

TEST_CASE("a lower allotment ends no claim but sells nothing more", "[domain][calendar]") {
  auto unit = open_calendar(2);
  place(unit, ask("a", nights(10, 12)));
  place(unit, ask("b", nights(10, 12)));
  say(unit, day(10), [](auto& read) { read.allotment = 1; });
  CHECK(on(unit, 10).held == 2);
  CHECK(on(unit, 10).available() == 0);
  CHECK(unit.claims.size() == 2);
}

TEST_CASE("only readings that differ are news", "[domain][calendar]") {
  const auto unit = open_calendar(2);
  availability_imported reading{unit.property, {}, noon()};
  const auto add = [&](int n, std::int16_t allotment, std::int32_t price) {
    night_reading read;
    read.day = day(n);
    read.allotment = allotment;
    read.price = price;
    reading.nights.push_back(read);
  };
  add(12, 2, 30000); // as known
  add(11, 1, 30000);
  add(10, 2, 31000);
  add(63, 2, 30000);   // new
  add(2000, 2, 30000); // years away: a slip of the Host
  add(-500, 2, 30000);
  add(13, 9, 30000);
  add(13, 2, 30000); // the later word counts, and says nothing new
  const auto news = difference(unit, reading);
  REQUIRE(news.nights.size() == 3);
  CHECK(news.nights[0].day == day(10));
  CHECK(news.nights[1].day == day(11));
  CHECK(news.nights[2].day == day(63));
  auto after = unit;
  evolve(after, news);
  CHECK(difference(after, reading).nights.empty());
}

TEST_CASE("a snapshot of a calendar is the calendar", "[domain][calendar]") {
  auto unit = open_calendar(9);
  const auto a = place(unit, ask("a", nights(10, 12)));
  const auto b = place(unit, ask("b", nights(11, 15), 2));
  evolve(unit, *decide_take_over(unit, b.terms->intent, noon()));
  const auto c = place(unit, ask("c", nights(1, 31)));
  evolve(unit, hold_converted{c.terms->intent, c.terms->hold, id_of<reservation_id>("r")});
  evolve(unit, import_booked{id_of<hold_id>("i"), "hb-1", nights(3, 4), 1});
  evolve(unit, import_cancelled{id_of<hold_id>("j"), "hb-0"});

  const std::string bytes = encode_calendar(unit);
  const auto copy = decode_calendar(bytes);
  CHECK(encode_calendar(copy) == bytes);
  CHECK(copy.nights == unit.nights);
  CHECK(found_alike(copy, unit));
  CHECK(copy.deadlines == unit.deadlines);
  CHECK(*copy.claims.at(a.terms->hold).terms == *a.terms);
  CHECK(copy.claims.at(b.terms->hold).terms == nullptr);

  SECTION("and nothing else is read as one") {
    CHECK_THROWS_AS(decode_calendar(""), decode_error);
    CHECK_THROWS_AS(decode_calendar(std::string("\2") + bytes.substr(1)), decode_error);
    CHECK_THROWS_AS(decode_calendar(bytes + "x"), decode_error);
    for (std::size_t length = 0; length < bytes.size(); length += 7)
      CHECK_THROWS_AS(decode_calendar(std::string_view(bytes).substr(0, length)), decode_error);
  }
}
