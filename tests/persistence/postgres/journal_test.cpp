#include "database.hpp"
#include "records.hpp"

#include "persistence/postgres/postgres_journal.hpp"

#include "persistence/postgres/journal_queries.hpp"
#include "persistence/postgres/journal_rows.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;
using outcome = append_outcome::kind;

namespace {

postgres_journal journal_of(const database& db, const std::string& node) {
  return postgres_journal({.url = db.url(), .node_id = node});
}

digest16 digest(std::uint8_t n) {
  digest16 out{};
  out[0] = n;
  return out;
}

std::int64_t keys_in(const database& db) {
  auto on = db.superuser();
  return number(on, "select count(*) from reserve.command_keys");
}

} // namespace

TEST_CASE("a committed record reads back as it was written", "[persistence][postgres][journal]") {
  const database db;
  auto journal = journal_of(db, "a");
  journal.add_city("URB", 7);
  auto lease = journal.take("URB");
  REQUIRE(lease);
  CHECK(lease->city == 7);
  CHECK(lease->epoch == 1);
  CHECK(lease->head == 0);

  auto first = some_record(7, 1);
  first->actor_id = "agent-1";
  first->by = actor_kind::agent;
  first->causation_id = some_id(7, 50);
  first->inbox = some_id(7, 51);
  first->participants = {{some_id(7, 60), 3}};
  first->key = command_key{digest(1), digest(2)};
  auto second = some_record(7, 2);
  CHECK(append_one(journal, *lease, {first, second}).what == outcome::committed);

  const auto read = journal.read("URB", 0, 10);
  REQUIRE(read.size() == 2);
  const auto& one = *read[0];
  CHECK(one.city == 7);
  CHECK(one.seq == 1);
  CHECK(one.epoch == 1);
  CHECK(one.command_id == first->command_id);
  CHECK(one.by == actor_kind::agent);
  CHECK(one.actor_id == "agent-1");
  CHECK(one.correlation_id == "req_1");
  CHECK(one.causation_id == first->causation_id);
  CHECK(one.inbox == first->inbox);
  CHECK(one.occurred_at == noon);
  REQUIRE(one.events.size() == 1);
  CHECK(one.events[0].entity == first->events[0].entity);
  CHECK(one.events[0].what.as<payment_not_created>()->payment == payment_id{some_id(7, 1)});
  CHECK(one.participants.size() == 2); // both entities are named by the row
  CHECK(journal.read("URB", 1, 10).size() == 1);
  CHECK(journal.read("URB", 0, 1).size() == 1);

  query_pool pool({db.url(), 1, 16});
  journal_queries queries(pool);
  const auto key = answer_of<std::optional<std::optional<known_key>>>([&](auto done) { queries.find_key("URB", digest(1), done); });
  REQUIRE(key);
  REQUIRE(*key);
  CHECK((*key)->seq == 1);
  CHECK((*key)->fingerprint == digest(2));
  CHECK_FALSE(*answer_of<std::optional<std::optional<known_key>>>([&](auto done) { queries.find_key("URB", digest(9), done); }));
  CHECK_FALSE(*answer_of<std::optional<std::optional<known_key>>>([&](auto done) { queries.find_key("GRA", digest(1), done); }));
  const auto again = answer_of<std::optional<committed_record>>([&](auto done) { queries.read_record("URB", 2, done); });
  REQUIRE(again);
  REQUIRE(*again);
  CHECK((*again)->command_id == second->command_id);

  auto people = db.login();
  transaction work(people, "begin; set local role reserve_service; set local app.role = 'service'; set local app.current_city_codes = 'URB'");
  const auto events = people.query("select id, type from reserve.events order by seq");
  REQUIRE(events.rows() == 2);
  CHECK(events.id(0, 0) == row_uuid(7, 1, 0));
}

TEST_CASE("a row that was prepared before its number was known says the same", "[persistence][postgres][journal]") {
  const database db;
  auto journal = journal_of(db, "a");
  journal.add_city("URB", 7);
  auto lease = *journal.take("URB");
  auto one = some_record(7, 1);
  one->actor_id = "agent-1";
  one->causation_id = some_id(7, 50);
  one->inbox = some_id(7, 51);
  one->participants = {{some_id(7, 60), 3}};
  const std::vector<city_batch> batches{batch_of(lease, {one, some_record(7, 2)})};
  {
    auto on = db.login();
    const transaction work(on, "begin; set local role reserve_writer");
    const auto leaves = leaf_map::load(on);
    const auto plain = encode_batch(batches, leaves, on).copies;
    journal.prepare(*one);
    REQUIRE_FALSE(one->row.empty());
    const auto prepared = encode_batch(batches, leaves, on).copies;
    REQUIRE(prepared.size() == 1);
    CHECK(prepared.front().data == plain.front().data);
  }
  bool worked = false; // While PostgreSQL does.
  CHECK(journal.append_while(batches, [&] { return !std::exchange(worked, true); }).what == outcome::committed);
  CHECK(worked);
  CHECK(journal.read("URB", 0, 10).size() == 2);
}

TEST_CASE("the fence refuses a wrong epoch and a wrong head, and nothing of the batch happens", "[persistence][postgres][journal]") {
  const database db;
  auto journal = journal_of(db, "a");
  auto good = *journal.take("AAA");
  auto bad = *journal.take("BBB");
  SECTION("epoch") {
    bad.epoch -= 1;
  }
  SECTION("head behind") {
    bad.head = 4;
  }
  const std::vector<city_batch> batches{batch_of(good, {some_record(1, 1)}), batch_of(bad, {some_record(2, 1)})};
  const auto refused = journal.append(batches);
  CHECK(refused.what == outcome::fence_lost);
  CHECK(refused.lost == std::vector<std::string>{"BBB"});
  CHECK(journal.read("AAA", 0, 10).empty());
  good.head = 0;
  CHECK(append_one(journal, good, {some_record(1, 1)}).what == outcome::committed);
}

TEST_CASE("a number of the journal that is taken stops the city, not a record", "[persistence][postgres][journal]") {
  const database db;
  auto journal = journal_of(db, "a");
  auto lease = *journal.take("URB");
  REQUIRE(append_one(journal, lease, {some_record(1, 1)}).what == outcome::committed);
  db.superuser().run("update reserve.city_leases set head = 0");
  if (GENERATE(false, true)) // Also when the other owner is of a release whose events we cannot read: nobody needs to.
    db.superuser().run("update reserve.journal set events = '\\xffff'");
  lease.head = 0;
  const auto refused = append_one(journal, lease, {some_record(1, 2)});
  CHECK(refused.what == outcome::fence_lost);
  CHECK(refused.lost == std::vector<std::string>{"URB"});
}

TEST_CASE("a city has one owner at a time", "[persistence][postgres][journal]") {
  const database db;
  auto a = journal_of(db, "a");
  auto b = journal_of(db, "b");
  auto mine = *a.take("URB");
  CHECK_FALSE(b.take("URB"));
  CHECK(a.renew(std::vector{mine}) == std::vector<std::string>{});

  SECTION("a lease that ran out goes to the next") {
    db.superuser().run("update reserve.city_leases set expires_at = clock_timestamp() - interval '1 second'");
  }
  SECTION("a lease that was given back too") {
    a.release("URB", mine.epoch);
  }
  auto theirs = b.take("URB");
  REQUIRE(theirs);
  CHECK(theirs->epoch == mine.epoch + 1);
  CHECK(append_one(b, *theirs, {some_record(1, 1)}).what == outcome::committed);
  CHECK(append_one(a, mine, {some_record(1, 2)}).what == outcome::fence_lost);
  CHECK(a.renew(std::vector{mine}) == std::vector<std::string>{"URB"});
  const auto resolved = a.resolve("URB", mine.epoch);
  REQUIRE(resolved);
  CHECK(resolved->epoch == 0); // not stolen back
  a.release("URB", mine.epoch);
  CHECK(append_one(b, *theirs, {some_record(1, 3)}).what == outcome::committed);
}

TEST_CASE("a restarted node takes its own city at once, under a new epoch", "[persistence][postgres][journal]") {
  const database db;
  auto before = journal_of(db, "a");
  auto old_lease = *before.take("URB");
  auto after = journal_of(db, "a");
  auto lease = after.take("URB");
  REQUIRE(lease);
  CHECK(lease->epoch == old_lease.epoch + 1);
  CHECK(append_one(before, old_lease, {some_record(1, 1)}).what == outcome::fence_lost);
}

TEST_CASE("a record that PostgreSQL refuses is told by its SQLSTATE", "[persistence][postgres][journal]") {
  const database db;
  auto journal = journal_of(db, "a");
  auto lease = *journal.take("URB");
  auto first = some_record(1, 1);
  first->key = command_key{digest(1), digest(1)};
  REQUIRE(append_one(journal, lease, {first}).what == outcome::committed);

  auto bad = some_record(1, 2);
  std::string expected;
  SECTION("a text that is too long") {
    bad->actor_id = std::string(200, 'x');
    expected = "22001";
  }
  SECTION("a text that is no UTF-8") {
    bad->actor_id = "\xff";
    expected = "22021";
  }
  SECTION("a key that is taken") {
    bad->key = first->key;
    expected = "23505";
  }
  SECTION("a vault row without its key's form") {
    vault_row sealed;
    sealed.email_key = "short";
    sealed.sealed = "x";
    bad->vault.push_back(sealed);
    expected = "23514";
  }
  const auto before = lease;
  const auto refused = append_one(journal, lease, {some_record(1, 3), bad});
  CHECK(refused.what == outcome::rolled_back);
  CHECK(refused.sqlstate == expected);
  lease = before;
  CHECK(append_one(journal, lease, {some_record(1, 3)}).what == outcome::committed);
  CHECK(journal.read("URB", 0, 10).size() == 2);
}

TEST_CASE("a session that died before the commit was sent is a known rollback", "[persistence][postgres][journal]") {
  const database db;
  auto journal = journal_of(db, "a");
  auto lease = *journal.take("URB");
  auto people = db.superuser();
  people.run("select pg_terminate_backend(backend_pid, 5000) from reserve.city_leases");
  const auto before = lease;
  const auto lost = append_one(journal, lease, {some_record(1, 1)});
  CHECK(lost.what == outcome::rolled_back);
  lease = before;
  CHECK(append_one(journal, lease, {some_record(1, 1)}).what == outcome::committed);
}

TEST_CASE("without a server nothing is sent", "[persistence][postgres][journal]") {
  postgres_journal journal({.url = "host=/nowhere/at/all dbname=x user=reserve", .node_id = "a"});
  city_lease lease{1, "URB", 1, 0};
  CHECK(append_one(journal, lease, {some_record(1, 1)}).what == outcome::disconnected);
  CHECK_FALSE(journal.take("URB"));
  CHECK_FALSE(journal.resolve("URB", 1));
  CHECK_FALSE(journal.renew(std::vector{lease}));
  CHECK_THROWS_AS(journal.read("URB", 0, 1), std::runtime_error);
}

TEST_CASE("a released key may be used again, also in the same batch", "[persistence][postgres][journal]") {
  const database db;
  auto journal = journal_of(db, "a");
  auto lease = *journal.take("URB");
  auto begins = some_record(1, 1);
  begins->key = command_key{digest(1), digest(1)};
  auto gives_back = some_record(1, 2);
  gives_back->released_key = digest(1);
  SECTION("in two batches") {
    REQUIRE(append_one(journal, lease, {begins}).what == outcome::committed);
    CHECK(keys_in(db) == 1);
    REQUIRE(append_one(journal, lease, {gives_back}).what == outcome::committed);
    CHECK(keys_in(db) == 0);
  }
  SECTION("in one batch") {
    REQUIRE(append_one(journal, lease, {begins, gives_back}).what == outcome::committed);
    CHECK(keys_in(db) == 0);
  }
  SECTION("released and taken again") {
    REQUIRE(append_one(journal, lease, {begins}).what == outcome::committed);
    auto anew = some_record(1, 3);
    anew->key = command_key{digest(1), digest(7)};
    REQUIRE(append_one(journal, lease, {gives_back, anew}).what == outcome::committed);
    CHECK(keys_in(db) == 1);
  }
}

TEST_CASE("the next leaf of the journal is made when the head passes the middle", "[persistence][postgres][journal]") {
  const database db;
  auto people = db.superuser();
  auto journal = journal_of(db, "a");
  auto lease = *journal.take("URB");
  const auto leaves = [&] { return number(people, "select count(*) from reserve.partition_leaves where parent = 'journal'"); };
  REQUIRE(append_one(journal, lease, {some_record(1, 1)}).what == outcome::committed);
  CHECK(leaves() == 1);
  people.run("update reserve.city_leases set head = 2000000");
  lease.head = 2'000'000;
  REQUIRE(append_one(journal, lease, {some_record(1, 2)}).what == outcome::committed);
  CHECK(leaves() == 2);
  SECTION("a batch may lie on both sides of a bound") {
    people.run("update reserve.city_leases set head = 3999998");
    lease.head = 3'999'998;
    REQUIRE(append_one(journal, lease, {some_record(1, 3), some_record(1, 4)}).what == outcome::committed);
    CHECK(number(people, "select count(*) from reserve.journal_4000000") == 1);
    CHECK(journal.read("URB", 3'999'998, 5).size() == 2);
  }
  SECTION("a head that was moved past every leaf finds room") {
    people.run("update reserve.city_leases set head = 17000000");
    lease.head = 17'000'000;
    CHECK(append_one(journal, lease, {some_record(1, 3)}).what == outcome::committed);
  }
}

TEST_CASE("a city that got leaves of its own is written into them", "[persistence][postgres][journal]") {
  const database db;
  auto journal = journal_of(db, "a");
  auto lease = *journal.take("URB");
  auto first = some_record(1, 1);
  REQUIRE(append_one(journal, lease, {first}).what == outcome::committed);
  auto people = db.superuser();
  people.run("select reserve.make_leaf('command_keys', 'command_keys_urb', 'for values in (''URB'')')");
  auto second = some_record(1, 2);
  second->key = command_key{digest(4), digest(4)};
  CHECK(append_one(journal, lease, {second}).what == outcome::committed);
  CHECK(number(people, "select count(*) from reserve.command_keys_urb") == 1);
}
