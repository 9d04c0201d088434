#include "domain/digest.hpp"
#include "domain/reservation.hpp"

#include <algorithm>
#include <string>

namespace reserve {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford: no I, L, O, U
constexpr std::string_view prefix = "RES-";
constexpr std::uint32_t half_bits = 15;
constexpr std::uint32_t half_mask = (1U << half_bits) - 1;
constexpr std::uint8_t rounds = 6;

/// 15 bits that depend on the whole key, the number of the round and one half.
std::uint32_t round_value(const std::array<std::uint8_t, 32>& key, std::uint8_t round, std::uint32_t half) {
  std::string input(reinterpret_cast<const char*>(key.data()), key.size());
  input.push_back(static_cast<char>(round));
  input.push_back(static_cast<char>(half >> 8));
  input.push_back(static_cast<char>(half));
  const auto hash = sha1(input);
  return (static_cast<std::uint32_t>(hash[0]) << 8 | hash[1]) & half_mask;
}

/// A permutation of 30 bits whatever the round function is: each round can be undone.
std::uint32_t permuted(std::uint32_t value, const std::array<std::uint8_t, 32>& key) {
  std::uint32_t left = value >> half_bits;
  std::uint32_t right = value & half_mask;
  for (std::uint8_t round = 0; round < rounds; ++round) {
    const std::uint32_t next = left ^ round_value(key, round, right);
    left = right;
    right = next;
  }
  return left << half_bits | right;
}

char plain(char c) {
  if (c >= 'a' && c <= 'z')
    return static_cast<char>(c - 'a' + 'A');
  return c;
}

/// What people mean when they type a letter that we never use.
char meant(char c) {
  const char upper = plain(c);
  if (upper == 'O')
    return '0';
  return upper == 'I' || upper == 'L' ? '1' : upper;
}

} // namespace

std::string confirmation_code(int year, std::uint32_t counter, const std::array<std::uint8_t, 32>& round_key) {
  ensure(counter < (1U << (2 * half_bits)), "confirmation_code: counter has more than 30 bits");
  ensure(year >= 1000 && year <= 9999, "confirmation_code: year has four digits");
  const std::uint32_t value = permuted(counter, round_key);
  std::string code(prefix);
  code += std::to_string(year);
  code.push_back('-');
  for (int shift = 25; shift >= 0; shift -= 5)
    code.push_back(alphabet[value >> shift & 31U]);
  return code;
}

std::optional<std::string> normalized_code(std::string_view text) {
  if (text.size() != 15)
    return std::nullopt;
  std::string code(prefix);
  if (!std::equal(prefix.begin(), prefix.end(), text.begin(), [](char wanted, char given) { return wanted == plain(given); }))
    return std::nullopt;
  for (std::size_t i = prefix.size(); i < text.size(); ++i)
    code.push_back(i == 8 ? text[i] : meant(text[i]));
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_ours = [](char c) { return alphabet.find(c) != std::string_view::npos; };
  if (code[8] != '-' || !std::all_of(code.begin() + 4, code.begin() + 8, is_digit) || !std::all_of(code.begin() + 9, code.end(), is_ours))
    return std::nullopt;
  return code;
}

} // namespace reserve
