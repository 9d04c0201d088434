#include "api_fixture.hpp"
#include "gateway/api/openapi.hpp"
#include "gateway/api/types.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <regex>
#include <set>

namespace reserve::gateway {
namespace {

using http::json_value;

/// As much of JSON Schema as the document uses. Members that a schema does not list are an error, so that examples show no more than the types.
class schema_checker {
public:
  explicit schema_checker(const json_value& document) : document_(document) {}

  /// Empty, or what is wrong and where.
  std::string check(const json_value& schema, const json_value& value, const std::string& path) const {
    if (const auto reference = schema.text_of("$ref"))
      return check(resolve(*reference), value, path);
    if (const auto* options = schema.find("anyOf")) {
      std::string why;
      for (const auto& each : options->items()) {
        why = check(each, value, path);
        if (why.empty())
          return {};
      }
      return why;
    }
    if (const auto* wanted = schema.find("const"))
      return to_json(*wanted) == to_json(value) ? "" : path + ": not the constant";
    if (!has_type(schema, value))
      return path + ": wrong type";
    if (const auto* allowed = schema.find("enum"))
      if (std::none_of(allowed->items().begin(), allowed->items().end(), [&](const json_value& each) { return to_json(each) == to_json(value); }))
        return path + ": not in enum: " + to_json(value);
    if (value.is_object())
      return check_object(schema, value, path);
    if (value.is_array())
      return check_array(schema, value, path);
    return check_limits(schema, value, path);
  }

  const json_value& resolve(std::string_view reference) const {
    std::string dotted(reference.substr(2));
    std::replace(dotted.begin(), dotted.end(), '/', '.');
    const auto* found = document_.at_path(dotted);
    if (!found)
      throw std::logic_error("no " + std::string(reference));
    return *found;
  }

private:
  static bool is_type(std::string_view name, const json_value& value) {
    if (name == "integer")
      return value.as_integer().has_value();
    using kind = json_value::kind;
    const kind wanted = name == "string"    ? kind::string
                        : name == "number"  ? kind::number
                        : name == "boolean" ? kind::boolean
                        : name == "object"  ? kind::object
                        : name == "array"   ? kind::array
                                            : kind::null;
    return value.type() == wanted;
  }

  static bool has_type(const json_value& schema, const json_value& value) {
    const auto* type = schema.find("type");
    if (!type)
      return true;
    if (type->is_string())
      return is_type(type->text(), value);
    return std::any_of(type->items().begin(), type->items().end(), [&](const json_value& each) { return is_type(each.text(), value); });
  }

  std::string check_object(const json_value& schema, const json_value& value, const std::string& path) const {
    if (const auto* required = schema.find("required"))
      for (const auto& name : required->items())
        if (!value.find(name.text()))
          return path + ": misses " + name.text();
    const auto* properties = schema.find("properties");
    if (!properties)
      return {};
    for (const auto& [name, member] : value.members()) {
      const auto* inner = properties->find(name);
      if (!inner)
        return path + ": does not know " + name;
      if (auto why = check(*inner, member, path + "." + name); !why.empty())
        return why;
    }
    return {};
  }

  std::string check_array(const json_value& schema, const json_value& value, const std::string& path) const {
    const auto count = static_cast<double>(value.items().size());
    if (const auto* most = schema.find("maxItems"); most && count > *most->as_double())
      return path + ": too many";
    if (const auto* fewest = schema.find("minItems"); fewest && count < *fewest->as_double())
      return path + ": too few";
    for (const auto& item : value.items())
      if (auto why = check(*schema.find("items"), item, path + "[]"); !why.empty())
        return why;
    return {};
  }

  static std::string check_limits(const json_value& schema, const json_value& value, const std::string& path) {
    const auto limit = [&](const char* name) { return schema.find(name) ? schema.find(name)->as_double() : std::nullopt; };
    const double size = value.is_number() ? *value.as_double() : static_cast<double>(value.text().size());
    const auto least = limit(value.is_number() ? "minimum" : "minLength");
    const auto most = limit(value.is_number() ? "maximum" : "maxLength");
    if ((least && size < *least) || (most && size > *most))
      return path + ": out of limits";
    const auto expression = schema.text_of("pattern");
    if (expression && !std::regex_search(value.text(), std::regex(std::string(*expression))))
      return path + ": does not match " + std::string(*expression);
    const auto format = schema.text_of("format");
    if ((format == "uuid" && !parse_uuid(value.text())) || (format == "date" && !parse_date(value.text())) ||
        (format == "date-time" && !parse_timestamp(value.text())))
      return path + ": not a " + std::string(*format);
    return {};
  }

  const json_value& document_;
};

const json_value& document() {
  static const auto reading = http::read_json(openapi_document("https://book.example.com", "0.1.0"), {64});
  REQUIRE(reading.value);
  return *reading.value;
}

void check_references(const json_value& here, const schema_checker& checker) {
  if (const auto reference = here.text_of("$ref"))
    checker.resolve(*reference);
  for (const auto& [name, member] : here.members())
    check_references(member, checker);
  for (const auto& item : here.items())
    check_references(item, checker);
}

/// Calls `visit(path, method, operation)` for each.
template <class Visit>
void each_operation(Visit visit) {
  for (const auto& [path, item] : document().find("paths")->members())
    for (const auto& [method, operation] : item.members())
      if (operation.is_object())
        visit(path, method, operation);
}

} // namespace

TEST_CASE("the API document has every operation once and all references lead somewhere", "[api][openapi]") {
  CHECK(document().text_of("openapi") == "3.1.0");
  check_references(document(), schema_checker(document()));
  std::set<std::string> ids;
  each_operation([&](const std::string&, const std::string&, const json_value& operation) {
    CHECK(ids.insert(std::string(*operation.text_of("operationId"))).second);
    CHECK(operation.find("responses")->members().size() > 0);
  });
  for (const auto& each : endpoints()) {
    CAPTURE(each.operation_id);
    CHECK(ids.count(each.operation_id) == 1);
  }
  CHECK(document().at_path("components.securitySchemes.api_key"));
  for (const auto* status : {"400", "401", "403", "404", "409", "413", "415", "422", "429", "503"})
    CHECK(document().at_path("components.responses.Error" + std::string(status) + ".headers.Retry-After"));
}

TEST_CASE("every example satisfies its own schema", "[api][openapi]") {
  const schema_checker checker(document());
  std::size_t answers = 0;
  const auto check_media = [&](const json_value* content, const std::string& where) {
    REQUIRE(content);
    for (const auto& [type, media] : content->members()) {
      const auto* example = media.find("example");
      REQUIRE(example);
      CHECK(checker.check(*media.find("schema"), *example, where) == "");
    }
  };
  each_operation([&](const std::string& path, const std::string& method, const json_value& operation) {
    const std::string where = method + " " + path;
    for (const auto& parameter : operation.find("parameters")->items())
      if (const auto* example = parameter.find("example"))
        CHECK(checker.check(*parameter.find("schema"), *example, where + " " + std::string(*parameter.text_of("name"))) == "");
    if (const auto* body = operation.find("requestBody"))
      check_media(body->find("content"), where + " request");
    for (const auto& [status, response] : operation.find("responses")->members()) {
      if (response.find("$ref"))
        continue;
      check_media(response.find("content"), where + " " + status);
      ++answers;
    }
  });
  CHECK(answers >= endpoints().size());
}

TEST_CASE("the examples are requests that come through", "[api][openapi]") {
  for (const auto& each : endpoints()) {
    CAPTURE(each.operation_id);
    std::string path = std::string(base_path) + each.path;
    for (const auto& part : each.fields)
      if (part.where == place::path)
        path.replace(path.find("{" + part.name + "}"), part.name.size() + 2, part.example);
    header_pairs headers{{"Authorization", "Bearer " + std::string(service_token)}};
    if (each.caller == caller::session && each.example_body.find("session_id") == std::string::npos &&
        each.example_query.find("session_id") == std::string::npos)
      headers.emplace_back("X-Session-Id", "session-0001");
    if (!each.example_body.empty())
      headers.emplace_back("Content-Type", "application/json");
    const auto why = failure_at_door(request_of(each.method, path + "?" + each.example_query, each.example_body, headers));
    CAPTURE(problems_of(why), why.message);
    CHECK(why.code == "");
  }
}

TEST_CASE("the notation of types becomes schemas", "[api][openapi]") {
  CHECK(schema_of("int") == R"({"type":"integer"})");
  CHECK(schema_of("[City]?") == R"({"anyOf":[{"type":"array","items":{"$ref":"#/components/schemas/City"}},{"type":"null"}]})");
  CHECK(
      schema_of("{a?, b:\"x\"|\"y\"}") ==
      R"({"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]},"b":{"type":"string","enum":["x","y"]}},"required":["a","b"]})");
  CHECK(schema_of("StripePayment|PixPayment").find("anyOf") != std::string::npos);
  CHECK_THROWS(schema_of("Nonsense"));
  CHECK_THROWS(schema_of("{a:int"));
  for (const auto& each : named_types())
    CHECK_NOTHROW(schema_of(each.notation));
}

} // namespace reserve::gateway
