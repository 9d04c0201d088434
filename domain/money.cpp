#include "domain/money.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace reserve {

namespace {

__extension__ using wide = __int128; // 128 bits so that amount × rate cannot overflow

/// Half-even quotient of a non-negative denominator.
std::int64_t divide_half_even(wide numerator, wide denominator) noexcept {
  const bool negative = numerator < 0;
  const wide magnitude = negative ? -numerator : numerator;
  wide quotient = magnitude / denominator;
  const wide twice = (magnitude % denominator) * 2;
  if (twice > denominator || (twice == denominator && quotient % 2 != 0))
    ++quotient;
  return static_cast<std::int64_t>(negative ? -quotient : quotient);
}

} // namespace

std::optional<currency> parse_currency(std::string_view text) {
  if (text.size() != 3 || !std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    return std::nullopt;
  return currency{{text[0], text[1], text[2]}};
}

std::string_view write_money(money amount, std::span<char, money_text_max> into) noexcept {
  const bool negative = amount.minor_units < 0;
  const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(amount.minor_units) : static_cast<std::uint64_t>(amount.minor_units);
  char* to = into.data();
  if (negative)
    *to++ = '-';
  to = std::to_chars(to, into.data() + into.size(), magnitude / 100).ptr;
  const auto cents = static_cast<unsigned>(magnitude % 100);
  *to++ = '.';
  *to++ = static_cast<char>('0' + cents / 10);
  *to++ = static_cast<char>('0' + cents % 10);
  return {into.data(), to};
}

std::string to_string(money amount) {
  std::array<char, money_text_max> text;
  return std::string(write_money(amount, text));
}

std::optional<money> parse_money(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative)
    text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto decimals = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  const auto all_digits = [](std::string_view s) { return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; }); };
  if (whole.empty() || whole.size() > 13 || decimals.size() > 2 || (point != std::string_view::npos && decimals.empty()))
    return std::nullopt;
  if (!all_digits(whole) || !all_digits(decimals))
    return std::nullopt;
  std::int64_t units = 0;
  for (char c : whole)
    units = units * 10 + (c - '0');
  std::int64_t cents = 0;
  for (char c : decimals)
    cents = cents * 10 + (c - '0');
  if (decimals.size() == 1)
    cents *= 10;
  const std::int64_t minor = units * 100 + cents;
  return money{negative ? -minor : minor};
}

money share_of(money amount, rate share) noexcept {
  return scaled(amount, share.per_ten_thousand, 10000);
}

money scaled(money amount, std::int64_t numerator, std::int64_t denominator) noexcept {
  return {divide_half_even(wide{amount.minor_units} * numerator, denominator)};
}

std::vector<money> split(money total, const std::vector<std::int64_t>& weights) {
  std::vector<money> parts(weights.size());
  if (weights.empty())
    return parts;
  std::vector<std::int64_t> effective = weights;
  if (std::accumulate(effective.begin(), effective.end(), std::int64_t{0}) == 0)
    std::fill(effective.begin(), effective.end(), 1);
  const wide sum = std::accumulate(effective.begin(), effective.end(), wide{0});
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<wide> remainder(weights.size());
  std::int64_t given = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const wide exact = wide{total.minor_units} * effective[i];
    wide floor = exact / sum;
    if (exact % sum < 0)
      --floor;
    parts[i].minor_units = static_cast<std::int64_t>(floor);
    remainder[i] = exact - floor * sum;
    given += parts[i].minor_units;
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return remainder[a] > remainder[b]; });
  for (std::size_t i = 0; given < total.minor_units; ++i, ++given)
    ++parts[order[i % order.size()]].minor_units;
  return parts;
}

} // namespace reserve
