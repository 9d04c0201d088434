#include "domain/id.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace reserve {

namespace {

bool is_v4_shaped(const uuid& id) {
  return (id.bytes[6] & 0xf0) == 0x40 && (id.bytes[8] & 0xc0) == 0x80;
}

} // namespace

TEST_CASE("uuids are read in both cases and written in lower case", "[domain][id]") {
  const auto id = parse_uuid("0007AbCd-EF01-4345-8789-abcdef012345");
  REQUIRE(id);
  CHECK(to_string(*id) == "0007abcd-ef01-4345-8789-abcdef012345");
  CHECK(city_of(*id) == 7);
}

TEST_CASE("nothing but the 36 characters is a uuid", "[domain][id]") {
  for (const auto* text :
       {"", "0007abcd", "0007abcd-ef01-4345-8789-abcdef01234", "0007abcd-ef01-4345-8789-abcdef0123456", "0007abcdef01-4345-8789-abcdef012345-",
        "0007abcg-ef01-4345-8789-abcdef012345", "{007abcd-ef01-4345-8789-abcdef01234}", "0007abcd-ef01-4345-8789-abcdef01234 ",
        "0007abcd_ef01_4345_8789_abcdef012345", "0007abcdef0143458789abcdef012345", "-007abcd-ef01-4345-8789-abcdef012345"}) {
    INFO(text);
    CHECK_FALSE(parse_uuid(text));
  }
}

TEST_CASE("made ids carry their city and the v4 shape, and keep the other bits", "[domain][id]") {
  std::array<std::uint8_t, 16> random{};
  random.fill(0xff);
  const auto id = make_uuid(0x1234, random);
  CHECK(to_string(id) == "1234ffff-ffff-4fff-bfff-ffffffffffff");
  random.fill(0);
  CHECK(to_string(make_uuid(0xffff, random)) == "ffff0000-0000-4000-8000-000000000000");
}

TEST_CASE("ids with a time sort by it, and are random behind it", "[domain][id]") {
  using std::chrono::milliseconds;
  const std::chrono::sys_time<std::chrono::microseconds> noon{std::chrono::seconds(1'800'000'000)};
  std::array<std::uint8_t, 16> low{}, high{};
  high.fill(0xff);
  const auto first = make_uuid(7, high, noon), later = make_uuid(7, low, noon + milliseconds(300));
  CHECK(first < later);
  CHECK(city_of(first) == 7);
  CHECK(is_v4_shaped(first));
  CHECK(is_v4_shaped(later));
  CHECK(make_uuid(7, low, noon) != first);
  CHECK(std::equal(first.bytes.begin(), first.bytes.begin() + 6, make_uuid(7, low, noon).bytes.begin()));
}

TEST_CASE("derived ids are UUIDv5 but for city and shape", "[domain][id]") {
  // RFC 4122 name space of DNS names; uuid5(dns, "www.example.com") = 2ed6657d-e927-568b-95e1-2665a8aea6a2.
  const auto dns = parse_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  REQUIRE(dns);
  CHECK(to_string(derive_uuid(*dns, "www.example.com")) == "6ba7657d-e927-468b-95e1-2665a8aea6a2");
  CHECK(derive_uuid(*dns, "a") == derive_uuid(*dns, "a"));
  CHECK(derive_uuid(*dns, "a") != derive_uuid(*dns, "b"));
  CHECK(city_of(derive_uuid(city_number{42}, "URB")) == 42);
  CHECK(derive_uuid(city_number{42}, "x") != derive_uuid(city_number{43}, "x"));
  CHECK(is_v4_shaped(derive_uuid(city_number{42}, "x")));
}

TEST_CASE("row ids are unique by record and number", "[domain][id]") {
  std::set<uuid> seen;
  for (std::uint64_t seq : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1} << 31, std::uint64_t{1} << 32, (std::uint64_t{1} << 43) + 5})
    for (std::uint32_t n : {0U, 1U, 255U, 256U, 0xffffffffU}) {
      const auto id = row_uuid(9, seq, n);
      CHECK(is_v4_shaped(id));
      CHECK(city_of(id) == 9);
      CHECK(seen.insert(id).second);
    }
}

TEST_CASE("a nil id is nil and nothing else is", "[domain][id]") {
  CHECK(uuid{}.is_nil());
  CHECK(payment_id{}.is_nil());
  CHECK_FALSE(row_uuid(0, 0, 0).is_nil());
}

} // namespace reserve
