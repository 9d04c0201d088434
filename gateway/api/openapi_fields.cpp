#include "gateway/api/openapi.hpp"
#include "gateway/api/types.hpp"

namespace reserve::gateway {
namespace {

void write_text(http::json_writer& out, const field& what) {
  out.member("type", "string").member("minLength", what.minimum).member("maxLength", what.maximum);
  const auto expression = expression_of(what.shape);
  if (!expression.empty())
    out.member("pattern", expression);
}

void write_reference(http::json_writer& out, std::string_view name) {
  out.member("$ref", "#/components/schemas/" + std::string(name));
}

void write_guests(http::json_writer& out, const field& what) {
  const std::string number = R"({"type":"integer","minimum":1,"maximum":20})";
  if (what.where != place::body)
    out.member("type", "integer").member("minimum", 1).member("maximum", 20);
  else
    out.key("anyOf").begin_array().raw(number).raw(R"({"$ref":"#/components/schemas/GuestsInput"})").end_array();
}

void write_members(http::json_writer& out, const std::vector<field>& members) {
  out.member("type", "object").key("properties").begin_object();
  bool any_required = false;
  for (const auto& each : members) {
    out.key(each.name).raw(schema_of(each));
    any_required = any_required || each.is_required;
  }
  out.end_object();
  if (any_required) {
    out.key("required").begin_array();
    for (const auto& each : members)
      if (each.is_required)
        out.value(each.name);
    out.end_array();
  }
  out.member("additionalProperties", false);
}

void write_default(http::json_writer& out, const field& what) {
  if (what.default_value.empty())
    return;
  out.key("default");
  if (what.type == value_type::integer || what.type == value_type::boolean)
    out.raw(what.default_value);
  else
    out.value(what.default_value);
}

} // namespace

std::string schema_of(const field& what) {
  http::json_writer out;
  out.begin_object();
  switch (what.type) {
  case value_type::text: write_text(out, what); break;
  case value_type::uuid: write_reference(out, "Uuid"); break;
  case value_type::id_or_code: out.member("type", "string").member("description", "A UUID or a confirmation code"); break;
  case value_type::date: write_reference(out, "Date"); break;
  case value_type::integer: out.member("type", "integer").member("minimum", what.minimum).member("maximum", what.maximum); break;
  case value_type::number: out.member("type", "number").member("minimum", what.minimum).member("maximum", what.maximum); break;
  case value_type::money: out.member("type", "number").member("minimum", money{what.minimum}).member("maximum", money{what.maximum}); break;
  case value_type::boolean: out.member("type", "boolean"); break;
  case value_type::choice:
    out.member("type", "string").key("enum").begin_array();
    for (const auto& each : what.choices)
      out.value(each);
    out.end_array();
    break;
  case value_type::guests: write_guests(out, what); break;
  case value_type::object: write_members(out, what.members); break;
  case value_type::array:
    out.member("type", "array").key("items").raw(schema_of(what.members.front())).member("minItems", what.minimum).member("maxItems", what.maximum);
    break;
  }
  write_default(out, what);
  if (!what.about.empty() && what.where == place::body)
    out.member("description", what.about);
  out.end_object();
  return out.take();
}

std::string body_schema(const endpoint& what) {
  std::vector<field> members;
  for (const auto& each : what.fields)
    if (each.where == place::body)
      members.push_back(each);
  return schema_of(object("", std::move(members)));
}

std::string example_of(const field& what) {
  http::json_writer out;
  switch (what.type) {
  case value_type::integer:
  case value_type::number:
  case value_type::money:
  case value_type::boolean:
  case value_type::guests: out.raw(what.example); break;
  case value_type::array: out.begin_array().value(what.example).end_array(); break;
  default: out.value(what.example);
  }
  return out.take();
}

} // namespace reserve::gateway
