#include "domain/reservation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

namespace reserve {

namespace {

std::array<std::uint8_t, 32> key_of(std::uint8_t n) {
  std::array<std::uint8_t, 32> key{};
  key.fill(n);
  return key;
}

/// Codes of the counters 0, step, 2 step ... as numbers, sorted.
std::vector<std::uint32_t> codes(std::uint32_t count, std::uint32_t step) {
  constexpr std::string_view letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const auto key = key_of(7);
  std::vector<std::uint32_t> seen;
  seen.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto code = confirmation_code(2026, i * step, key);
    std::uint32_t value = 0;
    for (char c : std::string_view(code).substr(9)) {
      const auto digit = letters.find(c);
      if (digit == std::string_view::npos)
        FAIL("letter outside the alphabet: " << code);
      value = value << 5 | static_cast<std::uint32_t>(digit);
    }
    seen.push_back(value);
  }
  std::sort(seen.begin(), seen.end());
  return seen;
}

bool all_distinct(const std::vector<std::uint32_t>& sorted) {
  return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

} // namespace

TEST_CASE("no two counters give the same code", "[domain][confirmation_code]") {
  const auto seen = codes(50000, 1);
  CHECK(all_distinct(seen));
  // A permutation of 30 bits spreads: neither end of the range is empty.
  CHECK(seen.front() < 1U << 20);
  CHECK(seen.back() > (1U << 30) - (1U << 20));
  CHECK(all_distinct(codes(20000, 53687))); // the whole range
}

TEST_CASE("a million counters give a million codes", "[.slow][confirmation_code]") {
  CHECK(all_distinct(codes(1000000, 1)));
}

TEST_CASE("codes have their shape and depend on year, counter and key", "[domain][confirmation_code]") {
  const auto code = confirmation_code(2026, 0, key_of(1));
  CHECK(code.size() == 15);
  CHECK(code.substr(0, 9) == "RES-2026-");
  CHECK(normalized_code(code) == code);
  CHECK(confirmation_code(2026, 0, key_of(1)) == code);
  CHECK(confirmation_code(2026, 1, key_of(1)) != code);
  CHECK(confirmation_code(2026, 0, key_of(2)).substr(9) != code.substr(9));
  CHECK_NOTHROW(confirmation_code(2026, (1U << 30) - 1, key_of(1)));
  CHECK_THROWS(confirmation_code(2026, 1U << 30, key_of(1)));
}

TEST_CASE("codes are read as people type them", "[domain][confirmation_code]") {
  CHECK(normalized_code("res-2026-7k3m9q") == "RES-2026-7K3M9Q");
  CHECK(normalized_code("RES-2026-OoIiLl") == "RES-2026-001111");
  CHECK(normalized_code("RES-2O26-7K3M9Q") == "RES-2026-7K3M9Q");
  for (const auto* text : {"", "RES-2026-7K3M9", "RES-2026-7K3M9QX", "RES-2026-7K3M9U", "RES_2026-7K3M9Q", "RES-2026_7K3M9Q", "REX-2026-7K3M9Q",
                           "RES-2A26-7K3M9Q", "RES-2026-7K3M9 ", "RES-2026-7K3-9Q", " RES-2026-7K3M9Q"}) {
    INFO(text);
    CHECK_FALSE(normalized_code(text));
  }
}

} // namespace reserve
