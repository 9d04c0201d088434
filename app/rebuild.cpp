#include "app/commands.hpp"
#include "persistence/postgres/rebuild.hpp"

#include <iostream>

namespace reserve::app {
namespace {

void print(const persistence::table_difference& one) {
  std::cout << one.table << ": " << one.missing << " missing, " << one.surplus << " surplus\n";
  for (const auto& key : one.keys)
    std::cout << "  " << key << '\n';
}

} // namespace

int run_rebuild(const config::config& values, const rebuild_options& options) {
  persistence::rebuild_request wanted;
  wanted.url = values.database.url.value;
  wanted.code = options.city;
  wanted.check = options.check;
  const auto report = persistence::rebuild(wanted);
  if (!report.known) {
    complain("rebuild", "there is no such city", options.city);
    return 1;
  }
  if (report.held) {
    complain("rebuild", "a server holds the lease of the city; stop it first, or use --check", options.city);
    return 1;
  }
  for (const auto& one : report.different)
    print(one);
  const auto differing = std::to_string(report.different.size()) + (report.different.size() == 1 ? " table differs" : " tables differ");
  std::cout << options.city << " up to " << report.upto << ": " << (report.different.empty() ? "equal" : differing) << (report.swapped ? ", rebuilt" : "") << '\n';
  return report.equal() || report.swapped ? 0 : 1;
}

} // namespace reserve::app
