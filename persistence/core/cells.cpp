#include "persistence/core/cells.hpp"

#include <algorithm>
#include <cstring>

namespace reserve::persistence {

namespace {

constexpr std::uint64_t group_size = 10'000; ///< numeric stands in groups of four decimal digits.

std::size_t size_at(std::string_view line, std::size_t at, bool& null) {
  if (at + 4 > line.size())
    throw std::logic_error("a row has fewer values than asked for");
  const auto size = read_integer(line.substr(at, 4));
  null = size < 0;
  return null ? 0 : static_cast<std::size_t>(size);
}

/// Where the n-th value's length stands.
std::size_t start_of(std::string_view line, std::size_t index) {
  std::size_t at = 2;
  for (; index > 0; --index) {
    bool null = false;
    const auto size = size_at(line, at, null);
    at += 4 + size;
  }
  return at;
}

} // namespace

std::size_t table::place_of(std::string_view column_name) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const column& one) { return one.name == column_name; });
  if (found == columns.end())
    throw std::logic_error("table " + std::string(name) + " has no column " + std::string(column_name));
  return static_cast<std::size_t>(found - columns.begin());
}

bool table::has(std::string_view column_name) const noexcept {
  return std::any_of(columns.begin(), columns.end(), [&](const column& one) { return one.name == column_name; });
}

void cells::wrong_type(const column& where) {
  throw std::logic_error("column " + std::string(where.name) + " was given a value of another type");
}

void cells::put_numeric(std::string& out, std::int64_t value, int decimals) {
  const bool negative = value < 0;
  const auto size = negative ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const std::uint64_t unit = decimals == 2 ? 100 : group_size;
  // Least significant first: what stands after the point, then the whole; at most 19 digits.
  std::uint16_t groups[6];
  std::size_t count = 0;
  groups[count++] = static_cast<std::uint16_t>(size % unit * (group_size / unit));
  for (auto whole = size / unit; whole > 0; whole /= group_size)
    groups[count++] = static_cast<std::uint16_t>(whole % group_size);
  const auto weight = static_cast<std::int64_t>(count) - 2;
  std::size_t low = 0;
  while (low < count && groups[low] == 0)
    ++low;
  const auto digits = count - low;
  put_bits<4>(out, 8 + 2 * digits);
  put_bits<2>(out, digits);
  put_bits<2>(out, digits == 0 ? 0 : static_cast<std::uint64_t>(weight));
  put_bits<2>(out, negative && digits != 0 ? 0x4000 : 0);
  put_bits<2>(out, static_cast<std::uint64_t>(decimals));
  for (auto at = count; at > low; --at)
    put_bits<2>(out, groups[at - 1]);
}

std::optional<std::string_view> cell(std::string_view line, std::size_t index) {
  const auto at = start_of(line, index);
  bool null = false;
  const auto size = size_at(line, at, null);
  return null ? std::nullopt : std::optional(line.substr(at + 4, size));
}

void replace_cell(row& line, std::size_t index, std::optional<std::string_view> value) {
  const auto at = start_of(line, index);
  bool null = false;
  const auto size = size_at(line, at, null);
  std::string made;
  if (value)
    cells::put_raw(made, *value);
  else
    cells::put_null(made);
  line.replace(at, 4 + size, made);
}

row key_of(const table& of, std::string_view line) {
  row out;
  cells::put_bits<2>(out, of.key.size());
  for (const auto index : of.key) {
    if (const auto value = cell(line, index))
      cells::put_raw(out, *value);
    else
      cells::put_null(out);
  }
  return out;
}

std::int64_t read_integer(std::string_view raw) {
  if (raw.size() != 2 && raw.size() != 4 && raw.size() != 8)
    throw std::runtime_error("a cell is no integer");
  // Signed: the first byte fills the upper ones with its sign.
  auto bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<signed char>(raw[0])));
  for (const char byte : raw.substr(1))
    bits = bits << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(bits);
}

uuid read_uuid(std::string_view raw) {
  if (raw.size() != 16)
    throw std::runtime_error("a cell is no uuid");
  uuid id;
  std::memcpy(id.bytes.data(), raw.data(), 16);
  return id;
}

std::int64_t read_numeric(std::string_view raw, int decimals) {
  if (raw.size() < 8 || raw.size() % 2 != 0)
    throw std::runtime_error("a cell is no numeric");
  const auto count = read_integer(raw.substr(0, 2));
  const auto weight = read_integer(raw.substr(2, 2));
  const bool negative = read_integer(raw.substr(4, 2)) != 0;
  ensure(raw.size() == 8 + 2 * static_cast<std::size_t>(count) && (decimals == 2 || decimals == 4), "a cell is no numeric");
  std::int64_t value = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto group = read_integer(raw.substr(8 + 2 * static_cast<std::size_t>(i), 2));
    const auto power = weight - i; // This group stands for group x 10000^power.
    ensure(power >= -1, "a numeric with more digits than its column");
    std::int64_t part = power < 0 ? (decimals == 2 ? group / 100 : group) : group * (decimals == 2 ? 100 : 10'000);
    for (std::int64_t p = 0; p < power; ++p)
      part *= 10'000;
    value += part;
  }
  return negative ? -value : value;
}

date read_date(std::string_view raw) {
  return cells::day_zero + std::chrono::days(read_integer(raw));
}

timestamp read_timestamp(std::string_view raw) {
  return timestamp(cells::day_zero) + std::chrono::microseconds(read_integer(raw));
}

} // namespace reserve::persistence
