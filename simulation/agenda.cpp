#include "simulation/agenda.hpp"

#include <algorithm>
#include <utility>

namespace reserve::simulation {

void agenda::at(moment when, owner who, std::function<void()> what) {
  std::size_t place = deeds_.size();
  if (free_.empty()) {
    deeds_.push_back({who, std::move(what)});
  } else {
    place = free_.back();
    free_.pop_back();
    deeds_[place] = {who, std::move(what)};
  }
  heap_.push_back({std::max(when, clock_.now()), ++made_, place});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

agenda::deed agenda::take(std::size_t place) {
  free_.push_back(place);
  return std::exchange(deeds_[place], {nobody, {}});
}

std::optional<moment> agenda::next() const {
  return heap_.empty() ? std::nullopt : std::optional(heap_.front().when);
}

bool agenda::run_next() {
  if (heap_.empty())
    return false;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  clock_.reach(heap_.back().when);
  auto one = take(heap_.back().place);
  heap_.pop_back();
  if (paused_.contains(one.who))
    held_.push_back(std::move(one));
  else
    one.what();
  return true;
}

void agenda::drop(owner who) {
  // Moved out first: a deed's destructor may answer somebody, who writes into the agenda.
  std::vector<deed> gone;
  std::erase_if(heap_, [&](const entry& one) {
    if (deeds_[one.place].who != who)
      return false;
    gone.push_back(take(one.place));
    return true;
  });
  std::make_heap(heap_.begin(), heap_.end(), later);
  const auto rest = std::stable_partition(held_.begin(), held_.end(), [&](const deed& one) { return one.who != who; });
  gone.insert(gone.end(), std::make_move_iterator(rest), std::make_move_iterator(held_.end()));
  held_.erase(rest, held_.end());
  paused_.erase(who);
}

void agenda::resume(owner who) {
  paused_.erase(who);
  std::vector<deed> due;
  for (auto& one : std::exchange(held_, {}))
    (one.who == who ? due : held_).push_back(std::move(one));
  for (auto& one : due)
    at(clock_.now(), who, std::move(one.what));
}

} // namespace reserve::simulation
