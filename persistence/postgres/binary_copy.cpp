#include "persistence/postgres/binary_copy.hpp"

#include "domain/result.hpp"

namespace reserve::persistence {

namespace {

constexpr std::string_view copy_header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};

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

std::string binary_copy::take() {
  wire::put_int16(data_, -1);
  std::string out(copy_header);
  out.swap(data_);
  rows_ = 0;
  return out;
}

std::string binary_copy::take_columns() {
  ensure(rows_ == 0, "columns without rows");
  auto out = data_.substr(copy_header.size());
  data_.resize(copy_header.size());
  return out;
}

std::string copy_statement(std::string_view leaf, std::string_view columns) {
  std::string out = "copy reserve.";
  out.append(leaf).append(" (").append(columns).append(") from stdin (format binary)");
  return out;
}

} // namespace reserve::persistence
