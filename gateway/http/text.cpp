#include "gateway/http/text.hpp"

#include <cstdint>
#include <cstring>

namespace reserve::http {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/// Length of the sequence that starts here, 0 when it is invalid (overlong, surrogate, above U+10FFFF, cut off).
std::size_t sequence_length(std::string_view rest) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80)
    return first == 0 ? 0 : 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || rest.size() < length)
    return 0;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (first == 0xe0)
    low = 0xa0;
  else if (first == 0xed)
    high = 0x9f;
  else if (first == 0xf0)
    low = 0x90;
  else if (first == 0xf4)
    high = 0x8f;
  if (byte(1) < low || byte(1) > high)
    return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80)
      return 0;
  return length;
}

constexpr std::uint64_t ones = 0x0101010101010101, high_bits = 0x8080808080808080;

// Eight bytes at a time: the result is zero if none of them is what the name says.

std::uint64_t below_space(std::uint64_t word) noexcept {
  return (word - ones * 0x20) & ~word & high_bits;
}

std::uint64_t zero_bytes(std::uint64_t word) noexcept {
  return (word - ones) & ~word & high_bits;
}

std::uint64_t special_in_json(std::uint64_t word) noexcept {
  return below_space(word) | zero_bytes(word ^ ones * '"') | zero_bytes(word ^ ones * '\\');
}

/// A byte from 0x80 on, or zero.
std::uint64_t beyond_ascii(std::uint64_t word) noexcept {
  return (word | (word - ones)) & high_bits;
}

/// An index at most seven before the first special byte; text.size(): there is none.
template <class Test>
std::size_t first_special(std::string_view text, Test special) noexcept {
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if (special(word) != 0)
      return at;
  }
  if (const auto left = text.size() - at; left > 0) {
    std::uint64_t last = ones * 0x7f; // Nothing special.
    if (text.size() >= sizeof last) // Begins before what is left.
      std::memcpy(&last, text.data() + text.size() - sizeof last, sizeof last);
    else
      std::memcpy(&last, text.data() + at, left);
    if (special(last) != 0)
      return at;
  }
  return text.size();
}

bool is_unreserved(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~';
}

} // namespace

bool has_control(std::string_view text) noexcept {
  return first_special(text, below_space) != text.size();
}

std::size_t plain_run(std::string_view text) noexcept {
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
  auto at = first_special(text, special_in_json);
  while (at < text.size() && is_plain(text[at]))
    ++at;
  return at;
}

std::optional<std::size_t> find_bad_utf8(std::string_view text) noexcept {
  for (std::size_t at = first_special(text, beyond_ascii); at < text.size();) { // Most texts have nothing of it.
    const std::size_t length = sequence_length(text.substr(at));
    if (length == 0)
      return at;
    at += length;
  }
  return std::nullopt;
}

std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text)
    count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  if (text.find('%') == std::string_view::npos && (!plus_is_space || text.find('+') == std::string_view::npos))
    return find_bad_utf8(text) ? std::nullopt : std::optional<std::string>(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3)
        return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0)
        return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  if (find_bad_utf8(out))
    return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += '%';
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

std::optional<pairs> parse_query(std::string_view text) {
  pairs found;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (part.empty())
      continue;
    const auto equals = part.find('=');
    auto name = percent_decode(part.substr(0, equals), true);
    auto value = percent_decode(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
    if (!name || !value)
      return std::nullopt;
    found.emplace_back(std::move(*name), std::move(*value));
  }
  return found;
}

std::optional<std::vector<std::string>> parse_path(std::string_view path) {
  std::vector<std::string> parts;
  if (path.empty() || path.front() != '/')
    return std::nullopt;
  path.remove_prefix(1);
  while (!path.empty()) {
    const auto slash = path.find('/');
    auto part = percent_decode(path.substr(0, slash));
    if (!part || part->empty() || *part == "." || *part == "..")
      return std::nullopt;
    parts.push_back(std::move(*part));
    if (slash == std::string_view::npos)
      break;
    path.remove_prefix(slash + 1);
    if (path.empty())
      return std::nullopt;
  }
  return parts;
}

} // namespace reserve::http
