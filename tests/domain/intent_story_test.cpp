#include "booking_fixture.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::test;
using kind = payment_report::kind;
using standing = intent_payment::standing;

TEST_CASE("the first payment sets the deadline of its method", "[domain][intent]") {
  auto [method, length] = GENERATE(table<std::string, std::chrono::minutes>({{"stripe_card", 30min}, {"stripe_pix", 15min}, {"openpix", 15min}}));
  intent_story story;
  story.now += 14min;
  story.start(1, method);
  CHECK(story.known.expires_at == story.now + length);
  CHECK(story.known.first_payment_at == story.now);
  CHECK(story.start(1, method).empty());
}

TEST_CASE("three declines end an intent", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.report(1, kind::declined);
  CHECK(story.known.expires_at == noon + 35min);
  story.start(2);
  CHECK(story.payment(1).close_wanted);
  story.report(2, kind::declined);
  CHECK(story.report(2, kind::declined).empty());
  CHECK(story.known.payment_failures == 2);
  CHECK(story.known.expires_at == noon + 40min);
  story.start(3, "openpix");
  CHECK(story.known.expires_at == noon + 40min);
  const auto last = story.report(3, kind::declined);
  CHECK(last.size() == 2);
  CHECK(story.known.status == intent_status::cancelled);
  CHECK(story.known.cancel_reason == "payment_failures");
  CHECK(!story.known.hold_live);
  CHECK(story.try_start(4).error().code == errc::booking_intent_expired);
}

TEST_CASE("declines and new attempts stop at 45 minutes after the first start", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.now += 29min;
  story.start(2);
  CHECK(story.known.expires_at == noon + 45min);
  story.report(2, kind::declined);
  CHECK(story.known.expires_at == noon + 45min);
}

TEST_CASE("a decline of a superseded payment is not counted", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.start(2, "openpix");
  CHECK(story.payment(1).now == standing::superseded);
  REQUIRE(story.steps<step_close_payment>().size() == 1);
  CHECK(story.steps<step_close_payment>().front().payment == pay(1));
  CHECK(the<payment_ended>(story.report(1, kind::declined)) != nullptr);
  CHECK(story.known.payment_failures == 0);
  CHECK(story.steps<step_close_payment>().empty());
}

TEST_CASE("a payment that was never created counts for nothing and makes room for another", "[domain][intent]") {
  intent_story story;
  story.start(1);
  const auto expires_at = story.known.expires_at;
  story.report(1, kind::not_created);
  CHECK(story.known.status == intent_status::payment_pending);
  CHECK(story.known.payment_failures == 0);
  CHECK(story.known.expires_at == expires_at);
  CHECK(!story.known.current);
  const auto again = story.start(2);
  REQUIRE(the<payment_started>(again) != nullptr);
  CHECK(!the<payment_started>(again)->supersedes);
  CHECK(the<payment_started>(again)->attempt_no == 2);
}

TEST_CASE("a decline, then a success with another method", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.report(1, kind::declined);
  story.start(2, "openpix");
  story.now += 2min;
  story.paid(2);
  CHECK(story.known.status == intent_status::payment_confirmed);
  CHECK(story.known.expires_at == story.now + 5min);
  CHECK(story.steps<step_finalize>().size() == 1);
  CHECK(story.steps<step_refund>().empty());
  story.take(decide_finalize(story.known, some_reservation, "RES-2026-7K3M9Q", true, story.context()));
  CHECK(story.known.status == intent_status::converted);
  REQUIRE(story.steps<step_tell_reservation>().size() == 1);
  CHECK(story.steps<step_tell_reservation>().front().payment == pay(2));
  story.apply(intent_obligation_met{intent_obligation_met::kind::reservation_told, {}, 0, {}});
  story.apply(intent_obligation_met{intent_obligation_met::kind::payment_closed, pay(1), 0, {}});
  CHECK(next_steps(story.known).empty());
}

TEST_CASE("a declined payment that succeeds after all counts while its intent waits", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.report(1, kind::declined);
  story.paid(1);
  CHECK(story.known.counted == pay(1));
}

TEST_CASE("a surplus goes back, and after it only the rest", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.paid(1, 105000);
  CHECK(story.known.status == intent_status::payment_confirmed);
  REQUIRE(story.steps<step_refund>().size() == 1);
  const auto surplus = story.steps<step_refund>().front();
  CHECK(surplus.amount == money{5000});
  CHECK(surplus.reason == "overpayment");
  CHECK(surplus.refund == refund_of(pay(1), "overpayment"));

  story.take(decide(story.known, cancel_intent{}, story.context())); // B10
  story.apply(intent_obligation_met{intent_obligation_met::kind::refund_asked, pay(1), 0, surplus.refund});
  REQUIRE(story.steps<step_refund>().size() == 1);
  CHECK(story.steps<step_refund>().front().amount == money{100000});
  CHECK(story.steps<step_refund>().front().reason == "customer_request");
  CHECK(!story.raised("finalize_timeout"));
}

TEST_CASE("too little is kept for half an hour and goes back when another payment pays in full", "[domain][intent]") {
  intent_story story;
  story.start(1, "openpix");
  story.now += 14min;
  story.paid(1, 90000);
  CHECK(story.known.status == intent_status::payment_pending);
  CHECK(story.known.expires_at == story.now + 30min);
  CHECK(story.raised("payment_amount_mismatch"));
  CHECK(story.steps<step_refund>().empty());
  CHECK(story.paid(1, 90000).empty());
  story.start(2);
  story.paid(2);
  CHECK(story.known.counted == pay(2));
  REQUIRE(story.steps<step_refund>().size() == 1);
  CHECK(story.steps<step_refund>().front().payment == pay(1));
  CHECK(story.steps<step_refund>().front().amount == money{90000});
}

TEST_CASE("too little, or another currency, goes back when the intent ends", "[domain][intent]") {
  auto [captured, same_currency] = GENERATE(table<std::int64_t, bool>({{99999, true}, {100000, false}, {200000, false}}));
  intent_story story;
  story.start(1);
  story.paid(1, captured, same_currency);
  CHECK(story.known.status == intent_status::payment_pending);
  story.now = story.known.expires_at;
  story.take(decide_due(story.known, reread::not_needed, story.context()));
  CHECK(story.known.status == intent_status::expired);
  REQUIRE(story.steps<step_refund>().size() == 1);
  CHECK(story.steps<step_refund>().front().amount == money{captured});
  CHECK(story.steps<step_refund>().front().reason == "customer_request");
}

TEST_CASE("a second success goes back", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.start(2, "openpix");
  story.paid(2);
  CHECK(story.payment(1).close_wanted);
  story.paid(1);
  CHECK(story.known.counted == pay(2));
  CHECK(story.raised("duplicate_payment"));
  REQUIRE(story.steps<step_refund>().size() == 1);
  CHECK(story.steps<step_refund>().front().payment == pay(1));
  CHECK(story.steps<step_refund>().front().reason == "duplicate_payment");
  CHECK(!story.payment(1).close_wanted);
  CHECK(story.paid(1).empty());
}

TEST_CASE("a deadline waits for a provider without a certain answer", "[domain][intent]") {
  auto answer = GENERATE(reread::processing, reread::unknown);
  intent_story story;
  story.start(1);
  CHECK(open_objects(story.known) == std::vector{pay(1)});
  const auto deadline = story.known.expires_at;
  CHECK(next_deadline(story.known, story.settings) == deadline);
  story.now = deadline - 1us;
  CHECK(decide_due(story.known, reread::unpaid, story.context())->empty());
  story.now = deadline;
  CHECK(decide_due(story.known, answer, story.context())->empty()); // B14a
  CHECK(!decide_due(story.known, reread::unpaid, story.context())->empty());
  story.now = deadline + 30min - 1us;
  CHECK(decide_due(story.known, answer, story.context())->empty());

  SECTION("paid meanwhile, it counts until the grace is over") {
    story.now = deadline + 30min;
    story.paid(1);
    CHECK(story.known.status == intent_status::payment_confirmed);
  }
  SECTION("paid later, it is late") {
    story.now = deadline + 30min + 1us;
    const auto decided = story.paid(1); // B7c
    CHECK(the<intent_expired>(decided) != nullptr);
    CHECK(ends_hold(intent_story().known, decided) == hold_effect::expired);
    CHECK(story.known.status == intent_status::expired);
    CHECK(story.known.recovering == pay(1));
  }
  SECTION("not paid, the intent ends and gives its object up") {
    story.now = deadline + 30min;
    story.take(decide_due(story.known, answer, story.context())); // B14b
    CHECK(story.known.status == intent_status::expired);
    CHECK(story.steps<step_close_payment>().size() == 1);
    CHECK(!next_deadline(story.known, story.settings));
  }
}

TEST_CASE("an authentication that nobody finishes ends after 15 minutes", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.now += 3min;
  story.report(1, kind::needs_action);
  CHECK(story.report(1, kind::needs_action).empty());
  const auto deadline = noon + 18min;
  CHECK(next_deadline(story.known, story.settings) == deadline);
  story.now = deadline - 1us;
  CHECK(decide_due(story.known, reread::unpaid, story.context())->empty());
  story.now = deadline;
  CHECK(decide_due(story.known, reread::processing, story.context())->empty());
  story.take(decide_due(story.known, reread::unpaid, story.context()));
  CHECK(story.known.status == intent_status::cancelled);
  CHECK(story.known.cancel_reason == "authentication_abandoned");
  CHECK(story.steps<step_close_payment>().size() == 1);
}

TEST_CASE("what was counted goes back in full when no reservation comes of it", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.paid(1);
  SECTION("failsafe") {
    story.now = story.known.expires_at;
    CHECK(decide_finalize(story.known, some_reservation, "RES-2026-7K3M9Q", true, story.context()).error().code == errc::booking_intent_expired);
    story.take(decide_due(story.known, reread::not_needed, story.context()));
    CHECK(story.known.cancel_reason == "finalize_timeout");
    CHECK(story.raised("finalize_timeout"));
    CHECK(story.steps<step_refund>().front().reason == "host_commit_failed");
  }
  SECTION("no room") {
    story.take(decide_finalize(story.known, some_reservation, "RES-2026-7K3M9Q", false, story.context()));
    CHECK(story.known.cancel_reason == "inventory_lost");
    CHECK(story.raised("inventory_mismatch"));
    CHECK(story.steps<step_refund>().front().reason == "host_commit_failed");
  }
  SECTION("the guest") {
    story.take(decide(story.known, cancel_intent{}, story.context()));
    CHECK(story.known.notices.empty());
    CHECK(story.steps<step_refund>().front().reason == "customer_request");
  }
  CHECK(story.known.status == intent_status::cancelled);
  CHECK(story.steps<step_refund>().front().amount == money{100000});
  CHECK(story.steps<step_finalize>().empty());
}

TEST_CASE("late money is booked again when it is exactly the amount, else it goes back", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.start(2);
  story.take(decide(story.known, cancel_intent{}, story.context()));
  CHECK(story.steps<step_close_payment>().size() == 2);

  SECTION("another amount") {
    story.paid(1, 100001);
    CHECK(story.steps<step_recover>().empty());
    CHECK(story.raised("late_payment"));
    CHECK(story.steps<step_refund>().front().amount == money{100001});
  }
  SECTION("another currency") {
    story.paid(1, 100000, false);
    CHECK(story.steps<step_recover>().empty());
    CHECK(story.steps<step_refund>().front().reason == "late_payment");
  }
  SECTION("exact and recovered; a second one goes back") {
    story.paid(1);
    CHECK(story.steps<step_recover>().front().payment == pay(1));
    CHECK(story.known.notices.empty());
    story.paid(2);
    CHECK(story.steps<step_refund>().front().payment == pay(2));
    story.apply(intent_recovered{pay(1), recovery_of(pay(1))});
    CHECK(story.steps<step_recover>().empty());
    CHECK(story.known.recovered_by == recovery_of(pay(1)));
    CHECK(story.steps<step_refund>().size() == 1);
  }
  SECTION("exact, but no room any more") {
    story.paid(1);
    story.apply(recovery_failed{pay(1), "no_room"});
    story.apply(recovery_failed{pay(1), "no_room"});
    CHECK(story.steps<step_recover>().empty());
    REQUIRE(story.steps<step_refund>().size() == 1);
    CHECK(story.known.notices.size() == 1);
  }
  CHECK(story.known.status == intent_status::cancelled);
}

TEST_CASE("an intent that recovers late money is paid from its first moment", "[domain][intent]") {
  intent_story story;
  auto opened = story.opened(intent_status::payment_confirmed);
  opened.terms.intent = recovery_of(pay(1));
  opened.recovered_from = some_intent;
  opened.expires_at = story.now + 5min;
  intent_payment paid;
  paid.id = pay(1);
  paid.captured = {100000};
  opened.payment = paid;
  story.apply(opened);
  CHECK(story.known.counted == pay(1));
  CHECK(story.steps<step_finalize>().size() == 1);
  CHECK(story.paid(1).empty());
  CHECK(decide_finalize(story.known, some_reservation, "RES-2026-7K3M9Q", true, story.context())->size() == 1);
}

TEST_CASE("a hold has a part in the record that ends or converts its intent", "[domain][intent]") {
  intent_story story;
  CHECK(!ends_hold(story.known, {traveler_changed{}}));
  CHECK(ends_hold(story.known, {intent_expired{}}) == hold_effect::expired);
  CHECK(ends_hold(story.known, {intent_cancelled{"guest_abort"}}) == hold_effect::released);
  CHECK(ends_hold(story.known, {intent_converted{}}) == hold_effect::converted);
  story.apply(intent_expired{});
  CHECK(!ends_hold(story.known, {payment_late{}}));
  CHECK(!ends_hold(story.known, {intent_cancelled{"guest_abort"}}));
}

TEST_CASE("a start without a key of its own means the open payment of that method", "[domain][intent]") {
  intent_story story;
  const auto first = payment_for(story.known, "stripe_card");
  CHECK(payment_for(story.known, "openpix") == first);
  start_payment command{first, "stripe_card", "stripe"};
  story.take(decide(story.known, command, story.context(), true));
  CHECK(story.known.availability_unverified);
  CHECK(payment_for(story.known, "stripe_card") == first);
  CHECK(payment_for(story.known, "openpix") != first);
  story.take(decide(story.known, payment_report{first, kind::declined, {}, true, {}}, story.context()));
  CHECK(payment_for(story.known, "stripe_card") != first);
  CHECK(city_of(first.value) == city_of(some_intent.value));
}

TEST_CASE("told notices are dropped from the front and the rest is told again", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.start(2);
  story.start(3);
  story.paid(3);
  story.paid(1);
  story.paid(2);
  REQUIRE(story.steps<step_raise>().front().notices.size() == 2);
  story.apply(intent_obligation_met{intent_obligation_met::kind::notices_told, {}, 1, {}});
  REQUIRE(story.known.notices.size() == 1);
  CHECK(story.known.notices.front().payment == pay(2));
  story.apply(intent_obligation_met{intent_obligation_met::kind::notices_told, {}, 5, {}});
  CHECK(story.known.notices.empty());
}

TEST_CASE("an intent survives its own encoding", "[domain][intent]") {
  intent_story story;
  story.start(1);
  story.report(1, kind::needs_action);
  story.start(2, "openpix");
  story.paid(2, 105000);
  story.paid(1);
  story.take(decide_finalize(story.known, some_reservation, "RES-2026-7K3M9Q", true, story.context()));
  CHECK(decoded<intent>(encoded(story.known)) == story.known);
}
