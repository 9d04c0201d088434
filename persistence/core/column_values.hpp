#pragma once

#include "domain/civil.hpp"
#include "domain/id.hpp"
#include "domain/money.hpp"

#include <optional>
#include <string>
#include <string_view>

// What the rows of tables.hpp are rendered with.
namespace reserve::persistence::tables {

inline std::optional<uuid> id_or_null(const uuid& id) {
  return id.is_nil() ? std::nullopt : std::optional(id);
}
template <class Id>
std::optional<uuid> id_or_null(const std::optional<Id>& id) {
  return id ? std::optional(id->value) : std::nullopt;
}
inline std::optional<std::string_view> text_or_null(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}
/// Text of others, cut to its column at a character's edge: a long message must never stop a projection.
inline std::optional<std::string_view> clipped(std::string_view text, std::size_t most = 500) {
  if (text.size() > most) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80)
      --most;
    text = text.substr(0, most);
  }
  return text_or_null(text);
}
/// `value` where `there`, else NULL.
template <class T>
std::optional<T> when(bool there, const T& value) {
  return there ? std::optional<T>(value) : std::nullopt;
}

/// JSON text; keys are ours, values are escaped.
class json_object {
public:
  json_object& add(std::string_view key, std::string_view text) {
    begin(key);
    put_quoted(text_, text);
    return *this;
  }
  json_object& add(std::string_view key, const std::string& text) { return add(key, std::string_view(text)); }
  json_object& add(std::string_view key, const char* text) { return add(key, std::string_view(text)); }
  json_object& add(std::string_view key, money amount) {
    begin(key);
    text_.append(to_string(amount));
    return *this;
  }
  json_object& add(std::string_view key, std::int64_t value) {
    begin(key);
    text_.append(std::to_string(value));
    return *this;
  }
  json_object& raw(std::string_view key, std::string_view json) {
    begin(key);
    text_.append(json);
    return *this;
  }
  std::string text() const& { return text_ + "}"; }
  std::string text() && {
    text_.push_back('}');
    return std::move(text_);
  }

  static void put_quoted(std::string& out, std::string_view text) {
    out.push_back('"');
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        out.push_back('\\');
        out.push_back(c);
      } else if (static_cast<unsigned char>(c) < 0x20) {
        constexpr char digits[] = "0123456789abcdef";
        out.append("\\u00");
        out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
        out.push_back(digits[c & 15]);
      } else {
        out.push_back(c);
      }
    }
    out.push_back('"');
  }
  static std::string quoted(std::string_view text) {
    std::string out;
    put_quoted(out, text);
    return out;
  }

private:
  void begin(std::string_view key) {
    if (text_.size() > 1)
      text_.push_back(',');
    text_.push_back('"');
    text_.append(key);
    text_.append("\":");
  }

  std::string text_ = "{";
};

template <class Items, class Render>
std::string json_list(const Items& items, Render render) {
  std::string out = "[";
  for (const auto& one : items) {
    if (out.size() > 1)
      out.push_back(',');
    out.append(render(one));
  }
  out.push_back(']');
  return out;
}

} // namespace reserve::persistence::tables
