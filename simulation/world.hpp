#pragma once

#include "actors/city_context.hpp"
#include "simulation/front_door.hpp"
#include "simulation/projection.hpp"
#include "simulation/providers.hpp"
#include "simulation/town.hpp"
#include "simulation/zones.hpp"

namespace reserve::simulation {

/// A whole world in one thread: the database, the outside systems, and the processes that serve the city. The seed decides everything, so it can be had again.
class world {
public:
  struct options {
    std::uint64_t seed = 1;
    fault_set faults;
    town_plan town;
  };

  /// Founds the town through the product's own commands and serves it.
  explicit world(options wanted);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// One message of one actor, or the next thing on the agenda; false: nothing happens any more before `until`.
  bool step(moment until = moment::max());
  void run_for(moment span);
  void run_until(moment when);
  /// Runs until `is_so`, at most for `patience`; whether it came to be.
  bool run_until(const std::function<bool()>& is_so, moment patience = std::chrono::minutes(1));

  /// Sends a command to whoever serves the city now, and lets the world run until it is answered.
  answer ask(command_ptr what);
  void tell(command_ptr what, front_door::listener then);
  /// A command as a caller of this kind makes it.
  static command_ptr order(entity_kind kind, entity_id entity, command_body body, caller who = {actor_kind::service, {}, {}});

  /// The process that is asked; null between a crash and the next start.
  process* serving() noexcept;
  /// kill -9.
  void crash();
  void start();
  void restart() {
    crash();
    start();
  }
  /// The serving process stands still, and another one takes the city when the lease is over.
  void take_over();
  /// The sleeper goes on.
  void wake_sleeper();
  bool has_sleeper() const noexcept { return sleeper_ != nullptr; }
  /// Everything that was committed is in the tables.
  void catch_up();

  actors::city_context& city();
  /// The actor of this entity throws at its next message; false: nobody is there.
  bool runs(entity_id entity) const;
  bool crash_actor(entity_id entity);
  /// The serving process has no connection to the database for so long.
  void cut_off(moment span);
  bool serves() const;
  const town_plan& plan() const noexcept { return options_.town; }
  timestamp now() const { return env.clock.wall(); }
  const projection& tables() const noexcept { return town_tables_; }
  projection& tables() noexcept { return town_tables_; }
  const projection& platform_tables() const noexcept { return platform_tables_; }
  const std::vector<committed_record>& log() const { return rows.log(town_code); }
  std::uint64_t steps() const noexcept { return steps_; }

  surroundings env;
  generator random;
  database rows;
  host_world host;
  provider_world providers;
  front_door door;
  small_zones zones;
  seeded_ids ids;
  /// Sees every committed record.
  std::function<void(const record&)> on_record;
  /// Webhooks reach us after so long, when nothing goes wrong.
  moment webhook_delay{std::chrono::milliseconds(200)};
  bool deliver_webhooks = true;

private:
  void found_town();
  void webhook(const std::string& dedup_key, handle_webhook what);
  void deliver(const std::string& dedup_key, handle_webhook what, int tries);
  std::unique_ptr<process> make_process();
  void bury_lost();
  bool overtakes(moment next);

  const options options_;
  projection town_tables_, platform_tables_;
  generator order_, network_;
  agenda::owner last_process_ = agenda::nobody;
  std::unique_ptr<process> serving_, sleeper_;
  std::uint64_t steps_ = 0;
};

} // namespace reserve::simulation
