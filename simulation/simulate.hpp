#pragma once

#include "simulation/faults.hpp"
#include "simulation/promises.hpp"

#include <functional>
#include <optional>
#include <string>

namespace reserve::simulation {

/// One simulated life of a city: everything that happens follows from this.
struct scenario {
  std::uint64_t seed = 1;
  int days = 3;
  int guests_per_day = 12;
  fault_set faults = fault_set::all();
  bool fenced = true; ///< false takes the fence of the journal away, to see that the simulator notices.

  /// The arguments of `reserve simulate` that give it again.
  std::string text() const;
};

/// How it went.
struct run_report {
  std::uint64_t hash = 0; ///< Of the trace: equal for equal scenarios, on every machine.
  std::optional<broken_promise> broken;
  moment when{0};         ///< Of the breach.
  std::uint64_t records = 0, steps = 0, guests = 0, crashes = 0;
};

using trace_sink = std::function<void(moment, const std::string&)>;

/// Lives through the days, lets the world come to rest, and checks. Never throws: an exception is a broken promise too.
run_report simulate(const scenario& what, const trace_sink& lines = {});

/// A smaller scenario that breaks the same promise: fewer days, fewer guests, fewer faults. `tries` runs at most.
scenario shrink(const scenario& broken, int tries = 150);

} // namespace reserve::simulation
