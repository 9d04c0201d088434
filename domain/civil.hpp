#pragma once

#include "domain/result.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reserve {

/// A civil date (no time, no zone): days since 1970-01-01.
using date = std::chrono::sys_days;

/// An instant, UTC, in microseconds.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Half-open range of nights [check_in, check_out). Build every stay with make_stay.
struct stay {
  date check_in{};
  date check_out{};

  auto operator<=>(const stay&) const = default;
  int nights() const noexcept { return static_cast<int>((check_out - check_in).count()); }
  bool covers(date night) const noexcept { return check_in <= night && night < check_out; }
  bool overlaps(const stay& other) const noexcept { return check_in < other.check_out && other.check_in < check_out; }
};

/// A stay of at least one night, else errc::invalid_parameter on `check_out`.
result<stay> make_stay(date check_in, date check_out);

/// What a wall clock in the city shows; made at the edges from the city's IANA zone.
struct local_time {
  date day{};
  std::chrono::minutes time_of_day{};

  auto operator<=>(const local_time&) const = default;
};

/// "2026-12-01".
std::string to_string(date day);
std::optional<date> parse_date(std::string_view text);

/// "2026-12-01T15:04:05Z": whole seconds, as the API shows instants.
std::string to_string(timestamp instant);
/// RFC 3339 with `Z` or an offset, fractions accepted and kept to microseconds.
std::optional<timestamp> parse_timestamp(std::string_view text);

} // namespace reserve
