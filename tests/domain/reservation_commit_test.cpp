#include "reservation_story.hpp"

namespace reserve {

using testing::story;
using status = reservation_status;
using notes = std::vector<std::string>;

TEST_CASE("a new reservation waits for the Host with its money counted", "[domain][reservation]") {
  story s;
  CHECK(s.known.status == status::host_commit_pending);
  CHECK(s.known.pay_state == reservation_payment::paid);
  CHECK(s.known.contact_seq == 42);
  const auto* step = s.step<step_commit>();
  REQUIRE(step);
  CHECK_FALSE(step->look_up_first);
  CHECK(step->attempt == 1);
  CHECK(next_deadline(s.known, s.settings) == s.now + std::chrono::minutes(10));
  CHECK(story({70000}).known.pay_state == reservation_payment::partial);
  CHECK(story(money{}, "property").known.pay_state == reservation_payment::not_required);
}

TEST_CASE("a booking of the Host confirms and takes the commission once", "[domain][reservation]") {
  story s;
  s.start();
  const auto decision = decide_commit(s.known, s.booked(), s.context());
  REQUIRE(decision);
  const auto* confirmed = confirms(*decision);
  REQUIRE(confirmed);
  CHECK_FALSE(releases_nights(*decision));
  CHECK(confirmed->via == "commit");
  REQUIRE(confirmed->commission);
  CHECK(balanced(*confirmed->commission));
  CHECK(confirmed->commission->reservation == s.known.id);
  s.apply(decision);
  CHECK(s.known.status == status::confirmed);
  CHECK(s.known.commit == host_commit_state::committed);
  CHECK(s.known.commission_posted);
  CHECK(s.known.host_booking_id == "HB-1");
  CHECK(s.known.host_confirmation_code == "HC-HB-1");
  CHECK(s.told().empty());
  CHECK(next_steps(s.known, s.now).empty());
  CHECK_FALSE(next_deadline(s.known, s.settings));
  CHECK(s.answer(s.booked()) == 0); // the same answer again
}

TEST_CASE("no commission is taken where we collected nothing", "[domain][reservation]") {
  story unpaid(money{});
  unpaid.started_and(unpaid.booked());
  CHECK_FALSE(unpaid.known.commission_posted);
  story at_property({140000}, "property");
  at_property.started_and(at_property.booked());
  CHECK_FALSE(at_property.known.commission_posted);
}

TEST_CASE("a confirmation with other dates or another unit is told to people", "[domain][reservation]") {
  story s;
  auto answer = s.booked();
  SECTION("dates") { answer.booking.stay.check_out += std::chrono::days(1); }
  SECTION("unit") { answer.booking.host_unit_id = "other"; }
  s.started_and(answer);
  CHECK(s.known.status == status::confirmed);
  CHECK(s.told() == notes{"+state_mismatch"});
}

TEST_CASE("what the Host does not tell is not compared", "[domain][reservation]") {
  story s;
  auto answer = s.booked();
  answer.booking.stay = {};
  answer.booking.host_unit_id.clear();
  s.started_and(answer);
  CHECK(s.told().empty());
}

TEST_CASE("a time-out is followed by a look-up and the next try", "[domain][reservation]") {
  story s;
  s.started_and(story::timed_out());
  CHECK(s.known.status == status::host_commit_pending);
  CHECK(s.known.unknown_result);
  const auto* step = s.step<step_commit>();
  REQUIRE(step);
  CHECK(step->look_up_first);
  CHECK(step->attempt == 2);
  SECTION("the look-up finds it") {
    s.answer(s.found());
    CHECK(s.known.status == status::confirmed);
  }
  SECTION("the look-up finds nothing, the try works") {
    CHECK(s.answer(story::not_found()) == 0);
    s.started_and(s.booked());
    CHECK(s.known.status == status::confirmed);
    CHECK(s.known.total_attempts == 2);
  }
  SECTION("the look-up gets no answer: nothing is counted") {
    CHECK(s.answer(story::timed_out()) == 0);
    CHECK(s.known.attempts == 1);
  }
  CHECK(s.known.recall == false);
}

TEST_CASE("an odd success counts as a time-out", "[domain][reservation]") {
  story s;
  auto answer = s.booked();
  SECTION("no id") { answer.booking.booking_id.clear(); }
  SECTION("another reference") { answer.booking.external_reference = "RES-2026-000000"; }
  SECTION("unreadable") { answer = story::answer_of(host_answer::kind::odd); }
  s.started_and(answer);
  CHECK(s.known.status == status::host_commit_pending);
  CHECK(s.known.unknown_result);
  CHECK(s.known.attempts == 1);
}

TEST_CASE("one try and three retries, then people are called and the refund timer runs", "[domain][reservation]") {
  story s;
  for (int i = 1; i <= 3; ++i) {
    s.started_and(story::timed_out());
    REQUIRE(s.known.status == status::host_commit_pending);
  }
  s.started_and(story::timed_out());
  CHECK(s.known.status == status::host_commit_failed);
  CHECK(s.known.failure_class == "transient");
  CHECK(s.known.commit_error == "TIMEOUT 10 s");
  CHECK(s.known.auto_refund_at == s.now + std::chrono::minutes(30));
  CHECK(s.told() == notes{"+host_booking_failed"});
  CHECK(s.known.notices.front().severity == "critical");
  CHECK(s.known.notices.front().error_code == "TIMEOUT");
  CHECK_FALSE(s.step<step_ask_before_refund>());
  CHECK(next_deadline(s.known, s.settings) == s.now + std::chrono::minutes(30));
}

TEST_CASE("the refund follows at once where the city waits for nothing", "[domain][reservation]") {
  story s;
  s.settings.host.failure_refund_after = {};
  s.exhaust();
  CHECK(s.step<step_ask_before_refund>());
}

TEST_CASE("an open breaker queues the commit without counting", "[domain][reservation]") {
  story s;
  if (GENERATE(true, false)) // found open when the call was started, or before
    s.start();
  CHECK(s.answer(story::answer_of(host_answer::kind::breaker_open)) == 1);
  CHECK(s.known.commit == host_commit_state::queued);
  CHECK(s.known.attempts == 0);
  CHECK(s.known.total_attempts == 0);
  CHECK(s.answer(story::answer_of(host_answer::kind::breaker_open)) == 0);
  CHECK_FALSE(s.step<step_commit>()->look_up_first);
  s.now += std::chrono::minutes(10);
  SECTION("the breaker closes in time") {
    s.started_and(s.booked());
    CHECK(s.known.status == status::confirmed);
  }
  SECTION("the TTL runs on: nothing was sent, so there is nothing to recall") {
    CHECK(s.due() == 1);
    CHECK(s.known.status == status::host_commit_failed);
    CHECK_FALSE(s.known.unknown_result);
    s.cancel("guest");
    s.give_up(story::unreachable());
    CHECK_FALSE(s.known.recall);
  }
}

TEST_CASE("the TTL ends the commit after ten minutes, not before", "[domain][reservation]") {
  story s;
  s.start();
  s.now += std::chrono::minutes(10) - std::chrono::microseconds(1);
  CHECK(s.due() == 0);
  s.now += std::chrono::microseconds(1);
  CHECK(s.due() == 1);
  CHECK(s.known.status == status::host_commit_failed);
  CHECK(s.known.unknown_result); // the call had no answer yet
  CHECK(s.due() == 0);
  SECTION("the late answer heals it") {
    s.answer(s.booked());
    CHECK(s.known.status == status::confirmed);
    CHECK_FALSE(s.known.auto_refund_at);
    CHECK(s.told() == notes{"+host_booking_failed", "-host_booking_failed/auto_healed"});
  }
  SECTION("a late failure changes nothing") {
    CHECK(s.answer(story::timed_out()) == 0);
    CHECK(s.answer(story::answer_of(host_answer::kind::refused)) == 0);
  }
}

TEST_CASE("a definitive refusal is refunded as soon as the Host was asked once more", "[domain][reservation]") {
  story s;
  s.started_and(story::answer_of(host_answer::kind::refused, false, "HTTP_409 no room"));
  CHECK(s.known.status == status::host_commit_failed);
  CHECK(s.known.failure_class == "rejected");
  CHECK(s.told() == notes{"+host_rejected"});
  CHECK(s.known.notices.front().severity == "critical");
  CHECK_FALSE(s.known.auto_refund_at);
  REQUIRE(s.step<step_ask_before_refund>());
  CHECK_FALSE(decide_retry(s.known, false, s.context()));
  SECTION("not there") {
    const auto decision = decide_give_up(s.known, story::not_found(), s.context());
    REQUIRE(decision);
    CHECK(releases_nights(*decision));
    s.apply(decision);
    CHECK(s.known.status == status::refund_pending);
    CHECK_FALSE(s.known.recall);
    CHECK(s.known.cancelled_by == "system");
  }
  SECTION("there after all") {
    s.give_up(s.found());
    CHECK(s.known.status == status::confirmed);
    CHECK(s.told().back() == "-host_rejected/auto_healed");
  }
  SECTION("no answer: the refund goes on, the question stays open") {
    s.give_up(story::unreachable());
    CHECK(s.known.status == status::refund_pending);
    CHECK(s.known.recall);
  }
}

TEST_CASE("our echo may come before the answer", "[domain][reservation]") {
  story s;
  s.start();
  s.report(s.booking());
  CHECK(s.known.status == status::confirmed);
  CHECK(s.answer(s.booked()) == 0);
  CHECK(s.report(s.booking("HB-1", "created")) == 0);
  CHECK(s.told().empty());
  SECTION("another Host booking with our reference is a matter for people") {
    CHECK(s.report(s.booking("HB-2")) == 1);
    CHECK(s.report(s.booking("HB-2")) == 0); // not told twice while it waits
    CHECK(s.told() == notes{"+state_mismatch"});
    CHECK(s.known.host_booking_id == "HB-1");
  }
}

TEST_CASE("a manual retry looks up first, keeps the refund timer and uses a new run", "[domain][reservation]") {
  story s;
  s.exhaust();
  const auto timer = s.known.auto_refund_at;
  s.now += std::chrono::minutes(5);
  CHECK(s.retry() == 1);
  CHECK(s.known.status == status::host_commit_pending);
  CHECK(s.known.auto_refund_at == timer);
  CHECK(s.known.attempts == 0);
  CHECK(s.known.total_attempts == 4);
  const auto* step = s.step<step_commit>();
  REQUIRE(step);
  CHECK(step->look_up_first);
  CHECK(step->attempt == 1);
  CHECK(next_deadline(s.known, s.settings) == s.now + std::chrono::minutes(10));
  CHECK_FALSE(decide_retry(s.known, false, s.context()));
  SECTION("it works") {
    s.started_and(s.booked());
    CHECK(s.told() == notes{"+host_booking_failed", "-host_booking_failed/retried"});
    CHECK_FALSE(s.known.auto_refund_at);
  }
  SECTION("it fails again after the timer: refunded at once") {
    s.now += std::chrono::minutes(26);
    CHECK_FALSE(s.step<step_ask_before_refund>()); // R8b: not while the run goes on
    s.exhaust();
    CHECK(s.known.auto_refund_at == timer);
    CHECK(s.step<step_ask_before_refund>());
    CHECK_FALSE(decide_retry(s.known, true, s.context()));
  }
}

TEST_CASE("a person's second click on the same order changes nothing", "[domain][reservation]") {
  story s;
  s.exhaust();
  SECTION("retry: one new run, also in the middle of it") {
    CHECK(s.retry() == 1);
    CHECK(decide_retry(s.known, false, s.context()).error().code == errc::invalid_state);
    s.started_and(story::timed_out());
    CHECK(decide_retry(s.known, false, s.context()).error().code == errc::invalid_state);
    CHECK(s.known.attempts == 1);
  }
  SECTION("cancel: one cancellation, one refund") {
    CHECK(s.cancel("agent") == 1);
    CHECK(s.cancel("agent") == 0);
    s.give_up(story::not_found());
    const auto refund = s.known.refund;
    CHECK(s.cancel("agent") == 0);
    CHECK(s.known.refund == refund);
    CHECK(decide_retry(s.known, false, s.context()).error().code == errc::invalid_state); // Nor is what was given up tried again.
  }
}

TEST_CASE("a retry by the closing breaker heals, and is for passing failures only", "[domain][reservation]") {
  story s;
  s.exhaust();
  CHECK(s.retry(true) == 1);
  s.answer(s.found());
  CHECK(s.told().back() == "-host_booking_failed/auto_healed");
  CHECK_FALSE(decide_retry(s.known, true, s.context()));

  story rejected;
  rejected.started_and(story::answer_of(host_answer::kind::refused));
  const auto refused = decide_retry(rejected.known, true, rejected.context());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::invalid_state);
}

TEST_CASE("a call found open after a restart may have had its effect", "[domain][reservation]") {
  story s;
  s.start();
  const auto* step = s.step<step_commit>();
  REQUIRE(step);
  CHECK(step->look_up_first);
  s.start();
  CHECK(s.known.unknown_result);
  s.answer(story::answer_of(host_answer::kind::breaker_open));
  CHECK(s.known.total_attempts == 1); // the lost one
  CHECK(s.step<step_commit>()->look_up_first);
}

TEST_CASE("a cancellation at the Host before we know of the booking ends the commit", "[domain][reservation]") {
  story s;
  s.start();
  s.report(s.booking("HB-1", "cancelled"));
  CHECK(s.known.status == status::host_commit_failed);
  CHECK(s.told() == notes{"+host_rejected"});
  CHECK(s.step<step_ask_before_refund>());
  CHECK(s.answer(s.booked()) == 0);      // the answer is older than the cancellation
  s.give_up(s.found("HB-1", "cancelled")); // and so says the Host
  CHECK(s.known.status == status::refund_pending);
}

TEST_CASE("a cancellation seen while failed is remembered: a replayed 201 proves nothing", "[domain][reservation]") {
  story s;
  s.exhaust();
  CHECK(s.report(s.booking("HB-1", "cancelled")) == 1);
  CHECK(s.report(s.booking("HB-1", "cancelled")) == 0);
  CHECK(s.known.status == status::host_commit_failed);
  CHECK(s.told() == notes{"+host_booking_failed"});
  s.retry();
  s.started_and(s.booked());
  CHECK(s.known.status == status::host_commit_failed);
  CHECK(s.known.failure_class == "rejected");
}

} // namespace reserve
