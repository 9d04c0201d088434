#include "database.hpp"
#include "records.hpp"

#include "persistence/postgres/postgres_storage.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;

namespace {

using loaded = std::optional<loaded_entity>;
using all_of_kind = std::optional<std::pair<std::vector<entity_snapshot>, sequence>>;
using unfinished = std::optional<std::vector<std::pair<entity_kind, entity_id>>>;

} // namespace

TEST_CASE("an entity is loaded with the position of its snapshot", "[persistence][postgres][storage]") {
  const database db;
  auto on = db.superuser();
  on.query("insert into reserve.unit_snapshots (unit_id, city_code, property_id, format, seq, data) values ($1, 'URB', $1, 1, 4, '\\x0102')", {param(some_id(1, 1))});
  on.query("insert into reserve.entity_snapshots (entity_id, city_code, kind, seq, unfinished, data) values ($1, 'URB', 2, 6, true, '\\x03'), "
           "($2, 'URB', 2, 7, false, '\\x04'), ($3, 'GRA', 2, 9, true, '\\x05')",
           {param(some_id(1, 2)), param(some_id(1, 3)), param(some_id(2, 4))});
  on.run("insert into reserve.journal_positions (projection, city_code, applied_seq, epoch, applied_at) values ('hot', 'URB', 8, 1, now()), "
         "('audit', 'URB', 3, 1, now())");

  query_pool pool({db.url(), 2, 16});
  postgres_storage storage(pool);
  const auto unit = answer_of<loaded>([&](auto done) { storage.load("URB", some_id(1, 1), entity_kind::unit, done); });
  REQUIRE(unit);
  CHECK(unit->applied_seq == 8);
  REQUIRE(unit->snapshot);
  CHECK(unit->snapshot->seq == 4);
  CHECK(unit->snapshot->data == "\x01\x02");
  CHECK(unit->snapshot->kind == entity_kind::unit);

  const auto intent = answer_of<loaded>([&](auto done) { storage.load("URB", some_id(1, 2), entity_kind::intent, done); });
  REQUIRE(intent->snapshot);
  CHECK(intent->snapshot->kind == entity_kind::intent);
  const auto nobody = answer_of<loaded>([&](auto done) { storage.load("URB", some_id(1, 77), entity_kind::intent, done); });
  CHECK_FALSE(nobody->snapshot);
  CHECK(nobody->applied_seq == 8);
  CHECK_FALSE(answer_of<loaded>([&](auto done) { storage.load("URB", some_id(2, 4), entity_kind::intent, done); })->snapshot);

  const auto intents = answer_of<all_of_kind>([&](auto done) { storage.load_all("URB", entity_kind::intent, done); });
  CHECK(intents->first.size() == 2);
  CHECK(intents->second == 8);
  CHECK(answer_of<all_of_kind>([&](auto done) { storage.load_all("URB", entity_kind::unit, done); })->first.size() == 1);
  const auto nowhere = answer_of<all_of_kind>([&](auto done) { storage.load_all("NEW", entity_kind::unit, done); });
  CHECK(nowhere->first.empty());
  CHECK(nowhere->second == 0);

  const auto open = answer_of<unfinished>([&](auto done) { storage.load_unfinished("URB", done); });
  REQUIRE(open->size() == 1);
  CHECK(open->front() == std::pair{entity_kind::intent, some_id(1, 2)});
}

TEST_CASE("an unreadable database and a full queue are told, not waited for", "[persistence][postgres][storage]") {
  query_pool nowhere({"host=/nowhere/at/all dbname=x user=reserve", 1, 16});
  postgres_storage storage(nowhere);
  CHECK_FALSE(answer_of<loaded>([&](auto done) { storage.load("URB", some_id(1, 1), entity_kind::unit, done); }));
  query_pool full({"", 0, 0});
  postgres_storage refused(full);
  CHECK_FALSE(answer_of<loaded>([&](auto done) { refused.load("URB", some_id(1, 1), entity_kind::unit, done); }));
}

TEST_CASE("a pool goes on after its sessions were ended", "[persistence][postgres][storage]") {
  const database db;
  query_pool pool({db.url(), 2, 16});
  const auto ask = [&] {
    return answer_of<std::optional<std::int64_t>>([&](auto done) {
      pool.read<std::int64_t>(access_context::service("URB"), [](connection& on) { return number(on, "select 5::bigint"); }, done);
    });
  };
  CHECK(ask() == 5);
  db.superuser().run("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'reserve query' and datname = current_database()");
  CHECK(ask() == 5);
  CHECK(ask() == 5);
}
