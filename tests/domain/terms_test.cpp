#include "calendar_world.hpp"

using namespace reserve;
using namespace reserve::test;

TEST_CASE("free cancellation ends exact hours before check-in", "[domain][terms]") {
  // Check-in 2026-03-10 15:00 in São Paulo.
  const auto check_in = *parse_timestamp("2026-03-10T15:00:00-03:00");
  const auto [name, hours, requested, free] = GENERATE(table<std::string, std::optional<int>, std::string, bool>({
      {"a", 48, "2026-03-08T14:59:59-03:00", true},
      {"b", 48, "2026-03-08T15:00:00-03:00", true},
      {"c", 48, "2026-03-08T15:00:01-03:00", false},
      {"d", 24, "2026-03-09T10:00:00-03:00", true},
      {"e", 72, "2026-03-08T09:00:00-03:00", false},
      {"f", std::nullopt, "2026-01-01T00:00:00-03:00", false},
  }));
  CAPTURE(name);
  policy_snapshot policy;
  policy.free_hours = hours;
  policy.free_until = check_in; // whatever was there before
  const auto made = policy_for(policy, check_in);
  CHECK((made.free_until && *parse_timestamp(requested) <= *made.free_until) == free);
  CHECK(made.percent_after == policy.percent_after);
}

TEST_CASE("exact hours are not wall-clock hours where the clocks change", "[domain][terms]") {
  // Lisbon, 2026-03-29: 01:00 becomes 02:00. Check-in at 15:00 WEST is 14:00Z; 48 hours before it is 14:00 WET.
  const auto made = policy_for({}, *parse_timestamp("2026-03-30T14:00:00Z"));
  CHECK(made.free_until == parse_timestamp("2026-03-28T14:00:00Z"));
}

TEST_CASE("the natural key tells apart whatever makes another booking", "[domain][terms]") {
  const auto same = ask("a", nights(10, 12)).terms;
  const auto differs = [&](const auto& change) {
    auto other = same;
    change(other);
    return natural_scope(other) != natural_scope(same);
  };
  CHECK_FALSE(differs([](auto& other) { other.intent = id_of<intent_id>("x"), other.hold = id_of<hold_id>("x"), other.price.total = {5}; }));
  CHECK(differs([](auto& other) { other.session = "b"; }));
  CHECK(differs([](auto& other) { other.property = id_of<property_id>("x"); }));
  CHECK(differs([](auto& other) { other.unit = id_of<unit_id>("x"); }));
  CHECK(differs([](auto& other) { other.stay = nights(10, 13); }));
  CHECK(differs([](auto& other) { other.stay = nights(9, 12); }));
  CHECK(differs([](auto& other) { other.guests = {1, 1, 0}; }));
  CHECK(differs([](auto& other) { other.guests = {2, 0, 1}; }));
  CHECK(differs([](auto& other) { other.rooms = 2; }));
  CHECK(city_of(natural_scope(same)) == city);
}

TEST_CASE("who caused a record has a name", "[domain][terms]") {
  CHECK(name_of(actor_kind::system) == "system");
  CHECK(name_of(actor_kind::service) == "service");
  CHECK(name_of(static_cast<actor_kind>(99)).empty());
}
