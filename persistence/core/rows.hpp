#pragma once

#include "actors/protocols/record.hpp"

#include <optional>
#include <string>
#include <string_view>
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

enum class column_type : std::uint8_t { boolean, smallint, integer, bigint, text, uuid, money /* numeric(12,2) */, rate /* numeric(5,4) */, date, timestamptz, time, jsonb, bytea };

struct column {
  std::string_view name;
  column_type type;
};

/// A table of class P as the projector writes it. Generated columns are not listed.
struct table {
  std::string_view name;
  std::vector<column> columns;
  std::vector<std::size_t> key; ///< Indexes of the primary key's columns.
  std::string_view projection;  ///< Whose position says how far the table is: one of projection_names().
  bool insert_only = false;     ///< Log-like: rows are never updated.
  /// Leaf partition that gets binary COPY: empty = none (temporary table, then upsert); "city" = list by city_code; "month" = by created_at.
  std::string_view copy_leaf;
  bool platform = false; ///< Belongs to the platform log whatever its city_code says.

  /// Index of a column; throws std::logic_error when there is none of this name.
  std::size_t place_of(std::string_view column_name) const;
  bool has(std::string_view column_name) const noexcept;
};

/// A row in the form in which COPY ... BINARY takes it: the number of values in 16 bits, then each value behind its length in 32 bits, all big endian; length -1
/// is NULL (cells.hpp). Rendered once, and sent, kept and compared as it is.
using row = std::string;

/// Rows of one table, one behind the other.
class row_block {
public:
  std::size_t size() const noexcept { return starts_.size(); }
  bool empty() const noexcept { return starts_.empty(); }
  std::string_view at(std::size_t index) const {
    const auto end = index + 1 < starts_.size() ? starts_[index + 1] : bytes_.size();
    return std::string_view(bytes_).substr(starts_[index], end - starts_[index]);
  }
  /// Where the next row is to be appended, whole.
  std::string& next() {
    starts_.push_back(bytes_.size());
    return bytes_;
  }

private:
  std::string bytes_;
  std::vector<std::size_t> starts_;
};

/// What one projector transaction does to one table; each key once.
struct table_change {
  const table* of = nullptr;
  row_block inserts;        ///< New keys.
  std::vector<row> upserts; ///< May exist: all columns are replaced but created_at.
  std::vector<row> deletes; ///< The key's columns only.
  std::vector<row> adds;    ///< May exist: money columns are added, the others replaced (account_balances).
};

} // namespace reserve::persistence
