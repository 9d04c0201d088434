#include "persistence/postgres/table_store.hpp"

#include "persistence/core/cells.hpp"
#include "persistence/core/tables.hpp"

#include "domain/codec.hpp"

#include <algorithm>
#include <array>
#include <bit>

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

wire::oid oid_of(column_type type) {
  switch (type) {
    case column_type::boolean: return wire::oid::boolean;
    case column_type::smallint: return wire::oid::int2;
    case column_type::integer: return wire::oid::int4;
    case column_type::bigint: return wire::oid::int8;
    case column_type::text: return wire::oid::text;
    case column_type::uuid: return wire::oid::uuid;
    case column_type::money:
    case column_type::rate: return wire::oid::numeric;
    case column_type::date: return wire::oid::date;
    case column_type::timestamptz: return wire::oid::timestamptz;
    case column_type::time: return wire::oid::time;
    case column_type::jsonb: return wire::oid::jsonb;
    case column_type::bytea: return wire::oid::bytea;
  }
  return wire::oid::unspecified;
}

std::vector<std::string_view> views_of(const std::vector<row>& rows) {
  return {rows.begin(), rows.end()};
}

/// Do a row's values begin with its key, in the key's order?
bool begins_with_key(const table& of) {
  for (std::size_t i = 0; i < of.key.size(); ++i)
    if (of.key[i] != i)
      return false;
  return true;
}

/// Rows in the order of their keys: neighbours in the index are written one behind the other. Order is for speed alone, so the first
/// bytes of a key (big-endian values behind their lengths, which compare like the values) are enough.
std::vector<std::string_view> sorted(const table& of, const row_block& rows) {
  struct place {
    std::array<std::uint64_t, 5> key{};
    std::uint32_t index = 0;
  };
  std::vector<place> places(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto line = rows.at(i);
    line.copy(reinterpret_cast<char*>(places[i].key.data()), sizeof(places[i].key));
    if constexpr (std::endian::native == std::endian::little)
      for (auto& word : places[i].key)
        word = __builtin_bswap64(word);
    places[i].index = static_cast<std::uint32_t>(i);
  }
  const auto less = [](const place& one, const place& other) { return one.key < other.key; };
  if (begins_with_key(of) && !std::is_sorted(places.begin(), places.end(), less))
    std::sort(places.begin(), places.end(), less);
  std::vector<std::string_view> out;
  out.reserve(rows.size());
  for (const auto& one : places)
    out.push_back(rows.at(one.index));
  return out;
}

constexpr std::size_t copy_piece = 4 << 20; ///< Bytes of one COPY: more would only be copied around outside the processor's cache.
constexpr std::string_view copy_header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::string_view copy_trailer{"\377\377", 2};

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
  // A projection that loses its last transactions in a crash of PostgreSQL loses their position with them, and folds the same records of the journal again: it
  // need not wait for the disk.
  return "begin" + (isolation.empty() ? "" : " isolation level " + isolation) +
         "; set local synchronous_commit = off; set local role reserve_projector; set local app.current_city_codes = " + on_.literal(code);
}

std::string table_store::name_of(const table& of) const {
  return (where_ == place::shadow ? "pg_temp.shadow_" : "reserve.") + std::string(of.name);
}

void table_store::make_shadow() {
  for (const auto* one : projected_tables())
    on_.run("create temporary table shadow_" + std::string(one->name) + " (like reserve." + std::string(one->name) + " including all)");
}

std::map<std::string, sequence, std::less<>> table_store::positions(const std::string& code) {
  transaction work(on_, begin_as_projector(code));
  const auto rows = on_.query("select projection, applied_seq from reserve.journal_positions where city_code = $1", {param(code)});
  work.commit();
  std::map<std::string, sequence, std::less<>> out;
  for (const auto name : projection_names())
    out.emplace(name, 0);
  for (std::size_t i = 0; i < rows.rows(); ++i)
    out[rows.text(i, 0)] = static_cast<sequence>(rows.integer(i, 1));
  return out;
}

known_states table_store::load(const std::string& code, const std::vector<std::pair<entity_kind, entity_id>>& asked) {
  uuid_list units, intents, others;
  for (const auto& [kind, entity] : asked)
    (kind == entity_kind::unit ? units : kind == entity_kind::intent ? intents : others).ids.push_back(entity);
  std::optional<transaction> work;
  if (where_ == place::real)
    work.emplace(on_, begin_as_projector(code));
  known_states out;
  const auto read = [&](const uuid_list& ids, const std::string& sql) { return on_.query(sql, {param(code), param(ids)}); };
  if (!units.ids.empty()) {
    std::map<uuid, unit_rows> found;
    const auto rows = read(units, "select unit_id, data from " + name_of(tables::unit_snapshots) + " where city_code = $1 and unit_id = any($2)");
    for (std::size_t i = 0; i < rows.rows(); ++i)
      found[rows.id(i, 0)].data = rows.text(i, 1);
    const auto claims = read(units, "select unit_id, check_in, check_out, sum(rooms) from " + name_of(tables::booking_intents) + std::string(untouched_where) +
                                        " group by unit_id, check_in, check_out");
    for (std::size_t i = 0; i < claims.rows(); ++i)
      found[claims.id(i, 0)].untouched.add({claims.day(i, 1), claims.day(i, 2)}, static_cast<int>(claims.integer(i, 3)));
    for (auto& [unit, parts] : found) {
      parts.unit = unit;
      out.units.push_back(std::move(parts));
    }
  }
  if (!intents.ids.empty()) {
    const auto rows = read(intents, "select id, state from " + name_of(tables::booking_intents) + " where city_code = $1 and id = any($2)");
    for (std::size_t i = 0; i < rows.rows(); ++i)
      out.entities.push_back({rows.id(i, 0), entity_kind::intent, 0, rows.text(i, 1)});
  }
  if (!others.ids.empty()) {
    const auto rows = read(others, "select entity_id, kind, data from " + name_of(tables::entity_snapshots) + " where city_code = $1 and entity_id = any($2)");
    for (std::size_t i = 0; i < rows.rows(); ++i)
      out.entities.push_back({rows.id(i, 0), static_cast<entity_kind>(rows.integer(i, 1)), 0, rows.text(i, 2)});
  }
  if (work)
    work->commit();
  return out;
}

std::vector<trace> table_store::traces(const std::string& code, sequence after, sequence upto) {
  transaction work(on_, begin_as_projector(code));
  const auto rows = on_.query("select traces from reserve.projection_traces where city_code = $1 and upto > $2 and first <= $3 order by first",
                              {param(code), param(static_cast<std::int64_t>(after)), param(static_cast<std::int64_t>(upto))});
  work.commit();
  std::vector<trace> out;
  for (std::size_t i = 0; i < rows.rows(); ++i)
    for (auto& one : decoded<std::vector<trace>>(rows.raw(i, 0)))
      if (one.seq > after && one.seq <= upto)
        out.push_back(std::move(one));
  return out;
}

void table_store::keep_traces(const std::string& code, const projected& rows) {
  if (rows.traces.empty())
    return;
  on_.query("insert into reserve.projection_traces (city_code, first, upto, traces) values ($1, $2, $3, $4)",
            {param(code), param(static_cast<std::int64_t>(rows.from + 1)), param(static_cast<std::int64_t>(rows.to)), param(bytes{encoded(rows.traces)})});
}

void table_store::forget_traces(const std::string& code) {
  transaction work(on_, begin_as_projector(code));
  on_.query("delete from reserve.projection_traces where city_code = $1 and upto <= "
            "(select min(applied_seq) from reserve.journal_positions where city_code = $1 and projection in ('audit', 'booking_log', 'nights') "
            "having count(*) = 3)", // One that has written nothing yet has no row, and needs them all.
            {param(code)});
  work.commit();
}

void table_store::apply(const std::string& code, const projected& rows) {
  if (where_ == place::shadow) {
    for (const auto& change : rows.changes)
      write(code, change);
    return;
  }
  transaction work(on_, begin_as_projector(code));
  staged_.clear();
  if (!leaves_)
    leaves_ = leaf_map::load(on_);
  move_positions(code, rows);
  for (const auto& change : rows.changes)
    write(code, change);
  keep_traces(code, rows);
  mark_inbox(rows.inbox);
  work.commit();
}

void table_store::move_positions(const std::string& code, const projected& rows) {
  text_list names;
  for (const auto name : rows.projections)
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
    for (std::size_t i = 0; i < of.key.size(); ++i)
      values.push_back({oid_of(of.columns[of.key[i]].type), std::string(cell(key, i).value()), false});
    on_.query("delete from " + name_of(of) + " where " + where, values);
  }
}

void table_store::insert(const std::string& code, const table& of, const row_block& block) {
  if (block.empty())
    return;
  const auto rows = sorted(of, block);
  if (where_ == place::shadow)
    copy(name_of(of), of, rows);
  else if (of.copy_leaf == "city")
    copy("reserve." + leaves_->of_city(std::string(of.name), code), of, rows);
  else if (of.copy_leaf == "month")
    copy_by_month(of, rows);
  else
    on_.run("insert into " + name_of(of) + " (" + column_list(of) + ") select " + column_list(of) + " from " + stage(of, rows));
}

void table_store::copy_by_month(const table& of, const std::vector<std::string_view>& rows) {
  const auto created = of.place_of("created_at");
  std::map<std::string, std::vector<std::string_view>> by_leaf;
  for (const auto line : rows) {
    const auto instant = read_timestamp(cell(line, created).value());
    const auto leaf = std::string(of.name) + "_" + month_of(instant);
    if (months_.insert(leaf).second)
      on_.query("select reserve.ensure_partition($1, $2::date)", {param(of.name), param(date(std::chrono::floor<std::chrono::days>(instant)))});
    by_leaf[leaf].push_back(line);
  }
  for (const auto& [leaf, lines] : by_leaf)
    copy("reserve." + leaf, of, lines);
}

void table_store::copy(const std::string& target, const table& of, const std::vector<std::string_view>& rows) {
  const auto statement = "copy " + target + " (" + column_list(of) + ") from stdin (format binary)";
  std::string data(copy_header);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    data.append(rows[i]);
    if (data.size() < copy_piece && i + 1 < rows.size())
      continue;
    data.append(copy_trailer);
    on_.copy_in(statement, data);
    data.assign(copy_header);
  }
}

void table_store::merge(const table& of, const std::vector<row>& rows, const std::string& conflict) {
  if (rows.empty())
    return;
  on_.run("insert into " + name_of(of) + " as kept (" + column_list(of) + ") select " + column_list(of) + " from " + stage(of, views_of(rows)) + " on conflict (" +
          key_list(of) + ") " + conflict);
}

std::string table_store::stage(const table& of, const std::vector<std::string_view>& rows) {
  const auto name = "stage_" + std::string(of.name);
  if (stages_.insert(name).second)
    on_.run("create temporary table " + name + " on commit delete rows as select " + column_list(of) + " from reserve." + std::string(of.name) + " with no data");
  else if (staged_.contains(name) || where_ == place::shadow)
    on_.run("truncate pg_temp." + name);
  staged_.insert(name);
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
    auto& line = out.emplace_back();
    cells::put_bits<2>(line, of.columns.size());
    for (std::size_t k = 0; k < of.columns.size(); ++k) {
      if (rows.is_null(i, k))
        cells::put_null(line);
      else
        cells::put_raw(line, rows.raw(i, k));
    }
  }
  return out;
}

std::string column_list(const table& of) {
  std::string out;
  for (const auto& column : of.columns) {
    if (!out.empty())
      out.append(", ");
    out.append(column.name);
  }
  return out;
}

} // namespace reserve::persistence
