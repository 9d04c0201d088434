#pragma once

#include "actors/protocols/record.hpp"

#include <span>
#include <string>
#include <vector>

namespace reserve::persistence {

/// What an event has changed, where the event alone does not say it: made by the fold that keeps the states, for the projections behind it that keep none.
/// Stored with the hot position until all of them have passed, so that they go on after a crash. A hold and everything else that says it all has none.
struct trace {
  sequence seq = 0;
  std::uint32_t n = 0; ///< Place of the event in its record.
  std::string before, after;         ///< Status of the entity.
  uuid intent{}, reservation{};      ///< Whom it concerns; nil = nobody.
  date nights_from{}, nights_until{}; ///< Nights whose counters it moved.

  bool operator==(const trace&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.seq, self.n, self.before, self.after, self.intent, self.reservation, self.nights_from, self.nights_until);
  }
};

/// Finds traces while records are read in their order.
class trace_reader {
public:
  explicit trace_reader(std::span<const trace> ascending) : rest_(ascending) {}

  /// nullptr: the event has none. Calls must ascend.
  const trace* find(sequence seq, std::uint32_t n) {
    while (!rest_.empty() && (rest_.front().seq < seq || (rest_.front().seq == seq && rest_.front().n < n)))
      rest_ = rest_.subspan(1);
    return !rest_.empty() && rest_.front().seq == seq && rest_.front().n == n ? &rest_.front() : nullptr;
  }

private:
  std::span<const trace> rest_;
};

} // namespace reserve::persistence
