#pragma once

#include "domain/civil.hpp"
#include "domain/id.hpp"
#include "domain/money.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// PostgreSQL's binary form of values, as in COPY BINARY, parameters and results: big endian, without the length in front.
namespace reserve::persistence::wire {

/// Type numbers of PostgreSQL (pg_type.oid), which never change.
enum class oid : std::uint32_t {
  unspecified = 0, boolean = 16, bytea = 17, int8 = 20, int2 = 21, int4 = 23, text = 25, bytea_array = 1001, int2_array = 1005, text_array = 1009,
  int8_array = 1016, date = 1082, time = 1083, timestamptz = 1184, numeric = 1700, uuid = 2950, uuid_array = 2951, jsonb = 3802,
};

void put_int16(std::string& out, std::int64_t value);
void put_int32(std::string& out, std::int64_t value);
void put_int64(std::string& out, std::int64_t value);
/// Over four bytes that are there.
void store_int32(char* to, std::int64_t value) noexcept;
void put_uuid(std::string& out, const uuid& id);
void put_timestamp(std::string& out, timestamp instant);
void put_date(std::string& out, date day);
void put_time(std::string& out, std::chrono::minutes time_of_day);
void put_jsonb(std::string& out, std::string_view text);
/// numeric with `decimals` (2 or 4) digits after the point, of value / 10^decimals.
void put_numeric(std::string& out, std::int64_t value, int decimals);
void put_array(std::string& out, const std::vector<uuid>& ids);
void put_array(std::string& out, const std::vector<std::string>& items, oid element);
void put_array(std::string& out, const std::vector<std::int64_t>& numbers, oid element);

/// Corrupt or unexpected bytes throw std::runtime_error: they are a bug, never input.
std::int64_t read_integer(std::string_view bytes); ///< int2, int4, int8 by length.
uuid read_uuid(std::string_view bytes);
timestamp read_timestamp(std::string_view bytes);
date read_date(std::string_view bytes);
std::chrono::minutes read_time(std::string_view bytes);
/// Value × 10^decimals of a numeric; throws when it has more decimals.
std::int64_t read_numeric(std::string_view bytes, int decimals);
/// Elements of a one-dimensional array without nulls.
std::vector<std::string_view> read_array(std::string_view bytes);

} // namespace reserve::persistence::wire
