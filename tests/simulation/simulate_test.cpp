#include "simulation/simulate.hpp"

#include "simulation/zones.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::simulation;

namespace {

std::string told(const scenario& what, const run_report& heard) {
  return heard.broken ? "reserve simulate " + what.text() + ": " + heard.broken->what : std::string();
}

} // namespace

TEST_CASE("a seed gives the same world twice, and another seed another one", "[simulation]") {
  scenario one;
  one.days = 1;
  const auto first = simulate(one), again = simulate(one);
  CHECK(first.hash == again.hash);
  CHECK(first.records == again.records);
  CHECK(first.steps == again.steps);
  one.seed = 2;
  CHECK(simulate(one).hash != first.hash);
}

TEST_CASE("the promises hold where nothing goes wrong", "[simulation]") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const scenario one{seed, 2, 12, fault_set::none(), true};
    const auto heard = simulate(one);
    INFO(told(one, heard));
    CHECK_FALSE(heard.broken.has_value());
    CHECK(heard.records > 50);
  }
}

TEST_CASE("the promises hold where everything goes wrong", "[simulation]") {
  // The fixed budget of every build; `reserve simulate` lives through thousands.
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const scenario one{seed, 3, 12, fault_set::all(), true};
    const auto heard = simulate(one);
    INFO(told(one, heard));
    CHECK_FALSE(heard.broken.has_value());
  }
}

TEST_CASE("a journal without its fence is noticed, and the scenario that shows it made smaller", "[simulation]") {
  std::optional<scenario> found;
  for (std::uint64_t seed = 1; seed <= 40 && !found; ++seed) {
    const scenario one{seed, 3, 12, fault_set::all(), false};
    if (const auto heard = simulate(one); heard.broken && heard.broken->number == 6)
      found = one;
  }
  REQUIRE(found.has_value());
  const auto smaller = shrink(*found);
  CHECK(smaller.faults.list().size() < found->faults.list().size());
  CHECK(smaller.days <= found->days);
  CHECK(smaller.guests_per_day <= found->guests_per_day);

  std::vector<std::string> lines;
  const auto again = simulate(smaller, [&](moment, const std::string& text) { lines.push_back(text); });
  REQUIRE(again.broken.has_value());
  CHECK(again.broken->number == 6);
  CHECK(again.hash == simulate(smaller).hash);
  CHECK_FALSE(lines.empty());
}

TEST_CASE("faults are chosen by name", "[simulation]") {
  CHECK(fault_set::parse("all") == fault_set::all());
  CHECK(fault_set::parse("none") == fault_set::none());
  const auto two = fault_set::parse("crash,webhooks");
  REQUIRE(two.has_value());
  CHECK(two->has(fault::crash));
  CHECK(two->has(fault::webhooks));
  CHECK_FALSE(two->has(fault::host));
  CHECK(two->text() == "crash,webhooks");
  CHECK_FALSE(fault_set::parse("crash,typo").has_value());
}

TEST_CASE("the zones of the simulated world know their summer time", "[simulation]") {
  const small_zones zones;
  const auto at = [](const char* text) { return *parse_timestamp(text); };
  CHECK(zones.local("America/Sao_Paulo", at("2026-12-01T02:30:00Z")) == local_time{*parse_date("2026-11-30"), std::chrono::hours(23) + std::chrono::minutes(30)});
  CHECK(zones.local("Europe/Lisbon", at("2027-07-01T12:00:00Z")).time_of_day == std::chrono::hours(13));
  CHECK(zones.instant("Europe/Lisbon", *parse_date("2027-07-01"), std::chrono::hours(15)) == at("2027-07-01T14:00:00Z"));
  CHECK(zones.instant("Europe/Lisbon", *parse_date("2027-03-28"), std::chrono::minutes(90)) == at("2027-03-28T01:00:00Z"));
  CHECK(zones.instant("UTC", *parse_date("2027-03-28"), std::chrono::minutes(90)) == at("2027-03-28T01:30:00Z"));
}
