#include "projection_story.hpp"

#include "persistence/core/memory_tables.hpp"
#include "persistence/core/tables.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;

namespace {

/// Folds a log in batches of a size; with `forgetful` every state is read from the tables again.
memory_tables fold(const std::vector<committed_record>& log, std::size_t batch, bool forgetful = false) {
  memory_tables out;
  projection_core core(7, "URB");
  for (std::size_t i = 0; i < log.size(); i += batch) {
    const std::vector<committed_record> part(log.begin() + static_cast<std::ptrdiff_t>(i), log.begin() + static_cast<std::ptrdiff_t>(std::min(i + batch, log.size())));
    const auto asked = core.missing(part);
    core.provide(asked, out.load(asked));
    out.apply(core.fold(part));
    core.trim(forgetful ? 0 : 1'000'000);
  }
  return out;
}

std::size_t column_of(const table& of, std::string_view name) {
  const auto found = std::find_if(of.columns.begin(), of.columns.end(), [&](const column& one) { return one.name == name; });
  REQUIRE(found != of.columns.end());
  return static_cast<std::size_t>(found - of.columns.begin());
}

template <class T>
std::vector<T> values(const memory_tables& from, const table& of, std::string_view name) {
  std::vector<T> out;
  for (const auto& line : from.rows_of(of))
    if (const auto* value = std::get_if<T>(&line[column_of(of, name)]))
      out.push_back(*value);
  std::sort(out.begin(), out.end());
  return out;
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

TEST_CASE("a row keeps the time of the record that made it", "[projection]") {
  const auto log = city_story(7, 0).records();
  const auto tables = fold(log, log.size());
  CHECK(values<timestamp>(tables, tables::properties_map, "created_at") == std::vector{log[1]->occurred_at});
  CHECK(values<timestamp>(tables, tables::properties_map, "updated_at") == std::vector{log[5]->occurred_at});
}

TEST_CASE("holds that have ended give their nights back, the others count", "[projection]") {
  const auto tables = fold(city_story(7, 6).records(), 5);
  const auto sum = [&](std::string_view name) {
    std::int64_t out = 0;
    for (const auto one : values<std::int64_t>(tables, tables::availability_calendar, name))
      out += one;
    return out;
  };
  // Six guests of two nights each: 0 and 4 hold, 1, 2 and 3 have ended, 5 was refunded and gave its nights back.
  CHECK(sum("temp_holds") == 4);
  CHECK(sum("bookings_count") == 0);
  CHECK(values<std::string>(tables, tables::room_availability_holds, "status") ==
        std::vector<std::string>{"active", "active", "converted", "expired", "expired", "released"});
}

TEST_CASE("money of a payment that moves to another intent has one share", "[projection]") {
  city_story story(7, 5);
  const auto tables = fold(story.records(), 1);
  CHECK(values<uuid>(tables, tables::payment_allocations, "booking_intent_id") == std::vector{story.id("intent0")});
}

TEST_CASE("the ledger's balances are the sums of its entries", "[projection]") {
  const auto tables = fold(city_story(7).records(), 3);
  std::int64_t debits = 0, credits = 0, entries = 0;
  for (const auto& one : values<money>(tables, tables::account_balances, "debit_total"))
    debits += one.minor_units;
  for (const auto& one : values<money>(tables, tables::account_balances, "credit_total"))
    credits += one.minor_units;
  for (const auto& one : values<money>(tables, tables::ledger_entries, "amount"))
    entries += one.minor_units;
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
  const auto status = column_of(tables::exceptions, "status");
  std::vector<std::string> order;
  for (const auto& line : found->upserts)
    order.push_back(std::get<std::string>(line[status]));
  CHECK(order == std::vector<std::string>{"resolved", "resolved", "resolved", "open"});
}

TEST_CASE("texts of others are cut to their columns", "[projection]") {
  const auto tables = fold(city_story(7, 6).records(), 4);
  const auto errors = values<std::string>(tables, tables::reservations, "host_commit_last_error");
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
