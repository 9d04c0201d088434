#pragma once

#include "persistence/core/rows.hpp"

#include <concepts>
#include <cstdint>

namespace reserve::persistence {

// Values of rows in PostgreSQL's binary form (see `row`): what the projector renders for each record, so it is written straight into the row's bytes.

namespace cells {

/// PostgreSQL counts days and microseconds from 2000-01-01.
inline constexpr date day_zero{std::chrono::year(2000) / 1 / 1};

template <std::size_t Size>
void put_bits(std::string& out, std::uint64_t bits) {
  char raw[Size];
  for (std::size_t i = 0; i < Size; ++i)
    raw[i] = static_cast<char>(bits >> (8 * (Size - 1 - i)));
  out.append(raw, Size);
}

template <std::size_t Size>
void put_number(std::string& out, std::int64_t value) {
  put_bits<4>(out, Size);
  put_bits<Size>(out, static_cast<std::uint64_t>(value));
}

inline void put_null(std::string& out) {
  out.append(4, '\xff');
}

inline void put_raw(std::string& out, std::string_view value) {
  put_bits<4>(out, value.size());
  out.append(value);
}

/// numeric with `decimals` (2 or 4) digits after the point, of value / 10^decimals.
void put_numeric(std::string& out, std::int64_t value, int decimals);

/// Throws std::logic_error: a value of another type than its column's.
[[noreturn]] void wrong_type(const column& where);
inline void expect(const column& where, column_type type) {
  if (where.type != type)
    wrong_type(where);
}

inline void put(std::string& out, const column& where, bool value) {
  expect(where, column_type::boolean);
  put_bits<4>(out, 1);
  out.push_back(value ? '\1' : '\0');
}
template <std::integral T>
  requires(!std::same_as<T, bool>)
void put(std::string& out, const column& where, T number) {
  const auto value = static_cast<std::int64_t>(number);
  if (where.type == column_type::integer) {
    ensure(value >= INT32_MIN && value <= INT32_MAX, "integer out of range");
    put_number<4>(out, value);
  } else if (where.type == column_type::bigint) {
    put_number<8>(out, value);
  } else {
    expect(where, column_type::smallint);
    ensure(value >= INT16_MIN && value <= INT16_MAX, "smallint out of range");
    put_number<2>(out, value);
  }
}
inline void put(std::string& out, const column& where, std::string_view text) {
  expect(where, column_type::text);
  put_raw(out, text);
}
inline void put(std::string& out, const column& where, const std::string& text) {
  put(out, where, std::string_view(text));
}
inline void put(std::string& out, const column& where, const char* text) {
  put(out, where, std::string_view(text));
}
inline void put(std::string& out, const column& where, const uuid& id) {
  expect(where, column_type::uuid);
  put_bits<4>(out, id.bytes.size());
  out.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}
inline void put(std::string& out, const column& where, money amount) {
  expect(where, column_type::money);
  put_numeric(out, amount.minor_units, 2);
}
inline void put(std::string& out, const column& where, rate share) {
  expect(where, column_type::rate);
  put_numeric(out, share.per_ten_thousand, 4);
}
inline void put(std::string& out, const column& where, date day) {
  expect(where, column_type::date);
  put_number<4>(out, (day - day_zero).count());
}
inline void put(std::string& out, const column& where, timestamp instant) {
  expect(where, column_type::timestamptz);
  put_number<8>(out, (instant - timestamp(day_zero)).count());
}
inline void put(std::string& out, const column& where, std::chrono::minutes time_of_day) {
  expect(where, column_type::time);
  put_number<8>(out, std::chrono::microseconds(time_of_day).count());
}
inline void put(std::string& out, const column& where, const json_text& json) {
  expect(where, column_type::jsonb);
  put_bits<4>(out, json.text.size() + 1);
  out.push_back('\1'); // Version of the format.
  out.append(json.text);
}
inline void put(std::string& out, const column& where, const bytes& data) {
  expect(where, column_type::bytea);
  put_raw(out, data.data);
}
inline void put(std::string& out, const column&, std::nullopt_t) {
  put_null(out);
}
template <class T>
void put(std::string& out, const column& where, const std::optional<T>& value) {
  if (value)
    put(out, where, *value);
  else
    put_null(out);
}

} // namespace cells

/// Appends a row of all columns of a table, in order.
template <class... Values>
void append_row(std::string& out, const table& of, const Values&... values) {
  ensure(sizeof...(Values) == of.columns.size(), "a row has as many values as its table has columns");
  cells::put_bits<2>(out, sizeof...(Values));
  const column* where = of.columns.data();
  (cells::put(out, *where++, values), ...);
}
template <class... Values>
row make_row(const table& of, const Values&... values) {
  row out;
  append_row(out, of, values...);
  return out;
}
/// A row of the key's columns only.
template <class... Values>
row make_key(const table& of, const Values&... values) {
  ensure(sizeof...(Values) == of.key.size(), "a key has as many values as its table's");
  row out;
  cells::put_bits<2>(out, sizeof...(Values));
  const std::size_t* at = of.key.data();
  (cells::put(out, of.columns[*at++], values), ...);
  return out;
}

/// Bytes of the n-th value; nullopt for NULL. Throws std::logic_error when the row has fewer values.
std::optional<std::string_view> cell(std::string_view line, std::size_t index);
/// Replaces the n-th value by another one of any length, or NULL.
void replace_cell(row& line, std::size_t index, std::optional<std::string_view> value);
/// The key of a row, as make_key() makes it.
row key_of(const table& of, std::string_view line);

// What a cell says. Bytes of another length throw std::runtime_error.
std::int64_t read_integer(std::string_view raw);
uuid read_uuid(std::string_view raw);
/// Value x 10^decimals.
std::int64_t read_numeric(std::string_view raw, int decimals);
date read_date(std::string_view raw);
timestamp read_timestamp(std::string_view raw);

} // namespace reserve::persistence
