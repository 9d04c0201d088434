#pragma once

#include "domain/civil.hpp"
#include "domain/money.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reserve::integrations {

/// A JSON value as it was written: a number keeps its text, so that money never passes through binary floating point. Reading is forgiving (a missing member
/// is a null), because what outside systems send is never to be trusted; whoever needs a member asks for it by type and gets nothing when it is another.
class json_value {
public:
  enum class type : std::uint8_t { null, boolean, number, string, array, object };

  json_value() = default;

  type kind() const noexcept { return kind_; }
  bool is_null() const noexcept { return kind_ == type::null; }
  bool is_object() const noexcept { return kind_ == type::object; }
  bool is_array() const noexcept { return kind_ == type::array; }

  /// Member of an object, element of an array; a null when there is none.
  const json_value& operator[](std::string_view key) const noexcept;
  const json_value& operator[](std::size_t index) const noexcept;
  /// Elements of an array; of an object the values.
  const std::vector<json_value>& items() const noexcept { return items_; }
  /// Names of the members of an object, in step with items().
  const std::vector<std::string>& keys() const noexcept { return keys_; }

  /// The text of a string, else empty.
  const std::string& text() const noexcept;
  /// The text of a string or of a number as it was written: ids come as both.
  const std::string& text_or_number() const noexcept;
  bool truth() const noexcept { return kind_ == type::boolean && text_ == "true"; }
  std::optional<std::int64_t> integer() const noexcept;
  /// A number (or a string that looks like one) with at most two decimals, in major units: 1400.00.
  std::optional<money> amount() const;
  /// An integer number of minor units: 140000.
  std::optional<money> minor_units() const noexcept;
  /// RFC 3339 text, or whole seconds since 1970 as a number.
  std::optional<timestamp> instant() const;

private:
  friend class json_reader;
  type kind_ = type::null;
  std::string text_;
  std::vector<std::string> keys_; ///< Of an object, beside items_.
  std::vector<json_value> items_;
};

/// Nothing when the text is not one JSON value, is deeper than 32 levels or has more than 100,000 values.
std::optional<json_value> parse_json(std::string_view text);

/// "…" with everything escaped that JSON wants escaped.
std::string json_text(std::string_view text);

/// Writes one object, members in the order of the calls, so that the same input always gives the same bytes.
class json_object {
public:
  json_object& text(std::string_view name, std::string_view value) { return raw(name, json_text(value)); }
  /// Left out when empty.
  json_object& text_if(std::string_view name, std::string_view value) { return value.empty() ? *this : text(name, value); }
  json_object& number(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }
  /// A number with two digits.
  json_object& amount(std::string_view name, money value) { return raw(name, to_string(value)); }
  json_object& boolean(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  json_object& object(std::string_view name, const json_object& value) { return raw(name, value.done()); }
  /// `value` is JSON already.
  json_object& raw(std::string_view name, std::string_view value);

  bool empty() const noexcept { return members_.empty(); }
  std::string done() const { return "{" + members_ + "}"; }

private:
  std::string members_;
};

} // namespace reserve::integrations
