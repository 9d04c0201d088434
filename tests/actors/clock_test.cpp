#include "actors/city_timers.hpp"
#include "actors/clock_guard.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::actors;
using namespace std::chrono_literals;

namespace {

const timestamp noon = std::chrono::sys_days(std::chrono::year(2026) / 5 / 1) + 12h;

class still_clock final : public clock_port {
public:
  timestamp wall() const override { return noon; }
  std::chrono::milliseconds steady() const override { return now; }
  std::chrono::milliseconds now{1000};
};

} // namespace

TEST_CASE("a machine clock that steps is not followed until it agrees with steady time again", "[actors][clock]") {
  clock_guard guard(noon, 100s);
  CHECK(guard.now(noon + 10s, 110s) == noon + 10s);
  const auto step = GENERATE(1h, -1h);
  CHECK(guard.now(noon + 20s + step, 120s) == noon + 20s);
  CHECK_FALSE(guard.observe(noon + 20s + step, 120s));
  CHECK_FALSE(guard.trusted());
  CHECK(guard.now(noon + 30s + step, 130s) == noon + 30s);
  CHECK(guard.observe(noon + 40s, 140s));
  CHECK(guard.trusted());
}

TEST_CASE("small corrections of the machine's clock are followed and never add up to a step", "[actors][clock]") {
  clock_guard guard(noon, 0s);
  for (int n = 1; n <= 10; ++n)
    CHECK(guard.observe(noon + n * 10s + n * 500ms, n * 10s));
  CHECK(guard.now(noon + 106s, 101s) == noon + 106s);
}

TEST_CASE("a machine clock away from PostgreSQL's is not followed until both agree", "[actors][clock]") {
  clock_guard guard(noon, 0s);
  guard.database_said(noon + 5s, noon + 1s, noon + 2s);
  CHECK(guard.now(noon + 3s + 500ms, 3s) == noon + 3s);
  CHECK_FALSE(guard.observe(noon + 3s, 3s));
  SECTION("an answer that took long may be as late as it was under way") {
    guard.database_said(noon + 5s, noon + 4s, noon + 20s);
    CHECK(guard.observe(noon + 20s, 20s));
  }
  SECTION("two seconds are the limit") {
    guard.database_said(noon + 12s, noon + 10s, noon + 10s);
    CHECK(guard.observe(noon + 10s, 10s));
    guard.database_said(noon + 12s + 1us, noon + 10s, noon + 10s);
    CHECK_FALSE(guard.observe(noon + 10s, 10s));
  }
}

TEST_CASE("a second reason to wake an entity never postpones the first", "[actors][timers]") {
  still_clock clock;
  city_timers timers(clock);
  const auto entity = derive_uuid(1, "entity");
  timers.after(entity_kind::payment, entity, 2s);
  timers.after(entity_kind::payment, entity, 5s);
  CHECK(timers.due(noon, clock.now + 2s, 10).size() == 1);
  timers.after(entity_kind::payment, entity, 5s);
  timers.after(entity_kind::payment, entity, 1s);
  CHECK(timers.due(noon, clock.now + 1s, 10).size() == 1);
  CHECK(timers.armed() == 0);
}

TEST_CASE("a wake-up without delay is due in the next millisecond, so that nobody spins", "[actors][timers]") {
  still_clock clock;
  city_timers timers(clock);
  timers.after(entity_kind::payment, derive_uuid(1, "entity"), 0s);
  CHECK(timers.due(noon, clock.now, 10).empty());
  CHECK(timers.due(noon, clock.now + 1ms, 10).size() == 1);
}
