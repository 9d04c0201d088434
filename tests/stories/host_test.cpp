#include "story.hpp"

// The Host (spec 10§22, commit-protocol §10): time-outs, refusals, outages, its own echo; and the house of the actors: supervision, passivation, timers.

using namespace reserve;
using namespace reserve::test;

namespace {

/// Paid, and on its way to the Host.
intent_id paid(story& town, const std::string& who = "ana", int in = 5) {
  const auto intent = town.prepared(who, in);
  REQUIRE_FALSE(town.pays_by_card(who, intent).refused());
  return intent;
}

} // namespace

TEST_CASE("a Host that does not answer in time is asked before it is told again: one booking", "[actors][host]") {
  const auto fate = GENERATE(call_fate::lost_answer, call_fate::lost_request, call_fate::broken_after, call_fate::broken, call_fate::no_connection);
  story town;
  town.w.host.fates.push_back(fate);
  const auto intent = paid(town);
  REQUIRE(town.becomes(intent, reservation_status::confirmed));
  CHECK(town.w.host.live_with(town.booking(intent)->confirmation_code).size() == 1);
  town.rests();
}

TEST_CASE("a Host whose answer and report are both lost is told once: one booking", "[actors][host]") {
  const auto fate = GENERATE(call_fate::lost_answer, call_fate::broken_after);
  story town(2); // It would take a second one.
  town.w.deliver_webhooks = false;
  town.w.host.fates.push_back(fate);
  const auto intent = paid(town);
  REQUIRE(town.becomes(intent, reservation_status::confirmed));
  CHECK(town.w.host.bookings().size() == 1);
  town.rests();
}

TEST_CASE("a Host that refuses gets its room back, and the guest his money", "[actors][host]") {
  story town;
  town.w.host.fates.push_back(call_fate::refused);
  const auto intent = paid(town);
  REQUIRE(town.becomes(intent, reservation_status::refunded));
  CHECK(town.has_open_exception("host_rejected"));
  CHECK_FALSE(town.hold(story::wish("bia")).refused());
  town.rests();
}

TEST_CASE("echo: the Host's report of our own booking is never imported as a second one", "[actors][host]") {
  const bool answer_is_lost = GENERATE(false, true);
  story town;
  town.w.webhook_delay = 2ms; // Long before our call is answered.
  if (answer_is_lost)
    town.w.host.fates.push_back(call_fate::lost_answer);
  const auto intent = paid(town);
  REQUIRE(town.becomes(intent, reservation_status::confirmed));
  CHECK(town.count<import_booked>() == 0);
  town.rests();
}

TEST_CASE("a booking made at the property takes its room here too, once, and gives it back", "[actors][host]") {
  story town;
  const auto stay = story::wish("x").stay;
  const auto booking = town.w.host.walks_in(host_unit_of(0, 0), stay);
  REQUIRE(booking.has_value());
  town.w.run_for(5s);
  CHECK(town.count<import_booked>() == 1);
  CHECK(code_of_refusal(town.hold(story::wish("ana"))) == errc::insufficient_inventory);
  town.w.host.cancel(*booking, false);
  town.w.run_for(5s);
  CHECK_FALSE(town.hold(story::wish("ana")).refused());
  town.rests();
}

TEST_CASE("a night that the Host closes ends the holds on it before anybody pays", "[actors][host]") {
  story town;
  const auto intent = town.prepared("ana");
  town.w.host.close(host_unit_of(0, 0), story::wish("ana").stay.check_in, true);
  town.w.run_for(5s);
  CHECK(town.status(intent) == intent_status::cancelled);
  town.rests();
}

TEST_CASE("the breaker opens after failures, calls nobody, and closes when the Host is back", "[actors][host]") {
  story town(3);
  town.w.host.goes_down(town.w.env.clock.now() + 4min);
  const auto intent = town.prepared("ana");
  town.w.run_for(2min);
  const auto before = town.w.host.calls();
  CHECK(town.pays_by_card("ana", intent).refused()); // An outage of a minute: nobody is charged.
  town.w.run_for(20s);
  CHECK(town.w.host.calls() - before < 10);
  town.w.run_for(3min);
  CHECK_FALSE(town.pays_by_card("ana", intent).refused());
  CHECK(town.becomes(intent, reservation_status::confirmed));
  town.rests();
}

TEST_CASE("paid while the Host goes down: the commit waits, and goes through when it is back", "[actors][host]") {
  story town;
  const auto intent = town.prepared("ana");
  const auto charge = town.charge("ana", intent);
  town.w.host.goes_down(town.w.env.clock.now() + 5min);
  REQUIRE(town.w.providers.pay(charge));
  town.w.run_for(4min);
  REQUIRE(town.booking(intent).has_value());
  CHECK(town.booking(intent)->status == reservation_status::host_commit_pending);
  CHECK(town.becomes(intent, reservation_status::confirmed, 5min));
  town.rests();
}

TEST_CASE("recall: a Host booking that turns up after we gave up is cancelled there", "[actors][host]") {
  story town;
  const auto intent = town.prepared("ana");
  const auto charge = town.charge("ana", intent);
  town.w.host.fates.push_back(call_fate::lost_answer); // It is booked there, and nobody hears it.
  REQUIRE(town.w.providers.pay(charge));
  town.w.run_until([&] { return !town.w.host.bookings().empty(); });
  town.w.deliver_webhooks = false;
  town.w.host.goes_down(town.w.env.clock.now() + 2h);
  REQUIRE(town.becomes(intent, reservation_status::refunded, 90min));
  const auto code = town.booking(intent)->confirmation_code;
  CHECK(town.w.host.live_with(code).size() == 1);
  town.w.run_for(2h);
  CHECK(town.w.host.live_with(code).empty());
  town.rests();
}

TEST_CASE("passivation: commands that meet an actor on its way out are answered all the same", "[actors][house]") {
  story town;
  const auto intent = town.prepared("ana");
  int asked = 0, answered = 0;
  for (int n = 0; n < 400; ++n) {
    ++asked;
    town.w.tell(story::by("ana", intent, read_intent{}), [&](const answer& said) { answered += said.refused() ? 0 : 1; });
    town.w.run_for(n % 20 == 0 ? moment(45s) : moment(3ms));
    if (town.w.env.clock.now() > moment(12min))
      break;
  }
  town.w.run_for(10s);
  CHECK(answered == asked);
}

TEST_CASE("supervision: an actor that crashes is started again; one that keeps crashing is parked, and comes back", "[actors][house]") {
  story town;
  const auto unit = unit_of(0, 0).value;
  REQUIRE(town.w.crash_actor(unit));
  town.w.run_for(1s);
  CHECK_FALSE(town.hold(story::wish("ana")).refused());
  for (int n = 0; n < 12; ++n) {
    town.w.crash_actor(unit);
    town.w.run_for(4s);
    (void)town.hold(story::wish("bia"));
  }
  CHECK(code_of_refusal(town.hold(story::wish("carla"))) == errc::service_unavailable);
  town.w.run_for(2min);
  CHECK(code_of_refusal(town.hold(story::wish("carla"))) == errc::insufficient_inventory);
}

TEST_CASE("timers survive a restart: what is due while nobody runs ends when somebody runs again", "[actors][house]") {
  story town(2);
  const auto untouched = town.holds("ana");
  const auto opened = town.prepared("bia", 10);
  town.w.run_for(1s);
  town.w.crash();
  town.w.run_for(20min);
  town.w.start();
  town.w.run_for(10s);
  CHECK(town.count<untouched_expired>() == 1);
  CHECK(town.count<intent_expired>() == 1);
  CHECK(town.status(untouched) == intent_status::expired);
  CHECK(town.status(opened) == intent_status::expired);
  town.rests();
}

TEST_CASE("city time does not run back over a restart", "[actors][house]") {
  story town;
  const auto intent = town.prepared("ana");
  town.w.run_for(1min);
  const auto before = town.w.city().now();
  town.w.catch_up();
  town.w.crash();
  town.w.env.clock.step_wall(-1h);
  town.w.start();
  town.w.run_for(2s);
  CHECK(town.w.city().now() + 2min >= before); // Not an hour.
  CHECK(town.status(intent) == intent_status::intent_created);
}

TEST_CASE("a booking that the Host cancels is over here too when the process dies between the two steps", "[actors][host]") {
  story town;
  const auto at_the_desk = town.w.host.walks_in(host_unit_of(0, 0), {first_night() + std::chrono::days(5), first_night() + std::chrono::days(7)});
  REQUIRE(at_the_desk.has_value());
  REQUIRE(town.w.run_until([&] { return town.count<reservation_imported>() == 1; }));
  town.w.run_for(1min);
  town.w.host.cancel(*at_the_desk, true);
  REQUIRE(town.w.run_until([&] { return town.count<import_cancelled>() == 1; }));
  town.w.crash();
  town.w.run_for(2s); // Long enough for the tables: what that record said to have handled is gone from the inbox.
  REQUIRE(town.count<cancelled_by_host>() == 0);
  town.w.start();
  town.rests();
}

TEST_CASE("a booking that no table shows yet is finished after a restart", "[actors][house]") {
  story town;
  town.w.tables().hold_back(10min);
  const auto intent = town.prepared("ana");
  town.w.host.fates.push_back(call_fate::lost_request);
  town.w.tell(story::payment("ana", intent, "stripe_card"), [](const answer&) {});
  REQUIRE(town.w.run_until([&] { return town.count<host_commit_started>() == 1; }));
  town.w.restart();
  const auto books = [&] { return !town.w.host.bookings().empty(); };
  CHECK(town.w.run_until(books, 1min));
  CHECK(town.becomes(intent, reservation_status::confirmed));
  town.rests();
}

TEST_CASE("a webhook whose inbox dies before it is dealt with is handed on again", "[actors][host]") {
  story town;
  const auto intent = town.booked("ana");
  town.w.run_for(1min);
  const auto booking = town.booking(intent)->host_booking_id;
  town.w.host.goes_down(town.w.env.clock.now() + 30s); // It cannot be read at once.
  town.w.host.cancel(booking, false);
  town.w.run_for(10s);
  town.w.crash_actor(inbox_entity(town_number));
  CHECK(town.becomes(intent, reservation_status::refunded, 10min));
  town.rests();
}

TEST_CASE("stale reading: what the Host says while our booking is on its way raises nothing and is read again", "[actors][host]") {
  story town;
  const auto intent = town.prepared("ana");
  town.w.deliver_webhooks = false;
  town.w.host.fates.push_back(call_fate::lost_answer); // Booked there, and we do not hear it before the time-out.
  REQUIRE_FALSE(town.pays_by_card("ana", intent).refused());
  REQUIRE(town.w.run_until([&] { return !town.w.host.bookings().empty(); }));
  town.w.deliver_webhooks = true;
  town.w.host.sells(host_unit_of(0, 0), 2, story::wish("ana").stay);
  town.w.run_for(3s);
  REQUIRE(town.booking(intent)->status == reservation_status::host_commit_pending);
  CHECK(code_of_refusal(town.hold(story::wish("bia"))) == errc::insufficient_inventory);
  REQUIRE(town.becomes(intent, reservation_status::confirmed));
  town.w.run_for(30s);
  CHECK_FALSE(town.hold(story::wish("bia")).refused());
  town.rests();
}

TEST_CASE("stale reading: an answer that was overtaken by a later one opens no night that the Host has closed", "[actors][host]") {
  const auto night = story::wish("ana").stay.check_in;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    story town(1, seed);
    town.w.webhook_delay = 2ms; // Each change is read at once; the answers need up to 300 ms.
    for (const bool closed : {true, false, true}) {
      town.w.host.close(host_unit_of(0, 0), night, closed);
      town.w.run_for(50ms);
    }
    town.w.run_for(3s);
    INFO("seed " << seed);
    CHECK(code_of_refusal(town.hold(story::wish("ana"))) == errc::dates_closed);
    town.w.host.close(host_unit_of(0, 0), night, false);
    town.w.run_for(10s);
    CHECK_FALSE(town.hold(story::wish("ana")).refused());
  }
}
