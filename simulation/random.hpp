#pragma once

#include "actors/protocols/ports.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace reserve::simulation {

/// Random numbers of our own (SplitMix64): the standard library's distributions differ from one library to the next, and a seed must give the same world
/// everywhere.
class generator {
public:
  explicit generator(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15ULL;
    auto mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31);
  }
  /// One of 0 .. n-1.
  std::uint64_t below(std::uint64_t n) noexcept { return n < 2 ? 0 : next() % n; }
  int between(int low, int high) noexcept { return low + static_cast<int>(below(static_cast<std::uint64_t>(high - low) + 1)); }
  /// True in `n` of a thousand.
  bool per_mille(unsigned n) noexcept { return below(1000) < n; }
  std::chrono::microseconds between(std::chrono::microseconds from, std::chrono::microseconds to) noexcept {
    return from + std::chrono::microseconds(below(static_cast<std::uint64_t>((to - from).count()) + 1));
  }
  /// A generator of its own for one subject, so that a change there does not shift every other choice.
  generator fork(std::string_view subject) noexcept {
    auto seed = next();
    for (const char c : subject)
      seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return generator(seed);
  }

private:
  std::uint64_t state_;
};

/// Ids from a generator.
class seeded_ids final : public random_port {
public:
  explicit seeded_ids(generator from) : from_(from) {}
  std::array<std::uint8_t, 16> bytes16() override {
    std::array<std::uint8_t, 16> out{};
    for (std::size_t half = 0; half < 2; ++half) {
      auto bits = from_.next();
      for (std::size_t i = 0; i < 8; ++i, bits >>= 8)
        out[half * 8 + i] = static_cast<std::uint8_t>(bits);
    }
    return out;
  }

private:
  generator from_;
};

} // namespace reserve::simulation
