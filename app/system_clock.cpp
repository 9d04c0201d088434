#include "app/system_clock.hpp"

#include <spdlog/spdlog.h>

#include <time.h>

namespace reserve::app {

namespace {

/// Steady time that also passes while the machine sleeps: a suspended machine has not stepped its clock.
std::chrono::microseconds since_boot() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

} // namespace

system_clock::system_clock(millis offset) : offset_(offset), guard_(machine(), since_boot()) {
  // nop
}

timestamp system_clock::machine() {
  return timestamp(std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()).time_since_epoch());
}

timestamp system_clock::wall() const {
  return guard_.now(machine(), since_boot()) + std::chrono::duration_cast<std::chrono::microseconds>(offset_.load());
}

std::chrono::milliseconds system_clock::steady() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

std::chrono::seconds system_clock::advance(std::chrono::seconds by) {
  auto seen = offset_.load();
  while (!offset_.compare_exchange_weak(seen, seen + millis(by))) {
  }
  return std::chrono::floor<std::chrono::seconds>(offset_.load());
}

void system_clock::observe() {
  const auto follows = guard_.observe(machine(), since_boot());
  if (!follows && !told_)
    spdlog::error("the machine's clock is not followed: it is more than 2 s away from steady time or from the database's clock");
  if (follows && told_)
    spdlog::warn("the machine's clock is followed again");
  told_ = !follows;
}

void system_clock::database_said(timestamp database, timestamp asked_at) {
  guard_.database_said(database, asked_at, machine());
}

} // namespace reserve::app
