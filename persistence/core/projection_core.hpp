#pragma once

#include "actors/protocols/storage_port.hpp"
#include "persistence/core/rows.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace reserve::persistence {

/// A stored webhook whose record is folded: its inbox row is marked.
struct inbox_mark {
  uuid inbox{};
  sequence seq = 0;
  timestamp at{};
};

/// Row changes of one projector transaction, per table.
struct projected {
  sequence from = 0, to = 0; ///< Positions before and after.
  timestamp at{};            ///< occurred_at of the last record.
  std::vector<table_change> changes;
  std::vector<inbox_mark> inbox;
};

/// Folds committed records into table rows, without I/O (commit-protocol §11): keeps the states it has met, evolves them with the domain's own functions,
/// and renders the rows of what changed. Coalesced: an entity that changes ten times in a batch is one row.
class projection_core {
public:
  projection_core(city_number city, std::string code) : city_(city), code_(std::move(code)) {}

  /// States that these records change and that are not in memory: to be given by provide() before fold().
  std::vector<std::pair<entity_kind, entity_id>> missing(const std::vector<committed_record>& records) const;
  /// What the tables know of them; entities without a row are simply not in the list.
  void provide(const std::vector<std::pair<entity_kind, entity_id>>& asked, const std::vector<entity_snapshot>& found);

  /// Records in order without a gap, the first one following `position`. Throws on anything that cannot be: then nothing may be written.
  projected fold(const std::vector<committed_record>& records);

  sequence position() const noexcept { return position_; }
  void start_at(sequence position) noexcept { position_ = position; }
  /// Forgets every state, e.g. after a failed transaction: they are read again.
  void forget();
  /// Forgets when more than `most` states are kept. Only after the rows of the last fold are written.
  void trim(std::size_t most);

private:
  struct kept_intent {
    intent state;
    bool opened = false;
  };
  struct batch;
  void apply(const record& from, std::uint32_t n, const entity_event& what, batch& out);

  city_number city_;
  std::string code_;
  sequence position_ = 0;
  std::unordered_map<entity_id, unit_calendar> units_;
  std::unordered_map<entity_id, kept_intent> intents_;
  std::unordered_map<entity_id, payment> payments_;
  std::unordered_map<entity_id, reservation> reservations_;
  std::unordered_map<entity_id, exceptions_state> exceptions_;
  std::unordered_map<entity_id, numbering_state> numbers_;
  std::unordered_map<entity_id, platform_state> platforms_;
  std::unordered_set<entity_id> known_; ///< In memory, or certainly without a row.
};

/// The values of the primary key's columns.
row key_of(const table& of, const row& line);
/// Every table of class P that the projector writes, in the order in which it writes them.
const std::vector<const table*>& projected_tables();
/// Names of the projections that have a position (spec 40§10.3).
const std::vector<std::string_view>& projection_names();

} // namespace reserve::persistence
