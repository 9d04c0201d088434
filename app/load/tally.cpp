#include "app/load/tally.hpp"

#include <bit>

namespace reserve::app::load {

void histogram::add(std::chrono::microseconds took) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count()));
  const auto width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width > bits + 1 ? width - bits - 1 : 0;
  ++buckets_[(std::size_t{shift} << bits) + (value >> shift)];
  ++count_;
}

double histogram::at(double share) const {
  if (count_ == 0)
    return 0;
  const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_ - 1)) + 1;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen < wanted)
      continue;
    const std::size_t shift = i < (std::size_t{2} << bits) ? 0 : (i >> bits) - 1;
    return static_cast<double>((i - (shift << bits)) << shift) / 1000.0;
  }
  return 0;
}

void tally::enter() {
  if (try_enter())
    return;
  // Woken when a quarter of the window is free: a generator that wakes for every answer costs more than the requests.
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return in_flight_.load() <= low_; });
  in_flight_.fetch_add(1);
}

bool tally::try_enter() {
  if (in_flight_.load() >= window_)
    return false;
  in_flight_.fetch_add(1);
  return true;
}

void tally::dropped() {
  const std::lock_guard lock(mutex_);
  ++all_.dropped;
  if (measuring_)
    ++measured_.dropped;
}

void tally::end(std::uint32_t number, steady::time_point due, ending how) {
  const auto now = steady::now();
  {
    const std::lock_guard lock(mutex_);
    const auto count = [how](counts& in) {
      switch (how) {
        case ending::accepted: ++in.accepted; break;
        case ending::refused: ++in.refused; break;
        case ending::overloaded: ++in.overloaded; break;
        case ending::failed: ++in.failed; break;
      }
    };
    count(all_);
    if (measuring_)
      count(measured_);
    if (how == latency_of_ && due >= kept_from_)
      latencies_.add(std::chrono::duration_cast<std::chrono::microseconds>(now - due));
    if (how == ending::accepted)
      accepted_.push_back(number);
  }
  leave();
}

void tally::leave() {
  const auto left = in_flight_.fetch_sub(1) - 1;
  if (left != low_ && left != 0)
    return;
  const std::lock_guard lock(mutex_);
  room_.notify_all();
}

void tally::drain() {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return in_flight_.load() == 0; });
}

void tally::start_measuring(steady::time_point now) {
  const std::lock_guard lock(mutex_);
  measuring_ = true;
  kept_from_ = now;
}

void tally::stop_measuring() {
  const std::lock_guard lock(mutex_);
  measuring_ = false;
}

counts tally::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

counts tally::measured() const {
  const std::lock_guard lock(mutex_);
  return measured_;
}

} // namespace reserve::app::load
