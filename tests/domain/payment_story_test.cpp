#include "booking_fixture.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::test;
using kind = payment_notice::kind;

TEST_CASE("a card payment is created, authenticated and received", "[domain][payment]") {
  payment_story story;
  CHECK(story.steps<step_create_object>().size() == 1);
  story.created(object_status::requires_action);
  CHECK(story.known.status == payment_status::processing);
  CHECK(story.known.attempt_state == attempt_status::requires_action);
  CHECK(story.steps<step_create_object>().empty());
  CHECK(story.steps<step_tell>().front().notice.what == kind::needs_action);
  CHECK(story.created(object_status::requires_action).empty());

  const auto decided = story.paid();
  const auto* const paid = the<payment_succeeded>(decided);
  REQUIRE(paid != nullptr);
  REQUIRE(paid->ledger);
  CHECK(balanced(*paid->ledger));
  CHECK(paid->ledger->idempotency_key == "payment:" + to_string(pay(1)) + ":captured");
  CHECK(paid->fee == money{2930});
  CHECK(story.known.captured == money{100000});
  CHECK(story.known.attempt_state == attempt_status::succeeded);
  CHECK(story.known.processed_at == story.now);
  CHECK(!story.known.late);
  CHECK(story.known.notices.size() == 2);
  story.apply(payment_notice_told{1, 0});
  CHECK(story.steps<step_tell>().front().notice.what == kind::succeeded);
  CHECK(story.steps<step_tell>().front().notice.captured == money{100000});
}

TEST_CASE("a PIX charge keeps its text, its tax and its own deadline", "[domain][payment]") {
  payment_story story("openpix");
  auto view = payment_story::view(object_status::requires_action);
  view.pix_text = "000201";
  view.pix_txid = "tx1";
  view.pix_expires_at = noon + 60min;
  story.take(decide_created(story.known, view, story.context()));
  CHECK(story.known.status == payment_status::pending);
  CHECK(story.known.iof == money{380});
  CHECK(story.known.pix_text == "000201");
  CHECK(story.known.pix_expires_at == noon + 15min);
  CHECK(story.known.notices.empty());
  story.now += 3min;
  const auto decided = story.paid(105000);
  CHECK(story.known.pix_state == pix_status::paid);
  CHECK(story.known.pix_paid == money{105000});
  CHECK(story.known.captured == money{105000});
  CHECK(balanced(*the<payment_succeeded>(decided)->ledger));
}

TEST_CASE("an object that could not be made ends the payment, and one that turns up is cancelled", "[domain][payment]") {
  payment_story story;
  story.take(decide_not_created(story.known, "provider_unavailable", story.context()));
  CHECK(story.known.status == payment_status::cancelled);
  CHECK(story.known.failure_code == "provider_unavailable");
  CHECK(story.steps<step_tell>().front().notice.what == kind::not_created);
  CHECK(story.steps<step_create_object>().empty());
  CHECK(decide_not_created(story.known, "provider_unavailable", story.context())->empty());

  story.created(object_status::requires_payment_method);
  CHECK(story.known.status == payment_status::cancelled);
  CHECK(story.steps<step_cancel_object>().size() == 1);
  story.read(object_status::cancelled);
  CHECK(story.steps<step_cancel_object>().empty());
  CHECK(story.known.notices.size() == 1);
}

TEST_CASE("after a creation without a certain answer its object is looked for until the provider says that there is none", "[domain][payment]") {
  payment_story story;
  const bool closed = GENERATE(false, true);
  if (closed)
    story.take(decide_close(story.known, std::nullopt, story.context()));
  story.take(decide_not_created(story.known, "provider_unavailable", story.context()));
  REQUIRE(story.known.status == payment_status::cancelled);
  CHECK(story.steps<step_cancel_object>().empty());
  const auto ended = story.known.status_changed_at;
  CHECK(next_poll(story.known, timestamp{}, story.settings) == ended + std::chrono::minutes(5));
  CHECK(next_deadline(story.known, story.settings) == ended + std::chrono::hours(24));

  story.now = ended + std::chrono::minutes(5); // A request that is still on its way may arrive yet.
  CHECK(decide_not_created(story.known, "provider_unavailable", story.context())->empty());
  story.now = ended + std::chrono::minutes(10);
  story.take(decide_not_created(story.known, "provider_unavailable", story.context()));
  CHECK(story.known.status == payment_status::cancelled);
  CHECK(story.known.notices.size() == 1);
  CHECK_FALSE(next_poll(story.known, timestamp{}, story.settings).has_value());
  CHECK_FALSE(next_deadline(story.known, story.settings).has_value());
}

TEST_CASE("money that was taken although no creation was answered is found, and told", "[domain][payment]") {
  payment_story story;
  story.take(decide_not_created(story.known, "provider_unavailable", story.context()));
  story.now += std::chrono::minutes(5);
  story.read(object_status::succeeded, 100000);
  CHECK(story.known.status == payment_status::succeeded);
  CHECK_FALSE(story.known.provider_object.empty());
  CHECK_FALSE(story.known.watch_until.has_value());
  CHECK(story.known.notices.back().what == kind::succeeded);
}

TEST_CASE("a declined payment whose object is paid after all has succeeded late", "[domain][payment]") {
  payment_story story;
  story.created();
  auto declined = payment_story::view(object_status::requires_payment_method);
  declined.failure_code = "insufficient_funds";
  story.take(decide_read(story.known, declined, story.context()));
  CHECK(story.known.status == payment_status::failed);
  CHECK(story.known.attempt_state == attempt_status::failed);
  CHECK(story.steps<step_tell>().front().notice.failure_code == "insufficient_funds");
  CHECK(decide_read(story.known, declined, story.context())->empty());

  story.paid();
  CHECK(story.known.status == payment_status::succeeded);
  CHECK(story.known.late);
  CHECK(story.known.attempt_state == attempt_status::succeeded);
  CHECK(story.known.failure_code.empty());
}

TEST_CASE("a declined card object is cancelled on demand, once", "[domain][payment]") {
  payment_story story;
  story.created();
  story.read(object_status::failed);
  story.take(decide_close(story.known, std::nullopt, story.context()));
  CHECK(story.steps<step_cancel_object>().size() == 1);
  CHECK(decide_close(story.known, std::nullopt, story.context())->empty());
  story.read(object_status::cancelled);
  CHECK(story.known.status == payment_status::failed);
  CHECK(story.known.failure_code == "card_declined");
  CHECK(story.steps<step_cancel_object>().empty());
}

TEST_CASE("closing an open object ends in what the provider answers", "[domain][payment]") {
  payment_story story;
  story.created();
  story.take(decide_close(story.known, std::nullopt, story.context()));
  CHECK(story.known.status == payment_status::pending);
  CHECK(story.steps<step_cancel_object>().size() == 1);
  SECTION("cancelled") {
    story.read(object_status::cancelled);
    CHECK(story.known.status == payment_status::cancelled);
    CHECK(story.known.attempt_state == attempt_status::abandoned);
    CHECK(story.tells(kind::ended));
  }
  SECTION("already succeeded (PM8)") {
    story.paid();
    CHECK(story.known.status == payment_status::succeeded);
    CHECK(story.tells(kind::succeeded));
  }
  CHECK(story.steps<step_cancel_object>().empty());
}

TEST_CASE("a payment closed before its object was made is never made", "[domain][payment]") {
  payment_story story;
  story.take(decide_close(story.known, std::nullopt, story.context()));
  CHECK(story.steps<step_create_object>().empty());
  CHECK(story.steps<step_cancel_object>().size() == 1);
  story.take(decide_not_created(story.known, "provider_unavailable", story.context()));
  CHECK(story.known.status == payment_status::cancelled);
  CHECK(story.steps<step_cancel_object>().empty());
}

TEST_CASE("an unpaid PIX charge expires at its deadline and stays watched for an hour", "[domain][payment]") {
  payment_story story("stripe_pix");
  story.created(object_status::requires_action);
  const auto deadline = noon + 15min;
  story.now = deadline - 1us;
  CHECK(story.read(object_status::requires_action).empty());
  story.now = deadline;
  story.read(object_status::requires_action);
  CHECK(story.known.status == payment_status::expired);
  CHECK(story.known.pix_state == pix_status::expired);
  CHECK(story.tells(kind::ended));
  CHECK(story.steps<step_cancel_object>().size() == 1);
  CHECK(story.known.watch_until == deadline + 1h);
  CHECK(next_poll(story.known, story.now, story.settings));

  SECTION("cancelled there") {
    story.read(object_status::cancelled);
    CHECK(story.known.status == payment_status::expired);
    CHECK(!story.known.watch_until);
  }
  SECTION("paid in that hour") {
    story.paid();
    CHECK(story.known.status == payment_status::succeeded);
    CHECK(story.known.pix_state == pix_status::paid);
    CHECK(story.known.late);
  }
  SECTION("never answered") {
    CHECK(next_deadline(story.known, story.settings) == deadline + 1h);
    story.now = deadline + 1h;
    story.take(decide_due(story.known, story.context()));
    CHECK(story.known.status == payment_status::expired);
  }
  CHECK(story.steps<step_cancel_object>().empty());
  CHECK(!next_poll(story.known, story.now, story.settings));
  CHECK(!next_deadline(story.known, story.settings));
}

TEST_CASE("a PIX code that the provider calls expired is no decline", "[domain][payment]") {
  payment_story story("stripe_pix");
  story.created(object_status::requires_action);
  story.now = noon + 15min - 2s;
  auto view = payment_story::view(object_status::requires_payment_method);
  view.failure_code = "payment_intent_payment_attempt_expired";
  story.take(decide_read(story.known, view, story.context()));
  CHECK(story.known.status == payment_status::expired);
  CHECK(!story.tells(kind::declined));
}

TEST_CASE("a PIX charge of an unreachable provider waits for the end of the grace", "[domain][payment]") {
  payment_story story("openpix");
  story.created(object_status::requires_action);
  const auto over = noon + 45min;
  CHECK(next_deadline(story.known, story.settings) == over);
  story.now = over - 1us;
  CHECK(decide_due(story.known, story.context())->empty());
  story.now = over;
  story.take(decide_due(story.known, story.context()));
  CHECK(story.known.status == payment_status::expired);
  CHECK(story.known.watch_until == noon + 75min);
}

TEST_CASE("an authentication is abandoned after 10 minutes and may still end", "[domain][payment]") {
  payment_story story;
  story.created(object_status::requires_action);
  CHECK(next_deadline(story.known, story.settings) == noon + 10min);
  story.now = noon + 10min;
  story.take(decide_due(story.known, story.context()));
  CHECK(story.known.attempt_state == attempt_status::abandoned);
  CHECK(!next_deadline(story.known, story.settings));
  CHECK(decide_due(story.known, story.context())->empty());
  CHECK(story.read(object_status::requires_action).empty());
  story.paid();
  CHECK(story.known.attempt_state == attempt_status::succeeded);
}

TEST_CASE("open objects are polled at the pace of their method", "[domain][payment]") {
  payment_story card;
  CHECK(!next_poll(card.known, noon, card.settings));
  card.created();
  CHECK(next_poll(card.known, noon, card.settings) == noon + 30s);
  CHECK(next_poll(card.known, timestamp{}, card.settings) == noon + 30s);
  card.paid();
  CHECK(!next_poll(card.known, noon, card.settings));

  payment_story pix("openpix");
  pix.created(object_status::requires_action);
  CHECK(next_poll(pix.known, noon, pix.settings) == noon + 15s);
  CHECK(next_poll(pix.known, noon + 9min, pix.settings) == noon + 9min + 15s);
  CHECK(next_poll(pix.known, noon + 10min, pix.settings) == noon + 11min);
  CHECK(next_poll(pix.known, noon + 14min + 50s, pix.settings) == noon + 15min);
  CHECK(next_poll(pix.known, noon + 15min, pix.settings) == noon + 16min);
}

TEST_CASE("a reading that is not about this payment changes nothing", "[domain][payment]") {
  payment_story story;
  story.created();
  auto view = payment_story::view(object_status::succeeded, 100000);
  SECTION("another reference") {
    view.reference_matches = false;
  }
  SECTION("another object") {
    view.object = "pi_2";
  }
  SECTION("no money") {
    view.captured = {};
  }
  CHECK(decide_read(story.known, view, story.context())->empty());
}

TEST_CASE("money in another currency is kept in mind but never posted", "[domain][payment]") {
  payment_story story;
  story.created();
  auto view = payment_story::view(object_status::succeeded, 100000);
  view.currency = *parse_currency("USD");
  const auto decided = story.take(decide_read(story.known, view, story.context()));
  CHECK(story.known.foreign_currency);
  CHECK(!the<payment_succeeded>(decided)->ledger);
  CHECK(!the<refund_requested>(story.refund(1, 100000))->ledger);
  story.send(1);
  CHECK(!the<refund_completed>(story.answer(1, refund_view::kind::completed))->ledger);
  CHECK(story.known.status == payment_status::refunded);
}

TEST_CASE("a success seen before the answer to the creation is not lost", "[domain][payment]") {
  payment_story story;
  const auto decided = story.paid();
  CHECK(the<payment_object_created>(decided) != nullptr);
  CHECK(story.known.provider_object == "pi_1");
  CHECK(story.created().empty());
  CHECK(story.known.status == payment_status::succeeded);
}

TEST_CASE("a payment that moves belongs to another intent and a reservation", "[domain][payment]") {
  payment_story story;
  story.apply(payment_moved{id_of<intent_id>(2, 9), {}});
  story.apply(payment_moved{{}, some_reservation});
  CHECK(story.known.intent == id_of<intent_id>(2, 9));
  CHECK(story.known.reservation == some_reservation);
}

TEST_CASE("a payment survives its own encoding", "[domain][payment]") {
  payment_story story("openpix");
  story.created(object_status::requires_action);
  story.paid();
  story.refund(1, 1000);
  story.send(1);
  story.answer(1, refund_view::kind::error);
  story.refund(2, 2000, "goodwill", true);
  CHECK(decoded<payment>(encoded(story.known)) == story.known);
}

TEST_CASE("the provider's real fee replaces the accrual once, when it is known", "[domain][payment]") {
  payment_story story;
  story.created();
  auto view = payment_story::view(object_status::succeeded, 100000);
  SECTION("with the success itself") {
    view.fee = money{2935};
    const auto decided = story.take(decide_read(story.known, view, story.context()));
    CHECK(the<payment_succeeded>(decided) != nullptr);
    REQUIRE(the<payment_fee_settled>(decided) != nullptr);
  }
  SECTION("by a later reading") {
    CHECK(the<payment_fee_settled>(story.paid()) == nullptr);
    view.fee = money{2935};
    const auto decided = story.take(decide_read(story.known, view, story.context()));
    REQUIRE(decided.size() == 1);
    const auto* const settled = the<payment_fee_settled>(decided);
    REQUIRE(settled != nullptr);
    REQUIRE(settled->ledger);
    CHECK(balanced(*settled->ledger));
    CHECK(settled->ledger->entries.size() == 3);
  }
  CHECK(story.known.fee == money{2930});
  CHECK(story.known.fee_real == money{2935});
  view.fee = money{3000};
  CHECK(decide_read(story.known, view, story.context())->empty());
}

TEST_CASE("money in a foreign currency was never posted, so its fee is not settled either", "[domain][payment]") {
  payment_story story;
  story.created();
  auto view = payment_story::view(object_status::succeeded, 100000);
  view.currency = *parse_currency("EUR");
  view.fee = money{2935};
  const auto decided = story.take(decide_read(story.known, view, story.context()));
  CHECK(the<payment_fee_settled>(decided) == nullptr);
}
