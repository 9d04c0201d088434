#include "booking_fixture.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::test;
using kind = refund_view::kind;

namespace {

payment_story paid_story(std::int64_t captured = 100000) {
  payment_story story;
  story.created();
  story.paid(captured);
  story.apply(payment_notice_told{9, 9});
  return story;
}

const refund& nth(const payment_story& story, std::size_t n) {
  return story.known.refunds.at(n);
}

} // namespace

TEST_CASE("refunds and open refunds never exceed what was captured", "[domain][payment][refund]") {
  auto story = paid_story();
  CHECK(story.try_refund(1, 100001).error().code == errc::conflict);
  CHECK(story.try_refund(1, 0).error().code == errc::invalid_parameter);
  story.refund(1, 60000);
  CHECK(story.known.status == payment_status::refund_pending);
  CHECK(story.try_refund(2, 40001).error().code == errc::conflict);
  CHECK(story.refund(1, 60000).empty());
  CHECK(story.try_refund(1, 50000).error().code == errc::conflict);
  story.refund(2, 40000);
  CHECK(story.known.refund_open == money{100000});
  CHECK(story.steps<step_send_refund>().size() == 2);
}

TEST_CASE("a refund is accrued when it is asked and paid when it is done", "[domain][payment][refund]") {
  auto story = paid_story();
  const auto asked = story.refund(1, 40000);
  REQUIRE(the<refund_requested>(asked)->ledger);
  CHECK(balanced(*the<refund_requested>(asked)->ledger));
  CHECK(!story.steps<step_send_refund>().front().look_up_first);
  story.send(1);
  const auto done = story.answer(1, kind::completed);
  REQUIRE(the<refund_completed>(done)->ledger);
  CHECK(the<refund_completed>(done)->ledger->idempotency_key == "refund:" + to_string(nth(story, 0).id) + ":paid");
  CHECK(story.known.status == payment_status::partially_refunded);
  CHECK(story.answer(1, kind::completed).empty());
  story.refund(2, 60000);
  story.send(2);
  story.answer(2, kind::completed);
  CHECK(story.known.status == payment_status::refunded);
  CHECK(story.known.refunded == money{100000});
  CHECK(story.known.refund_open == money{});
  CHECK(story.known.notices.empty());
}

TEST_CASE("a refund waits 5, 10 and 20 seconds, fails, and may complete after all", "[domain][payment][refund]") {
  auto story = paid_story();
  story.refund(1, 100000, "late_payment", true);
  story.send(1);
  for (const auto wait : {5s, 10s, 20s}) {
    story.answer(1, kind::error);
    CHECK(nth(story, 0).status == refund_status::processing);
    CHECK(next_deadline(story.known, story.settings) == story.now + wait);
    CHECK(story.steps<step_send_refund>().empty());
    story.now += wait;
    REQUIRE(story.steps<step_send_refund>().size() == 1);
    CHECK(story.steps<step_send_refund>().front().look_up_first);
  }
  story.answer(1, kind::error);
  CHECK(nth(story, 0).status == refund_status::failed);
  CHECK(story.known.status == payment_status::succeeded);
  CHECK(story.known.refund_open == money{});
  CHECK(story.steps<step_send_refund>().empty());
  REQUIRE(story.known.exceptions.size() == 1);
  CHECK(story.known.exceptions.front().type == "refund_failed");
  CHECK(story.known.exceptions.front().severity == "high");
  CHECK(story.tells(payment_notice::kind::refund_failed));
  CHECK(!next_deadline(story.known, story.settings));

  story.answer(1, kind::completed); // RF15
  CHECK(story.known.status == payment_status::refunded);
  CHECK(story.tells(payment_notice::kind::refund_completed));
  REQUIRE(story.known.exceptions.size() == 3);
  CHECK(story.known.exceptions[1].resolve);
  CHECK(story.known.exceptions[1].entity_key == story.known.exceptions[0].entity_key);
  CHECK(story.known.exceptions[2].type == "late_payment");
  CHECK(story.known.exceptions[2].resolution == "auto_refunded");
}

TEST_CASE("a refusal fails at once; the payment keeps what other refunds made of it", "[domain][payment][refund]") {
  auto story = paid_story();
  story.refund(1, 10000);
  story.refund(2, 20000);
  story.send(1);
  story.answer(1, kind::refused);
  CHECK(story.known.status == payment_status::refund_pending);
  story.send(2);
  story.answer(2, kind::completed);
  CHECK(story.known.status == payment_status::partially_refunded);
  CHECK(story.known.refunded == money{20000});
}

TEST_CASE("an accepted refund is read again after 1, 5, 30 minutes, then hourly", "[domain][payment][refund]") {
  auto story = paid_story();
  story.refund(1, 100000);
  story.send(1);
  for (const auto wait : {1min, 5min, 30min, 60min, 60min}) {
    story.answer(1, kind::accepted);
    CHECK(nth(story, 0).next_at == story.now + wait);
    CHECK(story.steps<step_send_refund>().empty());
    story.now += wait;
    CHECK(story.steps<step_send_refund>().front().look_up_first);
  }
  story.answer(1, kind::completed);
  CHECK(story.known.status == payment_status::refunded);
}

TEST_CASE("a refund that the provider certainly does not know may be sent again", "[domain][payment][refund]") {
  auto story = paid_story();
  story.refund(1, 100000);
  story.send(1);
  CHECK(!story.steps<step_send_refund>().front().look_up_first);
  story.now += 20h + 1us;
  CHECK(story.steps<step_send_refund>().front().look_up_first);
  story.answer(1, kind::unknown_to_provider);
  CHECK(!story.steps<step_send_refund>().front().look_up_first);
  story.answer(1, kind::accepted);
  story.answer(1, kind::unknown_to_provider); // It vanished: no certain answer.
  CHECK(nth(story, 0).attempts == 1);
}

TEST_CASE("a refund taken back turns its cash leg round and a new one gets a new key", "[domain][payment][refund]") {
  auto story = paid_story();
  story.refund(1, 100000, "customer_request", true);
  story.send(1);
  story.answer(1, kind::completed);
  const auto back = story.answer(1, kind::refused); // RF12, PM17
  REQUIRE(the<refund_failed>(back) != nullptr);
  REQUIRE(the<refund_failed>(back)->ledger);
  CHECK(balanced(*the<refund_failed>(back)->ledger));
  CHECK(story.known.status == payment_status::succeeded);
  CHECK(story.known.refunded == money{});
  const auto again = story.answer(1, kind::completed);
  CHECK(the<refund_completed>(again)->ledger->idempotency_key == "refund:" + to_string(nth(story, 0).id) + ":paid:2");
  CHECK(story.known.status == payment_status::refunded);
}

TEST_CASE("a completed refund closes the problem that caused it", "[domain][payment][refund]") {
  auto [reason, captured, type] = GENERATE(table<std::string, std::int64_t, std::string>({{"late_payment", 100000, "late_payment"},
                                                                                          {"duplicate_payment", 100000, "duplicate_payment"},
                                                                                          {"customer_request", 90000, "payment_amount_mismatch"},
                                                                                          {"customer_request", 100000, ""},
                                                                                          {"overpayment", 105000, ""}}));
  auto story = paid_story(captured);
  story.refund(1, 5000, reason);
  story.send(1);
  story.answer(1, kind::completed);
  REQUIRE(story.known.exceptions.size() == (type.empty() ? 0u : 1u));
  if (!type.empty()) {
    CHECK(story.known.exceptions.front().type == type);
    CHECK(story.known.exceptions.front().resolve);
    CHECK(story.known.exceptions.front().entity_key == "payment:" + to_string(pay(1)));
  }
}
