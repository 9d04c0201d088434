#pragma once

#include "simulation/agenda.hpp"
#include "simulation/faults.hpp"
#include "simulation/random.hpp"
#include "simulation/trace.hpp"

namespace reserve::simulation {

/// What every part of a world shares.
struct surroundings {
  virtual_clock clock;
  agenda plan{clock};
  trace log;
  fault_set faults; ///< What may go wrong now; emptied when the world is to come to rest.

  /// Happens `n` times in a thousand while this fault is on. The die is thrown in any case: without this fault everything else stays as it was, as far as it can.
  bool strikes(fault which, unsigned n, generator& random) const {
    const bool thrown = random.per_mille(n);
    return thrown && faults.has(which);
  }
};

} // namespace reserve::simulation
