// Micro benchmarks of what a hold and a search are made of: each of the parts alone, in memory. `./dev bench micro`.

#define CATCH_CONFIG_MAIN
#define CATCH_CONFIG_ENABLE_BENCHMARKING
#include <catch2/catch.hpp>

#include "domain/catalogue.hpp"
#include "domain/event.hpp"
#include "gateway/api/examples.hpp"
#include "gateway/city_plan.hpp"
#include "gateway/http/json.hpp"
#include "persistence/core/log_fold.hpp"
#include "persistence/core/projection_core.hpp"

#include <algorithm>

using namespace reserve;
using std::chrono::days;

namespace {

constexpr city_number city = 7;
const date first_day = *parse_date("2026-12-01");

template <class Id>
Id id_of(const std::string& name) {
  return Id{derive_uuid(city, name)};
}

/// A unit with a year of nights, and the command that holds three of them for guest `n`.
struct one_unit {
  unit_calendar calendar;
  std::shared_ptr<const sale_rules> rules;

  one_unit() {
    auto made = std::make_shared<sale_rules>();
    made->property = id_of<property_id>("property");
    made->unit = id_of<unit_id>("unit");
    made->currency = {{'B', 'R', 'L'}};
    rules = made;
    calendar.id = made->unit;
    availability_imported reading{made->property, {}, timestamp(first_day)};
    for (int n = 0; n < 365; ++n)
      reading.nights.push_back({first_day + days(n), 30000, 40000, 0, 0, false, false, false});
    evolve(calendar, reading);
  }

  place_hold ask(int n) const {
    place_hold out;
    const auto name = std::to_string(n);
    out.terms.intent = id_of<intent_id>("intent " + name);
    out.terms.hold = id_of<hold_id>("hold " + name);
    out.terms.property = rules->property;
    out.terms.unit = rules->unit;
    out.terms.session = "a session of usual length " + name;
    out.terms.stay = {first_day + days(10 + n % 300), first_day + days(13 + n % 300)};
    out.terms.guests = {2, 0, 0};
    out.rules = rules;
    out.question.stay = out.terms.stay;
    out.question.guests = out.terms.guests;
    out.question.city_now = {first_day, std::chrono::hours(12)};
    out.question.check_in_instant = timestamp(out.terms.stay.check_in) + std::chrono::hours(18);
    return out;
  }
  intent_created hold(int n) const {
    const auto decided = decide(calendar, ask(n), timestamp(first_day));
    REQUIRE(decided);
    return decided->created.at(0);
  }
};

std::vector<committed_record> holds(const one_unit& of, int count) {
  std::vector<committed_record> out;
  for (int n = 0; n < count; ++n) {
    auto one = std::make_shared<record>();
    const auto created = of.hold(n);
    one->city = city;
    one->seq = static_cast<sequence>(n) + 1;
    one->epoch = 1;
    one->command_id = derive_uuid(city, "command " + std::to_string(n));
    one->by = actor_kind::guest;
    one->occurred_at = timestamp(first_day);
    one->participants = {{of.rules->unit.value, 1}, {created.terms->intent.value, mentioned}};
    one->events.push_back({of.rules->unit.value, created});
    out.push_back(std::move(one));
  }
  return out;
}

/// 5,000 units in 1,000 properties, a hundred nights each.
struct whole_city {
  city_index index;
  std::shared_ptr<const catalogue_view> catalogue;

  whole_city() {
    city_state state;
    auto& content = state.city.emplace();
    content.number = city;
    content.code = "CTY";
    content.timezone = "UTC";
    content.locale = "en";
    for (int p = 0; p < 1000; ++p) {
      property_content property;
      property.id = id_of<property_id>("property " + std::to_string(p));
      property.slug = "property-" + std::to_string(p);
      property.active = property.published = true;
      for (int u = 0; u < 5; ++u) {
        unit_content unit;
        unit.id = id_of<unit_id>("unit " + std::to_string(p * 5 + u));
        property.units.push_back(unit);
      }
      state.properties.emplace(property.id, property);
    }
    auto view = make_catalogue(state, city_settings());
    for (auto& each : view->units) {
      each.slot = index.slot_of(each.content->id);
      std::vector<night_view> nights(100);
      for (std::size_t i = 0; i < nights.size(); ++i) {
        nights[i].price = static_cast<std::int32_t>(20000 + (each.slot * 31 + i * 7) % 300 * 100);
        nights[i].rooms = each.slot % 5 == 0 ? 0 : 2;
        nights[i].closed = false;
      }
      index.update(each.slot, first_day, nights);
    }
    catalogue = view;
    index.publish(view);
  }
};

} // namespace

TEST_CASE("calendar") {
  one_unit unit;
  for (int n = 0; n < 1000; ++n)
    evolve(unit.calendar, unit.hold(n));
  int n = 1000;
  const auto command = unit.ask(n);
  BENCHMARK("decide a hold beside 1,000 others") {
    return decide(unit.calendar, command, timestamp(first_day));
  };
  BENCHMARK_ADVANCED("place a hold and let it go")(Catch::Benchmark::Chronometer meter) {
    const auto created = unit.hold(++n);
    meter.measure([&] {
      evolve(unit.calendar, created);
      evolve(unit.calendar, untouched_expired{created.terms->intent, created.terms->hold});
    });
  };
  CHECK(unit.calendar.claims.size() == 1000);
  CHECK(inconsistent_nights(unit.calendar).empty());
}

TEST_CASE("search") {
  const whole_city all;
  const gateway::city_plan plan(all.catalogue);
  const stay dates{first_day + days(10), first_day + days(15)};
  BENCHMARK("lowest prices of 5,000 units for five nights") {
    return plan.lowest_bases(all.index.nights(), dates, {2, 0, 0});
  };
  const auto lowest = plan.lowest_bases(all.index.nights(), dates, {2, 0, 0});
  CHECK(std::count_if(lowest.begin(), lowest.end(), [](auto one) { return one != gateway::city_plan::none_free; }) > 900);
}

TEST_CASE("JSON answer") {
  const auto page = http::read_json(gateway::examples::search_answer());
  REQUIRE(page.value);
  BENCHMARK("write the example of a search answer") {
    return http::to_json(*page.value);
  };
  BENCHMARK("read it") {
    return http::read_json(gateway::examples::search_answer());
  };
}

TEST_CASE("journal encoding") {
  const one_unit unit;
  const auto records = holds(unit, 1);
  const std::vector<entity_id> entities{records[0]->participants[0].entity, records[0]->participants[1].entity};
  BENCHMARK("encode the event of a hold") {
    return encode_events(records[0]->events, entities);
  };
  BENCHMARK("natural key of a hold") {
    return natural_scope(*records[0]->events[0].what.as<intent_created>()->terms);
  };
}

TEST_CASE("projection folding") {
  const one_unit unit;
  const auto records = holds(unit, 500);
  BENCHMARK_ADVANCED("states of 500 holds")(Catch::Benchmark::Chronometer meter) {
    std::vector<persistence::projection_core> cores(static_cast<std::size_t>(meter.runs()), persistence::projection_core(city, "CTY"));
    meter.measure([&](int run) { return cores[static_cast<std::size_t>(run)].fold(records); });
  };
  BENCHMARK("audit rows of 500 holds") {
    return persistence::fold_log("audit", city, "CTY", 0, records, {});
  };
}
