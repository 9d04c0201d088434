#pragma once

#include "domain/civil.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace reserve::actors {

/// Which clock the cities follow (commit-protocol §6): the machine's, as long as it agrees with steady time and with PostgreSQL's clock. From the moment it is more than
/// two seconds away from either, time goes on steadily from where it was, until both agree again. Any thread.
class clock_guard {
public:
  using microseconds = std::chrono::microseconds;
  static constexpr std::chrono::seconds tolerance{2};

  clock_guard(timestamp machine, microseconds steady) : base_(offset(machine, steady)) {}

  /// The time to follow, from one reading of both clocks.
  timestamp now(timestamp machine, microseconds steady) const noexcept {
    const auto by_steady = timestamp(steady + microseconds(base_.load(std::memory_order_relaxed)));
    return database_agrees_.load(std::memory_order_relaxed) && near(machine, by_steady) ? machine : by_steady;
  }

  /// Called again and again by who owns time: small steps are followed, so that they never add up. true: the machine's clock is followed.
  bool observe(timestamp machine, microseconds steady) noexcept {
    const auto by_steady = timestamp(steady + microseconds(base_.load(std::memory_order_relaxed)));
    const bool follows = database_agrees_.load(std::memory_order_relaxed) && near(machine, by_steady);
    if (follows)
      base_.store(offset(machine, steady), std::memory_order_relaxed);
    trusted_.store(follows, std::memory_order_relaxed);
    return follows;
  }

  /// PostgreSQL's clock, read between two readings of the machine's.
  void database_said(timestamp database, timestamp machine_before, timestamp machine_after) noexcept {
    database_agrees_.store(database + tolerance >= machine_before && database <= machine_after + tolerance, std::memory_order_relaxed);
  }

  bool trusted() const noexcept { return trusted_.load(std::memory_order_relaxed); }

private:
  static std::int64_t offset(timestamp machine, microseconds steady) noexcept { return (machine.time_since_epoch() - steady).count(); }
  static bool near(timestamp one, timestamp other) noexcept { return one <= other + tolerance && other <= one + tolerance; }

  std::atomic<std::int64_t> base_; ///< Wall time at steady time zero, microseconds.
  std::atomic<bool> database_agrees_{true}, trusted_{true};
};

} // namespace reserve::actors
