#include "calendar_world.hpp"

#include "domain/desk.hpp"

#include <set>

using namespace reserve;
using namespace reserve::test;
using namespace std::chrono_literals;

namespace {

exception_notice notice(const std::string& type, const std::string& entity) {
  exception_notice out;
  out.type = type;
  out.severity = "critical";
  out.entity_key = entity;
  return out;
}

exception_notice healed(exception_notice of, const std::string& resolution = {}) {
  of.resolve = true;
  of.resolution = resolution;
  return of;
}

uuid cause(int n) {
  return derive_uuid(city, "cause " + std::to_string(n));
}

struct desk {
  exceptions_state state;
  std::vector<exceptions_event> tell(const exception_notice& what, int by, timestamp at = noon()) {
    const auto decided = decide(state, what, cause(by), at);
    for (const auto& one : decided)
      evolve(state, one, at);
    return decided;
  }
};

} // namespace

TEST_CASE("EX1, EX2: a problem is opened once and then counted", "[domain][desk]") {
  desk one;
  const auto problem = notice("host_booking_failed", "reservation:1");
  const auto first = one.tell(problem, 1);
  REQUIRE(first.size() == 1);
  REQUIRE(std::holds_alternative<exception_raised>(first[0]));
  CHECK(one.tell(problem, 1).empty()); // told again by the same cause
  const auto second = one.tell(problem, 2, noon() + 1min);
  REQUIRE(second.size() == 1);
  CHECK(std::holds_alternative<exception_repeated>(second[0]));
  const auto& open = one.state.open.at("host_booking_failed|reservation:1");
  CHECK(open.occurrences == 2);
  CHECK(open.created_at == noon());
  CHECK(open.updated_at == noon() + 1min);
  CHECK(one.tell(notice("host_booking_failed", "reservation:2"), 3).size() == 1);
  CHECK(one.tell(notice("host_rejected", "reservation:1"), 3).size() == 1);
  CHECK(one.state.open.size() == 3);
}

TEST_CASE("EX8, EX9: a problem is closed by what healed it", "[domain][desk]") {
  desk one;
  const auto problem = notice("host_booking_failed", "reservation:1");
  CHECK(one.tell(healed(problem), 1).empty()); // nothing to heal
  one.tell(problem, 2);
  const auto id = one.state.open.begin()->second.id;
  const auto [said, action] =
      GENERATE(table<std::string, std::string>({{"", "auto_healed"}, {"auto_refunded", "auto_refunded"}, {"retried", "retried"}}));
  const auto closed = one.tell(healed(problem, said), 3);
  REQUIRE(closed.size() == 1);
  CHECK(std::get<exception_resolved>(closed[0]).action == action);
  CHECK(std::get<exception_resolved>(closed[0]).id == id);
  CHECK(one.state.open.empty());
  CHECK(one.tell(healed(problem, said), 3).empty());
}

TEST_CASE("EX11: the same problem again is a new one that points to the old one", "[domain][desk]") {
  desk one;
  const auto problem = notice("refund_failed", "refund:1");
  one.tell(problem, 1);
  const auto old = one.state.open.begin()->second.id;
  one.tell(healed(problem), 2);
  CHECK(one.tell(problem, 1).empty()); // the first telling arrives once more: no new problem
  const auto again = one.tell(problem, 3);
  REQUIRE(again.size() == 1);
  CHECK(std::get<exception_raised>(again[0]).raised.previous == old);
  CHECK(std::get<exception_raised>(again[0]).raised.id != old);
}

TEST_CASE("numbers are used up block by block", "[domain][desk]") {
  numbering_state numbers;
  const auto left = [&] { return numbers.next > numbers.last ? 0 : numbers.last - numbers.next + 1; };
  CHECK(left() == 0);
  evolve(numbers, code_block_drawn{2026, 65536, 131071});
  CHECK(left() == code_block_size);
  evolve(numbers, codes_reserved{2026, 65545});
  CHECK(numbers.next == 65546);
  evolve(numbers, codes_reserved{2026, 65540}); // an older one changes nothing
  evolve(numbers, codes_reserved{2025, 99999});
  CHECK(numbers.next == 65546);
  evolve(numbers, codes_reserved{2026, 131071});
  CHECK(left() == 0);
  evolve(numbers, code_block_drawn{2027, 0, 65535});
  CHECK(numbers.next == 0);
  CHECK(left() == code_block_size);
}

TEST_CASE("the platform counts cities and blocks", "[domain][desk]") {
  platform_state platform;
  city_added urubici;
  urubici.number = 1;
  urubici.code = "URB";
  evolve(platform, urubici);
  evolve(platform, code_block_given{2026, 0, "URB", 0, 65535});
  evolve(platform, code_block_given{2026, 1, "URB", 65536, 131071});
  evolve(platform, code_block_given{2027, 0, "URB", 0, 65535});
  CHECK(platform.cities.at("URB").number == 1);
  CHECK(platform.blocks_given.at(2026) == 2);
  CHECK(platform.blocks_given.at(2027) == 1);
}

TEST_CASE("the catalogue keeps the last word on city and property", "[domain][desk]") {
  city_state state;
  city_configured configured;
  configured.city.code = "URB";
  evolve(state, configured);
  property_imported imported;
  imported.property.id = id_of<property_id>("p");
  imported.property.name = "Pousada";
  evolve(state, imported);
  imported.property.name = "Pousada Nova";
  evolve(state, imported);
  CHECK(state.city->code == "URB");
  REQUIRE(state.properties.size() == 1);
  CHECK(state.properties.begin()->second.name == "Pousada Nova");
}

TEST_CASE("the desks of a city are entities of that city, each its own", "[domain][desk]") {
  std::set<uuid> ids;
  for (const auto number : {city_number{1}, city_number{2}})
    for (const auto& id : {city_entity(number), numbering_entity(number), exceptions_entity(number), inbox_entity(number)}) {
      CHECK(city_of(id) == number);
      CHECK(ids.insert(id).second);
    }
  CHECK(city_of(platform_entity()) == 0);
  CHECK(name_of(exception_status::open) == "open");
  CHECK(name_of(exception_status::dismissed) == "dismissed");
}
