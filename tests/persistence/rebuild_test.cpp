#include "projection_world.hpp"

#include "persistence/postgres/rebuild.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;

namespace {

rebuild_request request(const projection_world& world, bool check) {
  rebuild_request out;
  out.url = world.db.url();
  out.code = "URB";
  out.check = check;
  out.batch = 17;
  return out;
}

} // namespace

TEST_CASE("a rebuild finds what differs, and puts it right", "[projection][postgres][rebuild]") {
  projection_world world;
  auto& city = world.add(7, "URB", 30);
  auto& neighbour = world.add(8, "GRA", 3);
  city.append_until(city.log.size());
  neighbour.append_until(neighbour.log.size());
  world.project();

  // Beside a running server, which holds the lease and writes on.
  auto report = rebuild(request(world, true));
  CHECK(text_of(report) == "");
  CHECK(report.equal());
  CHECK(report.upto == city.log.size());
  CHECK_FALSE(report.swapped);

  auto superuser = world.db.superuser();
  superuser.run("update reserve.booking_intents set status = 'expired' where city_code = 'URB' and session_id = 'session0'");
  superuser.run("delete from reserve.audit_logs where city_code = 'URB' and seq = 2");
  superuser.run("set session_replication_role = replica; delete from reserve.ledger_entries where city_code = 'URB' and direction = 'debit'; reset session_replication_role");
  report = rebuild(request(world, true));
  REQUIRE(report.different.size() == 3);
  CHECK_FALSE(report.equal());
  CHECK(report.different[0].table == "booking_intents");
  CHECK(report.different[0].missing == 1);
  CHECK(report.different[0].surplus == 1);
  CHECK(report.different[0].keys == std::vector<std::string>{"URB " + to_string(city.story.id("intent0"))});
  CHECK(report.different[1].table == "audit_logs");
  CHECK(report.different[1].surplus == 0);
  CHECK(report.different[2].table == "ledger_entries");

  // Not while a server holds the lease.
  report = rebuild(request(world, false));
  CHECK(report.held);
  CHECK_FALSE(report.swapped);
  CHECK(number(superuser, "select count(*) from reserve.audit_logs where city_code = 'URB' and seq = 2") == 0);

  world.journal.release("URB", city.lease.epoch);
  report = rebuild(request(world, false));
  CHECK(report.swapped);
  CHECK(report.different.size() == 3);
  CHECK(rebuild(request(world, true)).equal());
  CHECK(number(superuser, "select count(*) from reserve.audit_logs where city_code = 'URB' and seq = 2") > 0);
  CHECK(number(superuser, "select count(*) from reserve.booking_intents where city_code = 'GRA'") == 3);
  // The lease was given back.
  CHECK(world.journal.take("URB"));
}

TEST_CASE("a rebuild projects what no projector has projected", "[projection][postgres][rebuild]") {
  projection_world world;
  auto& city = world.add(7, "URB", 6);
  city.append_until(city.log.size());
  CHECK(rebuild(request(world, true)).upto == 0);
  world.journal.release("URB", city.lease.epoch);
  CHECK(rebuild(request(world, false)).swapped);
  const auto report = rebuild(request(world, true));
  CHECK(report.equal());
  CHECK(report.upto == city.log.size());
}

TEST_CASE("the ledger stays append-only for everybody else", "[projection][postgres][rebuild]") {
  projection_world world;
  auto& city = world.add(7, "URB", 6);
  city.append_until(city.log.size());
  world.project();
  auto on = world.db.login();
  {
    transaction work(on, "begin; set local role reserve_projector; set local app.current_city_codes = 'URB'");
    CHECK_THROWS(on.run("delete from reserve.ledger_entries"));
  }
  transaction work(on, "begin; set local role reserve_projector; set local app.current_city_codes = 'URB'; set local app.rebuilds_city = 'URB'");
  CHECK_THROWS(on.run("update reserve.ledger_entries set amount = 1"));
}

TEST_CASE("a city that is not there is said so", "[projection][postgres][rebuild]") {
  projection_world world;
  CHECK_FALSE(rebuild(request(world, true)).known);
  CHECK_FALSE(rebuild(request(world, false)).known);
}
