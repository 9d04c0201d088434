#include "actors/host_connector.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace reserve;
using namespace reserve::actors;
using namespace std::chrono_literals;

namespace {

class hand_clock final : public clock_port {
public:
  timestamp wall() const override { return timestamp(now); }
  std::chrono::milliseconds steady() const override { return now; }
  std::chrono::milliseconds now{1000};
};

/// A Host that answers when it is told to.
class silent_host final : public host_port {
public:
  struct asked {
    host_request what;
    std::function<void(host_reply)> done;
  };
  void call(host_request request, std::function<void(host_reply)> done) override {
    if (request.what != host_request::operation::health)
      open.push_back({std::move(request), std::move(done)});
  }
  void answer(std::size_t which, bool failure) {
    host_reply said;
    said.answered = !failure;
    said.failure = failure;
    const auto done = open.at(which).done;
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
    done(said);
  }
  std::vector<asked> open;
};

struct stage {
  hand_clock clock;
  silent_host host;
  city_settings settings;
  host_connector connector{host, clock, settings, 10s};
  int refused = 0, answered = 0;
  std::vector<std::string> woken;

  void book(const std::string& property = "p1") {
    host_request request;
    request.what = host_request::operation::create_booking;
    request.host_property_id = property;
    connector.call(request, [this](const host_reply& said) { ++(said.error == "breaker_open" ? refused : answered); });
  }
  void fail_five(const std::string& property = "p1") {
    for (int n = 0; n < 5; ++n) {
      book(property);
      host.answer(0, true);
    }
  }
  static entity_id id(const std::string& who) { return derive_uuid(1, who); }
  bool turn(const std::string& who, const std::string& property = "p1") {
    return connector.take_turn(property, id(who), [this, who] { woken.push_back(who); });
  }
  void pass(std::chrono::milliseconds by) {
    clock.now += by;
    connector.tick();
  }
};

} // namespace

TEST_CASE("BR6, BR7: bookings stand in line behind an open breaker and drain first in, first out, at most five a second", "[actors][host]") {
  stage at;
  CHECK(at.turn("early"));
  at.fail_five();
  for (const auto* who : {"a", "b", "c"})
    CHECK_FALSE(at.turn(who));
  CHECK_FALSE(at.turn("a")); // Keeps its place.
  CHECK(at.connector.queued("p1", stage::id("a")));
  at.pass(29s);
  CHECK(at.woken.empty());

  at.pass(1s); // Half open: one probe.
  CHECK(at.woken == std::vector<std::string>{"a"});
  at.pass(1s);
  CHECK(at.woken.size() == 1);
  CHECK(at.connector.has_turn("p1", stage::id("a")));
  REQUIRE(at.turn("a"));
  at.book();
  at.host.answer(0, false);

  at.pass(0s);
  CHECK(at.woken == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(at.turn("late")); // Behind those who wait.
  at.pass(199ms);
  CHECK(at.woken.size() == 2);
  at.pass(1ms);
  CHECK(at.woken == std::vector<std::string>{"a", "b", "c"});
  at.pass(200ms);
  CHECK(at.woken.back() == "late");
  CHECK(at.turn("b"));
}

TEST_CASE("who comes back to an open breaker with its turn is first again", "[actors][host]") {
  stage at;
  at.fail_five();
  CHECK_FALSE(at.turn("a"));
  CHECK_FALSE(at.turn("b"));
  at.pass(30s);
  REQUIRE(at.woken.size() == 1);
  at.book();
  at.host.answer(0, true); // BR8
  CHECK_FALSE(at.turn("a"));
  at.pass(30s);
  CHECK(at.woken == std::vector<std::string>{"a", "a"});
}

TEST_CASE("R6, R8c: who waits for the breaker to close is woken once, when it has closed", "[actors][host]") {
  stage at;
  at.fail_five();
  at.connector.when_closed("p1", stage::id("failed"), [&] { at.woken.push_back("failed"); });
  at.pass(30s);
  CHECK(at.woken.empty());
  at.book();
  at.host.answer(0, false);
  at.pass(200ms);
  CHECK(at.woken == std::vector<std::string>{"failed"});
  at.pass(60s);
  CHECK(at.woken.size() == 1);
}

TEST_CASE("a probe that one of two breakers refuses is not lost for the other", "[actors][host]") {
  stage at;
  at.fail_five(); // Opens the group's and the property's.
  at.clock.now += 30s;
  at.book(); // The probe of both: its answer is still missing.
  at.book("p2");
  CHECK(at.refused == 1);
  at.host.answer(0, true);
  at.clock.now += 30s;
  at.book();
  at.book();
  CHECK(at.refused == 2);
  at.host.answer(0, false);
  at.book("p2");
  CHECK(at.refused == 2);
}

TEST_CASE("over its rate limit a property's calls wait for the next minute's share", "[actors][host]") {
  stage at;
  for (int n = 0; n < at.settings.host.rate_per_property; ++n)
    at.book();
  const auto sent = at.host.open.size();
  CHECK(sent == static_cast<std::size_t>(at.settings.host.rate_per_property));
  at.book();
  at.book();
  CHECK(at.host.open.size() == sent);
  CHECK(at.refused == 0);
  at.book("p2"); // Another property has its own.
  CHECK(at.host.open.size() == sent + 1);
  at.pass(601ms);
  CHECK(at.host.open.size() == sent + 2);
  at.pass(601ms);
  CHECK(at.host.open.size() == sent + 3);
}

TEST_CASE("a call that waited for its share longer than its time-out was not sent", "[actors][host]") {
  stage at;
  for (int n = 0; n < at.settings.host.rate_per_property; ++n)
    at.book();
  host_request slow;
  slow.what = host_request::operation::get_booking;
  slow.host_property_id = "p1";
  slow.timeout = 100ms;
  at.connector.call(slow, [&](const host_reply& said) { at.refused += said.error == "breaker_open"; });
  at.pass(101ms);
  CHECK(at.refused == 1);
}

TEST_CASE("whoever owns time hears when he is needed next", "[actors][host]") {
  stage at;
  at.connector.tick(); // The regular probe is on its way.
  CHECK_FALSE(at.connector.next_due().has_value());

  for (int n = 0; n < at.settings.host.rate_per_property; ++n)
    at.book();
  CHECK_FALSE(at.connector.next_due().has_value());
  at.book();
  const auto share = at.connector.next_due();
  REQUIRE(share.has_value());
  CHECK(*share - at.clock.now >= 599ms);
  CHECK(*share - at.clock.now <= 601ms);
  at.pass(601ms);
  CHECK_FALSE(at.connector.next_due().has_value());
}

TEST_CASE("a line of bookings is looked at while its breaker is open, when its pace allows, and when a turn is over", "[actors][host]") {
  stage at;
  at.connector.tick();
  at.fail_five();
  CHECK_FALSE(at.connector.next_due().has_value());
  CHECK_FALSE(at.turn("a"));
  CHECK(at.connector.next_due() == at.clock.now + 1s);
  at.pass(30s);
  REQUIRE(at.woken.size() == 1);
  CHECK(at.connector.next_due() == at.clock.now + 30s + 1ms);
  CHECK(at.turn("a"));
  CHECK_FALSE(at.connector.next_due().has_value());
}

TEST_CASE("a creation waits for the Retry-After that its look-up was told, other calls wait their own time-out", "[actors][host]") {
  stage at;
  host_request look_up;
  look_up.what = host_request::operation::find_booking;
  look_up.host_property_id = "p1";
  look_up.timeout = 1s;
  at.connector.call(look_up, [](const host_reply&) {});
  host_reply busy;
  busy.failure = true;
  busy.retry_after = 3s;
  REQUIRE(at.host.open.size() == 1);
  at.host.open.front().done(busy);
  at.host.open.clear();

  int created = 0, looked = 0, unsent = 0;
  const auto count = [&](int& answered) {
    return [&](const host_reply& said) { ++(said.error == "breaker_open" ? unsent : answered); };
  };
  auto create = look_up;
  create.what = host_request::operation::create_booking;
  at.connector.call(create, count(created));
  at.connector.call(look_up, count(looked));
  CHECK(at.host.open.empty());
  // The look-up behind the creation hears in its own time that it was not sent.
  const auto due = at.connector.next_due();
  REQUIRE(due.has_value());
  CHECK(*due <= at.clock.now + 1001ms);
  at.clock.now += 1001ms;
  at.connector.tick();
  CHECK(unsent == 1);
  CHECK(at.host.open.empty());
  at.clock.now += 2000ms;
  at.connector.tick();
  REQUIRE(at.host.open.size() == 1);
  CHECK(at.host.open.front().what.what == host_request::operation::create_booking);
  at.host.answer(0, false);
  CHECK(created == 1);
  CHECK(looked == 0);
}
