#pragma once

#include "app/load/plan.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

namespace reserve::app::load {

/// Latencies in microseconds, kept to within 1 %, in constant memory.
class histogram {
public:
  void add(std::chrono::microseconds took);
  /// The latency in milliseconds that this share of the requests did not exceed; 0 when there is none.
  double at(double share) const;
  std::uint64_t count() const noexcept { return count_; }

private:
  static constexpr unsigned bits = 7; ///< Steps of 1/128 of the value.
  std::array<std::uint64_t, (64 - bits + 1) << bits> buckets_{};
  std::uint64_t count_ = 0;
};

/// How a request ended.
enum class ending : std::uint8_t { accepted, refused, overloaded, failed };

struct counts {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;    ///< A rule said no.
  std::uint64_t overloaded = 0; ///< 429 or 503 with no effect: told to come again.
  std::uint64_t failed = 0;     ///< Anything else: no answer, effect unknown.
  std::uint64_t dropped = 0;    ///< Open loop: never sent, because the limit of requests in flight was reached.
};

/// What came back, and how many requests are under way. One thread sends; answers come on any thread.
class tally {
public:
  /// `latency_of`: whose latencies are kept.
  tally(std::size_t window, ending latency_of) : window_(window), low_(window - window / 4 - 1), latency_of_(latency_of) {}

  /// Waits until there is room for one more request, and takes it.
  void enter();
  /// Takes room when there is some.
  bool try_enter();
  /// The request could not be sent for want of room.
  void dropped();
  /// Request `number`, due to leave at `due`, has ended.
  void end(std::uint32_t number, steady::time_point due, ending how);
  /// Waits for the last answer.
  void drain();

  /// Answers that come from now on are counted into `measured` as well; latencies of requests due from now on are kept.
  void start_measuring(steady::time_point now);
  void stop_measuring();

  // Once drained:
  counts all() const;
  counts measured() const;
  const histogram& latencies() const noexcept { return latencies_; }
  /// Numbers of the accepted requests.
  const std::vector<std::uint32_t>& accepted() const noexcept { return accepted_; }

private:
  void leave();

  const std::size_t window_, low_;
  const ending latency_of_;
  std::atomic<std::size_t> in_flight_{0};
  mutable std::mutex mutex_;
  std::condition_variable room_;
  counts all_, measured_;
  bool measuring_ = false;
  steady::time_point kept_from_ = steady::time_point::max();
  histogram latencies_;
  std::vector<std::uint32_t> accepted_;
};

} // namespace reserve::app::load
