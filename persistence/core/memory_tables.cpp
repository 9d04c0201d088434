#include "persistence/core/memory_tables.hpp"

#include "persistence/core/cells.hpp"
#include "persistence/core/tables.hpp"

#include <algorithm>
#include <set>

namespace reserve::persistence {

namespace {

std::string_view text_in(const table& of, const row& line, std::string_view name) {
  return cell(line, of.place_of(name)).value();
}

} // namespace

void memory_tables::apply(const projected& rows) {
  for (const auto name : rows.projections)
    ensure(rows.from == position(name), "a projection goes on from where it stands");
  for (const auto& change : rows.changes) {
    const auto& of = *change.of;
    auto& into = tables_[&of];
    for (const auto& key : change.deletes)
      into.erase(key);
    for (std::size_t i = 0; i < change.inserts.size(); ++i) {
      const row line(change.inserts.at(i));
      ensure(!into.contains(key_of(of, line)), "a new row's key is new");
      put(of, into, line);
    }
    for (const auto& line : change.upserts)
      put(of, into, line);
    for (const auto& line : change.adds)
      add(of, into, line);
  }
  traces_.insert(traces_.end(), rows.traces.begin(), rows.traces.end());
  for (const auto name : rows.projections)
    positions_[name] = rows.to;
}

/// Replaces everything but the time of the first record.
void memory_tables::put(const table& of, rows_by_key& into, const row& line) {
  const auto key = key_of(of, line);
  auto [found, is_new] = into.try_emplace(key, line);
  if (!is_new) {
    auto next = line;
    if (of.has("created_at"))
      replace_cell(next, of.place_of("created_at"), cell(found->second, of.place_of("created_at")));
    found->second = std::move(next);
  }
  if (&of == &tables::booking_intents) {
    auto& unit = untouched_[read_uuid(text_in(of, line, "unit_id"))];
    const auto id = read_uuid(text_in(of, line, "id"));
    if (text_in(of, line, "status") == "intent_created" && text_in(of, line, "handed_over") == std::string_view("\0", 1))
      unit.insert_or_assign(id, key);
    else
      unit.erase(id);
  }
}

void memory_tables::add(const table& of, rows_by_key& into, const row& line) {
  auto [found, is_new] = into.try_emplace(key_of(of, line), line);
  if (is_new)
    return;
  auto next = line;
  for (std::size_t i = 0; i < of.columns.size(); ++i) {
    if (of.columns[i].type != column_type::money)
      continue;
    std::string sum;
    cells::put_numeric(sum, read_numeric(*cell(found->second, i), 2) + read_numeric(*cell(line, i), 2), 2);
    replace_cell(next, i, std::string_view(sum).substr(4));
  }
  found->second = std::move(next);
}

sequence memory_tables::position(std::string_view projection) const {
  const auto found = positions_.find(projection);
  return found == positions_.end() ? 0 : found->second;
}

std::vector<trace> memory_tables::traces(sequence after, sequence upto) const {
  std::vector<trace> out;
  std::copy_if(traces_.begin(), traces_.end(), std::back_inserter(out), [&](const trace& one) { return one.seq > after && one.seq <= upto; });
  return out;
}

const row* memory_tables::find(const table& of, const row& key) const {
  const auto rows = tables_.find(&of);
  if (rows == tables_.end())
    return nullptr;
  const auto found = rows->second.find(key);
  return found == rows->second.end() ? nullptr : &found->second;
}

std::vector<std::string> memory_tables::untouched_of(uuid unit) const {
  std::vector<std::string> out;
  if (const auto found = untouched_.find(unit); found != untouched_.end())
    for (const auto& [intent, key] : found->second)
      out.emplace_back(text_in(tables::booking_intents, *find(tables::booking_intents, key), "state"));
  return out;
}

known_states memory_tables::known(const std::vector<std::pair<entity_kind, entity_id>>& asked) const {
  known_states out;
  std::vector<std::pair<entity_kind, entity_id>> others;
  for (const auto& [kind, entity] : asked) {
    if (kind != entity_kind::unit) {
      others.emplace_back(kind, entity);
      continue;
    }
    unit_rows rows{entity, {}, {}};
    if (const auto* line = find(tables::unit_snapshots, make_key(tables::unit_snapshots, entity)))
      rows.data = text_in(tables::unit_snapshots, *line, "data");
    if (const auto untouched = untouched_.find(entity); untouched != untouched_.end()) {
      const auto& of = tables::booking_intents;
      for (const auto& [intent, key] : untouched->second) {
        const auto& line = *find(of, key);
        rows.untouched.add({read_date(text_in(of, line, "check_in")), read_date(text_in(of, line, "check_out"))}, static_cast<int>(read_integer(text_in(of, line, "rooms"))));
      }
    }
    out.units.push_back(std::move(rows));
  }
  out.entities = load(others);
  return out;
}

std::vector<entity_snapshot> memory_tables::load(const std::vector<std::pair<entity_kind, entity_id>>& asked) const {
  std::vector<entity_snapshot> out;
  for (const auto& [kind, entity] : asked) {
    if (kind == entity_kind::unit) {
      const auto* line = find(tables::unit_snapshots, make_key(tables::unit_snapshots, entity));
      const auto untouched = untouched_of(entity);
      if (line != nullptr || !untouched.empty())
        out.push_back({entity, kind, position(), whole_calendar({entity}, line == nullptr ? std::string_view() : text_in(tables::unit_snapshots, *line, "data"), untouched)});
      continue;
    }
    const auto& of = kind == entity_kind::intent ? tables::booking_intents : tables::entity_snapshots;
    const auto rows = tables_.find(&of);
    if (rows == tables_.end() || rows->second.empty())
      continue;
    // One city: any row has its code.
    const auto code = text_in(of, rows->second.begin()->second, "city_code");
    if (const auto* line = find(of, make_key(of, code, entity)))
      out.push_back({entity, kind, position(), std::string(text_in(of, *line, kind == entity_kind::intent ? "state" : "data"))});
  }
  return out;
}

std::vector<memory_tables::stored_state> memory_tables::states(std::optional<entity_kind> only) const {
  std::vector<stored_state> out;
  if (!only || only == entity_kind::unit) {
    std::set<uuid> units;
    for (const auto& line : rows_of(tables::unit_snapshots))
      units.insert(read_uuid(text_in(tables::unit_snapshots, line, "unit_id")));
    for (const auto& [unit, untouched] : untouched_)
      units.insert(unit);
    for (const auto& unit : units)
      for (auto& found : load({{entity_kind::unit, unit}}))
        out.push_back({std::move(found), false});
  }
  const auto add = [&](const table& of, entity_id entity, entity_kind kind, std::string_view data, const row& line) {
    if (!only || only == kind)
      out.push_back({{entity, kind, position(), std::string(data)}, text_in(of, line, "unfinished") == std::string_view("\1", 1)});
  };
  if (!only || only == entity_kind::intent)
    for (const auto& line : rows_of(tables::booking_intents))
      add(tables::booking_intents, read_uuid(text_in(tables::booking_intents, line, "id")), entity_kind::intent, text_in(tables::booking_intents, line, "state"), line);
  const auto& others = tables::entity_snapshots;
  if (only != entity_kind::unit && only != entity_kind::intent)
    for (const auto& line : rows_of(others))
      add(others, read_uuid(text_in(others, line, "entity_id")), static_cast<entity_kind>(read_integer(text_in(others, line, "kind"))), text_in(others, line, "data"), line);
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
