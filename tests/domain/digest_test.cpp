#include "domain/digest.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace reserve {

namespace {

std::string hex(const std::array<std::uint8_t, 20>& bytes) {
  std::string out;
  for (const auto byte : bytes) {
    out.push_back("0123456789abcdef"[byte >> 4]);
    out.push_back("0123456789abcdef"[byte & 15]);
  }
  return out;
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i)
    out += text;
  return out;
}

} // namespace

TEST_CASE("sha1 gives the values of RFC 3174", "[domain][digest]") {
  CHECK(hex(sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(hex(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  CHECK(hex(sha1(repeated("a", 1000000))) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  CHECK(hex(sha1(repeated("0123456701234567012345670123456701234567012345670123456701234567", 10))) == "dea356a2cddd90c7a7ecedc5ebb563934f460452");
  CHECK(hex(sha1("")) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST_CASE("sha1 differs at every length around the block", "[domain][digest]") {
  // 55, 56, 63 and 64 bytes are where the padding changes.
  for (int length = 50; length < 70; ++length) {
    INFO(length);
    CHECK(hex(sha1(repeated("a", length))) != hex(sha1(repeated("a", length + 1))));
  }
}

} // namespace reserve
