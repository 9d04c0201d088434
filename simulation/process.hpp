#pragma once

#include "actors/city_engine.hpp"
#include "simulation/gate.hpp"
#include "simulation/ports.hpp"
#include "simulation/projection.hpp"
#include "simulation/scheduler.hpp"
#include "simulation/town.hpp"
#include "simulation/zones.hpp"

namespace reserve::simulation {

/// One `reserve serve` of the simulated world: the real actors of the platform log and of one city on a seeded scheduler, their ports on the world's models.
/// It can die at any message; whatever it sent to the outside before goes on there.
class process {
public:
  /// What is outside of it.
  struct outside {
    surroundings& world;
    database& rows;
    host_world& host;
    provider_world& providers;
    std::map<std::string, projection*> tables;
    random_port& ids;
    zone_port& zones;
  };

  process(const outside& all, agenda::owner id, generator random);
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  /// Takes its cities as soon as their lease rows are free, and starts them.
  void start();
  bool started() const noexcept { return city_ != nullptr; }
  agenda::owner id() const noexcept { return id_; }

  bool has_job() const;
  /// One message of one actor.
  void run_one();
  /// Makes sure that its timers are on the agenda.
  void plan_timers();

  /// Stands still (SIGSTOP) until wakes_up().
  void falls_asleep();
  void wakes_up();
  bool asleep() const noexcept { return asleep_; }
  /// A city of it went to somebody else: it is to be ended.
  bool has_lost() const noexcept { return lost_; }
  /// Commands of this city are taken now.
  bool serves(city_number number) const;

  /// A command to an entity of the city.
  void send(command_ptr what);
  actors::city_engine* city() noexcept { return city_.get(); }
  actors::city_engine* platform() noexcept { return platform_.get(); }
  gate& journal() noexcept { return gate_; }
  actors::host_connector& host() noexcept { return connector_; }
  /// This actor throws at its next message; false: it is not there.
  /// Has the entity an actor now?
  bool runs(entity_id entity) const;
  bool crash_actor(entity_id entity);
  /// A stored webhook goes to the inbox of its city.
  void hand_webhook(const handle_webhook& what);

private:
  std::unique_ptr<actors::city_context> context_of(const city_lease& lease);
  void tick();
  void there_is_work();
  void look_at_inbox();
  std::optional<moment> next_due() const;

  outside all_;
  const agenda::owner id_;
  generator random_, order_;
  gate gate_;
  storage storage_;
  host_line host_line_;
  payment_line payment_line_;
  safe vault_;
  actors::host_connector connector_;
  actors::payment_gateway payments_;
  simulated_config config_;
  std::unique_ptr<caf::actor_system> system_;
  seeded_scheduler* scheduler_ = nullptr;
  std::unique_ptr<actors::city_engine> platform_, city_;
  std::optional<moment> planned_; ///< Of the next tick.
  moment next_sweep_{0}, next_inbox_{0}, stuck_until_{0};
  int sweeps_left_ = 0;
  bool asleep_ = false, lost_ = false;
};

} // namespace reserve::simulation
