#include "domain/codec.hpp"
#include "domain/reservation.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace reserve {

namespace {

enum class colour : std::uint8_t { red, green };

struct inner {
  std::string text;
  std::optional<money> amount;
  bool operator==(const inner&) const = default;
  static void each(auto& self, auto&& visit) { visit(self.text, self.amount); }
};

struct everything {
  bool flag = false;
  std::int8_t tiny = 0;
  std::uint16_t small = 0;
  std::int32_t middle = 0;
  std::uint64_t large = 0;
  colour paint = colour::red;
  std::string text;
  uuid id{};
  payment_id payment{};
  money amount;
  rate share{};
  currency unit{};
  date day{};
  timestamp at{};
  std::chrono::minutes length{};
  std::optional<std::string> maybe;
  std::vector<inner> list;
  std::map<std::string, rate> by_name;
  std::pair<int, bool> two{};
  std::array<std::uint8_t, 3> raw{};
  bool operator==(const everything&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.flag, self.tiny, self.small, self.middle, self.large, self.paint, self.text, self.id, self.payment, self.amount, self.share, self.unit,
          self.day, self.at, self.length, self.maybe, self.list, self.by_name, self.two, self.raw);
  }
};

everything sample() {
  everything e;
  e.flag = true;
  e.tiny = -128;
  e.small = 65535;
  e.middle = std::numeric_limits<std::int32_t>::min();
  e.large = std::numeric_limits<std::uint64_t>::max();
  e.paint = colour::green;
  e.text = std::string("a\0b\xff", 4);
  e.id = row_uuid(5, 6, 7);
  e.payment = payment_id{row_uuid(8, 9, 10)};
  e.amount = {-1};
  e.share = {1500};
  e.unit = *parse_currency("EUR");
  e.day = date(std::chrono::days(-1));
  e.at = timestamp(std::chrono::microseconds(-1));
  e.length = std::chrono::minutes(-90);
  e.maybe = "";
  e.list = {{"x", std::nullopt}, {"", money{7}}};
  e.by_name = {{"a", {1}}, {"b", {-2}}};
  e.two = {-3, true};
  e.raw = {1, 2, 3};
  return e;
}

} // namespace

TEST_CASE("values come back from their bytes", "[domain][codec]") {
  CHECK(decoded<everything>(encoded(sample())) == sample());
  CHECK(decoded<everything>(encoded(everything{})) == everything{});
}

TEST_CASE("the format is little endian, fixed width, without padding", "[domain][codec]") {
  encoder out;
  out(std::uint32_t{0x01020304}, true, std::string("hi"), std::optional<bool>{}, money{-1});
  CHECK(out.bytes() == std::string("\x04\x03\x02\x01\x01\x02\0\0\0hi\0\xff\xff\xff\xff\xff\xff\xff\xff", 20));
}

TEST_CASE("every prefix and every surplus is refused", "[domain][codec]") {
  const auto bytes = encoded(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    INFO(length);
    CHECK_THROWS_AS(decoded<everything>(std::string_view(bytes).substr(0, length)), decode_error);
  }
  CHECK_THROWS_AS(decoded<everything>(bytes + '\0'), decode_error);
}

TEST_CASE("lengths beyond the bytes are refused before memory is taken", "[domain][codec]") {
  const std::string huge("\xff\xff\xff\xff" "x", 5);
  CHECK_THROWS_AS(decoded<std::string>(huge), decode_error);
  CHECK_THROWS_AS(decoded<std::vector<money>>(huge), decode_error);
  using table = std::map<std::string, rate>;
  CHECK_THROWS_AS(decoded<table>(huge), decode_error);
}

TEST_CASE("arbitrary bytes are a value or a decode_error", "[domain][codec]") {
  std::mt19937 dice(3);
  const auto valid = encoded(sample());
  int accepted = 0;
  for (int run = 0; run < 20000; ++run) {
    std::string bytes = valid;
    if (run % 2 == 0) {
      bytes.resize(dice() % 200);
      for (auto& byte : bytes)
        byte = static_cast<char>(dice());
    } else {
      for (unsigned i = 0; i <= dice() % 4; ++i)
        bytes[dice() % bytes.size()] = static_cast<char>(dice());
    }
    try {
      const auto value = decoded<everything>(bytes);
      CHECK(decoded<everything>(encoded(value)) == value);
      ++accepted;
    } catch (const decode_error&) {
    }
  }
  CHECK(accepted > 0);
}

TEST_CASE("damaged reservations are a value or a decode_error", "[domain][codec]") {
  std::mt19937 dice(4);
  reservation known;
  known.confirmation_code = "RES-2026-7K3M9Q";
  known.notices.emplace_back().context = {{"a", "b"}};
  const auto valid = encoded(known);
  CHECK(decoded<reservation>(valid) == known);
  for (int run = 0; run < 5000; ++run) {
    std::string bytes = valid.substr(0, dice() % (valid.size() + 1));
    if (!bytes.empty())
      bytes[dice() % bytes.size()] = static_cast<char>(dice());
    try {
      const auto value = decoded<reservation>(bytes);
      CHECK(encoded(decoded<reservation>(encoded(value))) == encoded(value));
    } catch (const decode_error&) {
    }
  }
}

} // namespace reserve
