#include "persistence/postgres/load_queries.hpp"

#include "persistence/postgres/query_pool.hpp"

namespace reserve::persistence {

namespace {

constexpr std::chrono::milliseconds patience = std::chrono::minutes(5); ///< A check reads whole tables.

constexpr const char* intents_sql = "select substr(session_id, length($2) + 1)::bigint from reserve.booking_intents where city_code = $1 and starts_with(session_id, $2)";
constexpr const char* count_sql = "select count(*) from reserve.booking_intents where city_code = $1 and starts_with(session_id, $2)";
// Only these holds run out in the run, so their ends need not be found one by one.
constexpr const char* ends_sql =
    "select count(*) filter (where status = 'expired'), count(*) filter (where status = 'expired' and status_changed_at < expires_at), "
    "(select count(*) from reserve.audit_logs where city_code = $1 and action = 'hold.untouched_expired' and seq <= $3), "
    "coalesce((extract(epoch from max(expires_at) - min(expires_at)) * 1000000)::bigint, 0), "
    "coalesce((extract(epoch from max(status_changed_at - expires_at)) * 1000000)::bigint, 0) "
    "from reserve.booking_intents where city_code = $1 and starts_with(session_id, $2)";
constexpr const char* overbooked_sql = "select count(*) from reserve.availability_calendar where city_code = $1 and overbooked > 0";
constexpr const char* head_sql = "select coalesce(max(seq), 0)::bigint from reserve.journal where city_code = $1";
constexpr const char* sessions_sql = "select pid::bigint, application_name from pg_stat_activity where application_name <> ''";

} // namespace

load_queries::load_queries(const std::string& url) : on_({.url = url, .application_name = "reserve-load", .statement_timeout = patience}) {
  // nop
}

query_result load_queries::ask(const std::string& city, const std::string& sql, const std::vector<parameter>& values) {
  transaction reading(on_, begin_as(on_, access_context::service(city), true));
  auto rows = on_.query(sql, values);
  reading.commit();
  return rows;
}

std::vector<std::int64_t> load_queries::intents_of(const std::string& city, const std::string& prefix) {
  const auto rows = ask(city, intents_sql, {param(city), param(prefix)});
  std::vector<std::int64_t> out(rows.rows());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = rows.integer(i, 0);
  return out;
}

std::int64_t load_queries::count_intents_of(const std::string& city, const std::string& prefix) {
  return ask(city, count_sql, {param(city), param(prefix)}).integer(0, 0);
}

std::int64_t load_queries::overbooked_nights(const std::string& city) {
  return ask(city, overbooked_sql, {param(city)}).integer(0, 0);
}

load_queries::endings load_queries::ends_of(const std::string& city, const std::string& prefix, std::int64_t head) {
  const auto rows = ask(city, ends_sql, {param(city), param(prefix), param(head)});
  return {rows.integer(0, 0), rows.integer(0, 1), rows.integer(0, 2), rows.integer(0, 3), rows.integer(0, 4)};
}

std::int64_t load_queries::head(const std::string& city) {
  return ask(city, head_sql, {param(city)}).integer(0, 0);
}

std::vector<std::pair<int, std::string>> load_queries::sessions() {
  const auto rows = on_.query(sessions_sql);
  std::vector<std::pair<int, std::string>> out;
  for (std::size_t i = 0; i < rows.rows(); ++i)
    out.emplace_back(static_cast<int>(rows.integer(i, 0)), rows.text(i, 1));
  return out;
}

} // namespace reserve::persistence
