#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reserve {

/// An ISO-4217 code.
struct currency {
  std::array<char, 3> code{'B', 'R', 'L'};

  auto operator<=>(const currency&) const = default;
  std::string_view text() const noexcept { return {code.data(), code.size()}; }
};

/// Three capital letters, or nothing.
std::optional<currency> parse_currency(std::string_view text);

/// An amount in minor units (cents). Never a floating point number, never converted. An amount that stands alone has no currency member: one currency per
/// property, so the entity that holds the amounts holds the currency once (spec 00§11).
struct money {
  std::int64_t minor_units = 0;

  auto operator<=>(const money&) const = default;
  money& operator+=(money other) noexcept {
    minor_units += other.minor_units;
    return *this;
  }
  money& operator-=(money other) noexcept {
    minor_units -= other.minor_units;
    return *this;
  }
  friend money operator+(money a, money b) noexcept { return a += b; }
  friend money operator-(money a, money b) noexcept { return a -= b; }
  friend money operator*(money a, std::int64_t times) noexcept { return {a.minor_units * times}; }
};

/// "1400.00", "-0.05": always two digits after the point.
std::string to_string(money amount);
/// The same written into memory of the caller: what of it was used.
constexpr std::size_t money_text_max = 24;
std::string_view write_money(money amount, std::span<char, money_text_max> into) noexcept;

/// Reads digits with at most two decimals ("1400", "1400.5", "1400.00"), optional leading minus. No exponent, no spaces, at most 13 digits before the point.
std::optional<money> parse_money(std::string_view text);

/// A share as parts of ten thousand: 0.1500 = 1500, 15 % = 1500, 0.38 % = 38. The unit of commission, tax and fee rates (DECIMAL(5,4)).
struct rate {
  std::int64_t per_ten_thousand = 0;

  auto operator<=>(const rate&) const = default;
};

/// `amount × share`, rounded half-even to the minor unit (spec 00§11).
money share_of(money amount, rate share) noexcept;

/// `amount × numerator ÷ denominator`, rounded half-even. The denominator is positive.
money scaled(money amount, std::int64_t numerator, std::int64_t denominator) noexcept;

/// Splits `total` in proportion to `weights` by largest remainder: the parts sum to the whole. Weights are not negative; all zero = equal parts.
std::vector<money> split(money total, const std::vector<std::int64_t>& weights);

} // namespace reserve
