#include "persistence/core/memory_tables.hpp"

#include "persistence/core/tables.hpp"

namespace reserve::persistence {

void memory_tables::apply(const projected& rows) {
  ensure(rows.from == position_, "a projection goes on from where it stands");
  for (const auto& change : rows.changes) {
    const auto& of = *change.of;
    auto& into = tables_[&of];
    for (const auto& key : change.deletes)
      into.erase(key);
    for (const auto& line : change.inserts)
      ensure(into.emplace(key_of(of, line), line).second, "a new row's key is new");
    for (const auto& line : change.upserts)
      put(of, into, line);
    for (const auto& line : change.adds)
      add(of, into, line);
  }
  position_ = rows.to;
}

/// Replaces everything but the time of the first record.
void memory_tables::put(const table& of, rows_by_key& into, const row& line) {
  auto [found, is_new] = into.try_emplace(key_of(of, line), line);
  if (is_new)
    return;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (of.columns[i].name != "created_at")
      found->second[i] = line[i];
}

void memory_tables::add(const table& of, rows_by_key& into, const row& line) {
  auto [found, is_new] = into.try_emplace(key_of(of, line), line);
  if (is_new)
    return;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (of.columns[i].type == column_type::money)
      std::get<money>(found->second[i]) += std::get<money>(line[i]);
    else
      found->second[i] = line[i];
  }
}

std::vector<entity_snapshot> memory_tables::load(const std::vector<std::pair<entity_kind, entity_id>>& asked) const {
  std::vector<entity_snapshot> out;
  const auto number = [](const column_value& value) { return std::get<std::int64_t>(value); };
  for (const auto& [kind, entity] : asked) {
    const bool is_unit = kind == entity_kind::unit;
    for (const auto& line : rows_of(is_unit ? tables::unit_snapshots : tables::entity_snapshots)) {
      if (std::get<uuid>(line[0]) != entity)
        continue;
      const auto seq = static_cast<sequence>(number(line[is_unit ? 4 : 3]));
      out.push_back({entity, is_unit ? kind : static_cast<entity_kind>(number(line[2])), seq, std::get<bytes>(line[5]).data});
    }
  }
  return out;
}

std::vector<row> memory_tables::rows_of(const table& of) const {
  std::vector<row> out;
  if (const auto found = tables_.find(&of); found != tables_.end())
    for (const auto& [key, line] : found->second)
      out.push_back(line);
  return out;
}

} // namespace reserve::persistence
