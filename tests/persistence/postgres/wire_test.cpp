#include "database.hpp"
#include "records.hpp"

#include "persistence/core/cells.hpp"
#include "persistence/postgres/table_store.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::persistence;

namespace {

const table everything{"everything",
                       {{"b", column_type::boolean},
                        {"s", column_type::smallint},
                        {"i", column_type::integer},
                        {"l", column_type::bigint},
                        {"t", column_type::text},
                        {"u", column_type::uuid},
                        {"m", column_type::money},
                        {"r", column_type::rate},
                        {"d", column_type::date},
                        {"z", column_type::timestamptz},
                        {"h", column_type::time},
                        {"j", column_type::jsonb},
                        {"y", column_type::bytea}},
                       {0},
                       "hot",
                       false,
                       ""};

constexpr const char* make_everything = "create temporary table everything (b boolean, s smallint, i int, l bigint, t text, u uuid, m numeric(12,2), "
                                        "r numeric(5,4), d date, z timestamptz, h time, j jsonb, y bytea)";

row sample() {
  return make_row(everything, true, -7, 70'000, -5'000'000'000, "São João", test::some_id(3, 9), money{-123'456'789}, rate{1'500},
                  date(std::chrono::year(1999) / 12 / 31), test::noon, std::chrono::minutes(15 * 60 + 30), json_text{R"({"a": [1, 2]})"},
                  bytes{std::string("\0\xff\n", 3)});
}

row nothing() {
  constexpr auto null = std::nullopt;
  return make_row(everything, null, null, null, null, null, null, null, null, null, null, null, null, null);
}

} // namespace

TEST_CASE("every column type arrives by binary COPY as it was", "[persistence][postgres]") {
  const test::database db(false);
  auto on = db.login();
  on.run(make_everything);
  const std::string header("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
  on.copy_in("copy everything (" + column_list(everything) + ") from stdin (format binary)", header + sample() + nothing() + "\377\377");

  const auto rows = on.query("select * from everything where t is not null");
  REQUIRE(rows.rows() == 1);
  CHECK(rows.boolean(0, 0));
  CHECK(rows.integer(0, 1) == -7);
  CHECK(rows.integer(0, 2) == 70'000);
  CHECK(rows.integer(0, 3) == -5'000'000'000);
  CHECK(rows.text(0, 4) == "São João");
  CHECK(rows.id(0, 5) == test::some_id(3, 9));
  CHECK(rows.amount(0, 6) == money{-123'456'789});
  CHECK(wire::read_numeric(rows.raw(0, 7), 4) == 1'500);
  CHECK(rows.day(0, 8) == date(std::chrono::year(1999) / 12 / 31));
  CHECK(rows.instant(0, 9) == test::noon);
  CHECK(wire::read_time(rows.raw(0, 10)) == std::chrono::minutes(930));
  CHECK(rows.json(0, 11) == R"({"a": [1, 2]})");
  CHECK(rows.text(0, 12) == std::string("\0\xff\n", 3));
  // A row that is read is the row that was written, byte for byte.
  for (std::size_t i = 0; i < everything.columns.size(); ++i)
    CHECK(cell(sample(), i).value() == std::string(i == 11 ? "\1" R"({"a": [1, 2]})" : rows.raw(0, i)));
  CHECK(test::number(on, "select count(*) from everything where num_nonnulls(b, s, i, l, t, u, m, r, d, z, h, j, y) = 0") == 1);
}

TEST_CASE("amounts keep their digits in both directions", "[persistence][postgres]") {
  const test::database db(false);
  auto on = db.login();
  const std::vector<std::pair<std::int64_t, std::string>> amounts{
      {0, "0.00"},
      {1, "0.01"},
      {-1, "-0.01"},
      {10, "0.10"},
      {100, "1.00"},
      {999'900, "9999.00"},
      {1'000'000, "10000.00"},
      {1'000'001, "10000.01"},
      {123'456'789'012, "1234567890.12"},
      {-999'999'999'999, "-9999999999.99"},
  };
  for (const auto& [minor_units, text] : amounts) {
    const auto rows = on.query("select $1::numeric(14,2)::text, $1::numeric(14,2)", {param(money{minor_units})});
    CHECK(rows.text(0, 0) == text);
    CHECK(rows.amount(0, 1) == money{minor_units});
    std::string rendered;
    cells::put_numeric(rendered, minor_units, 2);
    CHECK(rendered.substr(4) == rows.raw(0, 1));
    CHECK(read_numeric(rows.raw(0, 1), 2) == minor_units);
  }
}

TEST_CASE("a value of another type than its column is a bug", "[persistence][postgres]") {
  std::string out;
  CHECK_THROWS_AS(cells::put(out, {"amount", column_type::money}, 5), std::logic_error);
  CHECK_THROWS_AS(cells::put(out, {"id", column_type::uuid}, "text"), std::logic_error);
  CHECK_THROWS(cells::put(out, {"small", column_type::smallint}, 40'000));
  CHECK(out.empty());
}

TEST_CASE("a session starts without the context of its URL", "[persistence][postgres]") {
  const test::database db(false);
  connection on({.url = db.url() + " options='-c app.role=service'"});
  CHECK(on.query("select current_setting('app.role', true) is null").boolean(0, 0));
  CHECK(on.query("show search_path").text(0, 0) == "reserve");
}

TEST_CASE("a refused statement tells its SQLSTATE and leaves the session usable", "[persistence][postgres]") {
  const test::database db(false);
  auto on = db.login();
  try {
    transaction work(on);
    on.query("select 1 / $1::bigint", {param(std::int64_t{0})});
    FAIL("must throw");
  } catch (const database_error& why) {
    CHECK(why.sqlstate() == "22012");
    CHECK_FALSE(why.lost());
  }
  CHECK_FALSE(on.in_transaction());
  CHECK(test::number(on, "select 1::bigint") == 1);
}
