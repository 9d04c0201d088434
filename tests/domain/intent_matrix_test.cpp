#include "booking_fixture.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace reserve;
using namespace reserve::test;
using on = intent_step;

namespace {

using kind = payment_report::kind;

/// The matrix of spec 10§2, columns as in intent_step. Rows of a cell in the order of the table; "pap", "410" and "same" as there, "." = no row.
using matrix = std::map<on, std::map<intent_status, std::string>>;

matrix spec() {
  using enum intent_status;
  const auto row = [](std::string a, std::string b, std::string c, std::string d, std::string e, std::string f, std::string g) {
    return std::map<intent_status, std::string>{{intent_created, a}, {payment_pending, b}, {payment_confirmed, c}, {awaiting_confirmation, d},
                                                {converted, e},      {expired, f},         {cancelled, g}};
  };
  return {
      {on::traveler, row("B21", "B21", ".", ".", ".", "410", "410")},
      {on::reprice, row("B22", ".", ".", ".", ".", "410", "410")},
      {on::start_payment, row("B2", "B6", "pap", ".", "pap", "410", "410")},
      {on::submit, row("B3", ".", ".", "same", "same", "410", "410")},
      {on::not_created, row(".", "B4a", ".", ".", ".", ".", ".")},
      {on::declined, row(".", "B4 B4b B5", ".", ".", ".", ".", ".")},
      {on::paid_exact, row(".", "B7 B7c", "B19", ".", "B19", "B17", "B17")},
      {on::paid_over, row(".", "B7a B7c", "B19", ".", "B19", "B17", "B17")},
      {on::paid_under, row(".", "B7b B7c", "B19", ".", "B19", "B17", "B17")},
      {on::amount_accepted, row(".", "B7d", ".", ".", ".", ".", ".")},
      {on::ttl_due, row("B14", "B14 B14a", ".", "B14", ".", ".", ".")},
      {on::grace_over, row(".", "B14b", ".", ".", ".", ".", ".")},
      {on::three_ds_over, row(".", "B15", ".", ".", ".", ".", ".")},
      {on::failsafe_due, row(".", ".", "B9", ".", ".", ".", ".")},
      {on::host_closed, row("B16", "B16", ".", "B16", ".", ".", ".")},
      {on::cancel, row("B13", "B13", "B10", "B13", "B20", ".", "same")},
      {on::confirm, row(".", ".", ".", "B11", "same", "410", "410")},
      {on::decline, row(".", ".", ".", "B12", "same", "410", "410")},
      {on::finalize, row(".", ".", "B8", ".", "same", ".", ".")},
      {on::finalize_without_room, row(".", ".", "B8a", ".", "same", ".", ".")},
  };
}

/// An intent in this state, with payment 1 open (or counted), and payment 2 known from before.
intent_story in(intent_status status) {
  using enum intent_status;
  intent_story story;
  story.known.terms.confirmation_mode = status == awaiting_confirmation ? "manual" : "instant";
  if (status == intent_created)
    return story;
  if (status == awaiting_confirmation) {
    story.take(decide(story.known, submit_request{}, story.context()));
    return story;
  }
  story.start(2);
  story.start(1);
  if (status == payment_confirmed || status == converted)
    story.paid(1);
  if (status == converted)
    story.take(decide_finalize(story.known, some_reservation, "RES-2026-7K3M9Q", true, story.context()));
  if (status == expired)
    story.apply(intent_expired{});
  if (status == cancelled)
    story.apply(intent_cancelled{"guest_abort"});
  return story;
}

/// A report of a payment that this state has not heard of: payment 2 where 1 counted, an own one where none was started.
std::uint8_t reporter(const intent_story& story) {
  return story.known.counted ? 2 : 1;
}

std::optional<intent_decision> run(intent_story& story, on step) {
  auto& known = story.known;
  switch (step) {
  case on::traveler: return decide(known, set_traveler{whole_contact()}, story.context());
  case on::start_payment: return story.try_start(9);
  case on::submit: known.terms.confirmation_mode = "manual"; return decide(known, submit_request{}, story.context());
  case on::not_created: return story.try_report(reporter(story), kind::not_created);
  case on::declined: return story.try_report(reporter(story), kind::declined);
  case on::paid_exact: return story.try_report(reporter(story), kind::succeeded, 100000);
  case on::paid_over: return story.try_report(reporter(story), kind::succeeded, 100001);
  case on::paid_under: return story.try_report(reporter(story), kind::succeeded, 99999);
  case on::host_closed: return decide_host_closed(known, story.context());
  case on::cancel: return decide(known, cancel_intent{}, story.context());
  case on::finalize: return decide_finalize(known, some_reservation, "RES-2026-7K3M9Q", true, story.context());
  case on::finalize_without_room: return decide_finalize(known, some_reservation, "RES-2026-7K3M9Q", false, story.context());
  case on::ttl_due: story.now = known.expires_at; return decide_due(known, reread::not_needed, story.context());
  case on::grace_over: story.now = known.expires_at + 30min; return decide_due(known, reread::unknown, story.context());
  case on::failsafe_due: story.now = known.expires_at; return decide_due(known, reread::not_needed, story.context());
  case on::three_ds_over:
    if (!known.payments.empty())
      story.apply(authentication_asked{pay(1)});
    story.now += 15min;
    return decide_due(known, reread::unpaid, story.context());
  default: return std::nullopt; // Only data until their commands exist, or only from nothing.
  }
}

bool is_report(on step) {
  return step == on::not_created || step == on::declined || step == on::paid_exact || step == on::paid_over || step == on::paid_under ||
         step == on::host_closed;
}
bool is_deadline(on step) {
  return step == on::ttl_due || step == on::grace_over || step == on::three_ds_over || step == on::failsafe_due;
}

} // namespace

TEST_CASE("the table of the intent has exactly the rows of the matrix", "[domain][intent]") {
  for (const auto& [step, cells] : spec())
    for (const auto& [status, expected] : cells) {
      std::string rows;
      std::vector<std::string> names;
      for (const auto& row : intent_rows(status, step))
        names.emplace_back(row.row);
      std::sort(names.begin(), names.end());
      for (const auto& name : names)
        rows += (rows.empty() ? "" : " ") + name;
      const bool none = expected == "." || expected == "pap" || expected == "410" || expected == "same";
      INFO(name_of(status) << " step " << static_cast<int>(step));
      CHECK(rows == (none && expected != "B20" ? "" : expected));
    }
  CHECK(intent_rows(intent_status::absent, on::create).size() == 1);
  CHECK(intent_rows(intent_status::absent, on::recover).size() == 1);
}

TEST_CASE("every cell of the matrix decides what its row says", "[domain][intent]") {
  int cells = 0;
  for (const auto& [step, row] : spec())
    for (const auto& [status, expected] : row) {
      auto story = in(status);
      REQUIRE(story.known.status == status);
      const auto before = story.known;
      const auto decided = run(story, step);
      if (!decided)
        continue;
      ++cells;
      INFO(name_of(status) << " step " << static_cast<int>(step) << " expects " << expected);
      if (expected == "pap" || expected == "B20") {
        REQUIRE(!*decided);
        CHECK(decided->error().code == errc::payment_already_processed);
        CHECK(decided->error().details.size() == (status == intent_status::converted ? 1u : 0u));
      } else if (expected == "410") {
        REQUIRE(!*decided);
        CHECK(decided->error().code == errc::booking_intent_expired);
      } else if (expected == "same" || (expected == "." && is_report(step))) {
        REQUIRE(*decided);
        CHECK((*decided)->empty());
      } else if (expected == "." && is_deadline(step)) {
        // Another row of this state may be due at that moment; this one is not.
        REQUIRE(*decided);
        if (before.status == intent_status::converted || before.status == intent_status::expired || before.status == intent_status::cancelled) {
          CHECK((*decided)->empty());
        }
      } else if (expected == ".") {
        REQUIRE(!*decided);
        CHECK(decided->error().code == errc::invalid_state);
        CHECK(decided->error().details.front() == std::pair<std::string, std::string>("status", std::string(name_of(status))));
      } else {
        REQUIRE(*decided);
        CHECK(!(*decided)->empty());
        story.take(*decided);
        const auto rows = intent_rows(status, step);
        CHECK(std::any_of(rows.begin(), rows.end(), [&](const auto& one) { return one.to == story.known.status; }));
      }
    }
  CHECK(cells == 16 * 7);
}

TEST_CASE("the same payment that counted says so again and nothing happens", "[domain][intent]") {
  for (const auto status : {intent_status::payment_confirmed, intent_status::converted}) {
    auto story = in(status);
    CHECK(story.report(1, kind::succeeded, 100000).empty());
    CHECK(story.report(1, kind::declined).empty());
  }
}

TEST_CASE("from its deadline on an intent refuses every command but cancel", "[domain][intent]") {
  auto [status, late] = GENERATE(table<intent_status, bool>({{intent_status::intent_created, false},
                                                             {intent_status::intent_created, true},
                                                             {intent_status::payment_pending, false},
                                                             {intent_status::payment_pending, true}}));
  auto story = in(status);
  story.now = story.known.expires_at - (late ? 0us : 1us);
  const auto traveler = decide(story.known, set_traveler{whole_contact()}, story.context());
  const auto started = story.try_start(9);
  CHECK(traveler.has_value() != late);
  CHECK(started.has_value() != late);
  if (late) {
    CHECK(traveler.error().code == errc::booking_intent_expired);
    CHECK(started.error().code == errc::booking_intent_expired);
  }
  CHECK(decide(story.known, cancel_intent{}, story.context()).has_value());
}

TEST_CASE("a start names what the traveler has not told", "[domain][intent]") {
  intent_story story;
  story.known.contact.has_email = story.known.contact.has_phone = false;
  const auto refused = story.try_start(1);
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::missing_required_field);
  CHECK(refused.error().fields == std::vector<std::pair<std::string, std::string>>{{"traveler.email", "missing"}, {"traveler.phone", "missing"}});
}

TEST_CASE("a start needs the mode instant, a submit the mode manual, a retry a payment before", "[domain][intent]") {
  intent_story story;
  CHECK(decide(story.known, submit_request{}, story.context()).error().code == errc::invalid_state);
  const auto retry = decide(story.known, start_payment{pay(1), "stripe_card", "stripe", true}, story.context(), false);
  CHECK(retry.error().code == errc::invalid_state);
  story.known.terms.confirmation_mode = "manual";
  CHECK(story.try_start(1).error().code == errc::invalid_state);
}
