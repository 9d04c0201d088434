#include "persistence/postgres/table_store.hpp"

#include "persistence/core/tables.hpp"
#include "persistence/postgres/binary_copy.hpp"

#include <algorithm>
#include <map>

namespace reserve::persistence {

namespace {

constexpr const char* platform_code = "~";

std::string key_list(const table& of) {
  std::string out;
  for (const auto index : of.key)
    out += (out.empty() ? "" : ", ") + std::string(of.columns[index].name);
  return out;
}

bool is_key(const table& of, std::size_t column) {
  return std::find(of.key.begin(), of.key.end(), column) != of.key.end();
}

/// "do update set ...": everything is replaced but the key and the time of the first record.
std::string replace_clause(const table& of) {
  std::string out;
  for (std::size_t i = 0; i < of.columns.size(); ++i) {
    const std::string name(of.columns[i].name);
    if (!is_key(of, i) && name != "created_at")
      out += (out.empty() ? "" : ", ") + name + " = excluded." + name;
  }
  return out.empty() ? "do nothing" : "do update set " + out;
}

/// The same, with amounts added to those that are there.
std::string add_clause(const table& of) {
  std::string out;
  for (std::size_t i = 0; i < of.columns.size(); ++i) {
    const std::string name(of.columns[i].name);
    if (is_key(of, i))
      continue;
    out += (out.empty() ? "" : ", ") + name + " = excluded." + name;
    if (of.columns[i].type == column_type::money)
      out += " + kept." + name;
  }
  return "do update set " + out;
}

parameter key_param(const column_value& value) {
  if (const auto* id = std::get_if<uuid>(&value))
    return param(*id);
  if (const auto* text = std::get_if<std::string>(&value))
    return param(*text);
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return param(*number);
  if (const auto* day = std::get_if<date>(&value))
    return param(*day);
  throw std::logic_error("a key of this type cannot be deleted");
}

column_value value_of(const query_result& rows, std::size_t line, std::size_t field, column_type type) {
  if (rows.is_null(line, field))
    return {};
  const auto raw = rows.raw(line, field);
  switch (type) {
    case column_type::boolean: return rows.boolean(line, field);
    case column_type::smallint:
    case column_type::integer:
    case column_type::bigint: return rows.integer(line, field);
    case column_type::text: return rows.text(line, field);
    case column_type::uuid: return rows.id(line, field);
    case column_type::money: return rows.amount(line, field);
    case column_type::rate: return rate{wire::read_numeric(raw, 4)};
    case column_type::date: return rows.day(line, field);
    case column_type::timestamptz: return rows.instant(line, field);
    case column_type::time: return wire::read_time(raw);
    case column_type::jsonb: return json_text{rows.json(line, field)};
    case column_type::bytea: return bytes{rows.text(line, field)};
    case column_type::uuid_array: return uuid_list{rows.ids(line, field)};
    case column_type::text_array: return text_list{rows.texts(line, field)};
  }
  return {};
}

std::string month_of(timestamp instant) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(instant)};
  auto out = std::to_string(static_cast<int>(day.year()) * 100 + static_cast<int>(static_cast<unsigned>(day.month())));
  return out;
}

} // namespace

std::string rows_of_city(const table& of, const std::string& code) {
  return of.platform && code == platform_code ? "$1::text is not null" : "city_code = $1";
}

bool has_rows_of(const table& of, const std::string& code) {
  return !of.platform || code == platform_code;
}

std::string table_store::begin_as_projector(const std::string& code, const std::string& isolation) const {
  return "begin" + (isolation.empty() ? "" : " isolation level " + isolation) + "; set local role reserve_projector; set local app.current_city_codes = " +
         on_.literal(code);
}

std::string table_store::name_of(const table& of) const {
  return (where_ == place::shadow ? "pg_temp.shadow_" : "reserve.") + std::string(of.name);
}

void table_store::make_shadow() {
  for (const auto* one : projected_tables())
    on_.run("create temporary table shadow_" + std::string(one->name) + " (like reserve." + std::string(one->name) + " including all)");
}

sequence table_store::position(const std::string& code) {
  transaction work(on_, begin_as_projector(code));
  const auto rows = on_.query("select applied_seq from reserve.journal_positions where projection = 'hot' and city_code = $1", {param(code)});
  work.commit();
  return rows.empty() ? 0 : static_cast<sequence>(rows.integer(0, 0));
}

std::vector<entity_snapshot> table_store::load(const std::string& code, const std::vector<std::pair<entity_kind, entity_id>>& asked) {
  uuid_list units, others;
  for (const auto& [kind, entity] : asked)
    (kind == entity_kind::unit ? units : others).ids.push_back(entity);
  std::optional<transaction> work;
  if (where_ == place::real)
    work.emplace(on_, begin_as_projector(code));
  std::vector<entity_snapshot> out;
  const auto take = [&](const uuid_list& ids, const std::string& sql) {
    if (ids.ids.empty())
      return;
    const auto rows = on_.query(sql, {param(code), param(ids)});
    for (std::size_t i = 0; i < rows.rows(); ++i)
      out.push_back({rows.id(i, 0), static_cast<entity_kind>(rows.integer(i, 1)), static_cast<sequence>(rows.integer(i, 2)), rows.text(i, 3)});
  };
  take(units, "select unit_id, 1::smallint, seq, data from " + name_of(tables::unit_snapshots) + " where city_code = $1 and unit_id = any($2)");
  take(others, "select entity_id, kind, seq, data from " + name_of(tables::entity_snapshots) + " where city_code = $1 and entity_id = any($2)");
  if (work)
    work->commit();
  return out;
}

void table_store::apply(const std::string& code, const projected& rows) {
  if (where_ == place::shadow) {
    for (const auto& change : rows.changes)
      write(code, change);
    return;
  }
  transaction work(on_, begin_as_projector(code));
  if (!leaves_)
    leaves_ = leaf_map::load(on_);
  move_positions(code, rows);
  for (const auto& change : rows.changes)
    write(code, change);
  mark_inbox(rows.inbox);
  work.commit();
}

void table_store::move_positions(const std::string& code, const projected& rows) {
  text_list names;
  for (const auto name : projection_names())
    names.texts.emplace_back(name);
  const auto from = param(static_cast<std::int64_t>(rows.from)), to = param(static_cast<std::int64_t>(rows.to));
  const auto moved =
      rows.from == 0
          ? on_.query("insert into reserve.journal_positions as kept (projection, city_code, applied_seq, applied_at) "
                      "select name, $2, $4, clock_timestamp() from unnest($1::text[]) as name "
                      "on conflict (projection, city_code) do update set applied_seq = excluded.applied_seq, applied_at = excluded.applied_at "
                      "where kept.applied_seq = $3",
                      {param(names), param(code), from, to})
          : on_.query("update reserve.journal_positions set applied_seq = $4, applied_at = clock_timestamp() "
                      "where projection = any($1) and city_code = $2 and applied_seq = $3",
                      {param(names), param(code), from, to});
  if (moved.affected() != static_cast<std::int64_t>(names.texts.size()))
    throw position_moved("the positions of city " + code + " are not at " + std::to_string(rows.from));
}

void table_store::write(const std::string& code, const table_change& change) {
  const auto& of = *change.of;
  remove(of, change.deletes);
  insert(code, of, change.inserts);
  merge(of, change.upserts, replace_clause(of));
  merge(of, change.adds, add_clause(of));
}

void table_store::remove(const table& of, const std::vector<row>& keys) {
  std::string where;
  for (std::size_t i = 0; i < of.key.size(); ++i)
    where += (i == 0 ? "" : " and ") + std::string(of.columns[of.key[i]].name) + " = $" + std::to_string(i + 1);
  for (const auto& key : keys) {
    std::vector<parameter> values;
    for (const auto& value : key)
      values.push_back(key_param(value));
    on_.query("delete from " + name_of(of) + " where " + where, values);
  }
}

void table_store::insert(const std::string& code, const table& of, const std::vector<row>& rows) {
  if (rows.empty())
    return;
  if (where_ == place::shadow)
    copy(name_of(of), of, rows);
  else if (of.copy_leaf == "city")
    copy("reserve." + leaves_->of_city(std::string(of.name), code), of, rows);
  else if (of.copy_leaf == "month")
    copy_by_month(of, rows);
  else
    on_.run("insert into " + name_of(of) + " (" + column_list(of) + ") select " + column_list(of) + " from " + stage(of, rows));
}

void table_store::copy_by_month(const table& of, const std::vector<row>& rows) {
  const auto created = static_cast<std::size_t>(
      std::find_if(of.columns.begin(), of.columns.end(), [](const column& one) { return one.name == "created_at"; }) - of.columns.begin());
  std::map<std::string, std::vector<row>> by_leaf;
  for (const auto& line : rows) {
    const auto instant = std::get<timestamp>(line.at(created));
    const auto leaf = std::string(of.name) + "_" + month_of(instant);
    if (months_.insert(leaf).second)
      on_.query("select reserve.ensure_partition($1, $2::date)", {param(of.name), param(date(std::chrono::floor<std::chrono::days>(instant)))});
    by_leaf[leaf].push_back(line);
  }
  for (const auto& [leaf, lines] : by_leaf)
    copy("reserve." + leaf, of, lines);
}

void table_store::copy(const std::string& target, const table& of, const std::vector<row>& rows) {
  binary_copy data;
  for (const auto& line : rows)
    data.put_row(of, line);
  on_.copy_in("copy " + target + " (" + column_list(of) + ") from stdin (format binary)", data.take());
}

void table_store::merge(const table& of, const std::vector<row>& rows, const std::string& conflict) {
  if (rows.empty())
    return;
  on_.run("insert into " + name_of(of) + " as kept (" + column_list(of) + ") select " + column_list(of) + " from " + stage(of, rows) + " on conflict (" +
          key_list(of) + ") " + conflict);
}

std::string table_store::stage(const table& of, const std::vector<row>& rows) {
  const auto name = "stage_" + std::string(of.name);
  if (stages_.insert(name).second)
    on_.run("create temporary table " + name + " on commit delete rows as select " + column_list(of) + " from reserve." + std::string(of.name) + " with no data");
  else
    on_.run("truncate pg_temp." + name);
  copy("pg_temp." + name, of, rows);
  return "pg_temp." + name;
}

void table_store::mark_inbox(const std::vector<inbox_mark>& marks) {
  if (marks.empty())
    return;
  uuid_list ids;
  std::vector<std::int64_t> seqs, micros;
  for (const auto& mark : marks) {
    ids.ids.push_back(mark.inbox);
    seqs.push_back(static_cast<std::int64_t>(mark.seq));
    micros.push_back(std::chrono::duration_cast<std::chrono::microseconds>(mark.at.time_since_epoch()).count());
  }
  on_.query("update reserve.webhook_inbox w set processed = true, processed_seq = m.seq, processed_at = 'epoch'::timestamptz + m.at * interval '1 microsecond' "
            "from (select id, min(seq) as seq, min(at) as at from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as u(id, seq, at) group by id) m "
            "where w.id = m.id and not w.processed",
            {param(ids), param(seqs), param(micros)});
}

std::vector<row> table_store::rows_of(const table& of, const std::string& code) {
  const auto rows = on_.query("select " + column_list(of) + " from " + name_of(of) + " where " + rows_of_city(of, code) + " order by " + key_list(of), {param(code)});
  std::vector<row> out;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    row line;
    for (std::size_t k = 0; k < of.columns.size(); ++k)
      line.push_back(value_of(rows, i, k, of.columns[k].type));
    out.push_back(std::move(line));
  }
  return out;
}

} // namespace reserve::persistence
