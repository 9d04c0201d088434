#include "folding.hpp"
#include "projection_story.hpp"

#include "persistence/core/tables.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;

namespace {

/// Values of a column without NULLs, sorted.
template <class Read>
auto values(const memory_tables& from, const table& of, std::string_view name, Read read) {
  std::vector<decltype(read(std::string_view()))> out;
  for (const auto& line : from.rows_of(of))
    if (const auto value = cell(line, of.place_of(name)))
      out.push_back(read(*value));
  std::sort(out.begin(), out.end());
  return out;
}
std::string as_text(std::string_view raw) {
  return std::string(raw);
}
std::int64_t as_cents(std::string_view raw) {
  return read_numeric(raw, 2);
}

} // namespace

TEST_CASE("where the batches end makes no difference to any row", "[projection]") {
  const auto log = city_story(7).records();
  const auto all = fold(log, log.size());
  for (const auto* one : projected_tables())
    if (one->name != "cities" && one->name != "code_blocks") {
      INFO(one->name);
      CHECK_FALSE(all.rows_of(*one).empty());
    }
  for (const std::size_t batch : {1, 2, 7, 50}) {
    const auto parts = fold(log, batch);
    const auto forgetful = fold(log, batch, true);
    for (const auto* one : projected_tables()) {
      INFO(one->name << " in batches of " << batch);
      CHECK(parts.rows_of(*one) == all.rows_of(*one));
      CHECK(forgetful.rows_of(*one) == all.rows_of(*one));
    }
  }
}

TEST_CASE("how far behind a projection is, and a crash of the projector, make no difference to any row", "[projection]") {
  const auto log = city_story(7).records();
  const auto all = fold(log, log.size());
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const auto rows = fold_at_random(log, seed);
    for (const auto* one : projected_tables()) {
      INFO(one->name << " seed " << seed);
      CHECK(rows.rows_of(*one) == all.rows_of(*one));
    }
  }
}

TEST_CASE("a calendar is loaded with the claims that nobody has touched, from their own rows", "[projection]") {
  const auto log = city_story(7).records();
  // What the actors of the units would have after the same records.
  std::map<entity_id, unit_calendar> units;
  for (const auto& one : log)
    for (const auto& what : one->events)
      what.what.visit([&](const auto& event) {
        if constexpr (requires { evolve(units[what.entity], event); })
          evolve(units[what.entity], event);
      });
  const auto tables = fold(log, 9);
  REQUIRE(units.size() == 3);
  for (auto& [id, unit] : units) {
    unit.id = unit_id{id};
    const auto found = tables.load({{entity_kind::unit, id}});
    REQUIRE(found.size() == 1);
    CHECK(found.front().seq == log.size());
    CHECK(found.front().data == encode_calendar(unit));
  }
}

TEST_CASE("a hold that nobody has touched is one row, and changes nothing of its unit's", "[projection]") {
  const auto log = city_story(7, 1).records();
  const auto hold = std::find_if(log.begin(), log.end(), [](const committed_record& one) { return one->events.front().what.is<intent_created>(); });
  REQUIRE(hold != log.end());
  folding upto(log);
  upto.states((*hold)->seq - 1);
  projection_core core(7, "URB");
  core.start_at((*hold)->seq - 1);
  const auto asked = core.missing({*hold});
  core.provide(asked, upto.tables.known(asked));
  const auto rows = core.fold({*hold});
  REQUIRE(rows.changes.size() == 1);
  CHECK(rows.changes.front().of == &tables::booking_intents);
  CHECK(rows.changes.front().inserts.size() == 1);
  CHECK(rows.traces.empty());
  CHECK(core.nights_waiting() == 2);
}

TEST_CASE("a row keeps the time of the record that made it", "[projection]") {
  const auto log = city_story(7, 0).records();
  const auto tables = fold(log, log.size());
  CHECK(values(tables, tables::properties_map, "created_at", read_timestamp) == std::vector{log[1]->occurred_at});
  CHECK(values(tables, tables::properties_map, "updated_at", read_timestamp) == std::vector{log[5]->occurred_at});
}

TEST_CASE("holds that have ended give their nights back, the others count", "[projection]") {
  const auto tables = fold(city_story(7, 6).records(), 5);
  const auto sum = [&](std::string_view name) {
    std::int64_t out = 0;
    for (const auto one : values(tables, tables::availability_calendar, name, read_integer))
      out += one;
    return out;
  };
  // Six guests of two nights each: 0 and 4 hold, 1, 2 and 3 have ended, 5 was refunded and gave its nights back.
  CHECK(sum("temp_holds") == 4);
  CHECK(sum("bookings_count") == 0);
  CHECK(values(tables, tables::booking_intents, "status", as_text) ==
        std::vector<std::string>{"cancelled", "converted", "expired", "expired", "intent_created", "payment_confirmed"});
}

TEST_CASE("money of a payment that moves to another intent has one share", "[projection]") {
  city_story story(7, 5);
  const auto tables = fold(story.records(), 1);
  CHECK(values(tables, tables::payment_allocations, "booking_intent_id", read_uuid) == std::vector{story.id("intent0")});
}

TEST_CASE("the ledger's balances are the sums of its entries", "[projection]") {
  const auto tables = fold(city_story(7).records(), 3);
  std::int64_t debits = 0, credits = 0, entries = 0;
  for (const auto one : values(tables, tables::account_balances, "debit_total", as_cents))
    debits += one;
  for (const auto one : values(tables, tables::account_balances, "credit_total", as_cents))
    credits += one;
  for (const auto one : values(tables, tables::ledger_entries, "amount", as_cents))
    entries += one;
  CHECK(debits == credits);
  CHECK(debits + credits == entries);
  CHECK(debits > 0);
}

TEST_CASE("of the problems of one key at most one is open, and the closed ones are written first", "[projection]") {
  const auto log = city_story(7, 0).records();
  projection_core core(7, "URB");
  const auto rows = core.fold(log);
  const auto found = std::find_if(rows.changes.begin(), rows.changes.end(), [](const table_change& one) { return one.of == &tables::exceptions; });
  REQUIRE(found != rows.changes.end());
  std::vector<std::string> order;
  for (const auto& line : found->upserts)
    order.emplace_back(cell(line, tables::exceptions.place_of("status")).value());
  CHECK(order == std::vector<std::string>{"resolved", "resolved", "resolved", "open"});
}

TEST_CASE("texts of others are cut to their columns", "[projection]") {
  const auto tables = fold(city_story(7, 6).records(), 4);
  const auto errors = values(tables, tables::reservations, "host_commit_last_error", as_text);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].size() == 500);
}

TEST_CASE("a webhook's record marks its inbox row", "[projection]") {
  city_story story(7, 6);
  projection_core core(7, "URB");
  std::vector<uuid> marked;
  for (const auto& one : core.fold(story.records()).inbox)
    marked.push_back(one.inbox);
  CHECK(marked == std::vector{story.inbox(4), story.inbox(5), story.inbox(9000)});
}

TEST_CASE("records with a gap are refused before anything is folded", "[projection]") {
  const auto log = city_story(7, 1).records();
  projection_core core(7, "URB");
  CHECK_THROWS(core.fold({log[1]}));
  core.start_at(0);
  CHECK(core.fold({log[0]}).to == 1);
  CHECK_THROWS(core.fold({log[0]}));
}
