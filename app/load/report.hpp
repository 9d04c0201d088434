#pragma once

#include "app/load/tally.hpp"
#include "app/load/usage.hpp"

#include <optional>

namespace reserve::app::load {

/// What the database says after a run.
struct verdict {
  std::uint64_t added = 0;      ///< Intents of this run that are there.
  std::uint64_t missing = 0;    ///< Acknowledged and not there.
  std::uint64_t surplus = 0;    ///< There and not acknowledged: only those may be whose answer was lost.
  std::uint64_t overbooked = 0; ///< Nights of the city.
  std::optional<bool> rebuilt_equal; ///< The fold of the journal gives the same tables; nullopt = not asked.
  bool answers_right = true;    ///< Of a load that must be refused: nothing was accepted.

  bool ok(const counts& all) const noexcept {
    return missing == 0 && surplus <= all.failed && overbooked == 0 && rebuilt_equal.value_or(true) && answers_right;
  }
};

/// Everything that is told about one run.
struct report {
  counts all, measured;
  histogram latencies;
  double measured_seconds = 0;
  double caught_up_seconds = 0; ///< From the first request until the tables had everything; 0 = not told.
  cpu_time cpu;                 ///< While it was measured.
  cpu_time cpu_caught_up;       ///< From the first request until the tables had everything.
  load_kind what = load_kind::holds;
  verdict database;
  bool checked = true; ///< false: nobody has looked at the database.

  /// Requests that were answered as this load wants them, in the measured time.
  std::uint64_t good() const noexcept { return what == load_kind::refusals ? measured.refused : measured.accepted; }
};

void print(const report& of);
/// One flat object; see docs/performance.md.
std::string to_json(const report& of);

} // namespace reserve::app::load
