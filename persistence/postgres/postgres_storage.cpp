#include "persistence/postgres/postgres_storage.hpp"

#include "persistence/postgres/table_store.hpp"

#include <algorithm>
#include <iterator>
#include <memory>

namespace reserve::persistence {

namespace {

/// The position of the hot projection: every state that an actor loads is as of it (commit-protocol §2).
constexpr const char* position_sql = "select coalesce(max(applied_seq), 0)::bigint from reserve.journal_positions where projection = 'hot' and city_code = $1";
constexpr const char* some_units_sql = "select unit_id, data from reserve.unit_snapshots where city_code = $1 and unit_id = any($2)";
constexpr const char* some_intents_sql = "select id, state from reserve.booking_intents where city_code = $1 and id = any($2)";
constexpr const char* some_entities_sql = "select entity_id, data from reserve.entity_snapshots where city_code = $1 and entity_id = any($2)";
constexpr const char* kind_sql = "select entity_id, data from reserve.entity_snapshots where city_code = $1 and kind = $2 order by entity_id";
constexpr const char* unfinished_sql = "select kind, entity_id from reserve.entity_snapshots where city_code = $1 and unfinished "
                                       "union all select 2::smallint, id from reserve.booking_intents where city_code = $1 and unfinished order by 1, 2";

sequence position_of(connection& on, const std::string& code) {
  return static_cast<sequence>(on.query(position_sql, {param(code)}).integer(0, 0));
}

/// Whole calendars: each unit's row, and those of the intents that nobody has touched.
std::map<entity_id, std::string> calendars_of(connection& on, const std::vector<parameter>& which) {
  std::map<entity_id, std::pair<std::string, std::vector<std::string>>> parts;
  const auto own = on.query(some_units_sql, which);
  for (std::size_t i = 0; i < own.rows(); ++i)
    parts[own.id(i, 0)].first = own.text(i, 1);
  const auto untouched = on.query("select unit_id, state from reserve.booking_intents" + std::string(untouched_where), which);
  for (std::size_t i = 0; i < untouched.rows(); ++i)
    parts[untouched.id(i, 0)].second.push_back(untouched.text(i, 1));
  std::map<entity_id, std::string> out;
  for (const auto& [unit, found] : parts)
    out.emplace(unit, whole_calendar({unit}, found.first, found.second));
  return out;
}

std::map<entity_id, std::string> states_of(connection& on, const char* sql, const std::vector<parameter>& which) {
  std::map<entity_id, std::string> out;
  const auto rows = on.query(sql, which);
  for (std::size_t i = 0; i < rows.rows(); ++i)
    out.emplace(rows.id(i, 0), rows.text(i, 1));
  return out;
}

} // namespace

void postgres_storage::load(const std::string& city_code, entity_id entity, entity_kind kind,
                            std::function<void(std::optional<loaded_entity>)> done) {
  // All others share a table.
  const auto source = kind == entity_kind::unit || kind == entity_kind::intent ? kind : entity_kind::payment;
  const group_name name{city_code, source};
  {
    const std::lock_guard lock(queues_->mutex);
    auto& its_group = queues_->groups[name];
    its_group.waiting.push_back({entity, kind, std::move(done)});
    if (std::exchange(its_group.reading, true))
      return;
  }
  read_next(queues_, name);
}

/// One query for everybody who waits now; then the next, while anybody waits.
void postgres_storage::read_next(const std::shared_ptr<queues>& in, const group_name& name) {
  const auto taken = std::make_shared<std::vector<request>>();
  {
    const std::lock_guard lock(in->mutex);
    auto& [waiting, reading] = in->groups[name];
    const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(std::min(waiting.size(), group_max));
    taken->assign(std::make_move_iterator(waiting.begin()), std::make_move_iterator(end));
    waiting.erase(waiting.begin(), end);
    reading = !taken->empty();
  }
  if (taken->empty())
    return;
  in->pool.read<entities_read>(
      access_context::service(name.city_code),
      [name, taken](connection& on) {
        uuid_list wanted;
        for (const auto& one : *taken)
          wanted.ids.push_back(one.entity);
        const std::vector<parameter> which{param(name.city_code), param(wanted)};
        const auto at = position_of(on, name.city_code);
        if (name.source == entity_kind::unit)
          return entities_read{calendars_of(on, which), at};
        return entities_read{states_of(on, name.source == entity_kind::intent ? some_intents_sql : some_entities_sql, which), at};
      },
      [in, name, taken](std::optional<entities_read> found) {
        for (const auto& one : *taken) {
          if (!found) {
            one.done(std::nullopt);
            continue;
          }
          loaded_entity loaded{std::nullopt, found->second};
          if (const auto known = found->first.find(one.entity); known != found->first.end())
            loaded.snapshot = entity_snapshot{one.entity, one.kind, found->second, known->second};
          one.done(std::move(loaded));
        }
        read_next(in, name);
      });
}

void postgres_storage::load_all(const std::string& city_code, entity_kind kind,
                                std::function<void(std::optional<std::pair<std::vector<entity_snapshot>, sequence>>)> done) {
  using answer = std::pair<std::vector<entity_snapshot>, sequence>;
  pool_.read<answer>(
      access_context::service(city_code),
      [city_code, kind](connection& on) {
        answer out{{}, position_of(on, city_code)};
        const auto rows = on.query(kind_sql, {param(city_code), param(static_cast<std::int64_t>(kind))});
        for (std::size_t i = 0; i < rows.rows(); ++i)
          out.first.push_back({rows.id(i, 0), kind, out.second, rows.text(i, 1)});
        return out;
      },
      std::move(done));
}

void postgres_storage::load_unfinished(const std::string& city_code,
                                       std::function<void(std::optional<std::vector<std::pair<entity_kind, entity_id>>>)> done) {
  using answer = std::vector<std::pair<entity_kind, entity_id>>;
  pool_.read<answer>(
      access_context::service(city_code),
      [city_code](connection& on) {
        const auto rows = on.query(unfinished_sql, {param(city_code)});
        answer out;
        for (std::size_t i = 0; i < rows.rows(); ++i)
          out.emplace_back(static_cast<entity_kind>(rows.integer(i, 0)), rows.id(i, 1));
        return out;
      },
      std::move(done));
}

} // namespace reserve::persistence
