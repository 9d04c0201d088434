#include "simulation/agenda.hpp"

#include <algorithm>

namespace reserve::simulation {

void agenda::at(moment when, owner who, std::function<void()> what) {
  heap_.push_back({std::max(when, clock_.now()), ++made_, who, std::move(what)});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

std::optional<moment> agenda::next() const {
  return heap_.empty() ? std::nullopt : std::optional(heap_.front().when);
}

bool agenda::run_next() {
  if (heap_.empty())
    return false;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  auto one = std::move(heap_.back());
  heap_.pop_back();
  clock_.reach(one.when);
  if (paused_.contains(one.who))
    held_.push_back(std::move(one));
  else
    one.what();
  return true;
}

void agenda::drop(owner who) {
  const auto belongs = [&](const entry& one) { return one.who == who; };
  // Moved out first: an entry's destructor may answer somebody, who writes into the agenda.
  std::vector<entry> gone;
  for (auto* list : {&heap_, &held_}) {
    const auto rest = std::stable_partition(list->begin(), list->end(), [&](const entry& one) { return !belongs(one); });
    gone.insert(gone.end(), std::make_move_iterator(rest), std::make_move_iterator(list->end()));
    list->erase(rest, list->end());
  }
  std::make_heap(heap_.begin(), heap_.end(), later);
  paused_.erase(who);
}

void agenda::resume(owner who) {
  paused_.erase(who);
  std::vector<entry> due;
  for (auto& one : std::exchange(held_, {}))
    (one.who == who ? due : held_).push_back(std::move(one));
  for (auto& one : due)
    at(clock_.now(), who, std::move(one.what));
}

} // namespace reserve::simulation
