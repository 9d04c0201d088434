#include "integrations/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace reserve::integrations {

namespace {

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string encode_six_bits(std::string_view bytes, std::string_view alphabet, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < left ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= left)
        out.push_back(alphabet[group >> (18 - 6 * k) & 63U]);
      else if (padded)
        out.push_back('=');
    }
  }
  return out;
}

} // namespace

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out.push_back(digits[static_cast<std::uint8_t>(c) >> 4]);
    out.push_back(digits[static_cast<std::uint8_t>(c) & 15]);
  }
  return out;
}

std::string to_base64(std::string_view bytes) { return encode_six_bits(bytes, base64_alphabet, true); }

std::string to_base64url(std::string_view bytes) { return encode_six_bits(bytes, base64url_alphabet, false); }

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0)
    return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_padding = i >= text.size() - padding;
    const auto six = is_padding ? 0 : base64_alphabet.find(text[i]);
    if (six == std::string_view::npos)
      return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(six);
    if (i % 4 == 3) {
      for (int shift = 16; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(group >> shift & 255U));
      group = 0;
    }
  }
  out.resize(out.size() - padding);
  return out;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
      continue;
    }
    out.push_back('%');
    out.push_back(digits[static_cast<std::uint8_t>(c) >> 4]);
    out.push_back(digits[static_cast<std::uint8_t>(c) & 15]);
  }
  return out;
}

std::string form_encoded(const fields& values) {
  std::string out;
  for (const auto& [name, value] : values) {
    if (!out.empty())
      out.push_back('&');
    out += percent_encoded(name);
    out.push_back('=');
    out += percent_encoded(value);
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower_char);
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::optional<std::string_view> find_field(const fields& values, std::string_view name) {
  const auto same = [](char a, char b) { return lower_char(a) == lower_char(b); };
  for (const auto& [key, value] : values)
    if (std::equal(key.begin(), key.end(), name.begin(), name.end(), same))
      return value;
  return std::nullopt;
}

std::optional<long long> parse_digits(std::string_view text) {
  if (text.empty() || text.size() > 18)
    return std::nullopt;
  long long out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9')
      return std::nullopt;
    out = out * 10 + (c - '0');
  }
  return out;
}

} // namespace reserve::integrations
