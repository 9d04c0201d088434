#pragma once

#include "actors/protocols/storage_port.hpp"
#include "persistence/core/memory_tables.hpp"
#include "persistence/core/projection_core.hpp"
#include "simulation/database.hpp"

namespace reserve::simulation {

/// The projected tables of a city: the real folds write the log behind the commits, with lag.
///
/// Kept are the tables of the states, which actors load, and of the nights. What comes from events alone nobody here reads: it is folded once, with the fresh fold
/// of the whole log, and its rows are let go.
class projection {
public:
  struct kept {
    entity_snapshot snapshot;
    bool unfinished = false;
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
  void forget();
  /// Stays this far behind from now on, in time.
  void hold_back(moment lag) { held_back_ = lag; }

  sequence position() const { return tables_.position(); }
  /// States as actors load them: all, or those of one kind.
  table snapshots(std::optional<entity_kind> only = std::nullopt) const { return snapshots_of(tables_, only); }
  std::optional<entity_snapshot> find(entity_kind kind, entity_id entity) const;
  /// What a fresh fold of a whole log gives.
  static table fold_again(city_number number, const std::string& code, const std::vector<committed_record>& log);

private:
  void round();
  static table snapshots_of(const persistence::memory_tables& tables, std::optional<entity_kind> only);
  /// Writes states and nights of these records, and folds the rest when it is wanted.
  static persistence::projected write(persistence::projection_core& core, persistence::memory_tables& into, city_number number, const std::string& code,
                              const std::vector<committed_record>& records, bool with_logs);

  surroundings& world_;
  database& from_;
  generator random_;
  const city_number number_;
  const std::string code_;
  persistence::projection_core core_;
  std::function<void(sequence)> told_;
  persistence::memory_tables tables_;
  bool planned_ = false;
  moment held_back_{0};
};

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
