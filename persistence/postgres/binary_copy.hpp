#pragma once

#include "persistence/postgres/wire.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reserve::persistence {

/// Rows in the form of COPY ... FROM STDIN BINARY. Columns are put in the order of the COPY statement, as many as begin_row() said.
class binary_copy {
public:
  binary_copy();

  void begin_row(std::size_t columns);
  void put_null();
  void put_bool(bool value);
  void put_int2(std::int64_t value);
  void put_int4(std::int64_t value);
  void put_int8(std::int64_t value);
  void put_text(std::string_view text);
  /// Empty text is NULL.
  void put_text_or_null(std::string_view text);
  void put_bytes(std::string_view data);
  void put_bytes_or_null(std::string_view data);
  void put_uuid(const uuid& id);
  void put_uuid_or_null(const std::optional<uuid>& id);
  void put_timestamp(timestamp instant);
  void put_uuids(const std::vector<uuid>& ids);
  void put_int2s(const std::vector<std::int64_t>& numbers);
  void put_byte_strings(const std::vector<std::string>& items);
  /// Columns that another one has taken.
  void put_columns(std::string_view columns) { data_.append(columns); }
  /// A field of what `write` appends to the string it is given.
  template <class Write>
  void put_written(const Write& write) {
    const auto start = data_.size();
    data_.append(4, '\0');
    write(data_);
    wire::store_int32(data_.data() + start, static_cast<std::int64_t>(data_.size() - start - 4));
  }

  std::size_t rows() const noexcept { return rows_; }
  std::size_t size() const noexcept { return data_.size(); }
  /// Everything with the trailer; the object is empty afterwards.
  std::string take();
  /// What was put, without header, trailer and rows.
  std::string take_columns();

private:
  std::string data_;
  std::size_t rows_ = 0;
};

/// "copy reserve.<leaf> (<columns>) from stdin binary"; names are ours and need no quotes.
std::string copy_statement(std::string_view leaf, std::string_view columns);

} // namespace reserve::persistence
