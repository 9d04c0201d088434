#pragma once

#include "simulation/clock.hpp"

#include <functional>
#include <optional>
#include <set>
#include <vector>

namespace reserve::simulation {

/// What happens when: the world's future. Whoever wants something later puts it here; the clock jumps from one entry to the next.
class agenda {
public:
  /// Who an entry belongs to: its process, or nobody (the outside world).
  using owner = std::uint64_t;
  static constexpr owner nobody = 0;

  explicit agenda(virtual_clock& clock) : clock_(clock) {}

  void after(moment wait, owner who, std::function<void()> what) { at(clock_.now() + wait, who, std::move(what)); }
  void at(moment when, owner who, std::function<void()> what);

  std::optional<moment> next() const;
  /// Moves the clock to the next entry and runs it; false: there is none.
  bool run_next();
  /// The process is gone: nothing of it happens any more.
  void drop(owner who);
  /// The process stands still: what falls due meanwhile happens when it goes on.
  void pause(owner who) { paused_.insert(who); }
  void resume(owner who);

private:
  struct deed {
    owner who;
    std::function<void()> what;
  };
  /// What the heap moves about: small, the deed stays in its place.
  struct entry {
    moment when;
    std::uint64_t order; ///< Entries of the same moment run in the order in which they were made.
    std::size_t place;
  };
  deed take(std::size_t place);
  static bool later(const entry& a, const entry& b) noexcept { return a.when != b.when ? a.when > b.when : a.order > b.order; }

  virtual_clock& clock_;
  std::uint64_t made_ = 0;
  std::vector<entry> heap_;
  std::vector<deed> deeds_;
  std::vector<std::size_t> free_; ///< Places of deeds_.
  std::vector<deed> held_;        ///< Of paused processes, due.
  std::set<owner> paused_;
};

} // namespace reserve::simulation
