#include "database.hpp"
#include "records.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;

namespace {

const std::vector<std::string> roles{"reserve_writer", "reserve_projector", "reserve_gateway", "reserve_staff",
                                     "reserve_property", "reserve_service", "reserve_report"};

/// Tables that are no leaves.
std::vector<std::string> tables(connection& on, bool with_city) {
  const auto rows = on.query("select c.relname::text from pg_class c where c.relnamespace = 'reserve'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition "
                             "and (not $1 or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'city_code')) order by 1",
                             {param(with_city)});
  std::vector<std::string> out;
  for (std::size_t i = 0; i < rows.rows(); ++i)
    out.push_back(rows.text(i, 0));
  return out;
}

bool has_policy(connection& on, const std::string& table, const std::string& policy) {
  return !on.query("select 1 from pg_policies where schemaname = 'reserve' and tablename = $1 and policyname = $2", {param(table), param(policy)}).empty();
}

/// What belongs to one city and its guest, session, owner: each city has its own.
struct owner_of_rows {
  std::string city, session;
  uuid traveler, reservation, property, owner, user;
};
const owner_of_rows urb{"URB", "session-urb", some_id(1, 1), some_id(1, 2), some_id(1, 3), some_id(1, 4), some_id(1, 5)};
const owner_of_rows gra{"GRA", "session-gra", some_id(2, 1), some_id(2, 2), some_id(2, 3), some_id(2, 4), some_id(2, 5)};

/// SQL value for a column of a row that only has to be there.
std::string value_for(const std::string& name, const std::string& type, const owner_of_rows& whose, const std::string& table) {
  const auto quoted = [](const uuid& id) { return "'" + to_string(id) + "'"; };
  static const std::set<std::string> own_id_is{"reservations", "properties_map", "travelers", "property_owners"};
  if (name == "city_code")
    return "'" + whose.city + "'";
  if (name == "session_id" && type != "uuid")
    return "'" + whose.session + "'";
  if (name == "traveler_id" || (name == "id" && table == "travelers"))
    return quoted(whose.traveler);
  if (name == "reservation_id" || (name == "id" && table == "reservations"))
    return quoted(whose.reservation);
  if (name == "property_id" || (name == "id" && table == "properties_map"))
    return quoted(whose.property);
  if ((name == "owner_id" && type == "uuid") || (name == "id" && table == "property_owners"))
    return quoted(whose.owner);
  if (name == "user_id" && type == "uuid")
    return quoted(whose.user);
  if (type == "uuid")
    return "gen_random_uuid()";
  if (type == "boolean")
    return "true";
  if (type == "jsonb")
    return "'{}'";
  if (type == "bytea")
    return "decode(md5(random()::text) || md5(random()::text), 'hex')";
  if (type.ends_with("[]"))
    return "'{}'";
  if (type.starts_with("timestamp"))
    return "now()";
  if (type == "date")
    return "current_date";
  if (type.starts_with("time"))
    return "'12:00'";
  if (type == "smallint" || type == "integer" || type == "bigint")
    return "(random() * 30000)::int";
  if (type.starts_with("numeric"))
    return "0.5";
  if (type.starts_with("character"))
    return "left(md5(random()::text), coalesce(nullif(regexp_replace('" + type + "', '\\D', '', 'g'), '')::int, 8))";
  return "left(md5(random()::text), 8)";
}

void put_row(connection& on, const std::string& table, const owner_of_rows& whose) {
  const auto columns = on.query("select a.attname::text, format_type(a.atttypid, a.atttypmod) from pg_attribute a where a.attrelid = ('reserve.' || $1)::regclass "
                                "and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and (a.attnotnull or a.attname in "
                                "('city_code', 'session_id', 'traveler_id', 'reservation_id', 'property_id', 'owner_id', 'user_id')) order by a.attnum",
                                {param(table)});
  std::string names, values;
  for (std::size_t i = 0; i < columns.rows(); ++i) {
    names += (i == 0 ? "" : ", ") + columns.text(i, 0);
    values += (i == 0 ? "" : ", ") + value_for(columns.text(i, 0), columns.text(i, 1), whose, table);
  }
  INFO(table << " (" << names << ") values (" << values << ")");
  REQUIRE_NOTHROW(on.run("insert into reserve." + table + " (" + names + ") values (" + values + ")"));
}

/// A database with a row of each city in every table that has cities. Checks are dropped: what a row says does not matter here.
void fill(const database& db) {
  auto on = db.superuser();
  // Owners come with a later migration; what they may see is decided by this table as soon as it is there.
  if (on.query("select 1 where to_regclass('reserve.property_owner_mappings') is not null").empty())
    on.run("set role reserve_owner; create table reserve.property_owner_mappings (id uuid primary key, city_code varchar(10) not null, "
           "property_id uuid not null, owner_id uuid not null); select reserve.protect('property_owner_mappings', 'CO,CITY'); reset role");
  const auto checks = on.query("select c.conrelid::regclass::text, c.conname::text from pg_constraint c join pg_class r on r.oid = c.conrelid "
                               "where c.connamespace = 'reserve'::regnamespace and c.contype = 'c' and c.conislocal and not r.relispartition");
  for (std::size_t i = 0; i < checks.rows(); ++i)
    on.run("alter table " + checks.text(i, 0) + " drop constraint " + checks.text(i, 1));
  on.run("set session_replication_role = replica"); // the net of triggers below the ledger is no matter here
  for (const auto& table : tables(on, true)) {
    on.run("delete from reserve." + table);
    for (const auto* whose : {&urb, &gra})
      put_row(on, table, *whose);
  }
}

/// Rows of a city that a role sees under some settings; none when it may not even look.
std::int64_t seen(connection& on, const std::string& role, const std::string& settings, const std::string& table, const std::string& city) {
  try {
    transaction work(on, "begin; set local role " + role + (settings.empty() ? "" : "; " + settings));
    return number(on, "select count(*) from reserve." + table + " where city_code = '" + city + "'");
  } catch (const database_error& why) {
    if (why.sqlstate() != "42501")
      throw;
    return 0;
  }
}

std::string setting(const std::string& name, const std::string& value) {
  return "set local app." + name + " = '" + value + "'";
}

/// Engine roles that a table lets in whatever the context: the writer owns the leases, the projector marks rows of the inbox.
bool let_in_always(const std::string& role, const std::string& table) {
  return (role == "reserve_writer" && table == "city_leases") || (role == "reserve_projector" && table == "webhook_inbox");
}

} // namespace

TEST_CASE("every table forces row-level security on everybody", "[persistence][postgres][security]") {
  const database db;
  auto on = db.superuser();
  for (const auto& table : tables(on, false)) {
    const auto rows = on.query("select relrowsecurity and relforcerowsecurity, pg_get_userbyid(relowner)::text from pg_class where oid = ('reserve.' || $1)::regclass", {param(table)});
    INFO(table);
    CHECK(rows.boolean(0, 0));
    CHECK(rows.text(0, 1) == "reserve_owner");
  }
  CHECK(number(on, "select count(*) from pg_class where relnamespace = 'reserve'::regnamespace and relkind = 'v' "
                   "and coalesce(array_to_string(reloptions, ','), '') not like '%security_invoker%'") == 0);
  CHECK(number(on, "select count(*) from pg_roles where rolname like 'reserve%' and rolname not in ('reserve') and rolcanlogin") == 0);
  CHECK(number(on, "select count(*) from pg_roles where rolname like 'reserve%' and (rolsuper or rolbypassrls)") == 0);
}

TEST_CASE("no role but the one that copies touches a leaf", "[persistence][postgres][security]") {
  const database db;
  auto on = db.superuser();
  const auto touches = on.query(
      "select c.relname::text, r.rolname::text, p.name, coalesce(l.leaf_role, ''), coalesce(l.privileges, '') from pg_class c join pg_inherits i on i.inhrelid = c.oid "
      "join pg_class parent on parent.oid = i.inhparent join reserve.partition_rules l on l.table_name = parent.relname cross join pg_roles r "
      "cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) as p(name) "
      "where c.relnamespace = 'reserve'::regnamespace and c.relkind = 'r' and r.rolname like 'reserve%' and r.rolname <> 'reserve_owner' "
      "and has_table_privilege(r.rolname, c.oid, p.name)");
  for (std::size_t i = 0; i < touches.rows(); ++i) {
    INFO(touches.text(i, 0) << " " << touches.text(i, 1) << " " << touches.text(i, 2));
    CHECK(touches.text(i, 1) == touches.text(i, 3));
    auto allowed = touches.text(i, 4);
    std::transform(allowed.begin(), allowed.end(), allowed.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    CHECK(allowed.find(touches.text(i, 2)) != std::string::npos);
  }
  CHECK(touches.rows() > 0);
  CHECK(number(on, "select count(*) from reserve.partition_rules where leaf_role not in ('reserve_writer', 'reserve_projector')") == 0);
  // Every partitioned table has a rule, so none escapes the check above.
  CHECK(number(on, "select count(*) from pg_class c where c.relnamespace = 'reserve'::regnamespace and c.relkind = 'p' "
                   "and not exists (select from reserve.partition_rules r where r.table_name = c.relname)") == 0);

  auto login = db.login();
  for (const std::string leaf : {"journal_0", "stay_guests_default", "command_keys_default"})
    CHECK_THROWS_AS(login.run("select * from reserve." + leaf), database_error);
  CHECK_THROWS_AS(login.run("insert into reserve.journal select * from reserve.journal"), database_error);
}

TEST_CASE("without a context nobody sees a row", "[persistence][postgres][security]") {
  const database db;
  fill(db);
  auto people = db.superuser();
  auto on = db.login();
  for (const auto& table : tables(people, true)) {
    const bool published = has_policy(people, table, "published");
    for (const auto& role : roles) {
      INFO(table << " " << role);
      if (!(published && role == "reserve_gateway") && !let_in_always(role, table))
        CHECK(seen(on, role, "", table, "URB") == 0);
    }
    INFO(table << " plain login");
    if (!published)
      CHECK(number(on, "select count(*) from reserve." + table) == 0);
  }
}

TEST_CASE("nobody sees or changes rows of another city", "[persistence][postgres][security]") {
  const database db;
  fill(db);
  auto people = db.superuser();
  auto on = db.login();
  const auto mine = setting("current_city_codes", "URB");
  for (const auto& table : tables(people, true)) {
    const bool published = has_policy(people, table, "published");
    for (const auto& role : roles)
      for (const auto& app_role : {std::string("service"), std::string("agent"), std::string("admin")}) {
        INFO(table << " " << role << " " << app_role);
        if (!(published && role == "reserve_gateway") && !let_in_always(role, table))
          CHECK(seen(on, role, mine + "; " + setting("role", app_role), table, "GRA") == 0);
      }
    INFO(table);
    CHECK(seen(on, "reserve_service", mine + "; " + setting("role", "service"), table, "URB") == 1);
    CHECK(seen(on, "reserve_service", setting("current_city_codes", "*") + "; " + setting("role", "service"), table, "GRA") == 1);
    CHECK(seen(on, "reserve_service", setting("current_city_codes", "*"), table, "GRA") == 0);
    CHECK(seen(on, "reserve_staff", setting("current_city_codes", "*") + "; " + setting("role", "agent"), table, "GRA") == 0);
    CHECK(seen(on, "reserve_staff", setting("current_city_codes", "*") + "; " + setting("role", "service"), table, "GRA") == 0);
    for (const std::string role : {"reserve_service", "reserve_projector"}) {
      if (let_in_always(role, table))
        continue;
      try {
        transaction work(on, "begin; set local role " + role + "; " + mine + "; " + setting("role", "service"));
        const auto deleted = on.query("delete from reserve." + table + " where city_code = 'GRA'").affected();
        CHECK(deleted == 0);
      } catch (const database_error& why) {
        CHECK(why.sqlstate() == "42501");
      }
    }
  }
}

TEST_CASE("guests see their own session and booking, owners their own properties", "[persistence][postgres][security]") {
  const database db;
  fill(db);
  auto people = db.superuser();
  auto on = db.login();
  const std::map<std::string, std::pair<std::string, std::string>> ways{
      {"own_session", {"reserve_gateway", setting("session_id", urb.session)}},
      {"own_booking", {"reserve_gateway", setting("traveler_id", to_string(urb.traveler)) + "; " + setting("reservation_id", to_string(urb.reservation))}},
      {"own_property", {"reserve_property", setting("owner_id", to_string(urb.owner))}},
      {"own_user", {"reserve_gateway", setting("user_id", to_string(urb.user))}},
  };
  for (const auto& table : tables(people, true)) {
    const bool published = has_policy(people, table, "published");
    for (const auto& [policy, way] : ways) {
      if (!has_policy(people, table, policy))
        continue;
      INFO(table << " " << policy);
      CHECK(seen(on, way.first, way.second, table, "URB") == 1);
      if (!(published && way.first == "reserve_gateway"))
        CHECK(seen(on, way.first, way.second, table, "GRA") == 0);
    }
  }
}

TEST_CASE("the person's psql sees everything that is not sealed away", "[persistence][postgres][security]") {
  const database db;
  fill(db);
  auto people = db.superuser();
  auto on = db.login();
  on.run("set app.role = 'service'; set app.current_city_codes = '*'");
  for (const auto& table : tables(people, true)) {
    INFO(table);
    CHECK(number(on, "select count(*) from reserve." + table + " where city_code in ('URB', 'GRA')") == 2);
  }
  CHECK_THROWS_AS(on.run("insert into reserve.command_keys values ('URB', '\\x00', '\\x00', 1)"), database_error);
  CHECK_THROWS_AS(on.run("delete from reserve.journal"), database_error);
  CHECK_THROWS_AS(on.run("select reserve.fence('URB', 1, 1, 1)"), database_error);
}

TEST_CASE("the platform log is for the service, admins and the engine", "[persistence][postgres][security]") {
  const database db;
  db.superuser().run("insert into reserve.city_leases (city_code) values ('~')");
  auto on = db.login();
  const auto platform = setting("current_city_codes", "URB,~");
  CHECK(seen(on, "reserve_staff", platform + "; " + setting("role", "agent"), "city_leases", "~") == 0);
  CHECK(seen(on, "reserve_staff", platform + "; " + setting("role", "admin"), "city_leases", "~") == 1);
  CHECK(seen(on, "reserve_service", platform + "; " + setting("role", "service"), "city_leases", "~") == 1);
}

TEST_CASE("only the engine makes partitions, and only of tables that say how", "[persistence][postgres][security]") {
  const database db;
  auto on = db.login();
  for (const std::string role : {"reserve_gateway", "reserve_staff", "reserve_property", "reserve_service", "reserve_report"}) {
    try {
      transaction work(on, "begin; set local role " + role);
      on.run("select reserve.ensure_partition('journal', 8000000, 12000000)");
      FAIL(role << " made a partition");
    } catch (const database_error& why) {
      CHECK(why.sqlstate() == "42501");
    }
  }
  transaction work(on, "begin; set local role reserve_projector");
  on.run("select reserve.ensure_partition('webhook_inbox', date '2031-02-15')");
  on.run("select reserve.ensure_partition('webhook_inbox', date '2031-02-01')");
  CHECK(number(on, "select count(*) from reserve.partition_leaves where leaf = 'webhook_inbox_203102'") == 1);
  CHECK_THROWS_AS(on.run("select reserve.ensure_partition('city_leases', date '2031-02-01')"), database_error);
}
