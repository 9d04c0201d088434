#include "domain/civil.hpp"

#include <catch2/catch.hpp>

namespace reserve {

using namespace std::chrono_literals;

TEST_CASE("dates are read and written", "[domain][civil]") {
  for (const auto* text : {"2026-12-01", "2024-02-29", "2000-02-29", "1970-01-01", "9999-12-31"}) {
    const auto day = parse_date(text);
    INFO(text);
    REQUIRE(day);
    CHECK(to_string(*day) == text);
  }
  CHECK(parse_date("1970-01-02") == date(std::chrono::days(1)));
}

TEST_CASE("what is no date is refused", "[domain][civil]") {
  for (const auto* text : {"", "2026-13-01", "2026-00-10", "2026-02-29", "1900-02-29", "2026-04-31", "2026-12-00", "2026-12-32", "26-12-01",
                           "2026-1-01", "2026/12/01", "2026-12-01T", " 2026-12-01", "2026-12-1 ", "20261201", "-026-12-01", "2026-+1-01"}) {
    INFO(text);
    CHECK_FALSE(parse_date(text));
  }
}

TEST_CASE("a stay has at least one night", "[domain][civil]") {
  const date day(std::chrono::days(20000));
  const auto stay = make_stay(day, day + std::chrono::days(3));
  REQUIRE(stay);
  CHECK(stay->nights() == 3);
  CHECK(stay->covers(day));
  CHECK_FALSE(stay->covers(day + std::chrono::days(3)));
  CHECK_FALSE(make_stay(day, day));
  const auto refused = make_stay(day, day - std::chrono::days(1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::invalid_parameter);
  REQUIRE(refused.error().fields.size() == 1);
  CHECK(refused.error().fields.front().first == "check_out");
}

TEST_CASE("stays that only touch do not overlap", "[domain][civil]") {
  const auto at = [](int from, int to) { return stay{date(std::chrono::days(from)), date(std::chrono::days(to))}; };
  const auto [from, to, overlap] = GENERATE(table<int, int, bool>({
      {8, 10, false}, {8, 11, true}, {11, 12, true}, {9, 14, true}, {12, 15, true}, {13, 15, false}}));
  CHECK(at(10, 13).overlaps(at(from, to)) == overlap);
  CHECK(at(from, to).overlaps(at(10, 13)) == overlap);
}

TEST_CASE("instants are read with any offset and kept to microseconds", "[domain][civil]") {
  const auto noon = parse_timestamp("2026-12-01T12:00:00Z");
  REQUIRE(noon);
  CHECK(to_string(*noon) == "2026-12-01T12:00:00Z");
  CHECK(parse_timestamp("2026-12-01T09:00:00-03:00") == noon);
  CHECK(parse_timestamp("2026-12-01T17:30:00+05:30") == noon);
  CHECK(parse_timestamp("2026-12-02T00:00:00+12:00") == noon);
  CHECK(parse_timestamp("2026-12-01t12:00:00z") == noon);
  CHECK(parse_timestamp("2026-12-01T12:00:00.25Z") == *noon + 250ms);
  CHECK(parse_timestamp("2026-12-01T12:00:00.000001Z") == *noon + 1us);
  CHECK(parse_timestamp("2026-12-01T12:00:00.0000019+00:00") == *noon + 1us);
  CHECK(to_string(*noon + 999999us) == "2026-12-01T12:00:00Z");
}

TEST_CASE("what is no RFC 3339 instant is refused", "[domain][civil]") {
  for (const auto* text :
       {"", "2026-12-01", "2026-12-01T12:00:00", "2026-12-01T12:00Z", "2026-12-01T24:00:00Z", "2026-12-01T12:60:00Z", "2026-12-01T12:00:61Z",
        "2026-02-30T12:00:00Z", "2026-12-01T12:00:00.Z", "2026-12-01T12:00:00.", "2026-12-01T12:00:00.5", "2026-12-01T12:00:00+0300",
        "2026-12-01T12:00:00+03", "2026-12-01T12:00:00+24:00", "2026-12-01T12:00:00+03:60", "2026-12-01T12:00:00Zx", "2026-12-01T12:00:00 Z",
        "2026-12-01T12-00-00Z", "2026-12-01X12:00:00Z", "2026-12-01T1a:00:00Z", "2026-12-01T12:00:00,5Z", "20261201T120000Z000000"}) {
    INFO(text);
    CHECK_FALSE(parse_timestamp(text));
  }
}

} // namespace reserve
