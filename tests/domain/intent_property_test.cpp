#include "booking_fixture.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace reserve;
using namespace reserve::test;
using kind = payment_report::kind;
using standing = intent_payment::standing;

namespace {

constexpr kind reports[]{kind::not_created, kind::needs_action, kind::declined, kind::ended, kind::succeeded};

/// One thing that may happen to an intent at any moment.
void happen(intent_story& story, std::mt19937& random) {
  const auto context = story.context();
  const auto take = [&](const intent_decision& decided) {
    if (decided)
      story.take(decided);
  };
  const auto n = static_cast<std::uint8_t>(1 + random() % 4);
  switch (random() % 8) {
  case 0:
  case 1: take(story.try_start(n, random() % 2 == 0 ? "stripe_card" : "openpix")); break;
  case 2:
  case 3:
  case 4: {
    const auto report = story.try_report(n, reports[random() % 5], 99999 + static_cast<std::int64_t>(random() % 3), random() % 8 != 0);
    take(report);
    break;
  }
  case 5: take(decide_due(story.known, static_cast<reread>(random() % 4), context)); break;
  case 6:
    if (random() % 4 == 0)
      take(decide(story.known, cancel_intent{}, context));
    else if (story.known.recovering && random() % 2 == 0)
      story.apply(recovery_failed{*story.known.recovering, "no_room"});
    break;
  case 7: take(decide_finalize(story.known, some_reservation, "RES-2026-7K3M9Q", random() % 4 != 0, context)); break;
  }
  story.now += std::chrono::seconds(random() % (random() % 4 == 0 ? 1800 : 60));
}

money owed(const intent_payment& payment) {
  money sum;
  for (const auto& one : payment.refunds)
    sum += one.amount;
  return sum;
}

/// Money is never kept without a reservation, and never returned twice (I9).
void check_money(const intent& known) {
  const bool ended = known.status == intent_status::expired || known.status == intent_status::cancelled;
  for (const auto& one : known.payments) {
    REQUIRE(owed(one) <= one.captured);
    const bool recovering = known.recovering == one.id;
    if (one.now == standing::late || one.now == standing::duplicate)
      REQUIRE(owed(one) == (recovering ? money{} : one.captured));
    if (one.now == standing::mismatched)
      REQUIRE(owed(one) == (ended || known.counted ? one.captured : money{}));
    if (one.now == standing::counted)
      REQUIRE(owed(one) == (ended ? one.captured : one.captured - known.terms.price.due_now));
  }
  REQUIRE(known.hold_live == (!ended && known.status != intent_status::converted));
  REQUIRE((known.status == intent_status::converted) == known.reservation.has_value());
}

} // namespace

TEST_CASE("whatever happens to an intent, money is never kept without a reservation", "[domain][intent][property]") {
  std::mt19937 random(1);
  int converted = 0;
  for (int round = 0; round < 6000; ++round) {
    intent_story story;
    for (int i = 0; i < 16; ++i) {
      const auto before = story.known.status;
      happen(story, random);
      check_money(story.known);
      const bool was_final = before == intent_status::converted || before == intent_status::expired || before == intent_status::cancelled;
      if (was_final)
        REQUIRE(story.known.status == before);
    }
    converted += story.known.status == intent_status::converted ? 1 : 0;
    REQUIRE(decoded<intent>(encoded(story.known)) == story.known);
  }
  CHECK(converted > 100);
}

TEST_CASE("a report told twice is applied once", "[domain][intent][property]") {
  std::mt19937 random(2);
  for (int round = 0; round < 3000; ++round) {
    intent_story story;
    for (int i = 0; i < 12; ++i) {
      happen(story, random);
      const auto n = static_cast<std::uint8_t>(1 + random() % 4);
      const auto what = reports[random() % 5];
      story.report(n, what, 100000);
      const auto once = story.known;
      REQUIRE(story.report(n, what, 100000).empty());
      REQUIRE(story.known == once);
    }
  }
}

TEST_CASE("what an intent owes is done once each has taken its part", "[domain][intent][property]") {
  std::mt19937 random(3);
  using met = intent_obligation_met::kind;
  for (int round = 0; round < 2000; ++round) {
    intent_story story;
    for (int i = 0; i < 12; ++i)
      happen(story, random);
    int steps = 0;
    for (auto todo = next_steps(story.known); !todo.empty(); todo = next_steps(story.known)) {
      REQUIRE(++steps < 40);
      if (std::holds_alternative<step_finalize>(todo.front()))
        story.apply(intent_converted{some_reservation, "RES-2026-7K3M9Q"});
      else if (const auto* const recover = std::get_if<step_recover>(&todo.front()))
        story.apply(intent_recovered{recover->payment, recovery_of(recover->payment)});
      else if (const auto* const refund = std::get_if<step_refund>(&todo.front()))
        story.apply(intent_obligation_met{met::refund_asked, refund->payment, 0, refund->refund});
      else if (const auto* const close = std::get_if<step_close_payment>(&todo.front()))
        story.apply(intent_obligation_met{met::payment_closed, close->payment, 0, {}});
      else if (const auto* const raise = std::get_if<step_raise>(&todo.front()))
        story.apply(intent_obligation_met{met::notices_told, {}, static_cast<std::uint32_t>(raise->notices.size()), {}});
      else
        story.apply(intent_obligation_met{met::reservation_told, {}, 0, {}});
    }
  }
}
