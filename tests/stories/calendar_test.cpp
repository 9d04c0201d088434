#include "story.hpp"

#include <numeric>

// Inventory under the stories of commit-protocol §2-§7: who gets the room when records wait, fail, are lost, or their actors die.

using namespace reserve;
using namespace reserve::test;

TEST_CASE("of 200 sessions that want the last room exactly one gets it", "[actors][calendar]") {
  story town;
  int yes = 0, sold_out = 0, other = 0;
  for (int n = 0; n < 200; ++n) {
    town.w.tell(guest::hold_command(town.w, story::wish("session-" + std::to_string(n))), [&](const answer& said) {
      if (!said.refused())
        ++yes;
      else if (said.why().code == errc::insufficient_inventory)
        ++sold_out;
      else
        ++other;
    });
  }
  town.w.run_for(10s);
  CHECK(yes == 1);
  CHECK(sold_out == 199);
  CHECK(other == 0);
  town.rests();
}

TEST_CASE("prepared release: a room that is being given back is sold when that is committed, not before", "[actors][calendar]") {
  story town;
  const auto first = town.prepared("ana");
  town.w.rows.fates.push_back(append_fate::slow);
  std::optional<answer> cancelled, second;
  town.w.tell(story::by("ana", first, cancel_booking_intent{}), [&](const answer& said) { cancelled = said; });
  town.w.run_for(100ms);
  town.w.tell(guest::hold_command(town.w, story::wish("bia")), [&](const answer& said) { second = said; });
  town.w.run_for(200ms);
  CHECK_FALSE(second.has_value()); // Neither sold nor "sold out": decided again when the release is settled.
  town.w.run_for(5s);
  REQUIRE(cancelled.has_value());
  CHECK_FALSE(cancelled->refused());
  REQUIRE(second.has_value());
  CHECK_FALSE(second->refused());
  town.rests();
}

TEST_CASE("prepared release: a release that is never committed frees nothing", "[actors][calendar]") {
  story town;
  const auto first = town.prepared("ana");
  town.w.rows.refuses = [](const record& what) { return story::has<hold_ended>(what); };
  const auto cancelled = town.w.ask(story::by("ana", first, cancel_booking_intent{}));
  CHECK(code_of_refusal(cancelled) == errc::service_unavailable);
  CHECK(cancelled.why().effect == effect::none);
  town.w.run_for(1s);
  CHECK(code_of_refusal(town.hold(story::wish("bia"))) == errc::insufficient_inventory);
  CHECK(town.status(first) == intent_status::intent_created);
  town.w.rows.refuses = {};
  town.rests();
}

TEST_CASE("ghost refusal: nobody is told sold out because of rooms that come back a moment later", "[actors][calendar]") {
  story town;
  // A recovery that takes the room is on its way and will never be committed.
  town.w.rows.refuses = [](const record& what) { return story::has<hold_placed>(what); };
  ask_step step;
  const auto intent = intent_id{make_uuid(town_number, town.w.ids.bytes16())};
  step.what = calendar_step::place{intent, hold_id{derive_uuid(intent.value, "hold")}, story::wish("x").stay, 1};
  town.w.rows.fates.push_back(append_fate::slow);
  town.w.tell(world::order(entity_kind::unit, unit_of(0, 0).value, std::move(step)), [](const answer&) {});
  town.w.run_for(20ms);
  std::optional<answer> heard;
  town.w.tell(guest::hold_command(town.w, story::wish("bia")), [&](const answer& said) { heard = said; });
  town.w.run_for(10s);
  REQUIRE(heard.has_value());
  // The calendar was closed by the refused record: no effect, and the next try gets the room.
  CHECK(code_of_refusal(*heard) != errc::insufficient_inventory);
  CHECK_FALSE(town.hold(story::wish("bia")).refused());
  town.keeps_its_promises();
}

TEST_CASE("overtaken release: no record is committed before what it rests on", "[actors][calendar]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    story town(1, seed);
    const auto first = town.holds("ana");
    // The cancel frees the room in the calendar's mind; the step takes it in the same breath, in a record of its own.
    town.w.tell(story::by("ana", first, cancel_booking_intent{}), [](const answer&) {});
    town.w.run_for(2ms);
    ask_step step;
    const auto intent = intent_id{make_uuid(town_number, town.w.ids.bytes16())};
    step.what = calendar_step::place{intent, hold_id{derive_uuid(intent.value, "hold")}, story::wish("x").stay, 1};
    town.w.tell(world::order(entity_kind::unit, unit_of(0, 0).value, std::move(step)), [](const answer&) {});
    town.w.run_for(5s);
    INFO("seed " << seed);
    town.keeps_its_promises(); // A claim before its release would be an oversell in the log.
  }
}

TEST_CASE("crash with a record queued: what a dead calendar had sent is sold once", "[actors][calendar]") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    story town(1, seed);
    std::optional<answer> first;
    town.w.rows.fates.push_back(append_fate::slow);
    town.w.tell(guest::hold_command(town.w, story::wish("ana")), [&](const answer& said) { first = said; });
    for (std::uint64_t n = 0; n < seed % 12; ++n)
      town.w.step();
    town.w.crash_actor(unit_of(0, 0).value);
    town.w.run_for(10s);
    const auto second = town.hold(story::wish("bia"));
    const bool one_has_it = town.count<intent_created>() == 1;
    INFO("seed " << seed);
    CHECK(one_has_it);
    REQUIRE(first.has_value());
    CHECK((!first->refused() + !second.refused()) <= 1);
    town.keeps_its_promises();
  }
}

TEST_CASE("older than the log: an actor that is loaded from late tables knows what was committed since", "[actors][calendar]") {
  story town;
  town.w.tables().hold_back(1h);
  const auto first = town.prepared("ana");
  town.w.run_for(2min); // Long enough for the intent's actor to be retired.
  CHECK(town.status(first) == intent_status::intent_created);
  CHECK(town.w.crash_actor(unit_of(0, 0).value));
  town.w.run_for(5s);
  CHECK(code_of_refusal(town.hold(story::wish("bia"))) == errc::insufficient_inventory);
  town.w.restart();
  town.w.run_for(5s);
  CHECK(code_of_refusal(town.hold(story::wish("carla"))) == errc::insufficient_inventory);
  CHECK_FALSE(town.state_of(first).contact == contact_flags{});
  town.w.tables().hold_back(0s);
  town.rests();
}

TEST_CASE("a calendar that nobody asks any more rests, and what it owes is done all the same", "[actors][calendar]") {
  story town;
  const auto unit = unit_of(0, 0).value;
  (void)town.holds("ana");
  town.w.run_for(4min);
  CHECK(town.w.runs(unit));
  town.w.run_for(8min);
  CHECK_FALSE(town.w.runs(unit));
  CHECK(code_of_refusal(town.hold(story::wish("bia"))) == errc::insufficient_inventory);
  town.w.run_for(3min + 1s);
  CHECK(town.count<untouched_expired>() == 1);
  town.w.run_for(15min);
  CHECK_FALSE(town.w.runs(unit));
  CHECK_FALSE(town.hold(story::wish("carla")).refused());
  town.rests();
}

TEST_CASE("a calendar that rests is woken again when its wake-up met a city without a database", "[actors][calendar]") {
  story town;
  const auto unit = unit_of(0, 0).value;
  (void)town.holds("ana");
  town.w.run_for(12min);
  REQUIRE_FALSE(town.w.runs(unit));
  // The timer has fired and forgotten, and before the supervisor hears of it the connection is gone.
  town.w.city().timers.at(entity_kind::unit, unit, std::nullopt);
  town.w.cut_off(6s);
  town.w.tell(guest::hold_command(town.w, story::wish("bia", 5, 2, 1)), [](const answer&) {}); // Another room's, whose append finds out.
  REQUIRE(town.w.run_until([&] { return !town.w.city().journal.online(town_number); }));
  std::optional<answer> woken;
  const auto wake_up = world::order(entity_kind::unit, unit, expire_due{});
  wake_up->reply = reply_function::make([&](answer said) { woken = std::move(said); });
  town.w.city().router->send(wake_up);
  town.w.run_for(1s);
  REQUIRE(woken.has_value());
  CHECK(code_of_refusal(*woken) == errc::service_unavailable);
  town.w.run_for(4min);
  CHECK(town.count<untouched_expired>() == 1);
  town.rests();
}

TEST_CASE("silent expiry: a hold that ran out ends in the log before its room is sold, and stays ended when the clock is set back", "[actors][calendar]") {
  story town;
  const auto first = town.holds("ana");
  town.w.run_for(15min - 1s);
  CHECK(code_of_refusal(town.hold(story::wish("bia"))) == errc::insufficient_inventory);
  town.w.run_for(2s);
  CHECK_FALSE(town.hold(story::wish("carla")).refused());
  CHECK(town.count<untouched_expired>() == 1);
  town.w.env.clock.step_wall(-10s);
  CHECK(code_of_refusal(town.w.ask(story::traveler("ana", first))) == errc::booking_intent_expired);
  CHECK(town.status(first) == intent_status::expired);
  town.rests();
}

TEST_CASE("holds of a unit that run out together end in one record, none early and none late", "[actors][calendar]") {
  story town;
  std::vector<timestamp> deadlines;
  const auto place = [&](const std::string& who, int in) {
    const auto said = town.hold(story::wish(who, in));
    REQUIRE_FALSE(said.refused());
    deadlines.push_back(std::get<placed_answer>(said.content).created.expires_at);
  };
  place("ana", 5);
  for (int n = 0; n < 5; ++n) {
    town.w.run_for(n == 0 ? 2s : 30ms);
    place("guest-" + std::to_string(n), 10 + 5 * n);
  }
  REQUIRE(deadlines.back() - deadlines[1] < 200ms);
  town.w.run_for(16min);
  std::vector<std::size_t> ended;
  for (const auto& one : town.w.log()) {
    if (!story::has<untouched_expired>(*one))
      continue;
    const auto first = std::accumulate(ended.begin(), ended.end(), std::size_t{0});
    ended.push_back(one->events.size());
    for (std::size_t n = 0; n < one->events.size(); ++n) {
      CHECK(one->occurred_at >= deadlines[first + n]);
      CHECK(one->occurred_at < deadlines[first + n] + 1s);
    }
  }
  CHECK(ended == std::vector<std::size_t>{1, 5});
  town.rests();
}

TEST_CASE("two owners of a deadline: either the guest has taken his hold over in time, or it is somebody else's", "[actors][calendar]") {
  const bool in_time = GENERATE(true, false);
  story town;
  const auto first = town.holds("ana");
  town.w.run_for(in_time ? moment(15min - 500ms) : moment(15min + 500ms));
  std::optional<answer> mine, other;
  town.w.tell(story::traveler("ana", first), [&](const answer& said) { mine = said; });
  town.w.run_for(600ms);
  town.w.tell(guest::hold_command(town.w, story::wish("bia")), [&](const answer& said) { other = said; });
  town.w.run_for(5s);
  REQUIRE(mine.has_value());
  REQUIRE(other.has_value());
  if (in_time) {
    CHECK_FALSE(mine->refused());
    CHECK(town.count<intent_opened>() == 1);
  } else {
    CHECK(code_of_refusal(*mine) == errc::booking_intent_expired);
    CHECK_FALSE(other->refused());
  }
  town.rests();
}

TEST_CASE("same key, other unit: a client key has one effect wherever it goes", "[actors][keys]") {
  story town;
  const auto name = [](const char* text) { return derive_uuid(town_number, text).bytes; };
  CHECK_FALSE(town.hold(story::wish("ana"), command_key{name("key"), name("room 0")}).refused());
  CHECK(code_of_refusal(town.hold(story::wish("ana", 5, 2, 1), command_key{name("key"), name("room 1")})) == errc::idempotency_key_reused);
  CHECK(town.count<intent_created>() == 1);
  town.rests();
}

TEST_CASE("restart between commit and projection: a known key gets the first answer", "[actors][keys]") {
  story town;
  town.w.tables().hold_back(1h);
  const command_key key{derive_uuid(town_number, "key").bytes, derive_uuid(town_number, "content").bytes};
  const auto first = std::get<placed_answer>(town.hold(story::wish("ana"), key).content).created.terms->intent;
  town.w.restart();
  town.w.run_for(3s);
  const auto again = town.hold(story::wish("ana"), key);
  CHECK(again.replay);
  CHECK(std::get<existing_answer>(again.content).intent == first);
  CHECK(town.count<intent_created>() == 1);
  town.w.tables().hold_back(0s);
  town.rests();
}

TEST_CASE("every way a commit can end leaves one hold or none, and says so", "[actors][journal]") {
  const auto fate = GENERATE(append_fate::commits, append_fate::slow, append_fate::passing_error, append_fate::disconnected, append_fate::unknown_landed,
                             append_fate::unknown_later, append_fate::unknown_late, append_fate::unknown_never, append_fate::torn);
  story town;
  town.w.rows.fates.push_back(fate);
  const auto said = town.hold(story::wish("ana"));
  CHECK_FALSE(said.refused()); // All of these are mended by the writer itself.
  CHECK(town.count<intent_created>() == 1);
  CHECK(code_of_refusal(town.hold(story::wish("bia"))) == errc::insufficient_inventory);
  town.rests();
}

TEST_CASE("one bad record is refused alone, and its neighbours are committed", "[actors][journal]") {
  story town(3);
  town.w.rows.refuses = [](const record& what) {
    const auto* created = what.events.empty() ? nullptr : what.events.back().what.as<intent_created>();
    return created != nullptr && created->terms->session == "bad";
  };
  std::map<std::string, answer> heard;
  for (const char* who : {"ana", "bad"})
    town.w.tell(guest::hold_command(town.w, story::wish(who, 5, 2, who == std::string("bad") ? 0 : 1)), [&, who](const answer& said) { heard[who] = said; });
  town.w.run_for(5s);
  CHECK_FALSE(heard.at("ana").refused());
  CHECK(code_of_refusal(heard.at("bad")) == errc::service_unavailable);
  CHECK(heard.at("bad").why().effect == effect::none);
  CHECK_FALSE(town.hold(story::wish("carla")).refused());
  town.rests();
}

TEST_CASE("a process that slept past its lease changes nothing any more", "[actors][owners]") {
  story town;
  const auto first = town.holds("ana");
  std::optional<answer> lost;
  town.w.tell(story::traveler("ana", first), [&](const answer& said) { lost = said; });
  town.w.take_over();
  town.w.run_for(40s);
  REQUIRE(town.w.serves());
  CHECK(town.status(first) == intent_status::intent_created);
  REQUIRE(lost.has_value());
  CHECK(code_of_refusal(*lost) == errc::service_unavailable);
  town.w.wake_sleeper();
  town.w.run_for(10s);
  CHECK_FALSE(town.w.has_sleeper());
  CHECK_FALSE(town.w.ask(story::traveler("ana", first)).refused());
  town.rests();
}

TEST_CASE("a session holds so many stays at most, however it divides what it wants", "[actors][limits]") {
  story town(3);
  const int limit = town.w.city().settings().booking.max_live_intents_per_session;
  int held = 0, over = 0;
  for (int n = 0; n < limit + 3; ++n)
    town.w.tell(guest::hold_command(town.w, story::wish("ana", 3 + 2 * n, 1 + n % 2, n % 2)), [&](const answer& said) {
      held += said.refused() ? 0 : 1;
      over += code_of_refusal(said) == errc::rate_limit_exceeded ? 1 : 0;
    });
  town.w.run_for(10s);
  CHECK(held == limit);
  CHECK(over == 3);
  CHECK(code_of_refusal(town.hold(story::wish("ana", 30))) == errc::rate_limit_exceeded);
  CHECK_FALSE(town.hold(story::wish("bia", 30)).refused());
  town.w.run_for(16min); // What has run out gives its places back, and no more than that.
  for (int n = 0; n < limit; ++n)
    CHECK_FALSE(town.hold(story::wish("ana", 3 + 2 * n, 1, n % 2)).refused());
  CHECK(code_of_refusal(town.hold(story::wish("ana", 30))) == errc::rate_limit_exceeded);
}
