#include "persistence/postgres/city_queries.hpp"

namespace reserve::persistence {

namespace {

constexpr const char* cities_sql = "select city_code from reserve.city_leases where city_code <> '~' order by city_code";
constexpr const char* position_sql =
    "select coalesce(max(applied_seq), 0)::bigint from reserve.journal_positions where projection = 'hot' and city_code = $1";
constexpr const char* served_sql = "select head > 0 and expires_at > clock_timestamp() from reserve.city_leases where city_code = $1";

query_result read_once(const std::string& url, const access_context& who, const char* sql, std::vector<parameter> values) {
  connection on({.url = url, .application_name = "reserve-look"});
  on.run(begin_as(on, who, true));
  auto rows = on.query(sql, std::move(values));
  on.run("commit");
  return rows;
}

} // namespace

std::vector<std::string> known_cities(const std::string& url) {
  const auto rows = read_once(url, access_context::writer("*"), cities_sql, {});
  std::vector<std::string> out;
  for (std::size_t i = 0; i < rows.rows(); ++i)
    out.push_back(rows.text(i, 0));
  return out;
}

sequence projected_position(const std::string& url, const std::string& city_code) {
  const auto rows = read_once(url, access_context::service(city_code), position_sql, {param(city_code)});
  return static_cast<sequence>(rows.integer(0, 0));
}

bool is_served(const std::string& url, const std::string& city_code) {
  const auto rows = read_once(url, access_context::service("*"), served_sql, {param(city_code)});
  return !rows.empty() && rows.boolean(0, 0);
}

void read_clock(query_pool& pool, std::function<void(std::optional<timestamp>)> done) {
  pool.read<timestamp>(
      access_context::service("*"), [](connection& on) { return on.query("select clock_timestamp()").instant(0, 0); }, std::move(done));
}

} // namespace reserve::persistence
