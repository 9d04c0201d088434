#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::config {

/// A value as it was written, before its key says what it must be. Numbers and switches are kept as their text.
struct raw {
  enum class shape { scalar, list, table };

  shape is = shape::scalar;
  std::string text;
  std::vector<raw> items;
  std::map<std::string, raw> members;
};

/// A value with the place it was read at.
struct placed {
  std::string key; ///< Dotted.
  raw value;
  std::string where;
};

/// What a TOML file holds: every leaf with its dotted key, or the error of the first line that is not TOML.
struct toml_content {
  std::vector<placed> leaves;
  std::optional<std::string> error;
  std::string error_where;
};

toml_content read_toml(std::string_view text, const std::string& file_name);

/// A TOML value such as `["a", "b"]` or `{id = "1"}`; nothing if it is none.
std::optional<raw> parse_toml_value(std::string_view text);

/// The leaves of `value`: itself, or those of a table with `key.` before their names.
std::vector<placed> flatten(const std::string& key, const raw& value, const std::string& where);

} // namespace reserve::config
