#pragma once

#include "app/commands.hpp"

#include "config/config.hpp"

namespace reserve::app::load {

/// What became of holds that are all due within one second, and of other work meanwhile (proof.md P10).
struct expiry_report {
  std::uint64_t holds = 0;     ///< Placed.
  std::uint64_t released = 0;  ///< Ended by the city.
  std::uint64_t early = 0;     ///< Ended before they were due.
  std::uint64_t in_time = 0;   ///< Whose end was committed a second after the last one was due.
  double due_within_s = 0;     ///< From the first deadline to the last one.
  double latest_s = 0;         ///< From a hold's deadline to the decision that ended it, at most.
  double p99_before_ms = 0, p99_meanwhile_ms = 0; ///< Of other holds, at a constant rate.

  bool ok() const noexcept { return early == 0 && released == holds; }
};

/// Places `options.requests` holds that are due in the same second, and measures. `options.rate`: other holds a second, from a few seconds before to a few after it.
expiry_report run_expiry(const config::config& values, const load_options& options);
void print(const expiry_report& of);
std::string to_json(const expiry_report& of);

} // namespace reserve::app::load
