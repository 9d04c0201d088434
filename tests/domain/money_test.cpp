#include "domain/money.hpp"

#include <catch2/catch.hpp>

#include <numeric>
#include <random>

namespace reserve {

TEST_CASE("money is written with two digits", "[domain][money]") {
  const auto [minor, text] = GENERATE(table<std::int64_t, std::string>({
      {0, "0.00"}, {1, "0.01"}, {-5, "-0.05"}, {99, "0.99"}, {100, "1.00"}, {-100, "-1.00"}, {140000, "1400.00"},
      {std::numeric_limits<std::int64_t>::min(), "-92233720368547758.08"},
  }));
  CHECK(to_string(money{minor}) == text);
}

TEST_CASE("money is read with at most two decimals", "[domain][money]") {
  const auto [text, minor] = GENERATE(table<std::string, std::int64_t>({
      {"1400", 140000}, {"1400.5", 140050}, {"1400.00", 140000}, {"-0.05", -5}, {"0", 0}, {"007.10", 710}, {"9999999999999.99", 999999999999999},
  }));
  CHECK(parse_money(text) == money{minor});
}

TEST_CASE("anything else is no money", "[domain][money]") {
  for (const auto* text : {"", "-", ".", "1.", ".5", "1.234", "1,00", "+1", "1e3", " 1", "1 ", "--1",
                           "1.-5", "0x10", "10000000000000", "1.2.3", "NaN"}) {
    INFO(text);
    CHECK_FALSE(parse_money(text));
  }
}

TEST_CASE("every amount is read back as it was written", "[domain][money]") {
  std::mt19937_64 dice(1);
  for (int i = 0; i < 2000; ++i) {
    const money amount{static_cast<std::int64_t>(dice() % 2000000000000) - 1000000000000};
    CHECK(parse_money(to_string(amount)) == amount);
  }
}

TEST_CASE("shares are rounded half-even", "[domain][money]") {
  const auto [amount, share, expected] = GENERATE(table<std::int64_t, std::int64_t, std::int64_t>({
      {100000, 1500, 15000}, // 15 %
      {100, 50, 0},          // 0.5 -> 0
      {300, 50, 2},          // 1.5 -> 2
      {500, 50, 2},          // 2.5 -> 2
      {700, 50, 4},          // 3.5 -> 4
      {-100, 50, 0}, {-300, 50, -2}, {-500, 50, -2},
      {101, 50, 1},          // 0.505 -> 1
      {123457, 5000, 61728}, // 617.285 -> 617.28
      {100000, 290, 2900}, {100000, 38, 380}, {0, 1500, 0}, {1, 10000, 1},
  }));
  CHECK(share_of(money{amount}, rate{share}) == money{expected});
}

TEST_CASE("large products do not overflow", "[domain][money]") {
  CHECK(scaled(money{9000000000000000000}, 9000000000000000000, 9000000000000000000) == money{9000000000000000000});
  CHECK(scaled(money{1}, 1, 3) == money{0});
  CHECK(scaled(money{2}, 1, 3) == money{1});
  CHECK(scaled(money{-2}, 1, 3) == money{-1});
}

TEST_CASE("a split gives the rest to the largest remainders", "[domain][money]") {
  using weights = std::vector<std::int64_t>;
  const auto parts = [](std::int64_t total, const weights& by) {
    weights out;
    for (const auto part : split(money{total}, by))
      out.push_back(part.minor_units);
    return out;
  };
  CHECK(parts(100, {1, 1, 1}) == weights{34, 33, 33});
  CHECK(parts(10, {6, 3, 1}) == weights{6, 3, 1});
  CHECK(parts(100, {1, 2, 4}) == weights{14, 29, 57}); // remainders 2/7, 4/7, 1/7
  CHECK(parts(5, {0, 0, 0}) == weights{2, 2, 1});
  CHECK(parts(7, {0, 1}) == weights{0, 7});
  CHECK(parts(7, {}).empty());
  CHECK(parts(0, {3, 4}) == weights{0, 0});
}

TEST_CASE("the parts of a split always sum to the whole and are never a unit off", "[domain][money]") {
  std::mt19937_64 dice(2);
  for (int run = 0; run < 2000; ++run) {
    const money total{static_cast<std::int64_t>(dice() % 20000001) - 10000000};
    std::vector<std::int64_t> weights(1 + dice() % 12);
    for (auto& weight : weights)
      weight = static_cast<std::int64_t>(dice() % 5000);
    weights.front() += 1;
    const auto parts = split(total, weights);
    const auto sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    money whole;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      whole += parts[i];
      const auto exact = total.minor_units * weights[i];
      CHECK(std::abs(parts[i].minor_units * sum - exact) < sum);
    }
    CHECK(whole == total);
  }
}

TEST_CASE("currencies are three capital letters", "[domain][money]") {
  REQUIRE(parse_currency("BRL"));
  CHECK(parse_currency("EUR")->text() == "EUR");
  for (const auto* text : {"", "BR", "BRLL", "brl", "B1L", "B L"})
    CHECK_FALSE(parse_currency(text));
}

} // namespace reserve
