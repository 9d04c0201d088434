#include "app/commands.hpp"
#include "app/load/expiry.hpp"
#include "app/load/in_process.hpp"
#include "app/load/over_http.hpp"

#include <exception>
#include <fstream>

namespace reserve::app {

namespace {

/// A combination that cannot be run, said in a sentence; empty = fine.
const char* problem_of(const load_options& options) {
  if ((options.what == load_kind::refusals || options.what == load_kind::expiry) && !options.http.empty())
    return "--what refusals and expiry are for a load in this process";
  if (options.what == load_kind::search && options.http.empty())
    return "--what search needs --http";
  if (options.unchecked && options.http.empty())
    return "--unchecked needs --http";
  if (options.properties > options.units)
    return "--properties must not be more than --units";
  return "";
}

/// The exit code.
template <class Report>
int tell(const Report& result, bool ok, const load_options& options) {
  load::print(result);
  if (!options.json.empty())
    std::ofstream(options.json) << load::to_json(result) << '\n';
  return ok ? 0 : 1;
}

} // namespace

int run_load(const config::config& values, const load_options& options) {
  if (const std::string problem = problem_of(options); !problem.empty()) {
    complain("load", problem);
    return 2;
  }
  try {
    if (options.what == load_kind::expiry) {
      const auto result = load::run_expiry(values, options);
      return tell(result, result.ok(), options);
    }
    const auto result = options.http.empty() ? load::run_in_process(values, options) : load::run_over_http(values, options);
    if (options.city_only)
      return 0;
    return tell(result, result.database.ok(result.all), options);
  } catch (const std::exception& error) {
    complain("load", error.what(), options.http);
    return 1;
  }
}

} // namespace reserve::app
