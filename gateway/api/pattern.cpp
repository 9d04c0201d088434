#include "gateway/api/field.hpp"

#include <algorithm>
#include <charconv>

namespace reserve::gateway {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
bool is_letter(char c) noexcept {
  return is_upper(c) || is_lower(c);
}

template <class Test>
bool all(std::string_view text, Test test) {
  return std::all_of(text.begin(), text.end(), test);
}

bool is_visible(std::string_view text) {
  return all(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_domain(std::string_view text) {
  if (text.size() < 3 || text.find('.') == std::string_view::npos)
    return false;
  while (true) {
    const auto dot = text.find('.');
    const auto label = text.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return false;
    if (!all(label, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; }))
      return false;
    if (dot == std::string_view::npos)
      return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64)
    return false;
  const auto local = text.substr(0, at);
  static constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~.";
  const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || others.find(c) != std::string_view::npos; };
  if (!all(local, allowed) || local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
    return false;
  return is_domain(text.substr(at + 1));
}

bool is_phone(std::string_view text) {
  return text.size() >= 9 && text.size() <= 16 && text.front() == '+' && text[1] != '0' && all(text.substr(1), is_digit);
}

/// "pt-BR": a language of 2 or 3 letters, then parts of 1 to 8 letters or digits.
bool is_locale(std::string_view text) {
  bool first = true;
  while (true) {
    const auto dash = text.find('-');
    const auto part = text.substr(0, dash);
    const bool valid = first ? part.size() >= 2 && part.size() <= 3 && all(part, is_letter)
                             : !part.empty() && part.size() <= 8 && all(part, [](char c) { return is_letter(c) || is_digit(c); });
    if (!valid)
      return false;
    if (dash == std::string_view::npos)
      return true;
    text.remove_prefix(dash + 1);
    first = false;
  }
}

bool is_https_url(std::string_view text) {
  static constexpr std::string_view scheme = "https://";
  if (text.substr(0, scheme.size()) != scheme || !is_visible(text))
    return false;
  const auto host = text.substr(scheme.size(), text.find_first_of(":/?#", scheme.size()) - scheme.size());
  return host == "localhost" || is_domain(host);
}

/// Comma-separated degrees, latitude and longitude in turn as `longitude_first` says.
bool are_degrees(std::string_view text, std::size_t count, bool longitude_first) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto comma = text.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == count))
      return false;
    const auto part = text.substr(0, comma);
    double value = 0;
    const auto [end, failure] = std::from_chars(part.data(), part.data() + part.size(), value, std::chars_format::fixed);
    const double most = (i % 2 == 0) == longitude_first ? 180 : 90;
    if (failure != std::errc{} || end != part.data() + part.size() || !(value >= -most && value <= most))
      return false;
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return true;
}

int check_digit(std::string_view digits) {
  int sum = 0;
  int weight = static_cast<int>(digits.size()) + 1;
  for (const char c : digits)
    sum += (c - '0') * weight--;
  const int rest = sum * 10 % 11;
  return rest == 10 ? 0 : rest;
}

} // namespace

bool is_cpf(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (is_digit(c))
      digits += c;
    else if (c != '.' && c != '-')
      return false;
  }
  if (digits.size() != 11 || digits.find_first_not_of(digits.front()) == std::string::npos)
    return false;
  return check_digit({digits.data(), 9}) == digits[9] - '0' && check_digit({digits.data(), 10}) == digits[10] - '0';
}

bool is_confirmation_code(std::string_view text) {
  if (text.size() != 15 || text[3] != '-' || text[8] != '-' || !all(text.substr(4, 4), is_digit))
    return false;
  const auto upper = [](char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; };
  if (upper(text[0]) != 'R' || upper(text[1]) != 'E' || upper(text[2]) != 'S')
    return false;
  return all(text.substr(9),
             [&](char c) { return is_digit(c) || (is_letter(c) && std::string_view("ILOU").find(upper(c)) == std::string_view::npos); });
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    return text.substr(1, text.size() - 2);
  return text;
}

bool has_shape(std::string_view text, pattern shape) {
  switch (shape) {
  case pattern::any: return true;
  case pattern::session:
  case pattern::promo_code: return all(text, [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
  case pattern::city_code: return all(text, [](char c) { return is_upper(c) || is_digit(c); });
  case pattern::slug: return all(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '-'; });
  case pattern::visible: return is_visible(text);
  case pattern::email: return is_email(text);
  case pattern::phone: return is_phone(text);
  case pattern::country: return text.size() == 2 && all(text, is_upper);
  case pattern::locale: return is_locale(text);
  case pattern::cpf: return is_cpf(text);
  case pattern::https_url: return is_https_url(text);
  case pattern::coordinates: return are_degrees(text, 2, false);
  case pattern::bounding_box: return are_degrees(text, 4, true);
  }
  return false;
}

std::string_view expression_of(pattern shape) noexcept {
  switch (shape) {
  case pattern::any: return {};
  case pattern::session:
  case pattern::promo_code: return "^[A-Za-z0-9_-]+$";
  case pattern::city_code: return "^[A-Z0-9]+$";
  case pattern::slug: return "^[a-z0-9_-]+$";
  case pattern::visible: return "^[!-~]+$";
  case pattern::email: return "^[^@ ]+@[^@ ]+$";
  case pattern::phone: return "^\\+[1-9][0-9]{7,14}$";
  case pattern::country: return "^[A-Z]{2}$";
  case pattern::locale: return "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$";
  case pattern::cpf: return "^[0-9.-]{11,14}$";
  case pattern::https_url: return "^https://";
  case pattern::coordinates: return "^-?[0-9.]+,-?[0-9.]+$";
  case pattern::bounding_box: return "^-?[0-9.]+(,-?[0-9.]+){3}$";
  }
  return {};
}

} // namespace reserve::gateway
