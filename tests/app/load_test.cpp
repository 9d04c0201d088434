#include "app/load/tally.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace reserve::app;
using namespace std::chrono_literals;

TEST_CASE("a percentile is within a percent of the true one", "[app][load]") {
  load::histogram all;
  for (int i = 1; i <= 100'000; ++i)
    all.add(std::chrono::microseconds(i));
  CHECK(all.at(0.5) == Approx(50).epsilon(0.01));
  CHECK(all.at(0.99) == Approx(99).epsilon(0.01));
  CHECK(all.at(1) == Approx(100).epsilon(0.01));
}

TEST_CASE("an empty histogram has no latency", "[app][load]") {
  CHECK(load::histogram{}.at(0.99) == 0);
}

TEST_CASE("small latencies are exact", "[app][load]") {
  load::histogram all;
  all.add(255us);
  CHECK(all.at(0.5) == 0.255);
}

TEST_CASE("no request enters a full window until a quarter of it is free", "[app][load]") {
  load::tally counted(4, load::ending::accepted);
  for (int i = 0; i < 4; ++i)
    REQUIRE(counted.try_enter());
  CHECK_FALSE(counted.try_enter());
  std::thread next([&] { counted.enter(); });
  counted.end(0, load::steady::now(), load::ending::accepted);
  counted.end(1, load::steady::now(), load::ending::accepted);
  next.join();
  CHECK(counted.all().accepted == 2);
}

TEST_CASE("what was sent before the measuring is counted but not measured", "[app][load]") {
  load::tally counted(10, load::ending::accepted);
  const auto start = load::steady::now();
  counted.try_enter();
  counted.end(0, start, load::ending::accepted);
  counted.start_measuring(start + 1s);
  counted.try_enter();
  counted.end(1, start, load::ending::accepted);
  counted.try_enter();
  counted.end(2, start + 2s, load::ending::refused);
  counted.stop_measuring();
  counted.drain();
  CHECK(counted.all().accepted == 2);
  CHECK(counted.measured().accepted == 1);
  CHECK(counted.measured().refused == 1);
  CHECK(counted.latencies().count() == 0);
}

TEST_CASE("requests of an open loop leave at their rate, whatever the answers do", "[app][load]") {
  load_options options;
  options.rate = 100;
  options.seconds = 2;
  options.warmup = 1;
  const auto start = load::steady::now();
  load::plan when(options, start);
  CHECK(when.leaves_at(250) == start + 2500ms);
  CHECK_FALSE(when.warm(start + 999ms));
  CHECK(when.warm(start + 1s));
  CHECK_FALSE(when.ended(1'000'000, start + 10s));
  when.start_measuring(start + 1s);
  CHECK_FALSE(when.ended(0, start + 2999ms));
  CHECK(when.ended(0, start + 3s));
}

TEST_CASE("two runs have no session in common", "[app][load]") {
  CHECK(load::run_mark().prefix() != load::run_mark().prefix());
}

TEST_CASE("a skewed chooser prefers the first units, a hot one takes only one", "[app][load]") {
  load_options wishes;
  wishes.zipf = 2;
  load::chooser skewed(100, 10, wishes);
  wishes.hot = true;
  load::chooser hot(100, 10, wishes);
  wishes.hot_unit = 7;
  load::chooser seventh(100, 10, wishes);
  int first = 0;
  for (int i = 0; i < 1000; ++i) {
    first += skewed.unit() == 0 ? 1 : 0;
    CHECK(hot.unit() == 0);
    CHECK(seventh.unit() == 7);
  }
  CHECK(first > 500);
}
