#include "integrations/sandbox/json_text.hpp"

namespace reserve::sandbox {

std::string array_text(const std::vector<std::string>& parts) {
  std::string out = "[";
  for (const auto& part : parts) {
    if (out.size() > 1)
      out += ',';
    out += part;
  }
  return out + ']';
}

std::string string_array(const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (const auto& text : texts)
    parts.push_back(json_text(text));
  return array_text(parts);
}

std::string text_or_null(std::string_view text) {
  return text.empty() ? "null" : json_text(text);
}

std::string written(const json_value& value) {
  switch (value.kind()) {
  case json_value::type::null: return "null";
  case json_value::type::boolean: return value.truth() ? "true" : "false";
  case json_value::type::number: return value.text_or_number();
  case json_value::type::string: return json_text(value.text());
  case json_value::type::array: {
    std::vector<std::string> parts;
    for (const auto& item : value.items())
      parts.push_back(written(item));
    return array_text(parts);
  }
  case json_value::type::object: {
    json_object out;
    for (std::size_t i = 0; i < value.items().size(); ++i)
      out.raw(value.keys()[i], written(value.items()[i]));
    return out.done();
  }
  }
  return "null";
}

} // namespace reserve::sandbox
