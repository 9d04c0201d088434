#include "domain/growing_map.hpp"
#include "domain/id.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <unordered_map>
#include <vector>

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

TEST_CASE("a growing map of many tables finds what it has and nothing else", "[domain][growing_map]") {
  std::mt19937 dice(21);
  growing_map<uuid, unsigned> map;
  std::vector<unsigned> present;
  for (unsigned n = 0; n < 60000; ++n) {
    map.try_emplace(key_of(n), n);
    present.push_back(n);
    if (n % 3 == 0) { // Slots are taken again, tables have holes.
      std::swap(present[dice() % present.size()], present.back());
      REQUIRE(map.erase(key_of(present.back())) == 1);
      REQUIRE_FALSE(map.contains(key_of(present.back())));
      present.pop_back();
    }
  }
  CHECK(map.size() == present.size());
  CHECK(std::all_of(present.begin(), present.end(), [&](unsigned n) { return map.at(key_of(n)) == n; }));
  CHECK(static_cast<std::size_t>(std::distance(map.begin(), map.end())) == present.size());

  const auto copy = map;
  for (auto one = map.begin(); one != map.end(); ++one)
    REQUIRE(copy.in(one.at()) == one->second); // The copy has it in the same slot.
  for (const unsigned n : present)
    map.erase(key_of(n));
  CHECK(map.empty());
  CHECK(map.begin() == map.end());
  CHECK(copy.size() == present.size());
  CHECK(std::all_of(present.begin(), present.end(), [&](unsigned n) { return copy.at(key_of(n)) == n; }));
}

TEST_CASE("a slot index keeps apart what has the same hash", "[domain][growing_map]") {
  slot_index index;
  for (slot_index::slot at = 0; at < 3000; ++at)
    index.add(at % 2 == 0 ? 7 : 8, at);
  const auto is = [](slot_index::slot wanted) { return [wanted](slot_index::slot at) { return at == wanted; }; };
  for (slot_index::slot at = 0; at < 3000; at += 3)
    REQUIRE(index.remove(at % 2 == 0 ? 7 : 8, at));
  CHECK_FALSE(index.remove(7, 0));
  CHECK(index.size() == 2000);
  for (slot_index::slot at = 0; at < 3000; ++at)
    REQUIRE(index.find(at % 2 == 0 ? 7 : 8, is(at)) == (at % 3 == 0 ? slot_index::none : at));
  CHECK(index.find(7, is(1)) == slot_index::none);
  CHECK(index.find(9, [](slot_index::slot) { return true; }) == slot_index::none);
}

TEST_CASE("an empty growing map finds nothing", "[domain][growing_map]") {
  growing_map<uuid, int> map;
  CHECK_FALSE(map.contains(key_of(1)));
  CHECK(map.erase(key_of(1)) == 0);
  CHECK(map.begin() == map.end());
}
