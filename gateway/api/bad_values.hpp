#pragma once

#include "gateway/api/field.hpp"
#include "gateway/http/json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace reserve::gateway {

/// A bad value of a body's member.
struct bad_json_value {
  std::string about; ///< "too long"
  http::json_value value;
  std::string field; ///< Dotted name that the refusal must carry.
  std::string problem;
};

/// A bad value in a path or query.
struct bad_plain_value {
  std::string about;
  std::string text;
  std::string problem;
  std::string suffix; ///< ".0" when an item of an array is meant.
};

std::vector<bad_json_value> bad_json_values(const field& what, const std::string& path);
std::vector<bad_plain_value> bad_plain_values(const field& what);
http::json_value good_json_value(const field& what);

/// The object with one member replaced, added or (nothing) removed.
http::json_value replaced(const http::json_value& object, const std::string& name, const std::optional<http::json_value>& by);

} // namespace reserve::gateway
