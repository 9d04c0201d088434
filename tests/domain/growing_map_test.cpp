#include "domain/growing_map.hpp"
#include "domain/id.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <unordered_map>

using namespace reserve;

namespace {

uuid key_of(unsigned n) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[14] = static_cast<std::uint8_t>(n >> 8);
  bytes[15] = static_cast<std::uint8_t>(n);
  return make_uuid(7, bytes);
}

/// A value that counts how often it was moved or copied: entries must stay where they are.
struct pinned {
  int value = 0;
  pinned() = default;
  explicit pinned(int v) : value(v) {}
  pinned(const pinned&) = delete;
  pinned& operator=(const pinned&) = delete;
};

} // namespace

TEST_CASE("a growing map holds what a map of the library holds after the same random changes", "[domain][growing_map]") {
  std::mt19937 dice(20);
  growing_map<uuid, int> ours;
  std::unordered_map<uuid, int> theirs;
  for (int step = 0; step < 20000; ++step) {
    const auto key = key_of(dice() % 700);
    const int value = static_cast<int>(dice() % 1000);
    switch (dice() % 4) {
      case 0: REQUIRE(ours.try_emplace(key, value).second == theirs.try_emplace(key, value).second); break;
      case 1:
        ours.insert_or_assign(key, value);
        theirs.insert_or_assign(key, value);
        break;
      case 2: REQUIRE(ours.erase(key) == theirs.erase(key)); break;
      default:
        if (const auto place = ours.find(key); place != ours.end()) {
          REQUIRE(place->second == theirs.at(key));
          ours.erase(place);
          theirs.erase(key);
        } else {
          REQUIRE_FALSE(theirs.contains(key));
        }
    }
    REQUIRE(ours.size() == theirs.size());
  }
  const std::unordered_map<uuid, int> seen(ours.begin(), ours.end());
  CHECK(seen == theirs);
  CHECK(std::all_of(theirs.begin(), theirs.end(), [&](const auto& one) { return ours.at(one.first) == one.second; }));
}

TEST_CASE("an entry of a growing map stays where it is while the map grows", "[domain][growing_map]") {
  growing_map<uuid, pinned> map;
  const auto* first = &map.try_emplace(key_of(0), 42).first->second;
  for (unsigned n = 1; n < 5000; ++n)
    map.try_emplace(key_of(n), static_cast<int>(n));
  CHECK(&map.at(key_of(0)) == first);
  CHECK(first->value == 42);
}

TEST_CASE("copies of a growing map are equal and independent", "[domain][growing_map]") {
  growing_map<uuid, int> map;
  for (unsigned n = 0; n < 100; ++n)
    map[key_of(n)] = static_cast<int>(n);
  auto copy = map;
  CHECK(copy == map);
  copy.at(key_of(5)) = 6;
  CHECK_FALSE(copy == map);
  CHECK(map.at(key_of(5)) == 5);
  map.clear();
  CHECK(map.empty());
  CHECK(map.begin() == map.end());
  CHECK(copy.size() == 100);
  CHECK_THROWS_AS(map.at(key_of(5)), std::out_of_range);
}

TEST_CASE("an empty growing map finds nothing", "[domain][growing_map]") {
  growing_map<uuid, int> map;
  CHECK_FALSE(map.contains(key_of(1)));
  CHECK(map.erase(key_of(1)) == 0);
  CHECK(map.begin() == map.end());
}
