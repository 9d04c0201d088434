#include "actors/host_steps.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::actors;
using std::chrono::days;

namespace {

const unit_id room{derive_uuid(1, "room")}, other{derive_uuid(1, "other")};
const reservation_id ours{derive_uuid(1, "ours")};
const date first = std::chrono::year(2026) / 5 / 1;

stay nights(int from, int to) {
  return {first + days(from), first + days(to)};
}

} // namespace

TEST_CASE("a reading counts only for nights on which no step of ours was open between request and answer", "[actors][host]") {
  host_steps steps;
  steps.begin(ours, room, nights(2, 4));
  const auto asked = steps.mark();
  SECTION("open all the time") { CHECK(steps.touched(room, nights(3, 4), asked)); }
  SECTION("ended meanwhile") {
    steps.end(ours);
    CHECK(steps.touched(room, nights(3, 4), asked));
    CHECK_FALSE(steps.touched(room, nights(3, 4), steps.mark()));
  }
  SECTION("begun meanwhile") {
    steps.begin({derive_uuid(1, "second")}, room, nights(7, 8));
    CHECK(steps.touched(room, nights(7, 8), asked));
  }
  SECTION("other nights and other rooms are not concerned") {
    CHECK_FALSE(steps.touched(room, nights(4, 6), asked));
    CHECK_FALSE(steps.touched(other, nights(2, 4), asked));
  }
}

TEST_CASE("a step is open once, however often it is begun, and ends once", "[actors][host]") {
  host_steps steps;
  steps.begin(ours, room, nights(0, 2));
  steps.begin(ours, room, nights(0, 2));
  CHECK(steps.open_on(room, nights(1, 2)));
  steps.end(ours);
  steps.end(ours);
  CHECK_FALSE(steps.open_on(room, nights(1, 2)));
}
