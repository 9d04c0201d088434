#include "gateway/admission.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::gateway;
using namespace std::chrono_literals;

TEST_CASE("each lane keeps its share when those below it are full", "[gateway][admission]") {
  lanes city(20);
  std::vector<lanes::ticket> inside;
  const auto fill = [&](lane which) {
    std::size_t entered = 0;
    while (auto one = city.enter(which)) {
      inside.push_back(std::move(one));
      ++entered;
    }
    return entered;
  };
  CHECK(fill(lane::new_intent) == 10);
  CHECK(fill(lane::guest) == 6);
  CHECK_FALSE(city.enter(lane::new_intent));
  CHECK(fill(lane::staff) == 2);
  CHECK_FALSE(city.enter(lane::guest));
  CHECK(fill(lane::system) == 2);
  CHECK_FALSE(city.enter(lane::staff));
  inside.pop_back();
  CHECK_FALSE(city.enter(lane::staff));
  CHECK(city.enter(lane::system));
  inside.clear();
  CHECK(city.in_flight() == 0);
}

TEST_CASE("up to half of the lag that is allowed everybody enters", "[gateway][admission]") {
  lag_gate gate(1000);
  for (int i = 0; i < 10'000; ++i)
    REQUIRE(gate.admits(500, 0, 0ms));
}

TEST_CASE("above the half as many enter as the projector writes", "[gateway][admission]") {
  lag_gate gate(1000);
  std::size_t entered = 0;
  for (auto now = 0ms; now < 10s; now += 1ms)
    for (int tries = 0; tries < 5; ++tries)
      entered += gate.admits(501, 300, now) ? 1 : 0;
  CHECK(entered > 2950);
  CHECK(entered <= 3000);
  // A quiet minute saves up no more than a tenth of a second.
  entered = 0;
  while (gate.admits(999, 300, 70s))
    ++entered;
  CHECK(entered == 30);
}

TEST_CASE("at the limit, and above the half behind a projector that stands still, nobody enters", "[gateway][admission]") {
  lag_gate gate(1000);
  for (auto now = 0ms; now < 1s; now += 10ms) {
    CHECK_FALSE(gate.admits(1000, 1'000'000, now));
    CHECK_FALSE(gate.admits(600, 0, now));
  }
  CHECK(gate.admits(500, 0, 1s));
}
