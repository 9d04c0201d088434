#pragma once

#include "actors/protocols/storage_port.hpp"
#include "persistence/core/changes.hpp"
#include "persistence/core/night_book.hpp"
#include "persistence/core/projected.hpp"
#include "persistence/core/projected_unit.hpp"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace reserve::persistence {

/// Folds committed records into the rows that come from states, without I/O (commit-protocol §11): keeps the states it has met, evolves them with the domain's
/// own functions, and renders the rows of what changed. Coalesced: an entity that changes ten times in a batch is one row; nights are written when they are asked
/// for, as they are then. What needs no state is the business of fold_log().
class projection_core {
public:
  projection_core(city_number city, std::string code) : city_(city), code_(std::move(code)) {}

  /// States that these records change and that are not in memory: to be given by provide() before fold().
  std::vector<std::pair<entity_kind, entity_id>> missing(const std::vector<committed_record>& records) const;
  /// What the tables know of them; entities without a row are simply not in the list.
  void provide(const std::vector<std::pair<entity_kind, entity_id>>& asked, const known_states& found);

  /// Records in order without a gap, the first one following `position`. Throws on anything that cannot be: then nothing may be written.
  projected fold(const std::vector<committed_record>& records);

  /// Position of the states and of the rows that fold() made.
  sequence position() const noexcept { return position_; }
  void start_at(sequence position) noexcept { position_ = position; }
  /// Forgets every state, e.g. after a failed transaction: they are read again.
  void forget();
  /// Forgets when more than `most` states are kept. Only after the rows of the last fold are written.
  void trim(std::size_t most);
  /// Is there anything that trim() could let go of?
  bool holds_states() const noexcept;

  // Nights: rows of availability_calendar and reservation_nights.

  /// Nights and reservations that have changed since the last fold_nights().
  std::size_t nights_waiting() const noexcept { return nights_.size(); }
  /// Where the nights stand that are written.
  sequence nights_position() const noexcept { return nights_position_; }
  /// After a start: the nights stand at `position`, and these records between it and position() have changed some.
  void nights_start_at(sequence position);
  void note_nights(const std::vector<committed_record>& records, std::span<const trace> traces);
  /// As missing(), for fold_nights().
  std::vector<std::pair<entity_kind, entity_id>> missing_for_nights() const;
  /// Their rows as of position().
  projected fold_nights();

private:
  struct kept_intent {
    intent state;
    bool opened = false;
  };
  struct batch;
  void apply(const record& from, std::uint32_t n, const entity_event& what, batch& out);
  void apply_calendar(const record& from, const entity_event& what, batch& out, trace& seen);
  kept_intent& intent_of(entity_id id, batch& out);
  void render(batch& done);

  city_number city_;
  std::string code_;
  sequence position_ = 0;
  std::unordered_map<entity_id, projected_unit> units_;
  std::unordered_map<entity_id, kept_intent> intents_; ///< Not of intents that nobody has touched since they were made: those are read when they are needed.
  std::unordered_map<entity_id, payment> payments_;
  std::unordered_map<entity_id, reserve::reservation> reservations_;
  std::unordered_map<entity_id, exceptions_state> exceptions_;
  std::unordered_map<entity_id, numbering_state> numbers_;
  std::unordered_map<entity_id, platform_state> platforms_;
  std::unordered_set<entity_id> known_; ///< In memory, or certainly without a row.
  night_book nights_;
  sequence nights_position_ = 0;
  timestamp last_at_{};
};

} // namespace reserve::persistence
