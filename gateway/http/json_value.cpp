#include "gateway/http/json.hpp"

#include <charconv>

namespace reserve::http {

json_value json_value::of_bool(bool value) {
  json_value made;
  made.kind_ = kind::boolean;
  made.flag_ = value;
  return made;
}

json_value json_value::of_number(std::string text) {
  json_value made;
  made.kind_ = kind::number;
  made.text_ = std::move(text);
  return made;
}

json_value json_value::of_string(std::string text) {
  json_value made;
  made.kind_ = kind::string;
  made.text_ = std::move(text);
  return made;
}

json_value json_value::of_array(std::vector<json_value> items) {
  json_value made;
  made.kind_ = kind::array;
  made.items_ = std::move(items);
  return made;
}

json_value json_value::of_object(std::vector<member> members) {
  json_value made;
  made.kind_ = kind::object;
  made.members_ = std::move(members);
  return made;
}

const json_value* json_value::find(std::string_view name) const noexcept {
  for (const auto& [key, value] : members_)
    if (key == name)
      return &value;
  return nullptr;
}

const json_value* json_value::at_path(std::string_view dotted) const noexcept {
  const json_value* here = this;
  while (here && !dotted.empty()) {
    const auto dot = dotted.find('.');
    const auto step = dotted.substr(0, dot);
    dotted = dot == std::string_view::npos ? std::string_view() : dotted.substr(dot + 1);
    if (here->is_array()) {
      std::size_t index = 0;
      const auto [end, failure] = std::from_chars(step.data(), step.data() + step.size(), index);
      const bool valid = failure == std::errc{} && end == step.data() + step.size() && index < here->items_.size();
      here = valid ? &here->items_[index] : nullptr;
    } else {
      here = here->find(step);
    }
  }
  return here;
}

std::optional<std::string_view> json_value::text_of(std::string_view name) const noexcept {
  const json_value* found = find(name);
  if (!found || !found->is_string())
    return std::nullopt;
  return found->text();
}

std::optional<std::int64_t> json_value::as_integer() const noexcept {
  std::int64_t number = 0;
  const char* end = text_.data() + text_.size();
  if (!is_number())
    return std::nullopt;
  const auto [stop, failure] = std::from_chars(text_.data(), end, number);
  if (failure != std::errc{} || stop != end)
    return std::nullopt;
  return number;
}

std::optional<money> json_value::as_money() const {
  return is_number() ? parse_money(text_) : std::nullopt;
}

std::optional<double> json_value::as_double() const noexcept {
  double number = 0;
  if (!is_number() || std::from_chars(text_.data(), text_.data() + text_.size(), number).ec != std::errc{})
    return std::nullopt;
  return number;
}

} // namespace reserve::http
