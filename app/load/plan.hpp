#pragma once

#include "app/commands.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

namespace reserve::app::load {

using steady = std::chrono::steady_clock;

/// Which unit and which arrival the next guest wants. The same numbers give the same wishes.
class chooser {
public:
  /// `days`: arrivals are 0 .. days - 1 days after the first one.
  chooser(std::size_t units, int days, const load_options& wishes);
  std::size_t unit() { return hot_ ? *hot_ : pick_(random_); }
  int day() { return static_cast<int>(random_() % static_cast<unsigned>(days_)); }

private:
  int days_;
  std::optional<std::size_t> hot_;
  std::mt19937 random_;
  std::discrete_distribution<std::size_t> pick_;
};

/// When requests leave, and which of them count: a closed loop sends the next one when an answer has made room, an open loop at a given rate whatever the answers
/// do. An open loop's latency starts when the request was to leave, so a stalled server is not hidden by a generator that waits for it.
class plan {
public:
  plan(const load_options& options, steady::time_point start);

  bool open_loop() const noexcept { return rate_ > 0; }
  /// When request `number` is to leave (open loop).
  steady::time_point leaves_at(std::size_t number) const;
  /// Has the warm-up passed?
  bool warm(steady::time_point now) const noexcept { return now >= warm_at_; }
  /// Now is when what is measured begins: the end is counted from here, also when a slow answer has held the generator up.
  void start_measuring(steady::time_point now);
  bool timed() const noexcept { return length_.count() > 0; }
  /// Is request `number` one too many?
  bool ended(std::size_t number, steady::time_point now) const noexcept { return timed() ? until_ && now >= *until_ : number >= requests_; }

private:
  steady::time_point start_, warm_at_;
  steady::duration length_{}; ///< Of what is measured; 0 = as long as the requests take.
  std::optional<steady::time_point> until_;
  std::size_t requests_;
  double rate_;
};

/// Sessions of one run: `load-<mark>-<number>`. No two runs share one, else the second would meet its own holds of the first as replays.
class run_mark {
public:
  run_mark();
  const std::string& prefix() const noexcept { return prefix_; }
  std::string session(std::size_t number) const { return prefix_ + std::to_string(number); }

private:
  std::string prefix_;
};

} // namespace reserve::app::load
