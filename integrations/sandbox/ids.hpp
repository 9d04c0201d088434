#pragma once

#include "domain/civil.hpp"
#include "integrations/sandbox/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace reserve::sandbox {

/// One step of splitmix64: spreads any number over 64 bits.
std::uint64_t mixed(std::uint64_t value) noexcept;
/// A number that follows from a seed and a name.
std::uint64_t mixed(std::uint64_t seed, std::string_view name) noexcept;

/// Makes ids that look like the providers'. They follow from seed, count and time only; the count outlives a reset, so no id comes twice.
class id_maker {
public:
  id_maker(store& home, std::uint64_t seed) : seed_(seed), counters_(home, "counters") {}

  /// Position in the order in which things were made.
  std::uint64_t next_number();
  /// `length` letters and digits behind `prefix`.
  std::string token(std::string_view prefix, std::size_t length, timestamp now);
  /// `length` lower-case hexadecimal digits.
  std::string hex(std::size_t length, timestamp now);
  /// `length` digits, the first not zero.
  std::string digits(std::size_t length, timestamp now);
  /// 36 characters, as of a UUID v4.
  std::string uuid_text(timestamp now);

private:
  std::string spell(std::string_view alphabet, std::size_t length, timestamp now);

  std::uint64_t seed_;
  table<std::uint64_t> counters_;
};

} // namespace reserve::sandbox
