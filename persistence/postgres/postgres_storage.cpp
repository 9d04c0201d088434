#include "persistence/postgres/postgres_storage.hpp"

#include <algorithm>
#include <iterator>
#include <memory>

namespace reserve::persistence {

namespace {

/// The position comes with every row, and alone when there is none.
constexpr const char* position_sql = "with position as (select coalesce(max(applied_seq), 0)::bigint as seq from reserve.journal_positions "
                                     "where projection = 'hot' and city_code = $1) ";
constexpr const char* some_units_sql = "select p.seq, 1::smallint, s.seq, s.unit_id, s.data from position p "
                                       "left join reserve.unit_snapshots s on s.city_code = $1 and s.unit_id = any($2)";
constexpr const char* some_entities_sql = "select p.seq, s.kind, s.seq, s.entity_id, s.data from position p "
                                          "left join reserve.entity_snapshots s on s.city_code = $1 and s.entity_id = any($2)";
constexpr const char* units_sql = "select p.seq, 1::smallint, s.seq, s.unit_id, s.data from position p "
                                  "left join reserve.unit_snapshots s on s.city_code = $1 order by s.unit_id";
constexpr const char* kind_sql = "select p.seq, s.kind, s.seq, s.entity_id, s.data from position p "
                                 "left join reserve.entity_snapshots s on s.city_code = $1 and s.kind = $2 order by s.entity_id";
constexpr const char* unfinished_sql = "select kind, entity_id from reserve.entity_snapshots where city_code = $1 and unfinished order by kind, entity_id";

std::optional<entity_snapshot> snapshot_of(const query_result& rows, std::size_t i) {
  if (rows.is_null(i, 3))
    return std::nullopt;
  return entity_snapshot{rows.id(i, 3), static_cast<entity_kind>(rows.integer(i, 1)), static_cast<sequence>(rows.integer(i, 2)), rows.text(i, 4)};
}

} // namespace

void postgres_storage::load(const std::string& city_code, entity_id entity, entity_kind kind,
                            std::function<void(std::optional<loaded_entity>)> done) {
  const group_name name{city_code, kind == entity_kind::unit};
  {
    const std::lock_guard lock(mutex_);
    auto& its_group = groups_[name];
    its_group.waiting.push_back({entity, std::move(done)});
    if (std::exchange(its_group.reading, true))
      return;
  }
  read_next(name);
}

/// One query for everybody who waits now; then the next, while anybody waits.
void postgres_storage::read_next(const group_name& name) {
  const auto taken = std::make_shared<std::vector<request>>();
  {
    const std::lock_guard lock(mutex_);
    auto& [waiting, reading] = groups_[name];
    const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(std::min(waiting.size(), group_max));
    taken->assign(std::make_move_iterator(waiting.begin()), std::make_move_iterator(end));
    waiting.erase(waiting.begin(), end);
    reading = !taken->empty();
  }
  if (taken->empty())
    return;
  pool_.read<entities_read>(
      access_context::service(name.city_code),
      [name, taken](connection& on) {
        uuid_list wanted;
        for (const auto& one : *taken)
          wanted.ids.push_back(one.entity);
        const auto rows = on.query(std::string(position_sql) + (name.units ? some_units_sql : some_entities_sql), {param(name.city_code), param(wanted)});
        entities_read out{{}, static_cast<sequence>(rows.integer(0, 0))};
        for (std::size_t i = 0; i < rows.rows(); ++i)
          if (auto one = snapshot_of(rows, i)) {
            const auto entity = one->entity;
            out.first.emplace(entity, std::move(*one));
          }
        return out;
      },
      [this, name, taken](std::optional<entities_read> found) {
        for (const auto& one : *taken) {
          if (!found) {
            one.done(std::nullopt);
            continue;
          }
          loaded_entity loaded{std::nullopt, found->second};
          if (const auto known = found->first.find(one.entity); known != found->first.end())
            loaded.snapshot = known->second;
          one.done(std::move(loaded));
        }
        read_next(name);
      });
}

void postgres_storage::load_all(const std::string& city_code, entity_kind kind,
                                std::function<void(std::optional<std::pair<std::vector<entity_snapshot>, sequence>>)> done) {
  using answer = std::pair<std::vector<entity_snapshot>, sequence>;
  pool_.read<answer>(
      access_context::service(city_code),
      [city_code, kind](connection& on) {
        const auto rows = kind == entity_kind::unit
                              ? on.query(std::string(position_sql) + units_sql, {param(city_code)})
                              : on.query(std::string(position_sql) + kind_sql, {param(city_code), param(static_cast<std::int64_t>(kind))});
        answer out{{}, static_cast<sequence>(rows.integer(0, 0))};
        for (std::size_t i = 0; i < rows.rows(); ++i)
          if (auto one = snapshot_of(rows, i))
            out.first.push_back(std::move(*one));
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
