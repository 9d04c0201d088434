#pragma once

#include "persistence/core/journal_core.hpp"
#include "simulation/database.hpp"

namespace reserve::simulation {

/// The journal writer of one simulated process: the real journal_core, driven by the agenda instead of a thread, over the simulated database.
class gate final : public journal_gate {
public:
  gate(surroundings& world, database& into, generator random, agenda::owner me);

  /// Called when a city turns out to be somebody else's.
  void on_loss(std::function<void(const std::string&)> told) { lost_ = std::move(told); }
  void add_city(const city_lease& lease, std::vector<committed_record> tail);
  /// No connection until then: appends are not sent, and the lease is not renewed.
  void cut_off(moment until) { away_until_ = std::max(away_until_, until); }
  /// The process stands still from now on: its lease runs out behind its back.
  void falls_asleep();
  /// It goes on: past its lease it answers nobody until a renewal succeeds.
  void wakes_up();
  /// The process is gone: nothing is taken, nobody is told.
  void dies();

  void open(city_number city, entity_id entity, std::shared_ptr<entity_port> port) override;
  void close(entity_id entity, incarnation which) override;
  void submit(std::vector<record_ptr>& records) override;
  void withdraw(entity_id asker, incarnation which) override;
  void applied(city_number city, sequence seq) override;
  bool online(city_number city) const noexcept override;
  std::pair<std::uint64_t, sequence> head(city_number city) const noexcept override { return core_.head(city); }

  bool idle() const { return inbox_.empty() && core_.idle(); }

private:
  using job = std::function<void(persistence::journal_core&)>;
  void post(job what);
  void turn();
  void send();
  void completed(const append_outcome& outcome);
  void resolve();
  void renew();
  void deliver();

  surroundings& world_;
  database& into_;
  generator random_;
  const agenda::owner me_;
  persistence::journal_core core_;
  std::function<void(const std::string&)> lost_;
  std::vector<job> inbox_;
  bool turn_planned_ = false, sending_ = false, connected_ = true, alive_ = true;
  moment away_until_{0};
  std::optional<moment> trusted_until_; ///< Nothing: the lease is being renewed all the time.
};

} // namespace reserve::simulation
