#include "folding.hpp"
#include "projection_world.hpp"

#include "persistence/postgres/rebuild.hpp"

#include "persistence/core/tables.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;
using namespace std::chrono_literals;

namespace {

/// jsonb keeps neither spaces nor the order of keys: PostgreSQL says what a text means.
void settle_json(connection& on, const table& of, std::vector<row>& rows) {
  for (auto& line : rows)
    for (std::size_t i = 0; i < of.columns.size(); ++i)
      if (const auto value = cell(line, i); value && of.columns[i].type == column_type::jsonb)
        replace_cell(line, i, "\1" + on.query("select $1::jsonb", {param(json_text{std::string(value->substr(1))})}).json(0, 0));
}

rebuild_report compared(const projection_world& world) {
  rebuild_request out;
  out.url = world.db.url();
  out.code = "URB";
  out.check = true;
  return rebuild(out);
}

std::set<row> as_set(const std::vector<row>& rows) {
  return {rows.begin(), rows.end()};
}

} // namespace

TEST_CASE("PostgreSQL and memory hold the same rows", "[projection][postgres]") {
  const database db;
  const auto log = city_story(7).records();
  auto on = db.login();
  table_store store(on);
  memory_tables memory;
  const auto apply = [&](const projected& rows) {
    store.apply("URB", rows);
    memory.apply(rows);
  };
  projection_core core(7, "URB");
  std::ptrdiff_t units_loaded = 0; // With claims that are rows of booking_intents.
  for (std::size_t from = 0; from < log.size(); from += 11) {
    const auto part = part_of(log, from, from + 11);
    const auto asked = core.missing(part);
    const auto found = store.load("URB", asked);
    const auto known = memory.known(asked);
    CHECK(std::all_of(found.units.begin(), found.units.end(), [&](const unit_rows& one) { return std::find(known.units.begin(), known.units.end(), one) != known.units.end(); }));
    units_loaded += std::count_if(found.units.begin(), found.units.end(), [&](const unit_rows& one) { return !(one.untouched == night_counts()); });
    core.provide(asked, found);
    apply(core.fold(part));
    core.trim(20);
    if (from % 3 == 0) {
      const auto nights = core.missing_for_nights();
      core.provide(nights, store.load("URB", nights));
      apply(core.fold_nights());
    }
  }
  CHECK(units_loaded > 0);
  for (const auto name : log_projections()) {
    const auto traces = store.traces("URB", 0, log.size());
    CHECK(traces == memory.traces(0, log.size()));
    apply(fold_log(name, 7, "URB", 0, part_of(log, 0, 100), store.traces("URB", 0, 100)));
    apply(fold_log(name, 7, "URB", 100, part_of(log, 100, log.size()), store.traces("URB", 100, log.size())));
  }
  const auto nights = core.missing_for_nights();
  core.provide(nights, store.load("URB", nights));
  apply(core.fold_nights());

  for (const auto& [name, at] : store.positions("URB")) {
    INFO(name);
    CHECK(at == log.size());
  }
  auto superuser = db.superuser();
  transaction work(superuser);
  table_store reader(superuser);
  for (const auto* one : projected_tables()) {
    INFO(one->name);
    auto expected = memory.rows_of(*one);
    settle_json(superuser, *one, expected);
    CHECK(as_set(reader.rows_of(*one, "URB")) == as_set(expected));
  }
  CHECK(number(superuser, "select count(*) from reserve.room_availability_holds where status = 'active' and ended_at is null and end_reason is null") == 13);
  work.commit();
  store.forget_traces("URB");
  CHECK(number(superuser, "select count(*) from reserve.projection_traces") == 0);
}

TEST_CASE("the platform log has its tables too", "[projection][postgres]") {
  const database db;
  auto on = db.login();
  table_store store(on);
  projection_core core(0, "~");
  auto made = std::make_shared<record>();
  made->seq = 1;
  made->occurred_at = noon;
  city_added city;
  city.number = 7;
  city.code = "URB";
  city.name = "Urubici";
  city.timezone = "America/Sao_Paulo";
  made->events = {{platform_entity(), city}, {platform_entity(), code_block_given{2026, 1, "URB", 1, 65536}}};
  store.apply("~", core.fold({made}));
  store.apply("~", fold_log("catalogue", 0, "~", 0, {made}, {}));
  auto superuser = db.superuser();
  CHECK(number(superuser, "select count(*) from reserve.cities where code = 'URB' and city_code = '~'") == 1);
  CHECK(number(superuser, "select count(*) from reserve.code_blocks where city_code = 'URB'") == 1);
}

TEST_CASE("a position that somebody else has moved is not moved again", "[projection][postgres]") {
  const database db;
  auto on = db.login();
  table_store store(on);
  const auto log = city_story(7, 1).records();
  projection_core mine(7, "URB"), theirs(7, "URB");
  store.apply("URB", theirs.fold({log[0]}));
  // The other projections stand where they stood.
  CHECK(store.positions("URB").at("audit") == 0);
  CHECK_THROWS_AS(store.apply("URB", mine.fold({log[0]})), position_moved);
  CHECK(store.position("URB") == 1);
  auto late = theirs.fold({log[1]});
  late.from = 0;
  CHECK_THROWS_AS(store.apply("URB", late), position_moved);
}

TEST_CASE("the projector catches up from the journal and then follows what it is fed", "[projection][postgres]") {
  projection_world world;
  auto& city = world.add(7, "URB", 12);
  city.append_until(city.log.size() / 2);
  projector tables(world.options(), journal_reader_for(world.db.url()), world.told());
  tables.add_city(7, "URB", city.lease.head);
  tables.start();
  REQUIRE(tables.wait_until(7, city.lease.head, 8s));
  CHECK(eventually([&] { return world.applied_to(7) == city.lease.head; }));

  auto superuser = world.db.superuser();
  superuser.query("insert into reserve.webhook_inbox (id, created_at, provider, dedup_key) values ($1, now(), 'stripe', decode(repeat('01', 32), 'hex'))",
                  {param(city.story.inbox(11))});
  while (city.lease.head < city.log.size()) {
    const auto from = city.lease.head;
    city.append_until(std::min<sequence>(from + 5, city.log.size()));
    tables.feed(city.between(from, city.lease.head));
  }
  REQUIRE(tables.wait_until(7, city.log.size(), 8s, projection_names()));
  CHECK(tables.lag(7) == 0);
  CHECK(number(superuser, "select count(*) from reserve.booking_intents") == 12);
  CHECK(number(superuser, "select count(*) from reserve.journal_positions") == static_cast<std::int64_t>(projection_names().size()));
  CHECK(number(superuser, "select min(applied_seq) from reserve.journal_positions") == static_cast<std::int64_t>(city.log.size()));
  CHECK(number(superuser, "select count(*) from reserve.webhook_inbox where processed and processed_seq is not null and processed_at = timestamptz '2026-11-30 23:59+00' "
                          "+ (processed_seq - 1) * interval '1 second'") == 1);
  tables.stop();
}

TEST_CASE("a queue that was full and a session that was ended cost no record", "[projection][postgres]") {
  projection_world world;
  auto& city = world.add(7, "URB", 24);
  auto options = world.options();
  options.queue_max = 10;
  projector tables(options, journal_reader_for(world.db.url()), world.told());
  tables.add_city(7, "URB", 0);
  city.append_until(city.log.size() / 2);
  tables.feed(city.between(0, city.lease.head)); // More than the queue takes.
  tables.start();
  REQUIRE(tables.wait_until(7, city.lease.head, 8s));

  auto superuser = world.db.superuser();
  CHECK(number(superuser, "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'reserve projector' and datname = current_database()") >= 1);
  const auto from = city.lease.head;
  city.append_until(city.log.size());
  tables.feed(city.between(from, city.lease.head));
  REQUIRE(tables.wait_until(7, city.log.size(), 8s));
  CHECK(number(superuser, "select count(*) from reserve.booking_intents") == 24);
}

TEST_CASE("what cannot be projected stops its city alone", "[projection][postgres]") {
  projection_world world;
  auto& bad = world.add(7, "URB", 6);
  auto& good = world.add(8, "GRA", 6);
  // An assertion of a table fails: of its data, so no other try helps.
  auto superuser = world.db.superuser();
  superuser.run("alter table reserve.booking_intents add check (city_code <> 'URB' or session_id <> 'session3')");
  auto options = world.options();
  options.tries = 2;
  projector tables(options, journal_reader_for(world.db.url()), world.told());
  bad.append_until(bad.log.size());
  good.append_until(good.log.size());
  tables.add_city(7, "URB", bad.lease.head);
  tables.add_city(8, "GRA", good.lease.head);
  tables.start();
  REQUIRE(tables.wait_until(8, good.lease.head, 8s, projection_names()));
  REQUIRE(eventually([&] { return tables.stopped(7); }));
  CHECK(eventually([&] { return world.stops() == std::vector<std::string>{"7 hot at 0"}; }));
  CHECK(tables.position(7) == 0);
  CHECK(tables.lag(7) == bad.lease.head);
  CHECK_FALSE(tables.wait_until(7, 1, 1ms));
  CHECK_FALSE(tables.stopped(8));
}

TEST_CASE("where the states stop, what is behind them still arrives", "[projection][postgres]") {
  projection_world world;
  auto& city = world.add(7, "URB", 12);
  city.append_until(city.log.size());
  {
    auto on = world.db.login();
    table_store store(on);
    projection_core core(7, "URB");
    store.apply("URB", core.fold(part_of(city.log, 0, 20)));
  }
  world.db.superuser().run("alter table reserve.booking_intents add constraint never check (false) not valid");
  auto options = world.options();
  options.tries = 1;
  projector tables(options, journal_reader_for(world.db.url()), world.told());
  tables.add_city(7, "URB", city.lease.head);
  tables.start();
  REQUIRE(eventually([&] { return tables.stopped(7); }));
  CHECK(tables.wait_until(7, 20, 8s, {log_projections().begin(), log_projections().end()}));
  CHECK(tables.position(7) == 20);
}

TEST_CASE("a projector that is told to stays behind", "[projection][postgres]") {
  projection_world world;
  auto& city = world.add(7, "URB", 2);
  auto options = world.options();
  options.delay = 1h;
  projector tables(options, journal_reader_for(world.db.url()), world.told());
  city.append_until(4);
  tables.add_city(7, "URB", 4);
  tables.start();
  REQUIRE(tables.wait_until(7, 4, 8s)); // What was there before is no news.
  city.append_until(6);
  tables.feed(city.between(4, 6));
  CHECK_FALSE(tables.wait_until(7, 5, 100ms));
  CHECK(tables.lag(7) == 2);
}

TEST_CASE("a burst is gathered until somebody waits for what it says", "[projection][postgres]") {
  projection_world world;
  auto& city = world.add(7, "URB", 18);
  city.append_until(city.log.size());
  auto options = world.options();
  options.busy_above = 0; // Whatever is fed is a burst, and none ends here.
  options.busy_for = options.gather_most = 1h;
  projector tables(options, journal_reader_for(world.db.url()), world.told());
  tables.add_city(7, "URB", 0);
  tables.start();
  tables.feed(city.between(0, 1));
  REQUIRE(tables.wait_until(7, 1, 8s));
  tables.feed(city.between(1, city.log.size()));
  CHECK_FALSE(eventually([&] { return tables.position(7) > 1; }, 1s));
  // Only because we ask; the nights, and what is behind the states, follow.
  CHECK(tables.wait_until(7, city.log.size(), 8s, projection_names()));
}

TEST_CASE("what the audit has not written counts for admission, although the states have it", "[projection][postgres]") {
  projection_world world;
  auto& city = world.add(7, "URB", 12);
  projector tables(world.options(), journal_reader_for(world.db.url()), world.told());
  tables.add_city(7, "URB", 0);
  tables.start();
  auto superuser = world.db.superuser();
  const auto log = static_cast<sequence>(city.log.size());
  {
    const transaction nobody_writes(superuser, "begin; lock table reserve.audit_logs in exclusive mode");
    superuser.run("do $$ declare leaf text; begin for leaf in select inhrelid::regclass from pg_inherits where inhparent = 'reserve.audit_logs'::regclass loop "
                  "execute 'lock table ' || leaf || ' in exclusive mode'; end loop; end $$");
    city.append_until(log);
    tables.feed(city.between(0, log));
    REQUIRE(tables.wait_until(7, log, 8s));
    CHECK(tables.lag(7) == 0);
    CHECK(tables.backlog_of(7).records == log);
  }
  REQUIRE(tables.wait_until(7, log, 8s, projection_names()));
  CHECK(tables.backlog_of(7).records == 0);
  tables.stop();
}

TEST_CASE("a city that was lost is left alone, a stop projects what waits", "[projection][postgres]") {
  projection_world world;
  auto& lost = world.add(7, "URB", 6);
  auto& kept = world.add(8, "GRA", 6);
  auto options = world.options();
  options.pace = 1h; // Only a stop is in a hurry.
  projector tables(options, journal_reader_for(world.db.url()), world.told());
  tables.add_city(7, "URB", 0);
  tables.add_city(8, "GRA", 0);
  tables.start();
  lost.append_until(lost.log.size());
  kept.append_until(kept.log.size());
  tables.remove_city(7);
  tables.feed(lost.between(0, lost.log.size()));
  tables.feed(kept.between(0, kept.log.size()));
  tables.stop(8s);
  CHECK(tables.position(8) == kept.log.size());
  CHECK(tables.position(7) == 0);
  auto superuser = world.db.superuser();
  CHECK(number(superuser, "select min(applied_seq) from reserve.journal_positions where city_code = 'GRA'") == static_cast<std::int64_t>(kept.log.size()));
  CHECK(number(superuser, "select count(*) from reserve.booking_intents where city_code = 'URB'") == 0);
}

TEST_CASE("a projection behind the states stops alone, and goes on from its traces after a crash", "[projection][postgres]") {
  projection_world world;
  auto& city = world.add(7, "URB", 18);
  city.append_until(city.log.size());
  auto superuser = world.db.superuser();
  superuser.run("alter table reserve.audit_logs add constraint never check (seq < 30)");
  auto options = world.options();
  options.tries = 2;
  options.batch_max = 20;
  {
    projector tables(options, journal_reader_for(world.db.url()), world.told());
    tables.add_city(7, "URB", city.lease.head);
    tables.start();
    REQUIRE(tables.wait_until(7, city.lease.head, 8s, {"hot", "desk", "catalogue", "money", "booking_log", "nights"}));
    REQUIRE(eventually([&] { return tables.stopped(7); }));
    CHECK(eventually([&] { return world.stops() == std::vector<std::string>{"7 audit at 20"}; }));
  }
  // An actor loads what the hot projection has, however far the others are.
  CHECK(number(superuser, "select applied_seq from reserve.journal_positions where projection = 'audit'") == 20);
  CHECK(number(superuser, "select count(*) from reserve.projection_traces") > 0);
  superuser.run("alter table reserve.audit_logs drop constraint never");
  world.project();
  const auto report = compared(world);
  CHECK(text_of(report) == "");
  CHECK(report.equal());
  CHECK(eventually([&] { return number(superuser, "select count(*) from reserve.projection_traces") == 0; }));
}

TEST_CASE("nights that were not written before a crash are found again", "[projection][postgres]") {
  projection_world world;
  auto& city = world.add(7, "URB", 18);
  city.append_until(city.log.size() / 2);
  world.project();
  city.append_until(city.log.size());
  auto superuser = world.db.superuser();
  // What a kill between the two transactions leaves: states at the head, nights in the middle.
  superuser.run("alter table reserve.availability_calendar add constraint never check (false) not valid");
  auto options = world.options();
  options.tries = 1;
  {
    projector tables(options, journal_reader_for(world.db.url()), world.told());
    tables.add_city(7, "URB", city.lease.head);
    tables.start();
    REQUIRE(tables.wait_until(7, city.lease.head, 8s, {"hot", "audit", "booking_log"}));
    REQUIRE(eventually([&] { return tables.stopped(7); }));
  }
  superuser.run("alter table reserve.availability_calendar drop constraint never");
  CHECK(number(superuser, "select applied_seq from reserve.journal_positions where projection = 'nights'") == static_cast<std::int64_t>(city.log.size() / 2));
  world.project();
  CHECK(text_of(compared(world)) == "");
}

TEST_CASE("a rebuild compares each projection where it stands, beside a running server", "[projection][postgres][rebuild]") {
  projection_world world;
  auto& city = world.add(7, "URB", 12);
  city.append_until(city.log.size());
  auto on = world.db.login();
  table_store store(on);
  projection_core core(7, "URB");
  const auto& log = city.log;
  store.apply("URB", core.fold(part_of(log, 0, 20)));
  store.apply("URB", core.fold_nights());
  store.apply("URB", core.fold(part_of(log, 20, 50)));
  store.apply("URB", fold_log("audit", 7, "URB", 0, part_of(log, 0, 33), store.traces("URB", 0, 33)));
  CHECK(text_of(compared(world)) == "");
  world.db.superuser().run("update reserve.audit_logs set actor_type = 'nobody' where seq = 33");
  const auto report = compared(world);
  REQUIRE(report.different.size() == 1);
  CHECK(report.different[0].table == "audit_logs");
}
