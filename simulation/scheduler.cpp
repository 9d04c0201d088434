#include "simulation/scheduler.hpp"

namespace reserve::simulation {

bool seeded_scheduler::run_one() {
  if (jobs.empty())
    return false;
  const auto chosen = order_.below(jobs.size());
  std::swap(jobs.front(), jobs[chosen]);
  // Every job is one of our event-based actors; a cast that looks would cost more than a short handler.
  if (jobs.front()->subtype() == caf::resumable::scheduled_actor)
    log_.add(static_cast<caf::scheduled_actor*>(jobs.front())->id());
  return try_run_once();
}

simulated_config::simulated_config(generator& order, trace& log) {
  set("logger.verbosity", caf::atom("quiet"));
  module_factories.emplace_back([&order, &log](caf::actor_system& system) -> caf::actor_system::module* { return new seeded_scheduler(system, order, log); });
}

} // namespace reserve::simulation
