#include "story.hpp"

// Money (spec 10§21, commit-protocol §8, §9): late, twice, too much, too little, refunds and crashes in between.

using namespace reserve;
using namespace reserve::test;

TEST_CASE("a card payment ends in a confirmed reservation", "[actors][money]") {
  story town;
  const auto intent = town.booked("ana");
  CHECK(town.status(intent) == intent_status::converted);
  CHECK(town.w.host.live_with(town.booking(intent)->confirmation_code).size() == 1);
  town.rests();
}

TEST_CASE("three declines end the intent and free the room", "[actors][money]") {
  story town;
  const auto intent = town.prepared("ana");
  for (int n = 1; n <= 3; ++n) {
    town.pays_by_card("ana", intent, "pm_declined_insufficient_funds");
    town.w.run_for(1s);
    CHECK(town.status(intent) == (n < 3 ? intent_status::payment_pending : intent_status::cancelled));
  }
  CHECK_FALSE(town.hold(story::wish("bia")).refused());
  town.rests();
}

TEST_CASE("a PIX that is paid is found by polling when its webhook is lost", "[actors][money]") {
  const std::string method = GENERATE("openpix", "mercadopago_pix", "stripe_pix");
  story town;
  const auto intent = town.prepared("ana");
  const auto charge = town.charge("ana", intent, method);
  town.w.providers.silent = true;
  town.w.run_for(1min);
  REQUIRE(town.w.providers.pay(charge));
  CHECK(town.becomes(intent, reservation_status::confirmed, 30s));
  town.rests();
}

TEST_CASE("a late payment gets its room when it is still free", "[actors][money]") {
  story town;
  const auto intent = town.prepared("ana");
  const auto charge = town.charge("ana", intent);
  REQUIRE(town.w.ask(story::by("ana", intent, cancel_booking_intent{})).refused() == false);
  // Paid in the moment in which it is cancelled: the provider has the money.
  town.w.providers.pay(charge);
  town.w.run_for(5min);
  const auto now = town.state_of(intent);
  if (town.w.providers.find(charge)->captured > money{}) {
    REQUIRE(now.recovered_by.has_value());
    CHECK(town.status(*now.recovered_by) == intent_status::converted);
  }
  town.rests();
}

TEST_CASE("a late payment goes back when its room is gone", "[actors][money]") {
  story town;
  const auto intent = town.prepared("ana");
  const auto charge = town.charge("ana", intent);
  town.w.providers.fates = {};
  REQUIRE_FALSE(town.w.ask(story::by("ana", intent, cancel_booking_intent{})).refused());
  const bool took_it = town.w.providers.pay(charge);
  const auto other = town.hold(story::wish("bia"));
  town.w.run_for(10min);
  if (took_it && !other.refused())
    CHECK(town.w.providers.find(charge)->refunded() == town.w.providers.find(charge)->captured);
  town.rests();
}

TEST_CASE("who pays twice gets the second payment back", "[actors][money]") {
  story town;
  const auto intent = town.prepared("ana");
  const auto charge = town.charge("ana", intent);
  town.w.providers.silent = true; // The first one is not known yet when he chooses another way.
  REQUIRE(town.w.providers.pay(charge));
  town.pays_by_card("ana", intent);
  town.w.providers.silent = false;
  town.w.run_for(20min);
  money kept;
  for (const auto& [id, object] : town.w.providers.objects())
    kept += object.captured - object.refunded();
  CHECK(kept == town.due(intent));
  town.rests();
}

TEST_CASE("too much: the surplus goes back, once, and a cancellation later gives back the rest and no more", "[actors][money]") {
  story town;
  const auto intent = town.prepared("ana");
  const auto charge = town.charge("ana", intent);
  const auto due = town.due(intent);
  REQUIRE(town.w.providers.pay(charge, due + money{5000}));
  REQUIRE(town.becomes(intent, reservation_status::confirmed));
  town.w.run_for(1min);
  CHECK(town.w.providers.find(charge)->refunded() == money{5000});
  town.w.host.cancel(town.booking(intent)->host_booking_id, false);
  REQUIRE(town.becomes(intent, reservation_status::refunded));
  CHECK(town.w.providers.find(charge)->refunded() == due + money{5000});
  town.rests();
}

TEST_CASE("too little: no reservation, and everything goes back when the intent ends", "[actors][money]") {
  story town;
  const auto intent = town.prepared("ana");
  const auto charge = town.charge("ana", intent);
  REQUIRE(town.w.providers.pay(charge, town.due(intent) - money{100}));
  town.w.run_for(1min);
  CHECK(town.status(intent) == intent_status::payment_pending);
  CHECK(town.has_open_exception("payment_amount_mismatch"));
  town.w.run_for(2h);
  CHECK_FALSE(town.booking(intent).has_value());
  CHECK(town.w.providers.find(charge)->refunded() == town.w.providers.find(charge)->captured);
  town.rests();
}

TEST_CASE("refund twice: a crash at any moment of a refund gives back once", "[actors][money]") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    story town(1, seed);
    const auto intent = town.booked("ana");
    const auto booking = *town.booking(intent);
    town.w.host.cancel(booking.host_booking_id, false);
    town.w.run_for(std::chrono::milliseconds(seed * 25));
    for (std::uint64_t n = 0; n < seed % 7; ++n)
      town.w.step();
    town.w.restart();
    town.w.run_for(5min);
    const auto* object = town.w.providers.find(*booking.payment);
    INFO("seed " << seed);
    CHECK(object->refunded() == object->captured);
    CHECK(object->refunds.size() == 1);
    town.keeps_its_promises();
  }
}

TEST_CASE("a refund whose answer is lost is looked up, not paid again", "[actors][money]") {
  const auto fate = GENERATE(call_fate::lost_answer, call_fate::lost_request, call_fate::broken_after, call_fate::broken, call_fate::no_connection);
  story town;
  const auto intent = town.booked("ana");
  const auto booking = *town.booking(intent);
  town.w.providers.fates.push_back(fate);
  town.w.host.cancel(booking.host_booking_id, false);
  REQUIRE(town.becomes(intent, reservation_status::refunded, 10min));
  CHECK(town.w.providers.find(*booking.payment)->refunds.size() == 1);
  town.rests();
}

TEST_CASE("a refund that the provider refuses becomes a task for people", "[actors][money]") {
  story town;
  const auto intent = town.booked("ana");
  town.w.providers.refuse_refunds = 100;
  town.w.host.cancel(town.booking(intent)->host_booking_id, false);
  REQUIRE(town.becomes(intent, reservation_status::refund_failed, 10min));
  CHECK(town.has_open_exception("refund_failed"));
  town.rests();
}

TEST_CASE("a charge whose creation got no answer is found again or ended, and takes no money unseen", "[actors][money]") {
  const auto fate = GENERATE(call_fate::lost_answer, call_fate::lost_request, call_fate::broken_after, call_fate::broken, call_fate::no_connection, call_fate::refused);
  story town;
  const auto intent = town.prepared("ana");
  town.w.providers.fates.push_back(fate);
  town.pays_by_card("ana", intent);
  town.rests();
}

TEST_CASE("a card that was charged though no try to create the payment was answered is found without a webhook", "[actors][money]") {
  story town;
  const auto intent = town.prepared("ana");
  town.w.providers.silent = true;
  town.w.providers.fates.push_back(call_fate::lost_answer); // The effect is there.
  town.w.tell(story::payment("ana", intent, "stripe_card"), [](const answer&) {});
  town.w.run_for(1s);
  town.w.providers.goes_down("stripe", town.w.env.clock.now() + 4min); // No look-up finds it before we give up.
  town.w.run_for(2min);
  REQUIRE(town.count<payment_object_refused>() == 1);
  REQUIRE(town.status(intent) == intent_status::payment_pending);
  CHECK(town.becomes(intent, reservation_status::confirmed, 15min));
  town.rests();
}

TEST_CASE("a payment whose creation never arrived, and whose intent ends, ends too", "[actors][money]") {
  const std::string method = GENERATE("stripe_card", "openpix");
  story town;
  const auto intent = town.prepared("ana");
  town.w.providers.fates.push_back(call_fate::lost_request);
  town.w.tell(story::payment("ana", intent, method), [](const answer&) {});
  town.w.run_for(1s);
  REQUIRE_FALSE(town.w.ask(story::by("ana", intent, cancel_booking_intent{})).refused());
  town.w.run_for(5min);
  CHECK(town.count<payment_cancelled>() == 1);
  CHECK(town.w.providers.objects().empty());
  town.rests();
}

TEST_CASE("an intent waits between its tries while its calendar is being started again", "[actors][money]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    story town(1, seed);
    const auto intent = town.prepared("ana");
    const auto unit = unit_of(0, 0).value;
    town.w.tell(story::payment("ana", intent, "stripe_card"), [](const answer&) {});
    town.w.run_until([&] { return town.count<payment_counted>() > 0; });
    // As often as it comes back: parked in the end. Nobody may fill the time until then with questions.
    const auto steps = town.w.steps();
    for (int n = 0; n < 40; ++n) {
      town.w.crash_actor(unit);
      town.w.run_for(std::chrono::milliseconds(10 * seed));
    }
    INFO("seed " << seed);
    CHECK(town.w.steps() - steps < 5000);
    CHECK(town.becomes(intent, reservation_status::confirmed, 4min));
    CHECK(town.count<reservation_created>() == 1);
    town.keeps_its_promises();
  }
}

TEST_CASE("dead coordinator: an intent whose actor dies at any moment of its conversion is booked once", "[actors][money]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    story town(1, seed);
    const auto intent = town.prepared("ana");
    town.w.tell(story::payment("ana", intent, "stripe_card"), [](const answer&) {});
    town.w.run_until([&] { return town.count<payment_counted>() > 0; });
    for (std::uint64_t n = 0; n < seed; ++n)
      town.w.step();
    town.w.crash_actor(intent.value);
    if (seed % 2 == 0)
      town.w.crash_actor(unit_of(0, 0).value); // And its calendar with it.
    INFO("seed " << seed);
    CHECK(town.becomes(intent, reservation_status::confirmed, 5min));
    CHECK(town.count<reservation_created>() == 1);
    town.keeps_its_promises();
  }
}

namespace {

/// The intent's actor dies in the moment in which a record with such an event is committed, before it hears of it.
template <class Event>
void dies_when_committed(story& town, intent_id intent) {
  town.w.on_record = [&town, intent, seen = town.w.on_record](const record& what) {
    seen(what);
    if (story::has<Event>(what))
      REQUIRE(town.w.crash_actor(intent.value));
  };
}

/// A booking by card goes through all the same.
template <class Event>
void books_although_it_dies() {
  story town;
  const auto intent = town.prepared("ana");
  dies_when_committed<Event>(town, intent);
  town.w.tell(story::payment("ana", intent, "stripe_card"), [](const answer&) {});
  CHECK(town.becomes(intent, reservation_status::confirmed));
  town.rests();
}

} // namespace

TEST_CASE("a booking goes on when the actor of its intent dies before it hears of the conversion", "[actors][money]") {
  books_although_it_dies<reservation_created>();
}

TEST_CASE("a payment is made when the actor of its intent dies before it hears of the start", "[actors][money]") {
  books_although_it_dies<payment_started>();
}

TEST_CASE("a late payment gets its room when the actor of its intent dies before it hears of the recovery", "[actors][money]") {
  story town;
  const auto intent = town.prepared("ana");
  const auto charge = town.charge("ana", intent);
  dies_when_committed<intent_recovered>(town, intent);
  town.w.providers.goes_down("openpix", town.w.env.clock.now() + 30s); // The charge cannot be cancelled, and is paid.
  REQUIRE_FALSE(town.w.ask(story::by("ana", intent, cancel_booking_intent{})).refused());
  REQUIRE(town.w.providers.pay(charge));
  town.w.run_for(5min);
  const auto recovered = town.state_of(intent).recovered_by;
  REQUIRE(recovered.has_value());
  CHECK(town.becomes(*recovered, reservation_status::confirmed));
  town.rests();
}

TEST_CASE("dead calendar: an intent whose calendar dies at any moment of its conversion is booked once", "[actors][money]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    story town(1, seed);
    const auto intent = town.prepared("ana");
    town.w.tell(story::payment("ana", intent, "stripe_card"), [](const answer&) {});
    town.w.run_until([&] { return town.count<payment_counted>() > 0; });
    for (std::uint64_t n = 0; n < seed; ++n)
      town.w.step();
    town.w.crash_actor(unit_of(0, 0).value);
    INFO("seed " << seed);
    CHECK(town.becomes(intent, reservation_status::confirmed, 5min));
    CHECK(town.count<reservation_created>() == 1);
    town.keeps_its_promises();
  }
}

TEST_CASE("nothing is decided about an intent while the Host is asked before its first payment", "[actors][money]") {
  story town;
  const auto intent = town.prepared("ana");
  std::optional<answer> paid, cancelled;
  town.w.tell(story::payment("ana", intent, "openpix"), [&](const answer& said) { paid = said; });
  town.w.run_for(4ms); // The Host needs 5 ms at least.
  REQUIRE(town.count<payment_started>() == 0);
  town.w.rows.fates.push_back(append_fate::slow);
  town.w.tell(story::by("ana", intent, cancel_booking_intent{}), [&](const answer& said) { cancelled = said; });
  town.w.run_for(20s);
  REQUIRE(paid.has_value());
  CHECK_FALSE(paid->refused());
  REQUIRE(cancelled.has_value());
  CHECK_FALSE(cancelled->refused());
  CHECK(town.status(intent) == intent_status::cancelled);
  town.rests();
}

TEST_CASE("paid after the hold ran out and its room was sold again: the room stays sold and the money goes back", "[actors][money]") {
  story town;
  const auto intent = town.prepared("ana");
  const auto charge = town.charge("ana", intent);
  town.w.providers.silent = true;
  town.w.providers.goes_down("openpix", town.w.env.clock.now() + 65min);
  town.w.run_for(5min);
  REQUIRE(town.w.providers.pay(charge)); // Nobody can tell us before the wait for the provider is over (B14b).
  town.w.run_for(55min);
  REQUIRE(town.status(intent) == intent_status::expired);
  const auto other = town.booked("bia");
  town.w.run_for(20min);
  CHECK(town.paid(charge).late);
  CHECK(town.w.providers.find(charge)->refunded() == town.w.providers.find(charge)->captured);
  CHECK(town.booking(other)->status == reservation_status::confirmed);
  CHECK(town.count<reservation_created>() == 1);
  town.rests();
}
