#pragma once

#include "persistence/core/projection_core.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reserve::persistence {

/// The tables of class P in memory: the projector's rows without a database, for the simulator and for tests of the fold. One city.
class memory_tables {
public:
  /// Applies one projector transaction. Throws on anything that PostgreSQL would refuse: a position that has moved, a key that is there already.
  void apply(const projected& rows);

  /// Position of the hot projection.
  sequence position() const { return position("hot"); }
  sequence position(std::string_view projection) const;
  /// Traces of the records in (after, upto].
  std::vector<trace> traces(sequence after, sequence upto) const;
  /// What the tables know of these entities, as projection_core::provide() wants it.
  known_states known(const std::vector<std::pair<entity_kind, entity_id>>& asked) const;
  /// The same as their actors load it.
  std::vector<entity_snapshot> load(const std::vector<std::pair<entity_kind, entity_id>>& asked) const;
  /// A state as its actor loads it, and whether it has something to do.
  struct stored_state {
    entity_snapshot snapshot;
    bool unfinished = false;
  };
  /// Every state, or those of one kind.
  std::vector<stored_state> states(std::optional<entity_kind> only = std::nullopt) const;
  /// Every row of a table, by key.
  std::vector<row> rows_of(const table& of) const;

  bool operator==(const memory_tables&) const = default;

private:
  using rows_by_key = std::map<row, row>;
  void put(const table& of, rows_by_key& into, const row& line);
  void add(const table& of, rows_by_key& into, const row& line);
  const row* find(const table& of, const row& key) const;
  std::vector<std::string> untouched_of(uuid unit) const;

  std::map<std::string_view, sequence> positions_;
  std::map<const table*, rows_by_key> tables_;
  std::vector<trace> traces_;
  std::map<uuid, std::map<uuid, row>> untouched_; ///< As the partial index of booking_intents: unit -> intent -> key.
};

} // namespace reserve::persistence
