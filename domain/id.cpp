#include "domain/id.hpp"

#include "domain/digest.hpp"

namespace reserve {

namespace {

constexpr char digits[] = "0123456789abcdef";

void shape(uuid& id, city_number city) noexcept {
  id.bytes[0] = static_cast<std::uint8_t>(city >> 8);
  id.bytes[1] = static_cast<std::uint8_t>(city);
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
}

/// Of a hexadecimal digit; -1: it is none. A table, because ids are read with every request.
constexpr auto digit_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 16; ++i) {
    values[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
    if (i >= 10)
      values[static_cast<unsigned char>(digits[i] - 'a' + 'A')] = static_cast<std::int8_t>(i);
  }
  return values;
}();

int digit_value(char c) noexcept {
  return digit_values[static_cast<unsigned char>(c)];
}

} // namespace

city_number city_of(const uuid& id) noexcept {
  return static_cast<city_number>(id.bytes[0] << 8 | id.bytes[1]);
}

void write_uuid(const uuid& id, std::span<char, uuid_text_size> into) noexcept {
  char* to = into.data();
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      *to++ = '-';
    *to++ = digits[id.bytes[i] >> 4];
    *to++ = digits[id.bytes[i] & 0x0f];
  }
}

std::string to_string(const uuid& id) {
  std::string out(uuid_text_size, '-');
  write_uuid(id, std::span<char, uuid_text_size>(out.data(), uuid_text_size));
  return out;
}

std::optional<uuid> parse_uuid(std::string_view text) {
  if (text.size() != uuid_text_size)
    return std::nullopt;
  uuid id;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (at == 8 || at == 13 || at == 18 || at == 23) {
      if (text[at] != '-')
        return std::nullopt;
      ++at;
    }
    const int high = digit_value(text[at]);
    const int low = digit_value(text[at + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return id;
}

uuid make_uuid(city_number city, const std::array<std::uint8_t, 16>& random) noexcept {
  uuid id{random};
  shape(id, city);
  return id;
}

uuid make_uuid(city_number city, const std::array<std::uint8_t, 16>& random, std::chrono::sys_time<std::chrono::microseconds> made_at) noexcept {
  constexpr int quarter_second = 18; // 2^18 us; 32 bits of them come round after 35 years.
  const auto when = static_cast<std::uint32_t>(made_at.time_since_epoch().count() >> quarter_second);
  auto id = make_uuid(city, random);
  for (std::size_t i = 0; i < 4; ++i)
    id.bytes[2 + i] = static_cast<std::uint8_t>(when >> (24 - 8 * i));
  return id;
}

uuid derive_uuid(const uuid& cause, std::string_view name) {
  std::string input(reinterpret_cast<const char*>(cause.bytes.data()), cause.bytes.size());
  input.append(name);
  const auto hash = sha1(input);
  uuid id;
  std::copy(hash.begin(), hash.begin() + 16, id.bytes.begin());
  shape(id, city_of(cause));
  return id;
}

uuid derive_uuid(city_number city, std::string_view name) {
  uuid cause;
  shape(cause, city);
  return derive_uuid(cause, name);
}

uuid row_uuid(city_number city, std::uint64_t seq, std::uint32_t n) noexcept {
  uuid id;
  for (int i = 0; i < 4; ++i)
    id.bytes[static_cast<std::size_t>(2 + i)] = static_cast<std::uint8_t>(seq >> (8 * (3 - i)));
  const auto high = static_cast<std::uint32_t>(seq >> 32);
  id.bytes[6] = static_cast<std::uint8_t>(high >> 8 & 0x0f);
  id.bytes[7] = static_cast<std::uint8_t>(high);
  for (int i = 0; i < 4; ++i)
    id.bytes[static_cast<std::size_t>(12 + i)] = static_cast<std::uint8_t>(n >> (8 * (3 - i)));
  shape(id, city);
  return id;
}

} // namespace reserve
