#include "integrations/sandbox/catalogue.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace reserve;
using namespace reserve::sandbox;

TEST_CASE("the catalogue has 20 properties and 60 room types with different ids and slugs", "[sandbox][catalogue]") {
  const catalogue content(1);
  std::set<std::string> ids;
  std::set<std::string> slugs;
  for (const auto& one : content.properties()) {
    ids.insert(one.id);
    slugs.insert(one.slug);
    for (const auto& room : one.rooms) {
      ids.insert(room.id);
      CHECK(content.find_room(room.id)->property_id == one.id);
      CHECK(room.allotment >= 1);
      CHECK(room.allotment <= 8);
      CHECK(room.max_occupancy >= room.base_capacity);
    }
  }
  CHECK(content.properties().size() == 20);
  CHECK(slugs.size() == 20);
  CHECK(ids.size() == 80);
}

TEST_CASE("a night is the same for the same seed and another for another", "[sandbox][catalogue]") {
  const catalogue one(1);
  const catalogue same(1);
  const catalogue other(2);
  const auto* room = one.find_room("urb-004-r2");
  int different = 0;
  for (auto day = *parse_date("2027-01-01"); day < *parse_date("2028-01-01"); day += std::chrono::days(1)) {
    CHECK(one.night_of(*room, day).price == same.night_of(*room, day).price);
    different += one.night_of(*room, day).price == other.night_of(*room, day).price ? 0 : 1;
  }
  CHECK(different > 100);
}

TEST_CASE("weekends and winter cost more", "[sandbox][catalogue]") {
  const catalogue content(1);
  const auto* room = content.find_room("urb-001-r1");
  const auto price = [&](const char* day) { return content.night_of(*room, *parse_date(day)).price; };
  CHECK(price("2027-04-09") > price("2027-04-07")); // Friday, Wednesday of one week
  CHECK(price("2027-07-07") > price("2027-04-07"));
  CHECK(price("2027-04-07").minor_units > 0);
}
