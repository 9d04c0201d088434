#include "gateway/http/json.hpp"
#include "gateway/http/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace reserve::http {

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (auto rest = text; !rest.empty();) {
    const auto run = plain_run(rest);
    out.append(rest.substr(0, run));
    if (run == rest.size())
      break;
    const char c = rest[run];
    rest.remove_prefix(run + 1);
    switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
      out += "\\u00";
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  out += '"';
}

json_writer& json_writer::key(std::string_view name) {
  value(name);
  *room(1) = ':';
  needs_comma_ = false;
  return *this;
}

json_writer& json_writer::value(std::string_view text) {
  if (plain_run(text) == text.size()) { // Nearly every text.
    char* const to = begin_value(text.size() + 2);
    to[0] = '"';
    text.copy(to + 1, text.size());
    to[text.size() + 1] = '"';
    return *this;
  }
  std::string escaped;
  append_json_string(escaped, text);
  return raw(escaped);
}

json_writer& json_writer::value(money amount) {
  std::array<char, money_text_max> text;
  return raw(write_money(amount, text));
}

json_writer& json_writer::raw(std::string_view json, std::string_view rest) {
  char* const to = begin_value(json.size() + rest.size());
  json.copy(to, json.size());
  rest.copy(to + json.size(), rest.size());
  return *this;
}

json_writer& json_writer::decimal(double number, int digits) {
  if (!std::isfinite(number))
    return null();
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%.*f", digits, number);
  std::string_view shown(text, static_cast<std::size_t>(std::min(length, static_cast<int>(sizeof text) - 1)));
  if (shown.find('.') != std::string_view::npos) {
    while (shown.back() == '0')
      shown.remove_suffix(1);
    if (shown.back() == '.')
      shown.remove_suffix(1);
  }
  return raw(shown == "-0" ? std::string_view("0") : shown);
}

json_writer& json_writer::value(const json_value& tree) {
  switch (tree.type()) {
  case json_value::kind::null: return null();
  case json_value::kind::boolean: return value(tree.as_bool());
  case json_value::kind::number: return raw(tree.text());
  case json_value::kind::string: return value(tree.text());
  case json_value::kind::array:
    begin_array();
    for (const auto& item : tree.items())
      value(item);
    return end_array();
  case json_value::kind::object:
    begin_object();
    for (const auto& [name, content] : tree.members())
      member(name, content);
    return end_object();
  }
  return *this;
}

std::string to_json(const json_value& tree) {
  json_writer writer;
  writer.value(tree);
  return writer.take();
}

} // namespace reserve::http
