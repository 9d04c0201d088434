#include "app/commands.hpp"
#include "persistence/postgres/migrations.hpp"

#include <chrono>
#include <iomanip>
#include <iostream>
#include <vector>

namespace reserve::app {
namespace {

using namespace std::chrono_literals;

void print_run(const std::vector<persistence::migration>& done, const std::string& verb, const std::string& nothing) {
  for (const auto& one : done)
    std::cout << verb << ' ' << std::setw(4) << std::setfill('0') << one.version << '_' << one.name << '\n';
  if (done.empty())
    std::cout << nothing << '\n';
}

void print_status(const std::vector<persistence::migration_status>& all) {
  for (const auto& one : all)
    std::cout << std::setw(4) << std::setfill('0') << one.version << '_' << one.name << ": "
              << (one.applied ? "applied " + one.applied_at : std::string("pending")) << (one.changed ? ", CHANGED since" : "") << '\n';
}

} // namespace

int run_migrate(const config::config& values, const migrate_options& options) {
  // An index on a large table takes its time; a lock must not hold up a running server for long.
  persistence::connection on({.url = values.database.url.value, .application_name = "reserve-migrate", .statement_timeout = 30min, .lock_timeout = 10s});
  persistence::migration_runner runner(on);
  switch (options.action) {
  case migrate_action::up:
    print_run(runner.up(options.to.value_or(0), options.dry_run), options.dry_run ? "would apply" : "applied", "migrations are at head");
    break;
  case migrate_action::down:
    print_run(runner.down(options.steps, options.dry_run), options.dry_run ? "would take back" : "took back", "no migration is applied");
    break;
  case migrate_action::status: print_status(runner.status()); break;
  }
  return 0;
}

} // namespace reserve::app
