#include "domain/digest.hpp"

#include <algorithm>
#include <bit>

namespace reserve {

namespace {

constexpr std::size_t block_size = 64;

std::uint32_t word_at(std::string_view block, std::size_t index) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i)
    word = word << 8 | static_cast<std::uint8_t>(block[index * 4 + i]);
  return word;
}

void mix(std::array<std::uint32_t, 5>& state, std::string_view block) {
  std::array<std::uint32_t, 80> w{};
  for (std::size_t i = 0; i < 16; ++i)
    w[i] = word_at(block, i);
  for (std::size_t i = 16; i < 80; ++i)
    w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  const auto twenty_rounds = [&](std::size_t from, std::uint32_t constant, const auto& choose) {
    for (std::size_t i = from; i < from + 20; ++i) {
      const std::uint32_t next = std::rotl(a, 5) + choose() + e + constant + w[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
  };
  twenty_rounds(0, 0x5A827999, [&] { return (b & c) | (~b & d); });
  twenty_rounds(20, 0x6ED9EBA1, [&] { return b ^ c ^ d; });
  twenty_rounds(40, 0x8F1BBCDC, [&] { return (b & c) | (b & d) | (c & d); });
  twenty_rounds(60, 0xCA62C1D6, [&] { return b ^ c ^ d; });
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

} // namespace

std::array<std::uint8_t, 20> sha1(std::string_view bytes) {
  std::array<std::uint32_t, 5> state{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  const auto whole = bytes.size() / block_size * block_size;
  for (std::size_t at = 0; at < whole; at += block_size)
    mix(state, bytes.substr(at, block_size));
  // What is left, a 1 bit, zeros, and the length in bits at the end of a block.
  std::array<char, 2 * block_size> last{};
  const auto left = bytes.substr(whole);
  std::copy(left.begin(), left.end(), last.begin());
  last[left.size()] = '\x80';
  const std::size_t size = left.size() + 9 <= block_size ? block_size : 2 * block_size;
  const std::uint64_t bits = static_cast<std::uint64_t>(bytes.size()) * 8;
  for (std::size_t i = 0; i < 8; ++i)
    last[size - 1 - i] = static_cast<char>(bits >> (8 * i));
  for (std::size_t at = 0; at < size; at += block_size)
    mix(state, std::string_view(last.data() + at, block_size));
  std::array<std::uint8_t, 20> out{};
  for (std::size_t i = 0; i < 20; ++i)
    out[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  return out;
}

} // namespace reserve
