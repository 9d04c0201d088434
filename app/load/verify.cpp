#include "app/load/verify.hpp"

#include "persistence/postgres/rebuild.hpp"

#include <algorithm>

namespace reserve::app::load {

verdict verify(persistence::load_queries& queries, const std::string& city, const run_mark& mark, const tally& counted) {
  verdict out;
  auto there = queries.intents_of(city, mark.prefix());
  std::vector<std::int64_t> told(counted.accepted().begin(), counted.accepted().end());
  std::sort(there.begin(), there.end());
  std::sort(told.begin(), told.end());
  std::vector<std::int64_t> only;
  std::set_difference(told.begin(), told.end(), there.begin(), there.end(), std::back_inserter(only));
  out.missing = only.size();
  only.clear();
  std::set_difference(there.begin(), there.end(), told.begin(), told.end(), std::back_inserter(only));
  out.surplus = only.size();
  out.added = there.size();
  out.overbooked = static_cast<std::uint64_t>(queries.overbooked_nights(city));
  return out;
}

bool rebuild_is_equal(const config::config& values, const std::string& city) {
  persistence::rebuild_request wanted;
  wanted.url = values.database.url.value;
  wanted.code = city;
  wanted.check = true;
  return persistence::rebuild(wanted).equal();
}

} // namespace reserve::app::load
