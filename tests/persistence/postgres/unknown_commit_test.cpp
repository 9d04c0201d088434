#include "database.hpp"
#include "records.hpp"

#include "persistence/postgres/postgres_journal.hpp"

#include <catch2/catch.hpp>

#include <sys/socket.h>

#include <future>
#include <utility>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;
using outcome = append_outcome::kind;

namespace {

/// Stops appends at their COMMIT: a trigger that runs there waits for a lock which the test holds.
class commit_gate {
public:
  explicit commit_gate(const database& db) : holder_(db.superuser()) {
    holder_.run("create function reserve.wait_at_gate() returns trigger language plpgsql as "
                "$$ begin perform pg_advisory_xact_lock_shared(4242); return null; end $$;"
                "create constraint trigger gate after update on reserve.city_leases deferrable initially deferred for each row "
                "when (new.head is distinct from old.head) execute function reserve.wait_at_gate()");
    holder_.run("select pg_advisory_lock(4242)");
  }
  void open() { holder_.run("select pg_advisory_unlock(4242)"); }
  bool somebody_waits() { return number(holder_, "select count(*) from pg_locks where locktype = 'advisory' and not granted") > 0; }
  bool somebody_waits_for_the_row() {
    return number(holder_, "select count(*) from pg_locks where locktype = 'transactionid' and not granted") > 0;
  }
  void end_who_waits() {
    holder_.run("select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory' and not granted");
  }

private:
  connection holder_;
};

struct stopped_append {
  explicit stopped_append(const database& db, std::chrono::milliseconds patience)
      : gate(db), journal({.url = db.url(), .node_id = "a", .row_patience = patience}), lease(*journal.take("URB")), socket(journal.socket()) {
    pending = std::async(std::launch::async, [this] { return append_one(journal, lease, {some_record(1, 1), some_record(1, 2)}); });
    REQUIRE(eventually([this] { return gate.somebody_waits(); }));
  }

  commit_gate gate;
  postgres_journal journal;
  city_lease lease;
  int socket;
  std::future<append_outcome> pending;
};

} // namespace

TEST_CASE("a commit whose session was ended is unknown, and resolved as never", "[persistence][postgres][journal]") {
  const database db;
  stopped_append stopped(db, std::chrono::seconds(1));
  stopped.gate.end_who_waits();
  CHECK(stopped.pending.get().what == outcome::unknown);

  auto lease = stopped.journal.resolve("URB", stopped.lease.epoch);
  REQUIRE(lease);
  CHECK(lease->epoch == stopped.lease.epoch + 1);
  CHECK(lease->head == 0);
  CHECK(stopped.journal.read("URB", 0, 10).empty());
  stopped.gate.open();
  CHECK(append_one(stopped.journal, *lease, {some_record(1, 1), some_record(1, 2)}).what == outcome::committed);
}

TEST_CASE("a commit that lands after its session was lost is waited for, and resolved as committed", "[persistence][postgres][journal]") {
  const database db;
  stopped_append stopped(db, std::chrono::seconds(8));
  REQUIRE(shutdown(stopped.socket, SHUT_RDWR) == 0);
  CHECK(stopped.pending.get().what == outcome::unknown);
  // Reading back would see nothing now, and everything in a moment.
  CHECK(stopped.journal.read("URB", 0, 10).empty());

  auto resolving = std::async(std::launch::async, [&] { return stopped.journal.resolve("URB", stopped.lease.epoch); });
  REQUIRE(eventually([&] { return stopped.gate.somebody_waits_for_the_row(); }));
  stopped.gate.open();
  const auto lease = resolving.get();
  REQUIRE(lease);
  CHECK(lease->head == 2);
  CHECK(lease->epoch == stopped.lease.epoch + 1);
  CHECK(stopped.journal.read("URB", 0, 10).size() == 2);
}

TEST_CASE("a lost session that keeps the lease row is ended", "[persistence][postgres][journal]") {
  const database db;
  stopped_append stopped(db, std::chrono::milliseconds(100));
  REQUIRE(shutdown(stopped.socket, SHUT_RDWR) == 0);
  CHECK(stopped.pending.get().what == outcome::unknown);

  SECTION("by its owner") {
    const auto lease = stopped.journal.resolve("URB", stopped.lease.epoch);
    REQUIRE(lease);
    CHECK(lease->head == 0);
  }
  SECTION("by the next owner") {
    postgres_journal other({.url = db.url(), .node_id = "a", .row_patience = std::chrono::milliseconds(100)});
    const auto lease = other.take("URB");
    REQUIRE(lease);
    CHECK(lease->head == 0);
    const auto lost = stopped.journal.resolve("URB", stopped.lease.epoch);
    REQUIRE(lost);
    CHECK(lost->epoch == 0);
  }
  CHECK_FALSE(stopped.gate.somebody_waits());
}

TEST_CASE("a session that does not answer is given up", "[persistence][postgres][journal]") {
  const database db;
  commit_gate gate(db);
  postgres_journal journal({.url = db.url(), .node_id = "a", .answer_timeout = std::chrono::milliseconds(300), .row_patience = std::chrono::milliseconds(100)});
  auto lease = *journal.take("URB");
  const auto before = lease;
  CHECK(append_one(journal, lease, {some_record(1, 1)}).what == outcome::unknown);
  std::optional<city_lease> resolved;
  REQUIRE(eventually([&] { return (resolved = journal.resolve("URB", before.epoch)).has_value(); }));
  CHECK(resolved->head == 0);
}
