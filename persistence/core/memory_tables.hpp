#pragma once

#include "persistence/core/projection_core.hpp"

#include <map>
#include <string>
#include <vector>

namespace reserve::persistence {

/// The tables of class P in memory: the projector's rows without a database, for the simulator and for tests of the fold. One city.
class memory_tables {
public:
  /// Applies one projector transaction. Throws on anything that PostgreSQL would refuse: a position that has moved, a key that is there already.
  void apply(const projected& rows);

  sequence position() const noexcept { return position_; }
  /// What the tables know of these entities, as projection_core::provide() wants it.
  std::vector<entity_snapshot> load(const std::vector<std::pair<entity_kind, entity_id>>& asked) const;
  /// Every row of a table, by key.
  std::vector<row> rows_of(const table& of) const;

  bool operator==(const memory_tables&) const = default;

private:
  using rows_by_key = std::map<row, row>;
  void put(const table& of, rows_by_key& into, const row& line);
  void add(const table& of, rows_by_key& into, const row& line);

  sequence position_ = 0;
  std::map<const table*, rows_by_key> tables_;
};

} // namespace reserve::persistence
