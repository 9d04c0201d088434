#include "database.hpp"
#include "records.hpp"

#include "persistence/postgres/postgres_journal.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;
using outcome = append_outcome::kind;

namespace {

/// By the lock that they hold.
constexpr const char* ahead_sessions = "from pg_locks where locktype = 'advisory' and classid = 74241";

/// A journal that has committed one record of URB; the next two are numbers 2 and 3.
struct ahead_world {
  database db;
  postgres_journal journal{{.url = db.url(), .node_id = "a"}};
  connection people = db.superuser();
  city_lease lease = *journal.take("URB");
  std::vector<city_batch> next;

  ahead_world() {
    REQUIRE(append_one(journal, lease, {some_record(1, 1)}).what == outcome::committed);
    next = {batch_of(lease, {some_record(1, 2), some_record(1, 3)})};
  }
  /// Numbers and commands that the log has.
  std::vector<std::pair<sequence, uuid>> log() {
    std::vector<std::pair<sequence, uuid>> out;
    for (const auto& one : journal.read("URB", 0, 100))
      out.emplace_back(one->seq, one->command_id);
    return out;
  }
  static std::vector<std::pair<sequence, uuid>> commands(std::vector<std::uint8_t> of) {
    std::vector<std::pair<sequence, uuid>> out;
    for (std::size_t i = 0; i < of.size(); ++i)
      out.emplace_back(i + 1, some_id(1, of[i]));
    return out;
  }
  /// Appends `next`; `after` is copied ahead meanwhile, or behind it where the commit was too fast.
  append_outcome append_and_copy(const std::vector<city_batch>& after) {
    bool copied = false;
    const auto copy_once = [&] {
      if (!std::exchange(copied, true))
        journal.copy_ahead(after);
      return false;
    };
    const auto made = journal.append_while(next, copy_once);
    copy_once();
    return made;
  }
  /// Sessions that copy ahead, and their end.
  std::int64_t copying() { return number(people, std::string("select count(*) ") + ahead_sessions); }
  void end_copying() { people.run(std::string("select pg_terminate_backend(pid, 5000) ") + ahead_sessions); }
  std::int64_t head() { return number(people, "select head from reserve.city_leases"); }
};

} // namespace

TEST_CASE("rows that were copied ahead count when they are appended, and not before", "[persistence][postgres][journal]") {
  ahead_world world;
  world.journal.copy_ahead(world.next);
  CHECK(eventually([&] { return world.copying() == 1; }));
  CHECK(world.log() == world.commands({1}));
  CHECK(world.head() == 1);
  CHECK(world.journal.append(world.next).what == outcome::committed);
  CHECK(world.log() == world.commands({1, 2, 3}));
  CHECK(world.head() == 3);
  CHECK(world.copying() == 0);
}

TEST_CASE("batches are copied ahead one behind the other, each while the one before it commits", "[persistence][postgres][journal]") {
  ahead_world world;
  std::vector<std::uint8_t> expected{1, 2, 3};
  for (std::uint8_t n = 4; n < 40; n += 2) {
    const std::vector<city_batch> after{batch_of(world.lease, {some_record(1, n), some_record(1, static_cast<std::uint8_t>(n + 1))})};
    REQUIRE(world.append_and_copy(after).what == outcome::committed);
    world.next = after;
    expected.insert(expected.end(), {n, static_cast<std::uint8_t>(n + 1)});
  }
  REQUIRE(world.journal.append(world.next).what == outcome::committed);
  CHECK(world.log() == world.commands(expected));
  CHECK(number(world.people, "select count(*) from pg_stat_activity where application_name = 'reserve journal' and datname = current_database()") == 2);
}

TEST_CASE("rows that were copied ahead for nothing leave nothing behind", "[persistence][postgres][journal]") {
  ahead_world world;
  world.journal.copy_ahead(world.next);
  world.lease.head = 1;
  SECTION("another batch has their numbers") {
    CHECK(append_one(world.journal, world.lease, {some_record(1, 7), some_record(1, 8)}).what == outcome::committed);
    CHECK(world.log() == world.commands({1, 7, 8}));
  }
  SECTION("the same records under another epoch") {
    world.lease = *world.journal.resolve("URB", world.lease.epoch);
    CHECK(world.lease.head == 1);
    CHECK(append_one(world.journal, world.lease, world.next.front().records).what == outcome::committed);
    CHECK(world.log() == world.commands({1, 2, 3}));
    CHECK(number(world.people, "select max(epoch) from reserve.journal") == 2);
  }
  CHECK(eventually([&] { return world.copying() == 0; }));
}

TEST_CASE("what goes wrong while rows are copied ahead is told when they are appended", "[persistence][postgres][journal]") {
  ahead_world world;
  SECTION("a bad record") {
    world.next.front().records.back()->actor_id = "\xff";
    world.journal.copy_ahead(world.next);
    const auto refused = world.journal.append(world.next);
    CHECK(refused.what == outcome::rolled_back);
    CHECK(refused.sqlstate == "22021");
    world.next.front().records.back()->actor_id = "agent";
    CHECK(world.journal.append(world.next).what == outcome::committed);
  }
  SECTION("their session is gone: they are copied again") {
    world.journal.copy_ahead(world.next);
    REQUIRE(eventually([&] { return world.copying() == 1; }));
    world.end_copying();
    CHECK(world.journal.append(world.next).what == outcome::committed);
  }
  SECTION("a city got leaves of its own") {
    world.people.run("select reserve.make_leaf('command_keys', 'command_keys_urb', 'for values in (''URB'')')");
    world.next.front().records.front()->key = command_key{{1}, {2}};
    world.journal.copy_ahead(world.next);
    CHECK(world.journal.append(world.next).what == outcome::committed);
    CHECK(number(world.people, "select count(*) from reserve.command_keys_urb") == 1);
  }
  SECTION("the city was lost meanwhile") {
    world.journal.copy_ahead(world.next);
    world.people.run("update reserve.city_leases set epoch = epoch + 1");
    const auto lost = world.journal.append(world.next);
    CHECK(lost.what == outcome::fence_lost);
    CHECK(lost.lost == std::vector<std::string>{"URB"});
    CHECK(world.log() == world.commands({1}));
    return;
  }
  CHECK(world.log() == world.commands({1, 2, 3}));
}

TEST_CASE("a batch that gives a key back is not copied ahead: the key may be in the batch before it", "[persistence][postgres][journal]") {
  ahead_world world;
  world.next.front().records.back()->key = command_key{{1}, {2}};
  auto gives_back = some_record(1, 4);
  gives_back->released_key = digest16{1};
  const std::vector<city_batch> after{batch_of(world.lease, {gives_back})};
  REQUIRE(world.append_and_copy(after).what == outcome::committed);
  CHECK(world.copying() == 0);
  CHECK(number(world.people, "select count(*) from reserve.command_keys") == 1);
  CHECK(world.journal.append(after).what == outcome::committed);
  CHECK(number(world.people, "select count(*) from reserve.command_keys") == 0);
}

TEST_CASE("an owner that stands still with rows copied ahead keeps nobody from the city", "[persistence][postgres][journal]") {
  ahead_world world;
  world.journal.copy_ahead(world.next);
  REQUIRE(eventually([&] { return world.copying() == 1; }));
  world.people.run("update reserve.city_leases set expires_at = clock_timestamp() - interval '1 second'");
  postgres_journal other({.url = world.db.url(), .node_id = "b"});
  auto theirs = *other.take("URB");
  CHECK(eventually([&] { return world.copying() == 0; }));
  CHECK(append_one(other, theirs, {some_record(1, 9)}).what == outcome::committed);
  const auto late = world.journal.append(world.next);
  CHECK(late.what == outcome::fence_lost);
  CHECK(world.log() == world.commands({1, 9}));
}

TEST_CASE("what was copied ahead of a city that turns out to be lost does not stay", "[persistence][postgres][journal]") {
  ahead_world world;
  const std::vector<city_batch> after{batch_of(world.lease, {some_record(1, 4)})};
  transaction taker(world.people);
  world.people.run("update reserve.city_leases set epoch = epoch + 1"); // The fence waits for it, so there is time to copy.
  bool copied = false;
  const auto lost = world.journal.append_while(world.next, [&] {
    if (!std::exchange(copied, true)) {
      world.journal.copy_ahead(after);
      taker.commit();
    }
    return false;
  });
  CHECK(copied);
  CHECK(lost.what == outcome::fence_lost);
  CHECK(eventually([&] { return world.copying() == 0; }));
}

TEST_CASE("who has lost a city leaves the sessions of its owner alone", "[persistence][postgres][journal]") {
  ahead_world world;
  world.journal.copy_ahead(world.next);
  REQUIRE(eventually([&] { return world.copying() == 1; }));
  postgres_journal other({.url = world.db.url(), .node_id = "b"});
  CHECK(other.resolve("URB", world.lease.epoch + 7)->epoch == 0);
  CHECK_FALSE(other.take("URB"));
  CHECK(world.copying() == 1);
  CHECK(world.journal.append(world.next).what == outcome::committed);
}

TEST_CASE("a session that was ended after its rows were copied costs one more copy", "[persistence][postgres][journal]") {
  ahead_world world;
  const std::vector<city_batch> after{batch_of(world.lease, {some_record(1, 4)})};
  REQUIRE(world.journal.append(world.next).what == outcome::committed);
  world.journal.copy_ahead(after);
  REQUIRE(eventually([&] { return number(world.people, "select count(*) from pg_stat_activity where application_name = 'reserve journal' and datname = current_database() "
                                                       "and state = 'active' and wait_event = 'ClientRead' and query like '%copy reserve.%'") == 1; }));
  world.end_copying();
  CHECK(world.journal.append(after).what == outcome::committed);
  CHECK(world.log() == world.commands({1, 2, 3, 4}));
}
