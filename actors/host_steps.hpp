#pragma once

#include "domain/calendar.hpp"
#include "domain/id.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>

namespace reserve::actors {

/// Our own steps at the Host, by unit and nights: open from before the call until its answer has been committed. What the Host says about a night while such a step
/// is open may or may not contain it (spec 10§14.1, commit-protocol §10). Any thread; memory only, as an open step of an earlier life begins with a look-up.
class host_steps {
public:
  using moment = std::uint64_t;

  /// Opens the step of a reservation, or leaves it open.
  void begin(reservation_id whose, unit_id unit, stay nights) {
    const std::lock_guard lock(mutex_);
    open_.try_emplace(whose, step{unit, nights, 0});
  }
  void end(reservation_id whose) {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(whose);
    if (found == open_.end())
      return;
    found->second.ended = ++now_;
    ended_.push_back(found->second);
    open_.erase(found);
    if (ended_.size() > remembered) {
      forgotten_ = ended_.front().ended;
      ended_.pop_front();
    }
  }

  /// Now, to be asked about later: take it before a request is sent.
  moment mark() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  bool open_on(unit_id unit, const stay& nights) const {
    const std::lock_guard lock(mutex_);
    return is_open(unit, nights);
  }
  /// Was one of these nights touched by a step that was open at some time since `from`? Also when that is forgotten.
  bool touched(unit_id unit, const stay& nights, moment from) const {
    const std::lock_guard lock(mutex_);
    return from < forgotten_ || is_open(unit, nights) ||
           std::any_of(ended_.begin(), ended_.end(), [&](const step& one) { return one.ended > from && one.unit == unit && one.nights.overlaps(nights); });
  }

private:
  static constexpr std::size_t remembered = 4096;
  struct step {
    unit_id unit{};
    stay nights{};
    moment ended = 0;
  };
  bool is_open(unit_id unit, const stay& nights) const {
    return std::any_of(open_.begin(), open_.end(), [&](const auto& one) { return one.second.unit == unit && one.second.nights.overlaps(nights); });
  }

  mutable std::mutex mutex_;
  std::map<reservation_id, step> open_;
  std::deque<step> ended_;
  moment now_ = 0, forgotten_ = 0;
};

} // namespace reserve::actors
