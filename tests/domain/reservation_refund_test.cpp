#include "reservation_story.hpp"

#include <random>

namespace reserve {

using testing::story;
using status = reservation_status;
using notes = std::vector<std::string>;
using told = payment_notice::kind;

TEST_CASE("exhausted and nobody came: the guest gets everything back after 30 minutes", "[domain][reservation]") {
  story s;
  s.exhaust();
  s.now += std::chrono::minutes(30) - std::chrono::microseconds(1);
  CHECK_FALSE(s.step<step_ask_before_refund>());
  CHECK(s.give_up(story::not_found()) == 0); // not due
  s.now += std::chrono::microseconds(1);
  REQUIRE(s.step<step_ask_before_refund>());
  CHECK(s.due() == 0);
  s.give_up(story::not_found());
  CHECK(s.known.status == status::refund_pending);
  CHECK(s.known.cancelled_by == "system");
  const auto* ask = s.step<step_ask_refund>();
  REQUIRE(ask);
  CHECK(ask->payment == *s.known.payment);
  CHECK(ask->request.amount == money{140000});
  CHECK(ask->request.reason == "host_commit_failed");
  CHECK(ask->request.refund == refund_id{derive_uuid(s.known.id.value, "host_commit_failed")});
  CHECK_FALSE(ask->request.commission); // never posted
  s.happens(refund_taken{});
  CHECK_FALSE(s.step<step_ask_refund>());
  CHECK(s.refund(told::refund_completed) == 1);
  CHECK(s.known.status == status::refunded);
  CHECK(s.known.pay_state == reservation_payment::refunded);
  CHECK(s.told() == notes{"+host_booking_failed", "-host_booking_failed/auto_refunded"});
  CHECK(s.refund(told::refund_completed) == 0);
}

TEST_CASE("nothing paid: cancelled without a refund", "[domain][reservation]") {
  story s(money{});
  s.exhaust();
  s.now += std::chrono::minutes(30);
  s.give_up(story::not_found());
  CHECK(s.known.status == status::cancelled);
  CHECK_FALSE(s.known.refund);
  CHECK_FALSE(s.step<step_ask_refund>());
  CHECK(s.known.recall); // the timed-out calls may still land
}

TEST_CASE("a guest who cancels while we commit is told after the Host", "[domain][reservation]") {
  story s;
  CHECK(s.cancel("guest") == 1);
  CHECK(s.cancel("guest") == 0);
  CHECK(s.known.status == status::host_commit_pending);
  CHECK(s.known.cancel_requested_at == s.now);
  SECTION("the Host fails: full refund at once") {
    s.exhaust();
    REQUIRE(s.step<step_ask_before_refund>());
    s.give_up(story::not_found());
    CHECK(s.known.status == status::refund_pending);
    CHECK(s.known.cancelled_by == "guest");
    CHECK(s.known.cancel_reason == "changed_plans");
    CHECK(s.known.refund_reason == "host_commit_failed");
  }
  SECTION("the Host confirms: the request stays and people are told") {
    s.started_and(s.booked());
    CHECK(s.known.status == status::confirmed);
    CHECK(s.known.cancel_after_commit);
    CHECK(s.told() == notes{"+manual_review"});
  }
}

TEST_CASE("a cancellation while failed is refunded without waiting for the timer", "[domain][reservation]") {
  story s;
  s.exhaust();
  CHECK(s.cancel("agent") == 1);
  CHECK(s.cancel("guest") == 0);
  CHECK_FALSE(decide_retry(s.known, false, s.context()));
  CHECK_FALSE(decide_retry(s.known, true, s.context()));
  s.give_up(story::not_found());
  CHECK(s.known.status == status::refund_pending);
  CHECK(s.known.cancelled_by == "agent");
  CHECK(s.cancel("guest") == 0);
}

TEST_CASE("a confirmed stay is not cancelled by this command", "[domain][reservation]") {
  story s;
  s.started_and(s.booked());
  const auto refused = decide_cancel(s.known, "guest", "", s.context());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::invalid_state);
}

TEST_CASE("the question before the refund may arrive too late", "[domain][reservation]") {
  story s;
  s.exhaust();
  s.now += std::chrono::minutes(30);
  s.retry();
  CHECK(s.give_up(story::not_found()) == 0); // a run is in progress
  CHECK(s.known.status == status::host_commit_pending);
  s.give_up(s.found());
  CHECK(s.known.status == status::confirmed);
  CHECK(s.give_up(story::not_found()) == 0);
}

TEST_CASE("a success after we gave up is cancelled at the Host", "[domain][reservation]") {
  story s;
  s.exhaust();
  s.now += std::chrono::minutes(30);
  s.give_up(story::not_found());
  REQUIRE(s.known.recall);
  REQUIRE(s.step<step_recall_look_up>());
  SECTION("the look-up finds it") {
    s.recall(s.found());
    const auto* step = s.step<step_recall_cancel>();
    REQUIRE(step);
    CHECK(step->host_booking_id == "HB-1");
    CHECK(s.known.status == status::refund_pending);
    CHECK(s.recall(story::unreachable()) == 0);
    CHECK(s.recall(story::answer_of(host_answer::kind::cancelled)) == 1);
    CHECK_FALSE(s.known.recall);
    CHECK(s.recall(story::answer_of(host_answer::kind::cancelled)) == 0);
  }
  SECTION("certainly not there, then it lands all the same") {
    s.recall(story::not_found());
    CHECK_FALSE(s.known.recall);
    s.refund(told::refund_completed);
    CHECK(s.report(s.booking()) == 1);
    CHECK(s.report(s.booking()) == 0);
    CHECK(s.step<step_recall_cancel>());
    CHECK(s.known.status == status::refunded);
  }
  SECTION("the late answer of the call itself") {
    s.answer(s.booked());
    CHECK(s.step<step_recall_cancel>());
    CHECK(s.report(s.booking("HB-1", "cancelled")) == 1); // somebody cancelled it there
    CHECK_FALSE(s.known.recall);
  }
  SECTION("a day later people are told, once") {
    s.now += std::chrono::hours(24);
    CHECK(next_deadline(s.known, s.settings) == s.now);
    CHECK(s.due() == 1);
    CHECK(s.due() == 0);
    CHECK_FALSE(next_deadline(s.known, s.settings));
    CHECK(s.told().back() == "+host_cancel_failed");
    s.recall(story::not_found());
    CHECK(s.told().back() == "-host_cancel_failed/auto_healed");
  }
}

TEST_CASE("a failed refund and its late completion", "[domain][reservation]") {
  story s;
  s.started_and(story::answer_of(host_answer::kind::refused));
  s.give_up(story::not_found());
  CHECK(s.refund(told::refund_failed) == 1);
  CHECK(s.known.status == status::refund_failed);
  CHECK(s.known.pay_state == reservation_payment::paid);
  CHECK(s.told() == notes{"+host_rejected", "+refund_failed"});
  CHECK(s.refund(told::refund_failed) == 0);
  CHECK(s.refund(told::refund_completed) == 1);
  CHECK(s.known.status == status::refunded);
  CHECK(s.told() == notes{"+host_rejected", "+refund_failed", "-refund_failed/auto_healed"}); // the call to the property is still owed
  SECTION("taken back by the provider") {
    CHECK(s.refund(told::refund_failed) == 1);
    CHECK(s.known.status == status::refund_failed);
    CHECK(s.known.refunded == money{});
    CHECK(s.known.pay_state == reservation_payment::paid);
  }
}

TEST_CASE("notices of other refunds change nothing", "[domain][reservation]") {
  story s;
  payment_notice other;
  other.what = told::refund_completed;
  other.refund = refund_id{testing::id_of(9)};
  CHECK(s.apply(decide_refund_notice(s.known, other, {100}, s.context())) == 0);
  s.started_and(story::answer_of(host_answer::kind::refused));
  s.give_up(story::not_found());
  CHECK(s.apply(decide_refund_notice(s.known, other, {100}, s.context())) == 0);
}

TEST_CASE("the property cancels a confirmed stay: everything back, commission turned round", "[domain][reservation]") {
  story s;
  s.started_and(s.booked());
  const auto decision = decide_host_report(s.known, s.booking("HB-1", "cancelled"), false, s.context());
  REQUIRE(decision);
  CHECK(releases_nights(*decision));
  s.apply(decision);
  CHECK(s.known.status == status::refund_pending);
  CHECK(s.known.cancelled_by == "host");
  CHECK(s.told() == notes{"+property_cancellation"});
  CHECK(s.known.notices.front().severity == "medium");
  const auto* ask = s.step<step_ask_refund>();
  REQUIRE(ask);
  CHECK(ask->request.amount == money{140000});
  CHECK(ask->request.reason == "property_cancelled");
  CHECK(ask->request.commission == s.known.commission);
  CHECK(s.report(s.booking("HB-1", "cancelled")) == 0);
  CHECK(s.report(s.booking()) == 0); // an old report of the same booking
  CHECK_FALSE(s.known.recall);
}

TEST_CASE("a guest's own cancellation at the Host follows the policy", "[domain][reservation]") {
  story s;
  s.started_and(s.booked());
  SECTION("in time") {
    s.now = *s.known.terms.policy.free_until;
    s.report(s.booking("HB-1", "cancelled"), true);
    CHECK(s.known.refund_amount == money{140000});
  }
  SECTION("a moment late") {
    s.now = *s.known.terms.policy.free_until + std::chrono::microseconds(1);
    s.report(s.booking("HB-1", "cancelled"), true);
    CHECK(s.known.refund_amount == money{70000});
    CHECK_FALSE(s.step<step_ask_refund>()->request.commission);
    s.refund(told::refund_completed, {70000});
    CHECK(s.known.pay_state == reservation_payment::partially_refunded);
  }
  SECTION("never refundable") {
    s.known.terms.policy = {"non_refundable", std::nullopt, 0, 0, std::nullopt, std::chrono::minutes(900), std::nullopt};
    s.report(s.booking("HB-1", "cancelled"), true);
    CHECK(s.known.status == status::cancelled);
  }
  CHECK(s.told().empty());
}

TEST_CASE("a cancellation that does not fit is a matter for people", "[domain][reservation]") {
  story s;
  s.started_and(s.booked());
  CHECK(s.report(s.booking("HB-other", "cancelled")) == 0);
  CHECK(s.known.status == status::confirmed);
  s.known.status = status::checked_in;
  CHECK(s.report(s.booking("HB-1", "cancelled")) == 1);
  CHECK(s.told() == notes{"+state_mismatch"});
  CHECK(s.known.status == status::checked_in);
}

TEST_CASE("told exceptions leave the list from the front", "[domain][reservation]") {
  story s;
  s.exhaust();
  s.retry();
  s.started_and(s.booked());
  REQUIRE(s.known.notices.size() == 2);
  CHECK(s.step<step_raise_reservation>()->notices.size() == 2);
  s.happens(reservation_notices_told{1});
  CHECK(s.told() == notes{"-host_booking_failed/retried"});
  s.happens(reservation_notices_told{7});
  CHECK(next_steps(s.known, s.now).empty());
}

TEST_CASE("the same intent always makes the same reservation", "[domain][reservation]") {
  const intent_id intent{testing::id_of(1)};
  CHECK(reservation_of(intent) == reservation_of(intent));
  CHECK_FALSE(reservation_of(intent) == reservation_of(intent_id{testing::id_of(2)}));
  CHECK(city_of(reservation_of(intent).value) == 7);
}

namespace {

/// Something that may arrive at any moment, twice, late or in any order.
void anything(story& s, std::mt19937& dice) {
  const auto roll = [&](unsigned sides) { return dice() % sides; };
  const std::string id = roll(8) == 0 ? "HB-2" : "HB-1";
  switch (roll(16)) {
  case 0:
    if (s.known.status == status::host_commit_pending)
      s.start();
    break;
  case 1: s.answer(s.booked(id)); break;
  case 2: s.answer(story::timed_out()); break;
  case 3: s.answer(story::answer_of(host_answer::kind::breaker_open)); break;
  case 4: s.answer(s.found(id, roll(4) == 0 ? "cancelled" : "confirmed")); break;
  case 5: s.answer(story::answer_of(roll(3) == 0 ? host_answer::kind::refused : host_answer::kind::odd)); break;
  case 6: s.report(s.booking(id, roll(4) == 0 ? "cancelled" : "created"), roll(2) == 0); break;
  case 7: s.now += std::chrono::minutes(roll(20)); break;
  case 8: s.due(); break;
  case 9: s.give_up(roll(2) == 0 ? story::not_found() : story::unreachable()); break;
  case 10:
    if (const auto decision = decide_retry(s.known, roll(2) == 0, s.context()))
      s.apply(decision);
    break;
  case 11:
    if (const auto decision = decide_cancel(s.known, "guest", "r", s.context()); decision && roll(4) == 0)
      s.apply(decision);
    break;
  case 12: s.refund(told::refund_completed); break;
  case 13: s.refund(told::refund_failed); break;
  case 14: s.recall(roll(2) == 0 ? s.found(id) : story::answer_of(host_answer::kind::cancelled)); break;
  default:
    if (s.step<step_commit>())
      s.started_and(roll(3) == 0 ? s.booked(id) : story::timed_out());
  }
}

} // namespace

TEST_CASE("duplicates, reorders and late answers never break a reservation", "[domain][reservation]") {
  std::mt19937 dice(20261201);
  for (int run = 0; run < 300; ++run) {
    story s;
    for (int i = 0; i < 60; ++i) {
      anything(s, dice);
      INFO("run " << run << " step " << i << " " << name_of(s.known.status));
      // Nights are given back once, money is promised once, and nobody is confirmed without a Host booking.
      CHECK((s.known.status != status::confirmed || !s.known.host_booking_id.empty()));
      CHECK((!s.known.refund || s.known.cancelled_at));
      CHECK(s.known.refunded <= s.known.paid);
      CHECK((s.known.commission_posted == s.known.confirmed_at.has_value()));
      CHECK((s.known.status != status::refund_pending || s.known.refund_amount > money{}));
      CHECK(s.known.attempts >= 0);
      CHECK(s.known.total_attempts >= s.known.attempts);
      if (s.known.notices.size() > 20)
        s.happens(reservation_notices_told{20});
    }
  }
}

} // namespace reserve
