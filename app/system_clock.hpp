#pragma once

#include "config/config.hpp"

#include "actors/clock_guard.hpp"
#include "actors/protocols/ports.hpp"

#include <atomic>

namespace reserve::app {

/// The machine's clock behind its guard, with the test offset on top (spec 50§13.5). The offset only grows.
class system_clock final : public clock_port {
public:
  explicit system_clock(millis offset);
  timestamp wall() const override;
  std::chrono::milliseconds steady() const override;
  std::chrono::seconds advance(std::chrono::seconds by);

  /// Compares the clocks; called several times a second.
  void observe();
  /// What PostgreSQL's clock said; `asked_at` is machine() before it was asked.
  void database_said(timestamp database, timestamp asked_at);
  /// The machine's clock is followed.
  bool trusted() const noexcept { return guard_.trusted(); }
  static timestamp machine();

private:
  std::atomic<millis> offset_;
  actors::clock_guard guard_;
  bool told_ = false; ///< That it is not followed: once, not every turn.
};

} // namespace reserve::app
