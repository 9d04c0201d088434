#include "database.hpp"
#include "records.hpp"

#include "persistence/postgres/migrations.hpp"

#include "domain/event.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::persistence;

namespace {

constexpr const char* objects_sql = "select (select count(*) from pg_class where relnamespace = 'reserve'::regnamespace and relname not like 'schema_migrations%') "
                                    "+ (select count(*) from pg_proc where pronamespace = 'reserve'::regnamespace)";

std::size_t applied(migration_runner& runner) {
  std::size_t count = 0;
  for (const auto& one : runner.status())
    count += one.applied ? 1 : 0;
  return count;
}

} // namespace

TEST_CASE("all migrations go up, down and up again", "[persistence][postgres][migrations]") {
  const test::database db(false);
  auto on = db.login();
  migration_runner runner(on);
  const auto all = migrations().size();
  REQUIRE(runner.up(0, true).size() == all);
  CHECK(on.query("select 1 from pg_namespace where nspname = 'reserve'").empty()); // a dry run changes nothing
  CHECK(runner.up().size() == all);
  CHECK(runner.up().empty());
  CHECK(applied(runner) == all);
  const auto objects = test::number(on, objects_sql);

  CHECK(runner.down(1, true).size() == 1);
  CHECK(applied(runner) == all);
  CHECK(runner.down(static_cast<int>(all)).size() == all);
  CHECK(test::number(on, objects_sql) == 0);

  CHECK(runner.up(2).size() == 2);
  CHECK(runner.up().size() == all - 2);
  CHECK(test::number(on, objects_sql) == objects);
}

TEST_CASE("a script that was changed after it was applied is an error", "[persistence][postgres][migrations]") {
  const test::database db(false);
  auto on = db.login();
  const std::vector<migration> first{{1, "one", "create table reserve.one (id int)", "drop table reserve.one"}};
  migration_runner(on, first).up();
  auto changed = first;
  changed[0].up += " ";
  CHECK_THROWS_AS(migration_runner(on, changed).up(), migration_drift);
  CHECK_THROWS_AS(migration_runner(on, changed).down(), migration_drift);
  CHECK(migration_runner(on, changed).status().at(0).changed);
  CHECK_THROWS_AS(migration_runner(on, {}).up(), migration_drift);
  CHECK_FALSE(migration_runner(on, first).status().at(0).changed);
}

TEST_CASE("a script that fails leaves nothing behind", "[persistence][postgres][migrations]") {
  const test::database db(false);
  auto on = db.login();
  const std::vector<migration> scripts{{1, "good", "create table reserve.good (id int)", "drop table reserve.good"},
                                       {2, "bad", "create table reserve.bad (id int); select 1 / 0", "drop table reserve.bad"}};
  migration_runner runner(on, scripts);
  CHECK_THROWS_WITH(runner.up(), Catch::Contains("2_bad up"));
  CHECK(applied(runner) == 1);
  CHECK(test::number(on, "select count(*) from pg_tables where tablename = 'bad'") == 0);
}

TEST_CASE("migrating names the kinds of events", "[persistence][postgres][migrations]") {
  const test::database db;
  auto on = db.superuser();
  CHECK(test::number(on, "select count(*) from reserve.event_kinds") == static_cast<std::int64_t>(event_kinds().size()));
  CHECK(test::number(on, "select code::bigint from reserve.event_kinds where name = '" + std::string(event_kinds()[3].name) + "'") == event_kinds()[3].code);
}

TEST_CASE("SQL derives the same row ids as the program", "[persistence][postgres][migrations]") {
  const test::database db;
  auto on = db.superuser();
  const std::vector<std::tuple<int, std::int64_t, int>> rows_of_records{
      {1, 1, 0}, {258, 1'234'567'890'123, 77}, {65'535, 4'294'967'296, 70'000}, {0, 2'147'483'648, 3}};
  for (const auto& [city, seq, n] : rows_of_records) {
    const auto rows = on.query("select reserve.row_uuid($1::int, $2, $3::int)", {param(std::int64_t{city}), param(seq), param(std::int64_t{n})});
    CHECK(to_string(rows.id(0, 0)) == to_string(row_uuid(static_cast<city_number>(city), static_cast<std::uint64_t>(seq), static_cast<std::uint32_t>(n))));
  }
}
