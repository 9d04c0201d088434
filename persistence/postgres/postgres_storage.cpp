#include "persistence/postgres/postgres_storage.hpp"

namespace reserve::persistence {

namespace {

/// The position comes with every row, and alone when there is none.
constexpr const char* position_sql = "with position as (select coalesce(max(applied_seq), 0)::bigint as seq from reserve.journal_positions "
                                     "where projection = 'hot' and city_code = $1) ";
constexpr const char* unit_sql = "select p.seq, 1::smallint, s.seq, s.unit_id, s.data from position p "
                                 "left join reserve.unit_snapshots s on s.city_code = $1 and s.unit_id = $2";
constexpr const char* entity_sql = "select p.seq, s.kind, s.seq, s.entity_id, s.data from position p "
                                   "left join reserve.entity_snapshots s on s.city_code = $1 and s.entity_id = $2";
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
  pool_.read<loaded_entity>(
      access_context::service(city_code),
      [city_code, entity, kind](connection& on) {
        const auto rows = on.query(std::string(position_sql) + (kind == entity_kind::unit ? unit_sql : entity_sql), {param(city_code), param(entity)});
        return loaded_entity{snapshot_of(rows, 0), static_cast<sequence>(rows.integer(0, 0))};
      },
      std::move(done));
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
