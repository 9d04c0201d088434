#include "gateway/api/request.hpp"
#include "gateway/http/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace reserve::gateway {
namespace {

using kind = checked_value::kind;

checked_value made(kind type, std::string_view source) {
  checked_value value;
  value.type = type;
  value.text = std::string(source);
  return value;
}

checked_value made_integer(std::int64_t number) {
  checked_value value = made(kind::integer, std::to_string(number));
  value.integer = number;
  return value;
}

std::string joined(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : name.empty() ? path : path + "." + std::string(name);
}

/// Room for what a reader adds to the members of a body: an Idempotency-Key and the id of a path.
constexpr std::size_t keys_beside = 2;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// Digits only, too many for 64 bits: a number, but out of every range.
bool is_huge_integer(std::string_view text) {
  if (!text.empty() && text.front() == '-')
    text.remove_prefix(1);
  return text.size() > 18 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

const std::vector<field>& guests_members() {
  static const std::vector<field> members{integer("adults", 1, 20).required(), integer("children", 0, 10), integer("infants", 0, 5)};
  return members;
}

} // namespace

void field_checker::report(std::string field, std::string_view what, std::string limit) {
  // What a client makes up may not make our answer long.
  constexpr std::size_t problems_max = 200;
  constexpr std::size_t name_max = 200;
  if (problems_.size() == problems_max)
    return;
  if (field.size() > name_max) {
    std::size_t end = name_max;
    while (end > 0 && (static_cast<unsigned char>(field[end]) & 0xc0) == 0x80)
      --end; // not inside a character
    field = field.substr(0, end) + "...";
  }
  problems_.push_back({std::move(field), std::string(what), std::move(limit)});
}

std::optional<checked_value> field_checker::check_text(const field& what, std::string_view source, const std::string& path) {
  const auto length = static_cast<std::int64_t>(http::count_code_points(source));
  if (length < what.minimum)
    report(path, "too_short", std::to_string(what.minimum));
  else if (length > what.maximum)
    report(path, "too_long", std::to_string(what.maximum));
  else if (!has_shape(source, what.shape))
    report(path, "malformed");
  else
    return made(kind::text, source);
  return std::nullopt;
}

std::optional<checked_value> field_checker::check_integer(const field& what, std::optional<std::int64_t> value, const std::string& path) {
  if (!value) {
    report(path, "wrong_type");
    return std::nullopt;
  }
  if (*value < what.minimum || *value > what.maximum) {
    report(path, "out_of_range", std::to_string(*value < what.minimum ? what.minimum : what.maximum));
    return std::nullopt;
  }
  return made_integer(*value);
}

std::optional<checked_value> field_checker::check_number(const field& what, std::string_view source, const std::string& path) {
  checked_value value = made(kind::number, source);
  const auto [end, failed] = std::from_chars(source.data(), source.data() + source.size(), value.number);
  if (failed == std::errc::result_out_of_range) {
    report(path, "out_of_range", std::to_string(what.maximum));
    return std::nullopt;
  }
  if (failed != std::errc{} || end != source.data() + source.size() || !std::isfinite(value.number)) {
    report(path, "wrong_type");
    return std::nullopt;
  }
  if (value.number < static_cast<double>(what.minimum) || value.number > static_cast<double>(what.maximum)) {
    report(path, "out_of_range", std::to_string(value.number < static_cast<double>(what.minimum) ? what.minimum : what.maximum));
    return std::nullopt;
  }
  return value;
}

std::optional<checked_value> field_checker::check_money(const field& what, std::string_view source, const std::string& path) {
  const auto amount = parse_money(source);
  if (!amount) {
    // A number with more digits than money has, or with an exponent, is a number that is written wrong.
    double number = 0;
    const auto [end, failed] = std::from_chars(source.data(), source.data() + source.size(), number);
    const bool is_number = failed != std::errc::invalid_argument && end == source.data() + source.size();
    if (is_number && is_huge_integer(source.substr(0, source.find('.'))))
      report(path, "out_of_range", to_string(money{what.maximum}));
    else
      report(path, is_number ? "malformed" : "wrong_type");
    return std::nullopt;
  }
  if (amount->minor_units < what.minimum || amount->minor_units > what.maximum) {
    report(path, "out_of_range", to_string(money{amount->minor_units < what.minimum ? what.minimum : what.maximum}));
    return std::nullopt;
  }
  checked_value value = made(kind::money, source);
  value.amount = *amount;
  return value;
}

std::optional<checked_value> field_checker::check_plain(const field& what, std::string_view raw, const std::string& path) {
  switch (what.type) {
  case value_type::text: return check_text(what, raw, path);
  case value_type::id_or_code:
  case value_type::uuid: {
    const auto id = parse_uuid(raw);
    if (id) {
      checked_value value = made(kind::uuid, raw);
      value.id = *id;
      return value;
    }
    if (what.type == value_type::id_or_code && is_confirmation_code(raw))
      return made(kind::text, raw);
    report(path, "malformed");
    return std::nullopt;
  }
  case value_type::date: {
    const auto day = parse_date(raw);
    if (!day) {
      report(path, "malformed");
      return std::nullopt;
    }
    checked_value value = made(kind::date, raw);
    value.day = *day;
    return value;
  }
  case value_type::integer:
  case value_type::guests: {
    if (is_huge_integer(raw)) {
      report(path, "out_of_range", std::to_string(raw.front() == '-' ? what.minimum : what.maximum));
      return std::nullopt;
    }
    auto value = check_integer(what, whole_number(raw), path);
    if (!value || what.type == value_type::integer)
      return value;
    checked_value guests = made(kind::object, {});
    guests.members.emplace_back("adults", std::move(*value));
    return guests;
  }
  case value_type::number: return check_number(what, raw, path);
  case value_type::money: return check_money(what, raw, path);
  case value_type::boolean: {
    if (raw != "true" && raw != "false") {
      report(path, "wrong_type");
      return std::nullopt;
    }
    checked_value value = made(kind::boolean, raw);
    value.flag = raw == "true";
    return value;
  }
  case value_type::choice:
    if (std::find(what.choices.begin(), what.choices.end(), raw) == what.choices.end()) {
      report(path, "unknown_value");
      return std::nullopt;
    }
    return made(kind::text, raw);
  case value_type::array:
  case value_type::object: break; // Arrays of a query are taken apart by their reader; objects stand in bodies only.
  }
  report(path, "wrong_type");
  return std::nullopt;
}

std::optional<checked_value> field_checker::check_guests(const http::json_value& value, const std::string& path) {
  if (!value.is_object())
    return check_plain(guests_field(), value.is_number() ? std::string_view(value.text()) : std::string_view("x"), path);
  const auto before = problems_.size();
  checked_value guests = check_members(guests_members(), value, path);
  return problems_.size() == before ? std::optional(std::move(guests)) : std::nullopt;
}

bool field_checker::check_count(const field& what, std::size_t count, const std::string& path) {
  const auto items = static_cast<std::int64_t>(count);
  if (items < what.minimum)
    report(path, "too_short", std::to_string(what.minimum));
  else if (items > what.maximum)
    report(path, "too_long", std::to_string(what.maximum));
  else
    return true;
  return false;
}

std::optional<checked_value> field_checker::check_array(const field& what, const http::json_value& value, const std::string& path) {
  if (!value.is_array()) {
    report(path, "wrong_type");
    return std::nullopt;
  }
  const auto& items = value.items();
  if (!check_count(what, items.size(), path))
    return std::nullopt;
  checked_value list = made(kind::array, {});
  for (std::size_t i = 0; i < items.size(); ++i)
    if (auto item = check_json(what.members.front(), items[i], path + "." + std::to_string(i)))
      list.items.push_back(std::move(*item));
  return list;
}

std::optional<checked_value> field_checker::check_json(const field& what, const http::json_value& value, const std::string& path) {
  using json = http::json_value::kind;
  const auto wanted = [&] {
    switch (what.type) {
    case value_type::integer:
    case value_type::number:
    case value_type::money: return json::number;
    case value_type::boolean: return json::boolean;
    case value_type::object: return json::object;
    case value_type::array: return json::array;
    default: return json::string;
    }
  }();
  if (what.type == value_type::guests)
    return check_guests(value, path);
  if (value.type() != wanted) {
    report(path, "wrong_type");
    return std::nullopt;
  }
  if (what.type == value_type::array)
    return check_array(what, value, path);
  if (what.type == value_type::object)
    return check_members(what.members, value, path);
  if (what.type == value_type::boolean)
    return check_plain(what, value.as_bool() ? "true" : "false", path);
  return check_plain(what, value.text(), path);
}

checked_value field_checker::check_members(const std::vector<field>& fields, const http::json_value& object, const std::string& path) {
  checked_value whole = made(kind::object, {});
  whole.members.reserve(std::min(fields.size(), object.members().size()) + keys_beside);
  const auto is_member = [](const field& each) { return each.where == place::body; };
  for (const auto& each : fields) {
    if (!is_member(each))
      continue;
    const auto* found = object.find(each.name);
    // null says the same as absent: an answer can be sent back with its nulls.
    if (found && !found->is_null()) {
      if (auto value = check_json(each, *found, joined(path, each.name)))
        whole.members.emplace_back(each.name, std::move(*value));
    } else if (each.is_required) {
      report(joined(path, each.name), "missing");
    }
  }
  for (const auto& [name, value] : object.members())
    if (std::none_of(fields.begin(), fields.end(), [&, &key = name](const field& each) { return is_member(each) && each.name == key; }))
      report(joined(path, name), "unknown_field");
  const auto* document = whole.find("document");
  const auto* country = whole.find("country");
  if (document && country && country->text == "BR" && !is_cpf(document->text))
    report(joined(path, "document"), "malformed");
  return whole;
}

} // namespace reserve::gateway
