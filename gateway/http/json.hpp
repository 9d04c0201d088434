#pragma once

#include "domain/id.hpp"
#include "domain/money.hpp"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::http {

/// A JSON value as it was read. A number keeps its source text, so that money never passes through floating point.
class json_value {
public:
  enum class kind : std::uint8_t { null, boolean, number, string, array, object };
  using member = std::pair<std::string, json_value>;

  json_value() = default;
  static json_value of_bool(bool value);
  static json_value of_number(std::string text);
  static json_value of_string(std::string text);
  static json_value of_array(std::vector<json_value> items);
  static json_value of_object(std::vector<member> members);

  /// For who reads one piece by piece: makes an empty value a string or number, whose text is to be filled.
  std::string& become(kind type) noexcept {
    kind_ = type;
    return text_;
  }

  kind type() const noexcept { return kind_; }
  bool is_null() const noexcept { return kind_ == kind::null; }
  bool is_object() const noexcept { return kind_ == kind::object; }
  bool is_array() const noexcept { return kind_ == kind::array; }
  bool is_string() const noexcept { return kind_ == kind::string; }
  bool is_number() const noexcept { return kind_ == kind::number; }
  bool is_bool() const noexcept { return kind_ == kind::boolean; }

  /// The string, or the source text of the number; empty for other kinds.
  const std::string& text() const noexcept { return text_; }
  bool as_bool() const noexcept { return flag_; }
  const std::vector<json_value>& items() const noexcept { return items_; }
  /// In the order of the source; names are unique.
  const std::vector<member>& members() const noexcept { return members_; }

  /// A member of an object, or null pointer.
  const json_value* find(std::string_view name) const noexcept;
  /// Follows "a.b.0.c".
  const json_value* at_path(std::string_view dotted) const noexcept;
  /// A string member, or nothing when it is absent or of another kind.
  std::optional<std::string_view> text_of(std::string_view name) const noexcept;

  /// Whole numbers without fraction or exponent.
  std::optional<std::int64_t> as_integer() const noexcept;
  /// At most two digits after the point, no exponent.
  std::optional<money> as_money() const;
  /// For what is not money: coordinates, ratings.
  std::optional<double> as_double() const noexcept;

private:
  std::string text_;
  std::vector<json_value> items_;
  std::vector<member> members_;
  kind kind_ = kind::null;
  bool flag_ = false;
};

struct json_limits {
  unsigned depth = 32;
};

/// What came of reading: a value, or where and why it ended.
struct json_reading {
  std::optional<json_value> value;
  std::size_t offset = 0;   ///< Byte in the source at which reading ended with a problem.
  std::string_view problem; ///< Empty when there is a value.
};

/// Strict RFC 8259: one value, no comments, no trailing commas, valid UTF-8, no U+0000 (also not escaped), no lone surrogates, no repeated member
/// names.
json_reading read_json(std::string_view text, json_limits limits = {});

/// Builds JSON text from left to right; commas and escapes are its own affair.
class json_writer {
public:
  /// `expected`: bytes, as a hint.
  explicit json_writer(std::size_t expected = 512) { out_.resize(expected); }

  json_writer& begin_object() { return open('{'); }
  json_writer& end_object() { return close('}'); }
  json_writer& begin_array() { return open('['); }
  json_writer& end_array() { return close(']'); }
  json_writer& key(std::string_view name);
  /// A name that stands in the source needs no escapes.
  template <std::size_t Size>
  json_writer& key(const char (&name)[Size]) {
    char* const to = begin_value(Size + 2);
    to[0] = '"';
    std::memcpy(to + 1, name, Size - 1);
    to[Size] = '"';
    to[Size + 1] = ':';
    needs_comma_ = false;
    return *this;
  }

  json_writer& value(std::string_view text);
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(const std::string& text) { return value(std::string_view(text)); }
  json_writer& value(money amount);
  json_writer& value(const uuid& id) {
    char* const to = begin_value(uuid_text_size + 2);
    to[0] = '"';
    write_uuid(id, std::span<char, uuid_text_size>(to + 1, uuid_text_size));
    to[uuid_text_size + 1] = '"';
    return *this;
  }
  template <class Tag>
  json_writer& value(const strong_id<Tag>& id) {
    return value(id.value);
  }
  json_writer& value(std::same_as<bool> auto flag) { return raw(flag ? "true" : "false"); }
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) json_writer& value(Number number) {
    char digits[24];
    return raw({digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
  }
  json_writer& value(const json_value& tree);
  template <class T>
  json_writer& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  json_writer& null() { return raw("null"); }
  /// A number that is not money, with at most `digits` digits after the point, trailing zeros left away.
  json_writer& decimal(double number, int digits = 6);
  /// Text that is JSON already, in one piece or two; not this writer's own.
  json_writer& raw(std::string_view json, std::string_view rest = {});

  template <class T>
  json_writer& member(std::string_view name, const T& content) {
    key(name);
    return value(content);
  }
  template <std::size_t Size, class T>
  json_writer& member(const char (&name)[Size], const T& content) {
    key(name);
    return value(content);
  }

  std::string_view text() const noexcept { return std::string_view(out_).substr(0, used_); }
  std::string take() {
    out_.resize(std::exchange(used_, 0));
    return std::move(out_);
  }

private:
  json_writer& open(char bracket) {
    *begin_value(1) = bracket;
    needs_comma_ = false;
    return *this;
  }
  json_writer& close(char bracket) {
    *room(1) = bracket;
    needs_comma_ = true;
    return *this;
  }
  /// Where the next `count` bytes go. The string is longer than what is used, so that a name or a number costs no call.
  char* room(std::size_t count) {
    if (out_.size() - used_ < count)
      out_.resize(std::max(2 * out_.size(), used_ + count));
    return out_.data() + std::exchange(used_, used_ + count);
  }
  /// The same behind the comma that is due.
  char* begin_value(std::size_t count) {
    if (!std::exchange(needs_comma_, true))
      return room(count);
    char* const to = room(count + 1);
    *to = ',';
    return to + 1;
  }

  std::string out_;
  std::size_t used_ = 0;
  bool needs_comma_ = false;
};

/// Appends the text as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

std::string to_json(const json_value& tree);

} // namespace reserve::http
