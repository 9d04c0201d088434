#include "domain/breaker.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace std::chrono_literals;

namespace {

using state = circuit_breaker::state;

circuit_breaker breaker() {
  return circuit_breaker(circuit_breaker::limits{});
}

/// A breaker that opened at 4 s.
circuit_breaker opened() {
  auto out = breaker();
  for (int n = 0; n < 5; ++n)
    out.failed(n * 1s, false);
  return out;
}

} // namespace

TEST_CASE("BR1: five failures within a minute open it", "[domain][breaker]") {
  auto one = breaker();
  for (int n = 0; n < 4; ++n)
    CHECK_FALSE(one.failed(n * 15s, false).opened);
  SECTION("the fifth at the end of the minute") {
    CHECK(one.failed(60s, false).opened);
    CHECK(one.is_open(60s));
    CHECK_FALSE(one.admit(60s));
  }
  SECTION("BR2: not when the first is older than a minute") {
    CHECK_FALSE(one.failed(60s + 1ms, false).opened);
    CHECK(one.now_is(61s) == state::closed);
    CHECK(one.failed(62s, false).opened); // 15, 30, 45, 60 and 62
  }
  SECTION("BR2: a success does not undo failures") {
    const auto changed = one.succeeded(50s, false);
    CHECK_FALSE(changed.closed);
    CHECK(one.admit(50s));
    CHECK(one.failed(59s, false).opened);
  }
}

TEST_CASE("BR1: a failing health check opens it", "[domain][breaker]") {
  auto one = breaker();
  CHECK(one.trip(5s).opened);
  CHECK_FALSE(one.trip(6s).opened);
  CHECK(one.now_is(35s - 1ms) == state::open);
  CHECK(one.now_is(35s) == state::half_open);
}

TEST_CASE("asking whether a call would be sent gives no probe away", "[domain][breaker]") {
  auto one = opened();
  CHECK_FALSE(one.can_admit(34s - 1ms));
  CHECK(one.can_admit(34s));
  CHECK(one.can_admit(34s));
  CHECK(one.admit(34s));
  CHECK_FALSE(one.can_admit(34s));
}

TEST_CASE("BR3, BR6: after 30 seconds one probe goes out and nothing else", "[domain][breaker]") {
  auto one = opened();
  CHECK_FALSE(one.admit(34s - 1ms));
  CHECK(one.now_is(34s) == state::half_open);
  CHECK(one.admit(34s));
  CHECK_FALSE(one.admit(34s));
  CHECK_FALSE(one.admit(10min));
}

TEST_CASE("BR5: results of calls sent before it opened change nothing", "[domain][breaker]") {
  auto one = opened();
  CHECK_FALSE(one.succeeded(5s, false).closed);
  CHECK_FALSE(one.failed(20s, false).opened);
  CHECK(one.now_is(34s) == state::half_open); // the window did not start again
  CHECK_FALSE(one.failed(34s, false).opened);
  CHECK_FALSE(one.succeeded(34s, false).closed);
  CHECK_FALSE(one.succeeded(34s, true).closed); // nobody sent a probe
  CHECK(one.now_is(34s) == state::half_open);
}

TEST_CASE("BR7: a probe that succeeds closes it, with a clean count", "[domain][breaker]") {
  auto one = opened();
  REQUIRE(one.admit(34s));
  CHECK(one.succeeded(35s, true).closed);
  CHECK(one.now_is(35s) == state::closed);
  CHECK(one.admit(35s));
  for (int n = 0; n < 4; ++n)
    CHECK_FALSE(one.failed(36s, false).opened);
  CHECK(one.failed(36s, false).opened);
}

TEST_CASE("BR8: a probe that fails or gets no answer opens it for another 30 seconds", "[domain][breaker]") {
  auto one = opened();
  REQUIRE(one.admit(34s));
  CHECK_FALSE(one.failed(44s, true).opened); // it was not closed in between: nothing to announce
  CHECK(one.is_open(74s - 1ms));
  CHECK_FALSE(one.admit(74s - 1ms));
  CHECK(one.admit(74s));
  CHECK(one.succeeded(75s, true).closed);
}

TEST_CASE("the states have the names that people are shown", "[domain][breaker]") {
  CHECK(name_of(state::closed) == "closed");
  CHECK(name_of(state::open) == "open");
  CHECK(name_of(state::half_open) == "half_open");
}
