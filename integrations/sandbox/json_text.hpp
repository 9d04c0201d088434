#pragma once

#include "integrations/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace reserve::sandbox {

using integrations::json_object;
using integrations::json_text;
using integrations::json_value;
using integrations::parse_json;

/// "[a,b]" of parts that are JSON already.
std::string array_text(const std::vector<std::string>& parts);
std::string string_array(const std::vector<std::string>& texts);

/// A string, or null when empty.
std::string text_or_null(std::string_view text);

/// The value as JSON again.
std::string written(const json_value& value);

} // namespace reserve::sandbox
