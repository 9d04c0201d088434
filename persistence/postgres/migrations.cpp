#include "persistence/postgres/migrations.hpp"

#include "domain/event.hpp"

#include <openssl/sha.h>

#include <algorithm>

namespace reserve::persistence {

namespace {

/// Any number that nobody else uses as advisory lock.
constexpr std::int64_t runner_lock = 72'361'540'001;

constexpr const char* as_owner = "begin; set local role reserve_owner; set local statement_timeout = 0; set local lock_timeout = '30s'";

/// Kept by the runner itself, so it is not in a script.
constexpr const char* own_table = R"sql(
create table if not exists reserve.schema_migrations (
  version    int primary key,
  name       varchar(120) not null,
  checksum   char(64) not null,
  applied_at timestamptz not null
);
alter table reserve.schema_migrations enable row level security;
alter table reserve.schema_migrations force row level security;
drop policy if exists owner on reserve.schema_migrations;
create policy owner on reserve.schema_migrations to reserve_owner using (true) with check (true);
drop policy if exists readers on reserve.schema_migrations;
create policy readers on reserve.schema_migrations for select to reserve_service, reserve_staff
  using (coalesce(current_setting('app.role', true), '') in ('service', 'admin'));
grant select on reserve.schema_migrations to reserve_service, reserve_staff;
)sql";

class advisory_lock {
public:
  explicit advisory_lock(connection& on) : on_(on) {
    on_.run("set lock_timeout = '60s'");
    on_.query("select pg_advisory_lock($1)", {param(runner_lock)});
  }
  advisory_lock(const advisory_lock&) = delete;
  advisory_lock& operator=(const advisory_lock&) = delete;
  ~advisory_lock() {
    try {
      if (on_.alive())
        on_.query("select pg_advisory_unlock($1)", {param(runner_lock)});
    } catch (const database_error&) {
      // The lock ends with the session.
    }
  }

private:
  connection& on_;
};

/// Asks the catalogue, which everybody may, whatever is granted on the schema.
bool has_table(connection& on, const char* name) {
  return !on.query("select 1 from pg_class where relname = $1 and relnamespace = (select oid from pg_namespace where nspname = 'reserve')", {param(name)}).empty();
}

[[noreturn]] void rethrow_named(const migration& one, const char* direction, const database_error& why) {
  throw database_error(why.sqlstate(), why.detail(), why.lost(), std::to_string(one.version) + "_" + one.name + " " + direction + ": " + why.what());
}

} // namespace

std::string checksum_of(const migration& one) {
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(one.up.data()), one.up.size(), hash);
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const auto byte : hash) {
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

migration_runner::migration_runner(connection& on, const std::vector<migration>& scripts) : on_(on), scripts_(scripts) {}

void migration_runner::prepare() {
  // The schema is made by the login, who owns the database, for the owner of the objects, who does not.
  if (on_.query("select 1 from pg_namespace where nspname = 'reserve'").empty())
    on_.run("create schema reserve authorization reserve_owner");
  transaction work(on_, as_owner);
  on_.run(own_table);
  work.commit();
}

std::vector<migration_runner::applied> migration_runner::read_applied() {
  std::vector<applied> out;
  // Also to ask for the table's existence: before the first migration nobody else may look into the schema.
  transaction work(on_, as_owner);
  if (!has_table(on_, "schema_migrations"))
    return out;
  const auto rows = on_.query("select version, name, checksum::text, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
                              "from reserve.schema_migrations order by version");
  for (std::size_t i = 0; i < rows.rows(); ++i)
    out.push_back({static_cast<int>(rows.integer(i, 0)), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3)});
  work.commit();
  return out;
}

std::vector<migration_runner::applied> migration_runner::checked() {
  auto known = read_applied();
  for (const auto& entry : known) {
    const auto script = std::ranges::find(scripts_, entry.version, &migration::version);
    if (script == scripts_.end())
      throw migration_drift("migration " + std::to_string(entry.version) + "_" + entry.name + " is applied, but this program does not know it");
    if (checksum_of(*script) != entry.checksum)
      throw migration_drift("migration " + std::to_string(entry.version) + "_" + entry.name + " was changed after it was applied");
  }
  return known;
}

void migration_runner::apply(const migration& one) {
  try {
    transaction work(on_, as_owner);
    on_.run(one.up);
    on_.query("insert into reserve.schema_migrations values ($1, $2, $3, clock_timestamp())",
              {param(std::int64_t{one.version}), param(one.name), param(checksum_of(one))});
    work.commit();
  } catch (const database_error& why) {
    rethrow_named(one, "up", why);
  }
}

void migration_runner::revert(const migration& one) {
  try {
    transaction work(on_, as_owner);
    on_.run(one.down);
    on_.query("delete from reserve.schema_migrations where version = $1", {param(std::int64_t{one.version})});
    work.commit();
  } catch (const database_error& why) {
    rethrow_named(one, "down", why);
  }
}

void migration_runner::fill_event_kinds() {
  if (!has_table(on_, "event_kinds"))
    return;
  std::vector<std::int64_t> codes, versions;
  text_list names;
  for (const auto& kind : event_kinds()) {
    codes.push_back(kind.code);
    versions.push_back(kind.version);
    names.texts.emplace_back(kind.name);
  }
  transaction work(on_, "begin; set local role reserve_service; set local app.role = 'service'");
  // A renamed type would meet the unique name of its neighbour half way; all rows are ours, so they are written anew.
  on_.run("delete from reserve.event_kinds");
  on_.query("insert into reserve.event_kinds (code, name, version) select * from unnest($1::bigint[], $2::text[], $3::bigint[])",
            {param(codes), param(names), param(versions)});
  work.commit();
}

std::vector<migration> migration_runner::up(int to, bool dry_run) {
  const advisory_lock alone(on_);
  if (!dry_run)
    prepare();
  const auto known = checked();
  std::vector<migration> done;
  for (const auto& script : scripts_) {
    if ((to > 0 && script.version > to) || std::ranges::find(known, script.version, &applied::version) != known.end())
      continue;
    if (!dry_run)
      apply(script);
    done.push_back(script);
  }
  if (!dry_run)
    fill_event_kinds();
  return done;
}

std::vector<migration> migration_runner::down(int steps, bool dry_run) {
  const advisory_lock alone(on_);
  const auto known = checked();
  std::vector<migration> done;
  for (auto entry = known.rbegin(); entry != known.rend() && static_cast<int>(done.size()) < steps; ++entry) {
    const auto& script = *std::ranges::find(scripts_, entry->version, &migration::version);
    if (!dry_run)
      revert(script);
    done.push_back(script);
  }
  return done;
}

std::vector<migration_status> migration_runner::status() {
  const auto known = read_applied();
  std::vector<migration_status> out;
  for (const auto& script : scripts_) {
    const auto entry = std::ranges::find(known, script.version, &applied::version);
    const bool is_applied = entry != known.end();
    out.push_back({script.version, script.name, is_applied, is_applied && entry->checksum != checksum_of(script), is_applied ? entry->at : std::string()});
  }
  // Applied by a newer program.
  for (const auto& entry : known)
    if (std::ranges::find(scripts_, entry.version, &migration::version) == scripts_.end())
      out.push_back({entry.version, entry.name, true, true, entry.at});
  return out;
}

} // namespace reserve::persistence
