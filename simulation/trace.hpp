#pragma once

#include "domain/id.hpp"
#include "simulation/clock.hpp"

#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

namespace reserve::simulation {

/// What happened in which order: a hash that is equal for equal runs (FNV-1a), and the lines themselves when somebody wants them.
class trace {
public:
  /// Every line also goes to `sink`; none by default, because writing costs more than simulating.
  void write_to(std::function<void(moment, const std::string&)> sink) { sink_ = std::move(sink); }
  bool wants_lines() const noexcept { return static_cast<bool>(sink_); }
  void line(moment when, const std::string& text) {
    if (sink_)
      sink_(when, text);
  }

  void add(std::uint64_t value) noexcept {
    for (int i = 0; i < 8; ++i, value >>= 8)
      hash_ = (hash_ ^ (value & 0xff)) * 0x100000001b3ULL;
  }
  void add(std::string_view text) noexcept {
    for (const char c : text)
      hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  void add(const uuid& id) noexcept {
    for (const auto byte : id.bytes)
      hash_ = (hash_ ^ byte) * 0x100000001b3ULL;
  }
  std::uint64_t hash() const noexcept { return hash_; }

private:
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
  std::function<void(moment, const std::string&)> sink_;
};

} // namespace reserve::simulation
