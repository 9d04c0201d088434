#pragma once

#include "actors/protocols/record.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace reserve::persistence {

/// JSON text of a jsonb column.
struct json_text {
  std::string text;
  auto operator<=>(const json_text&) const = default;
};
/// Raw bytes of a bytea column.
struct bytes {
  std::string data;
  auto operator<=>(const bytes&) const = default;
};
struct uuid_list {
  std::vector<uuid> ids;
  auto operator<=>(const uuid_list&) const = default;
};
struct text_list {
  std::vector<std::string> texts;
  auto operator<=>(const text_list&) const = default;
};

/// One value of a row; monostate = NULL.
using column_value = std::variant<std::monostate, bool, std::int64_t, std::string, uuid, money, rate, date, timestamp, std::chrono::minutes, json_text, bytes, uuid_list, text_list>;

enum class column_type : std::uint8_t { boolean, smallint, integer, bigint, text, uuid, money /* numeric(12,2) */, rate /* numeric(5,4) */, date, timestamptz, time, jsonb, bytea, uuid_array, text_array };

struct column {
  std::string_view name;
  column_type type;
};

/// A table of class P as the projector writes it. Generated columns are not listed.
struct table {
  std::string_view name;
  std::vector<column> columns;
  std::vector<std::size_t> key;   ///< Indexes of the primary key's columns.
  std::string_view projection;    ///< hot, audit, nights, catalogue, booking_log, money, desk (spec 40§10.3)
  bool insert_only = false;       ///< Log-like: rows are never updated.
  /// Leaf partition that gets binary COPY: empty = none (temporary table, then upsert); "city" = list by city_code; "month" = by created_at.
  std::string_view copy_leaf;
  bool platform = false; ///< Belongs to the platform log whatever its city_code says.
};

using row = std::vector<column_value>;

/// What one projector transaction does to one table; each key once.
struct table_change {
  const table* of = nullptr;
  std::vector<row> inserts;  ///< New keys.
  std::vector<row> upserts;  ///< May exist: all columns are replaced.
  std::vector<row> deletes;  ///< Key columns only.
  std::vector<row> adds;     ///< May exist: money columns are added, the others replaced (account_balances).
};

} // namespace reserve::persistence
