#include "booking_fixture.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace reserve;
using namespace reserve::test;

namespace {

/// What must not depend on the order in which one hears of things.
struct outcome {
  payment_status status;
  money captured;
  attempt_status attempt;
  pix_status charge;
  std::string object;
  bool operator==(const outcome&) const = default;
};

outcome outcome_of(const payment& known) {
  return {known.status, known.captured, known.attempt_state, known.pix_state, known.provider_object};
}

int count_posted(const std::vector<payment_event>& events) {
  return static_cast<int>(std::count_if(events.begin(), events.end(), [](const auto& one) {
    const auto* paid = std::get_if<payment_succeeded>(&one);
    return paid != nullptr && paid->ledger;
  }));
}

constexpr object_status others[]{object_status::requires_payment_method,
                                 object_status::requires_action,
                                 object_status::processing,
                                 object_status::failed,
                                 object_status::cancelled,
                                 object_status::expired};

/// An object that is paid in the end, heard of in any order, any number of times.
std::vector<object_status> shuffled_reports(std::mt19937& random) {
  std::vector<object_status> reports{object_status::succeeded};
  const auto more = random() % 7;
  for (unsigned i = 0; i < more; ++i)
    reports.push_back(random() % 3 == 0 ? object_status::succeeded : others[random() % std::size(others)]);
  std::shuffle(reports.begin(), reports.end(), random);
  return reports;
}

void check_money(const payment& known) {
  REQUIRE(known.refund_open >= money{});
  REQUIRE(known.refunded >= money{});
  REQUIRE(known.refund_open + known.refunded <= known.captured);
  money open, done;
  for (const auto& one : known.refunds) {
    open += one.open() ? one.amount : money{};
    done += one.status == refund_status::completed ? one.amount : money{};
  }
  REQUIRE(open == known.refund_open);
  REQUIRE(done == known.refunded);
}

} // namespace

TEST_CASE("reports of one object end the same in any order and any number", "[domain][payment][property]") {
  std::mt19937 random(20261201);
  for (int round = 0; round < 4000; ++round) {
    const std::string method = round % 2 == 0 ? "stripe_card" : "openpix";
    payment_story straight(method);
    straight.created(object_status::requires_action);
    straight.paid();
    payment_story story(method);
    int posted = 0;
    for (const auto status : shuffled_reports(random)) {
      if (random() % 4 == 0)
        story.take(decide_close(story.known, std::nullopt, story.context()));
      posted += count_posted(story.read(status, 100000));
      story.now += std::chrono::seconds(random() % 200);
      story.take(decide_due(story.known, story.context()));
    }
    REQUIRE(outcome_of(story.known) == outcome_of(straight.known));
    REQUIRE(posted == 1);
    REQUIRE(!story.known.close_wanted);
    REQUIRE(std::count_if(story.known.notices.begin(), story.known.notices.end(),
                          [](const auto& notice) { return notice.what == payment_notice::kind::succeeded; }) == 1);
  }
}

TEST_CASE("a payment told everything twice is the payment told once", "[domain][payment][property]") {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    payment_story once, twice;
    for (const auto status : shuffled_reports(random)) {
      once.read(status, 100000);
      twice.read(status, 100000);
      twice.read(status, 100000);
    }
    REQUIRE(outcome_of(once.known) == outcome_of(twice.known));
    REQUIRE(once.known.notices == twice.known.notices);
  }
}

TEST_CASE("whatever providers say about refunds, no more goes back than came in", "[domain][payment][property]") {
  std::mt19937 random(42);
  using kind = refund_view::kind;
  constexpr kind answers[]{kind::completed, kind::accepted, kind::refused, kind::error, kind::unknown_to_provider};
  for (int round = 0; round < 3000; ++round) {
    payment_story story(round % 2 == 0 ? "stripe_card" : "openpix");
    story.created();
    story.paid(1 + static_cast<std::int64_t>(random() % 200000));
    for (int i = 0; i < 24; ++i) {
      const auto n = static_cast<std::uint8_t>(random() % 5);
      const auto decided = story.try_refund(n, static_cast<std::int64_t>(random() % 100000));
      if (random() % 3 == 0 && decided)
        story.take(decided);
      const auto& refunds = story.known.refunds;
      const auto found = std::find_if(refunds.begin(), refunds.end(), [&](const auto& one) { return one.id == id_of<refund_id>(10, n); });
      if (found == refunds.end())
        continue;
      // A provider does not pay back more than it has either: what failed completes only while there is money.
      const bool fits = found->open() || story.known.refund_open + story.known.refunded + found->amount <= story.known.captured;
      const auto what = answers[random() % std::size(answers)];
      if (what == kind::completed && !fits && found->status != refund_status::completed)
        continue;
      for (const auto& event : story.answer(n, what)) {
        const auto* const done = std::get_if<refund_completed>(&event);
        if (done != nullptr && done->ledger)
          REQUIRE(balanced(*done->ledger));
      }
      story.now += std::chrono::seconds(random() % 60);
      check_money(story.known);
    }
    REQUIRE(decoded<payment>(encoded(story.known)) == story.known);
  }
}
