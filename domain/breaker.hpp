#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string_view>

namespace reserve {

/// Circuit breaker of spec 10§11 on steady time (a plain duration since some start): counters are memory, a restart closes it.
class circuit_breaker {
public:
  using instant = std::chrono::milliseconds;
  enum class state : std::uint8_t { closed, open, half_open };
  struct limits {
    int failures = 5;
    std::chrono::milliseconds window{60000}, open_for{30000};
  };
  struct change {
    bool opened = false, closed = false;
  };

  explicit circuit_breaker(limits numbers) : limits_(numbers) {}

  /// Would a call be sent now? Asks only: when two breakers must both say yes, neither may have given its probe away for nothing.
  bool can_admit(instant now) const noexcept;
  /// May a call be sent now? In half_open only the one probe (BR3, BR6).
  bool admit(instant now);
  change succeeded(instant now, bool was_probe);
  change failed(instant now, bool was_probe);
  /// BR1: the health check has been failing for 30 s.
  change trip(instant now);
  /// BR4: a good health check before the window is over stops the outage clock only.
  state now_is(instant now) const noexcept;
  /// Since when it is not closed; what the outage timeline counts from.
  bool is_open(instant now) const noexcept { return now_is(now) == state::open; }

private:
  limits limits_;
  state state_ = state::closed;
  std::deque<instant> failures_;
  instant opened_at_{};
  bool probing_ = false;
};

std::string_view name_of(circuit_breaker::state state) noexcept;

} // namespace reserve
