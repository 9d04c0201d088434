#pragma once

#include "actors/protocols/ports.hpp"

namespace reserve::simulation {

/// Time since the world began.
using moment = std::chrono::microseconds;

/// The world's clock: stands still until the agenda moves it. The wall clock can be set apart from steady time, as an operator or NTP would.
class virtual_clock final : public clock_port {
public:
  static constexpr timestamp beginning{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + std::chrono::hours(12)};

  timestamp wall() const override { return beginning + now_ + step_; }
  std::chrono::milliseconds steady() const override { return std::chrono::duration_cast<std::chrono::milliseconds>(now_) + start_of_steady; }

  moment now() const noexcept { return now_; }
  moment offset() const noexcept { return step_; }
  void reach(moment when) noexcept { now_ = std::max(now_, when); }
  void step_wall(moment by) noexcept { step_ += by; }

private:
  /// As on a machine that has run for a while.
  static constexpr std::chrono::milliseconds start_of_steady{1'000'000};
  moment now_{0}, step_{0};
};

} // namespace reserve::simulation
