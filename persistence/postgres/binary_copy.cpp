#include "persistence/postgres/binary_copy.hpp"

#include "domain/result.hpp"

namespace reserve::persistence {

namespace {

constexpr std::string_view copy_header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};

template <class T>
const T& as(const column& where, const column_value& value) {
  const auto* held = std::get_if<T>(&value);
  if (held == nullptr)
    throw std::logic_error("column " + std::string(where.name) + " was given a value of another type");
  return *held;
}

} // namespace

binary_copy::binary_copy() : data_(copy_header) {}

void binary_copy::begin_row(std::size_t columns) {
  wire::put_int16(data_, static_cast<std::int64_t>(columns));
  ++rows_;
}

void binary_copy::put_null() {
  wire::put_int32(data_, -1);
}

void binary_copy::put_bool(bool value) {
  wire::put_int32(data_, 1);
  data_.push_back(value ? '\1' : '\0');
}

void binary_copy::put_int2(std::int64_t value) {
  ensure(value >= INT16_MIN && value <= INT16_MAX, "smallint out of range");
  wire::put_int32(data_, 2);
  wire::put_int16(data_, value);
}

void binary_copy::put_int4(std::int64_t value) {
  ensure(value >= INT32_MIN && value <= INT32_MAX, "integer out of range");
  wire::put_int32(data_, 4);
  wire::put_int32(data_, value);
}

void binary_copy::put_int8(std::int64_t value) {
  wire::put_int32(data_, 8);
  wire::put_int64(data_, value);
}

void binary_copy::put_text(std::string_view text) {
  wire::put_int32(data_, static_cast<std::int64_t>(text.size()));
  data_.append(text);
}

void binary_copy::put_text_or_null(std::string_view text) {
  text.empty() ? put_null() : put_text(text);
}

void binary_copy::put_bytes(std::string_view data) {
  put_text(data);
}

void binary_copy::put_bytes_or_null(std::string_view data) {
  put_text_or_null(data);
}

void binary_copy::put_uuid(const uuid& id) {
  wire::put_int32(data_, 16);
  wire::put_uuid(data_, id);
}

void binary_copy::put_uuid_or_null(const std::optional<uuid>& id) {
  id && !id->is_nil() ? put_uuid(*id) : put_null();
}

void binary_copy::put_timestamp(timestamp instant) {
  wire::put_int32(data_, 8);
  wire::put_timestamp(data_, instant);
}

void binary_copy::put_uuids(const std::vector<uuid>& ids) {
  put_written([&](std::string& out) { wire::put_array(out, ids); });
}

void binary_copy::put_int2s(const std::vector<std::int64_t>& numbers) {
  put_written([&](std::string& out) { wire::put_array(out, numbers, wire::oid::int2); });
}

void binary_copy::put_byte_strings(const std::vector<std::string>& items) {
  put_written([&](std::string& out) { wire::put_array(out, items, wire::oid::bytea); });
}

void binary_copy::put(const column& where, const column_value& value) {
  if (std::holds_alternative<std::monostate>(value))
    return put_null();
  switch (where.type) {
    case column_type::boolean: return put_bool(as<bool>(where, value));
    case column_type::smallint: return put_int2(as<std::int64_t>(where, value));
    case column_type::integer: return put_int4(as<std::int64_t>(where, value));
    case column_type::bigint: return put_int8(as<std::int64_t>(where, value));
    case column_type::text: return put_text(as<std::string>(where, value));
    case column_type::uuid: return put_uuid(as<uuid>(where, value));
    case column_type::money: return put_written([&](std::string& out) { wire::put_numeric(out, as<money>(where, value).minor_units, 2); });
    case column_type::rate: return put_written([&](std::string& out) { wire::put_numeric(out, as<rate>(where, value).per_ten_thousand, 4); });
    case column_type::date: return put_written([&](std::string& out) { wire::put_date(out, as<date>(where, value)); });
    case column_type::timestamptz: return put_timestamp(as<timestamp>(where, value));
    case column_type::time: return put_written([&](std::string& out) { wire::put_time(out, as<std::chrono::minutes>(where, value)); });
    case column_type::jsonb: return put_written([&](std::string& out) { wire::put_jsonb(out, as<json_text>(where, value).text); });
    case column_type::bytea: return put_bytes(as<bytes>(where, value).data);
    case column_type::uuid_array: return put_uuids(as<uuid_list>(where, value).ids);
    case column_type::text_array:
      return put_written([&](std::string& out) { wire::put_array(out, as<text_list>(where, value).texts, wire::oid::text); });
  }
}

void binary_copy::put_row(const table& of, const row& values) {
  ensure(values.size() == of.columns.size(), "a row has as many values as its table has columns");
  begin_row(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    put(of.columns[i], values[i]);
}

std::string binary_copy::take() {
  wire::put_int16(data_, -1);
  std::string out(copy_header);
  out.swap(data_);
  rows_ = 0;
  return out;
}

std::string copy_statement(std::string_view leaf, std::string_view columns) {
  std::string out = "copy reserve.";
  out.append(leaf).append(" (").append(columns).append(") from stdin (format binary)");
  return out;
}

std::string copy_statement(std::string_view leaf, const table& of) {
  return copy_statement(leaf, column_list(of));
}

std::string column_list(const table& of) {
  std::string out;
  for (const auto& column : of.columns) {
    if (!out.empty())
      out.append(", ");
    out.append(column.name);
  }
  return out;
}

} // namespace reserve::persistence
