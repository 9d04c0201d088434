#include "persistence/postgres/wire.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace reserve::persistence::wire {

namespace {

/// PostgreSQL counts days and microseconds from 2000-01-01.
constexpr date day_zero{std::chrono::year(2000) / 1 / 1};

void expect(bool condition) {
  if (!condition)
    throw std::runtime_error("unexpected binary value from the database");
}

template <std::size_t Size>
void store_big_endian(char* to, std::uint64_t bits) noexcept {
  for (std::size_t i = 0; i < Size; ++i)
    to[i] = static_cast<char>(bits >> (8 * (Size - 1 - i)));
}

template <std::size_t Size>
void put_big_endian(std::string& out, std::uint64_t bits) {
  char bytes[Size];
  store_big_endian<Size>(bytes, bits);
  out.append(bytes, Size);
}

/// Head of a one-dimensional array, indexed from 1; an empty one has no dimension.
void put_array_head(std::string& out, std::size_t size, oid element) {
  put_int32(out, size == 0 ? 0 : 1);
  put_int32(out, 0);
  put_int32(out, static_cast<std::int64_t>(element));
  if (size > 0) {
    put_int32(out, static_cast<std::int64_t>(size));
    put_int32(out, 1);
  }
}

} // namespace

void put_int16(std::string& out, std::int64_t value) {
  put_big_endian<2>(out, static_cast<std::uint64_t>(value));
}

void put_int32(std::string& out, std::int64_t value) {
  put_big_endian<4>(out, static_cast<std::uint64_t>(value));
}

void put_int64(std::string& out, std::int64_t value) {
  put_big_endian<8>(out, static_cast<std::uint64_t>(value));
}

void store_int32(char* to, std::int64_t value) noexcept {
  store_big_endian<4>(to, static_cast<std::uint64_t>(value));
}

void put_uuid(std::string& out, const uuid& id) {
  out.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

void put_timestamp(std::string& out, timestamp instant) {
  put_int64(out, (instant - timestamp(day_zero)).count());
}

void put_date(std::string& out, date day) {
  put_int32(out, (day - day_zero).count());
}

void put_time(std::string& out, std::chrono::minutes time_of_day) {
  put_int64(out, std::chrono::microseconds(time_of_day).count());
}

void put_jsonb(std::string& out, std::string_view text) {
  out.push_back('\1'); // version of the format
  out.append(text);
}

void put_numeric(std::string& out, std::int64_t value, int decimals) {
  const bool negative = value < 0;
  const auto size = negative ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const std::uint64_t unit = decimals == 2 ? 100 : 10'000;
  // Groups of four decimal digits, most significant first; the last one holds what stands after the point.
  std::vector<std::uint16_t> groups{static_cast<std::uint16_t>(size % unit * (10'000 / unit))};
  for (auto whole = size / unit; whole > 0; whole /= 10'000)
    groups.push_back(static_cast<std::uint16_t>(whole % 10'000));
  std::reverse(groups.begin(), groups.end());
  const auto weight = static_cast<std::int64_t>(groups.size()) - 2;
  auto first = weight < 0 && groups[0] == 0 ? groups.end() : groups.begin();
  auto last = groups.end();
  while (last != first && *(last - 1) == 0)
    --last;
  put_int16(out, last - first);
  put_int16(out, last == first ? 0 : weight);
  put_int16(out, negative && last != first ? 0x4000 : 0);
  put_int16(out, decimals);
  for (; first != last; ++first)
    put_int16(out, *first);
}

void put_array(std::string& out, const std::vector<uuid>& ids) {
  put_array_head(out, ids.size(), oid::uuid);
  for (const auto& id : ids) {
    put_int32(out, 16);
    put_uuid(out, id);
  }
}

void put_array(std::string& out, const std::vector<std::string>& items, oid element) {
  put_array_head(out, items.size(), element);
  for (const auto& item : items) {
    put_int32(out, static_cast<std::int64_t>(item.size()));
    out.append(item);
  }
}

void put_array(std::string& out, const std::vector<std::int64_t>& numbers, oid element) {
  put_array_head(out, numbers.size(), element);
  for (const auto number : numbers) {
    put_int32(out, element == oid::int2 ? 2 : 8);
    element == oid::int2 ? put_int16(out, number) : put_int64(out, number);
  }
}

std::int64_t read_integer(std::string_view bytes) {
  expect(bytes.size() == 2 || bytes.size() == 4 || bytes.size() == 8);
  // Signed: the first byte fills the upper ones with its sign.
  auto bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<signed char>(bytes[0])));
  for (const char byte : bytes.substr(1))
    bits = bits << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(bits);
}

uuid read_uuid(std::string_view bytes) {
  expect(bytes.size() == 16);
  uuid id;
  std::memcpy(id.bytes.data(), bytes.data(), 16);
  return id;
}

timestamp read_timestamp(std::string_view bytes) {
  expect(bytes.size() == 8);
  return timestamp(day_zero) + std::chrono::microseconds(read_integer(bytes));
}

date read_date(std::string_view bytes) {
  expect(bytes.size() == 4);
  return day_zero + std::chrono::days(read_integer(bytes));
}

std::chrono::minutes read_time(std::string_view bytes) {
  expect(bytes.size() == 8);
  return std::chrono::duration_cast<std::chrono::minutes>(std::chrono::microseconds(read_integer(bytes)));
}

std::int64_t read_numeric(std::string_view bytes, int decimals) {
  expect(bytes.size() >= 8);
  const auto count = read_integer(bytes.substr(0, 2));
  const auto weight = read_integer(bytes.substr(2, 2));
  const auto sign = read_integer(bytes.substr(4, 2));
  expect((sign == 0 || sign == 0x4000) && count >= 0 && bytes.size() == 8 + 2 * static_cast<std::size_t>(count));
  std::int64_t value = 0;
  std::int64_t scale = 1;
  for (int i = 0; i < decimals; ++i)
    scale *= 10;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto group = read_integer(bytes.substr(8 + 2 * static_cast<std::size_t>(i), 2));
    const auto power = weight - i; // this group stands for group × 10000^power
    if (power >= 0) {
      std::int64_t place = scale;
      for (std::int64_t p = 0; p < power; ++p)
        expect(!__builtin_mul_overflow(place, std::int64_t{10'000}, &place));
      std::int64_t part = 0;
      expect(!__builtin_mul_overflow(group, place, &part) && !__builtin_add_overflow(value, part, &value));
    } else {
      std::int64_t divisor = 1;
      for (std::int64_t p = 0; p < -power && divisor < 1'000'000'000'000; ++p)
        divisor *= 10'000;
      expect(group * scale % divisor == 0);
      value += group * scale / divisor;
    }
  }
  return sign == 0 ? value : -value;
}

std::vector<std::string_view> read_array(std::string_view bytes) {
  expect(bytes.size() >= 12);
  const auto dimensions = read_integer(bytes.substr(0, 4));
  expect(dimensions == 0 || (dimensions == 1 && bytes.size() >= 20));
  std::vector<std::string_view> items;
  if (dimensions == 0)
    return items;
  const auto count = read_integer(bytes.substr(12, 4));
  bytes.remove_prefix(20);
  for (std::int64_t i = 0; i < count; ++i) {
    expect(bytes.size() >= 4);
    const auto size = read_integer(bytes.substr(0, 4));
    expect(size >= 0 && bytes.size() >= 4 + static_cast<std::size_t>(size));
    items.push_back(bytes.substr(4, static_cast<std::size_t>(size)));
    bytes.remove_prefix(4 + static_cast<std::size_t>(size));
  }
  return items;
}

} // namespace reserve::persistence::wire
