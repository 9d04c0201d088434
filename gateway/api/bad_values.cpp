#include "gateway/api/bad_values.hpp"

#include <algorithm>

namespace reserve::gateway {
namespace {

using http::json_value;

bool is_number_type(value_type type) {
  return type == value_type::integer || type == value_type::number || type == value_type::money;
}

/// A text of the right length that has no shape but `any`.
std::string shapeless(const field& what) {
  const auto length = std::clamp<std::int64_t>(8, std::max<std::int64_t>(what.minimum, 1), what.maximum);
  std::string text;
  while (static_cast<std::int64_t>(text.size()) < length)
    text += "<\">";
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// Values that are wrong whether they stand in a path, a query or, as text or number, in a body.
std::vector<bad_plain_value> bad_sources(const field& what) {
  std::vector<bad_plain_value> bad;
  switch (what.type) {
  case value_type::text:
    bad.push_back({"too long", std::string(static_cast<std::size_t>(what.maximum) + 1, 'a'), "too_long", ""});
    if (what.minimum > 0)
      bad.push_back({"too short", std::string(static_cast<std::size_t>(what.minimum) - 1, 'a'), "too_short", ""});
    if (what.shape != pattern::any && what.shape != pattern::visible)
      bad.push_back({"malformed", shapeless(what), "malformed", ""});
    break;
  case value_type::uuid:
  case value_type::id_or_code:
    for (const auto* text : {"not-a-uuid", "0001a1b2c3d44e5f8a6b7c8d9e0f1a2b", "<script>"})
      bad.push_back({std::string("malformed ") + text, text, "malformed", ""});
    break;
  case value_type::date:
    for (const auto* text : {"2026-02-30", "01.12.2026", "2026-12-01T00:00:00Z", "tomorrow"})
      bad.push_back({std::string("malformed ") + text, text, "malformed", ""});
    break;
  case value_type::integer:
  case value_type::guests:
    bad.push_back({"too low", std::to_string(what.minimum - 1), "out_of_range", ""});
    bad.push_back({"too high", std::to_string(what.maximum + 1), "out_of_range", ""});
    bad.push_back({"huge", "99999999999999999999", "out_of_range", ""});
    bad.push_back({"with a fraction", "1.5", "wrong_type", ""});
    break;
  case value_type::number:
    bad.push_back({"too low", std::to_string(what.minimum - 1), "out_of_range", ""});
    bad.push_back({"too high", std::to_string(what.maximum + 1), "out_of_range", ""});
    break;
  case value_type::money:
    bad.push_back({"negative", "-0.01", "out_of_range", ""});
    bad.push_back({"too high", "10000000.00", "out_of_range", ""});
    bad.push_back({"with three digits", "1.001", "malformed", ""});
    bad.push_back({"with an exponent", "1e2", "malformed", ""});
    break;
  case value_type::choice: bad.push_back({"unknown", "no-such-value", "unknown_value", ""}); break;
  case value_type::boolean:
  case value_type::object:
  case value_type::array: break;
  }
  return bad;
}

json_value wrong_type_of(const field& what) {
  switch (what.type) {
  case value_type::integer:
  case value_type::number:
  case value_type::money:
  case value_type::guests: return json_value::of_string("x");
  case value_type::boolean: return json_value::of_string("yes");
  case value_type::array: return json_value::of_object({});
  default: return json_value::of_number("7");
  }
}

void add_object_values(std::vector<bad_json_value>& bad, const std::vector<field>& members, const json_value& whole, const std::string& path) {
  for (const auto& each : members) {
    for (auto& inner : bad_json_values(each, path + "." + each.name))
      bad.push_back({each.name + " " + inner.about, replaced(whole, each.name, inner.value), inner.field, inner.problem});
    if (each.is_required)
      bad.push_back({each.name + " missing", replaced(whole, each.name, std::nullopt), path + "." + each.name, "missing"});
  }
  bad.push_back({"unknown member", replaced(whole, "no_such_field", json_value::of_number("1")), path + ".no_such_field", "unknown_field"});
}

void add_array_values(std::vector<bad_json_value>& bad, const field& what, const std::string& path) {
  const field& item = what.members.front();
  std::vector<json_value> too_many(static_cast<std::size_t>(what.maximum) + 1, good_json_value(item));
  bad.push_back({"too many", json_value::of_array(std::move(too_many)), path, "too_long"});
  if (what.minimum > 0)
    bad.push_back({"empty", json_value::of_array({}), path, "too_short"});
  for (auto& inner : bad_json_values(item, path + ".0")) {
    std::vector<json_value> one{inner.value};
    bad.push_back({"item " + inner.about, json_value::of_array(std::move(one)), inner.field, inner.problem});
  }
}

const std::vector<field>& guests_members() {
  static const std::vector<field> members{integer("adults", 1, 20).required(), integer("children", 0, 10), integer("infants", 0, 5)};
  return members;
}

} // namespace

json_value replaced(const json_value& object, const std::string& name, const std::optional<json_value>& by) {
  std::vector<json_value::member> members;
  for (const auto& member : object.members())
    if (member.first != name)
      members.push_back(member);
  if (by)
    members.emplace_back(name, *by);
  return json_value::of_object(std::move(members));
}

json_value good_json_value(const field& what) {
  switch (what.type) {
  case value_type::integer:
  case value_type::number:
  case value_type::money:
  case value_type::guests: return json_value::of_number(what.example);
  case value_type::boolean: return json_value::of_bool(what.example == "true");
  case value_type::array: {
    std::vector<json_value> one{good_json_value(what.members.front())};
    return json_value::of_array(std::move(one));
  }
  case value_type::object: {
    std::vector<json_value::member> members;
    for (const auto& each : what.members)
      if (each.is_required)
        members.emplace_back(each.name, good_json_value(each));
    return json_value::of_object(std::move(members));
  }
  default: return json_value::of_string(what.example);
  }
}

std::vector<bad_json_value> bad_json_values(const field& what, const std::string& path) {
  std::vector<bad_json_value> bad{{"of the wrong type", wrong_type_of(what), path, "wrong_type"}};
  const bool is_number = is_number_type(what.type) || what.type == value_type::guests;
  for (auto& each : bad_sources(what))
    bad.push_back({each.about, is_number ? json_value::of_number(each.text) : json_value::of_string(each.text), path, each.problem});
  if (what.type == value_type::object)
    add_object_values(bad, what.members, good_json_value(what), path);
  if (what.type == value_type::guests) {
    std::vector<json_value::member> two{{"adults", json_value::of_number("2")}};
    add_object_values(bad, guests_members(), json_value::of_object(std::move(two)), path);
  }
  if (what.type == value_type::array)
    add_array_values(bad, what, path);
  return bad;
}

std::vector<bad_plain_value> bad_plain_values(const field& what) {
  std::vector<bad_plain_value> bad = bad_sources(what);
  if (is_number_type(what.type) || what.type == value_type::guests || what.type == value_type::boolean)
    bad.push_back({"of the wrong type", "x", "wrong_type", ""});
  if (what.type == value_type::array) {
    const field& item = what.members.front();
    std::string too_many = item.example;
    for (std::int64_t i = 0; i < what.maximum; ++i)
      too_many += "," + item.example;
    bad.push_back({"too many", too_many, "too_long", ""});
    for (auto& each : bad_sources(item))
      if (each.text.find(',') == std::string::npos)
        bad.push_back({"item " + each.about, each.text, each.problem, ".0"});
  }
  return bad;
}

} // namespace reserve::gateway
