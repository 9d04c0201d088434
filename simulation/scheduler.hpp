#pragma once

#include "simulation/random.hpp"
#include "simulation/trace.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

namespace reserve::simulation {

/// CAF's scheduler for tests, where the seed chooses which of the ready actors handles its next message. Each mailbox stays in order. No threads.
class seeded_scheduler final : public caf::scheduler::test_coordinator {
public:
  seeded_scheduler(caf::actor_system& system, generator& order, trace& log) : test_coordinator(system), order_(order), log_(log) {}

  /// One message of one actor; false: nobody has any.
  bool run_one();

private:
  generator& order_;
  trace& log_;
};

/// An actor system on a seeded scheduler.
class simulated_config final : public caf::actor_system_config {
public:
  simulated_config(generator& order, trace& log);
};

} // namespace reserve::simulation
