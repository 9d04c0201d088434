#include "gateway/api/types.hpp"
#include "gateway/http/json.hpp"

#include <algorithm>
#include <stdexcept>

namespace reserve::gateway {
namespace {

struct simple {
  std::string_view name;
  std::string_view schema;
};

constexpr simple simple_types[] = {
    {"string", R"({"type":"string"})"}, {"int", R"({"type":"integer"})"},   {"number", R"({"type":"number"})"},
    {"bool", R"({"type":"boolean"})"},  {"object", R"({"type":"object"})"},
};

/// Basic types that are components, made by hand because the notation only names them.
constexpr std::string_view basic_names[] = {"Uuid", "Date", "Time", "Instant", "Money", "Code"};

bool is_known(std::string_view name) {
  const auto& types = named_types();
  return std::find(std::begin(basic_names), std::end(basic_names), name) != std::end(basic_names) ||
         std::any_of(types.begin(), types.end(), [&](const named_type& each) { return each.name == name; });
}

std::string quoted(std::string_view text) {
  std::string out;
  http::append_json_string(out, text);
  return out;
}

class reader {
public:
  explicit reader(std::string_view text) : text_(text) {}

  std::string run() {
    std::string schema = type();
    expect(at_ == text_.size(), "end");
    return schema;
  }

private:
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ')
      ++at_;
  }
  char peek() {
    skip();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char wanted) {
    if (peek() != wanted)
      return false;
    ++at_;
    return true;
  }
  void expect(bool condition, const char* what) {
    if (!condition)
      throw std::logic_error("type notation: expected " + std::string(what) + " in " + std::string(text_));
  }
  std::string_view word() {
    skip();
    const auto end = std::min(text_.find_first_of(" ,:?}]|\"", at_), text_.size());
    expect(end > at_, "name");
    const auto found = text_.substr(at_, end - at_);
    at_ = end;
    return found;
  }

  std::string type() {
    std::string schema = peek() == '{' ? record() : peek() == '[' ? list() : peek() == '"' ? choices() : named();
    return take('?') ? nullable(schema) : schema;
  }

  static std::string nullable(const std::string& schema) { return R"({"anyOf":[)" + schema + R"(,{"type":"null"}]})"; }

  /// "A" or "A|B": one of several objects.
  std::string named() {
    std::string schema = one_name();
    if (peek() != '|')
      return schema;
    while (take('|'))
      schema += "," + one_name();
    return R"({"anyOf":[)" + schema + "]}";
  }

  std::string one_name() {
    const auto name = word();
    for (const auto& each : simple_types)
      if (each.name == name)
        return std::string(each.schema);
    expect(is_known(name), "known type");
    return R"({"$ref":"#/components/schemas/)" + std::string(name) + "\"}";
  }

  std::string list() {
    take('[');
    std::string schema = R"({"type":"array","items":)" + type() + "}";
    expect(take(']'), "]");
    return schema;
  }

  std::string choices() {
    std::string values;
    do {
      expect(take('"'), "\"");
      values += (values.empty() ? "" : ",") + quoted(word());
      expect(take('"'), "\"");
    } while (take('|'));
    return R"({"type":"string","enum":[)" + values + "]}";
  }

  std::string record() {
    take('{');
    std::string properties;
    std::string names;
    do {
      const auto name = word();
      const bool null_text = take('?');
      std::string schema = take(':') ? type() : std::string(R"({"type":"string"})");
      if (null_text)
        schema = nullable(schema);
      properties += (properties.empty() ? "" : ",") + quoted(name) + ":" + schema;
      names += (names.empty() ? "" : ",") + quoted(name);
    } while (take(','));
    expect(take('}'), "}");
    return R"({"type":"object","properties":{)" + properties + R"(},"required":[)" + names + "]}";
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

} // namespace

std::string schema_of(std::string_view notation) {
  return reader(notation).run();
}

} // namespace reserve::gateway
