#pragma once

#include "actors/protocols/storage_port.hpp"
#include "persistence/core/memory_tables.hpp"
#include "persistence/core/projection_core.hpp"
#include "simulation/database.hpp"

namespace reserve::simulation {

/// The projected tables of a city: the real projection_core folds the log behind the commits, with lag.
///
/// Only the snapshots that actors load are kept, by entity; a fresh fold of the whole log into whole tables is a check of its own.
class projection {
public:
  struct kept {
    entity_snapshot snapshot;
    bool unfinished = false;
    bool operator==(const kept& other) const {
      return snapshot.seq == other.snapshot.seq && snapshot.kind == other.snapshot.kind && snapshot.data == other.snapshot.data && unfinished == other.unfinished;
    }
  };
  using table = std::map<entity_id, kept>;

  projection(surroundings& world, database& from, generator random, city_number number, std::string code);

  /// Called with the position after each transaction.
  void on_applied(std::function<void(sequence)> told) { told_ = std::move(told); }
  /// Something was committed: a transaction follows soon, or late.
  void wake();
  /// Writes everything now.
  void catch_up();
  /// The projector is a part of some process: a new one knows the tables only.
  void forget() { core_.forget(); }
  /// Stays this far behind from now on, in time.
  void hold_back(moment lag) { held_back_ = lag; }

  sequence position() const noexcept { return position_; }
  const table& snapshots() const noexcept { return snapshots_; }
  const kept* find(entity_id entity) const;

private:
  void round();

  surroundings& world_;
  database& from_;
  generator random_;
  const std::string code_;
  persistence::projection_core core_;
  std::function<void(sequence)> told_;
  table snapshots_;
  sequence position_ = 0;
  bool planned_ = false;
  moment held_back_{0};
};

/// Snapshots out of the rows of one projector transaction.
void keep_snapshots(const persistence::projected& rows, projection::table& into);

/// Reading of rows as one process does it: takes time, and may fail.
class storage final : public storage_port {
public:
  storage(surroundings& world, std::map<std::string, projection*> tables, generator random, agenda::owner me)
      : world_(world), tables_(std::move(tables)), random_(random), me_(me) {}

  void load(const std::string& city_code, entity_id entity, entity_kind kind, std::function<void(std::optional<loaded_entity>)> done) override;
  void load_all(const std::string& city_code, entity_kind kind,
                std::function<void(std::optional<std::pair<std::vector<entity_snapshot>, sequence>>)> done) override;
  void load_unfinished(const std::string& city_code, std::function<void(std::optional<std::vector<std::pair<entity_kind, entity_id>>>)> done) override;

  void dies() { alive_ = false; }

private:
  /// Reads after a moment; the answer arrives a moment later.
  template <class Answer>
  void read(std::function<Answer()> look, std::function<void(std::optional<Answer>)> done);

  surroundings& world_;
  std::map<std::string, projection*> tables_;
  generator random_;
  const agenda::owner me_;
  bool alive_ = true;
};

} // namespace reserve::simulation
