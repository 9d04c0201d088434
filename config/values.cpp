#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <utility>

namespace reserve::config {
namespace {

using namespace std::string_view_literals;

bool is_text(const raw& from) {
  return from.is == raw::shape::scalar;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

template <class Number>
complaint read_count(const raw& from, Number& into) {
  const auto value = is_text(from) ? parse_number<Number>(trimmed(from.text)) : std::nullopt;
  if (!value || *value < Number{0})
    return "must be a whole number, 0 or more";
  into = *value;
  return std::nullopt;
}

/// A number with a unit: the number, and what stands behind it.
struct measured {
  std::int64_t number = 0;
  std::string_view unit;
};

std::optional<measured> parse_measured(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number<std::int64_t>(text.substr(0, digits));
  if (!number)
    return std::nullopt;
  return measured{*number, trimmed(text.substr(digits))};
}

/// `number` of `unit` in the base unit of the table; nothing for an unknown unit or when it does not fit.
template <std::size_t N>
std::optional<std::int64_t> in_base_units(const measured& value, const std::array<std::pair<std::string_view, std::int64_t>, N>& units) {
  for (const auto& [unit, factor] : units)
    if (unit == value.unit && value.number <= std::numeric_limits<std::int64_t>::max() / factor)
      return value.number * factor;
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> duration_units{
    {{"ms"sv, 1}, {"s"sv, 1'000}, {"m"sv, 60'000}, {"h"sv, 3'600'000}, {"d"sv, 86'400'000}}};

constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> size_units{
    {{""sv, 1}, {"B"sv, 1}, {"KiB"sv, 1024}, {"MiB"sv, 1024 * 1024}, {"GiB"sv, 1024 * 1024 * 1024}}};

/// The largest unit that gives a whole number.
template <std::size_t N>
std::string in_largest_unit(std::int64_t value, const std::array<std::pair<std::string_view, std::int64_t>, N>& units) {
  auto best = units.front();
  for (const auto& unit : units)
    if (value != 0 && value % unit.second == 0)
      best = unit;
  return std::to_string(value / best.second) + std::string(best.first);
}

/// "0.029" with 4 digits is 290. At most `digits` decimals, no sign.
std::optional<std::int64_t> parse_decimal(std::string_view text, std::size_t digits) {
  const auto point = std::min(text.find('.'), text.size());
  auto whole = std::string(text.substr(0, point));
  auto part = point == text.size() ? std::string() : std::string(text.substr(point + 1));
  if (whole.empty() || part.size() > digits || (point != text.size() && part.empty()))
    return std::nullopt;
  part.resize(digits, '0');
  whole += part;
  return whole.find_first_not_of("0123456789") == std::string::npos ? parse_number<std::int64_t>(whole) : std::nullopt;
}

template <class Choice, std::size_t N>
complaint read_choice(const raw& from, const std::array<std::pair<std::string_view, Choice>, N>& choices, Choice& into) {
  std::string names;
  for (const auto& [name, choice] : choices) {
    if (is_text(from) && from.text == name) {
      into = choice;
      return std::nullopt;
    }
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return "must be one of " + names;
}

template <class Choice, std::size_t N>
std::string print_choice(Choice value, const std::array<std::pair<std::string_view, Choice>, N>& choices) {
  for (const auto& [name, choice] : choices)
    if (choice == value)
      return print(std::string(name));
  return print(std::string());
}

constexpr std::array<std::pair<std::string_view, environment>, 3> environments{
    {{"dev"sv, environment::dev}, {"test"sv, environment::test}, {"production"sv, environment::production}}};

constexpr std::array<std::pair<std::string_view, log_level>, 5> log_levels{{{"trace"sv, log_level::trace},
                                                                            {"debug"sv, log_level::debug},
                                                                            {"info"sv, log_level::info},
                                                                            {"warn"sv, log_level::warn},
                                                                            {"error"sv, log_level::error}}};

constexpr std::array<std::pair<std::string_view, openpix_signature>, 2> openpix_signatures{
    {{"rsa"sv, openpix_signature::rsa}, {"hmac"sv, openpix_signature::hmac}}};

constexpr std::array<std::pair<std::string_view, email_provider>, 2> email_providers{
    {{"sendgrid"sv, email_provider::sendgrid}, {"ses"sv, email_provider::ses}}};

int digit_value(char digit, std::string_view alphabet) {
  const auto at = alphabet.find(digit);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// 32 bytes written as 64 hex digits or as base64.
std::optional<std::array<std::uint8_t, 32>> parse_key(std::string_view text) {
  const bool hex = text.size() == 64;
  const auto alphabet = hex ? "0123456789abcdef"sv : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"sv;
  const int bits = hex ? 4 : 6;
  if (!hex && text.size() == 44 && text.ends_with('='))
    text.remove_suffix(1);
  if (!hex && text.size() != 43)
    return std::nullopt;
  std::array<std::uint8_t, 32> key{};
  std::size_t filled = 0;
  std::uint32_t pending = 0;
  int pending_bits = 0;
  for (const char digit : text) {
    const int value = digit_value(hex && digit >= 'A' && digit <= 'F' ? static_cast<char>(digit - 'A' + 'a') : digit, alphabet);
    if (value < 0)
      return std::nullopt;
    pending = (pending << bits) | static_cast<std::uint32_t>(value);
    pending_bits += bits;
    if (pending_bits >= 8 && filled < key.size()) {
      pending_bits -= 8;
      key.at(filled++) = static_cast<std::uint8_t>(pending >> pending_bits);
    }
  }
  return key;
}

} // namespace

complaint read(const raw& from, std::string& into) {
  if (!is_text(from))
    return "must be a text";
  into = from.text;
  return std::nullopt;
}

complaint read(const raw& from, bool& into) {
  if (!is_text(from) || (from.text != "true" && from.text != "false"))
    return "must be true or false";
  into = from.text == "true";
  return std::nullopt;
}

complaint read(const raw& from, double& into) {
  const auto value = is_text(from) ? parse_number<double>(from.text) : std::nullopt;
  if (!value || !(*value >= 0 && *value <= 1e9))
    return "must be a number, 0 or more";
  into = *value;
  return std::nullopt;
}

complaint read(const raw& from, int& into) {
  return read_count(from, into);
}

complaint read(const raw& from, std::int64_t& into) {
  return read_count(from, into);
}

complaint read(const raw& from, std::uint64_t& into) {
  return read_count(from, into);
}

complaint read(const raw& from, millis& into) {
  auto value = is_text(from) ? parse_measured(trimmed(from.text)) : std::nullopt;
  // Zero is zero in every unit.
  if (value && value->unit.empty() && value->number == 0)
    value->unit = "ms";
  const auto count = value ? in_base_units(*value, duration_units) : std::nullopt;
  if (!count)
    return "must be a duration such as 200ms, 10s, 15m, 24h or 30d";
  into = millis(*count);
  return std::nullopt;
}

complaint read(const raw& from, std::chrono::minutes& into) {
  // A TOML time has seconds, which must be zero.
  const auto text = from.text.size() == 8 && from.text.ends_with(":00") ? std::string_view(from.text).substr(0, 5) : std::string_view(from.text);
  const bool shaped = is_text(from) && text.size() == 5 && text[2] == ':';
  const auto hour = shaped ? parse_number<unsigned>(text.substr(0, 2)) : std::nullopt;
  const auto minute = shaped ? parse_number<unsigned>(text.substr(3)) : std::nullopt;
  if (!hour || !minute || *hour > 23 || *minute > 59)
    return "must be a time of day such as 20:00";
  into = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  return std::nullopt;
}

complaint read(const raw& from, byte_size& into) {
  const auto value = is_text(from) ? parse_measured(trimmed(from.text)) : std::nullopt;
  const auto count = value ? in_base_units(*value, size_units) : std::nullopt;
  if (!count)
    return "must be a size such as 512, 16KiB or 1MiB";
  into.bytes = static_cast<std::uint64_t>(*count);
  return std::nullopt;
}

complaint read(const raw& from, money& into) {
  const auto value = is_text(from) ? parse_money(from.text) : std::nullopt;
  if (!value || *value < money{})
    return "must be an amount such as 0.30";
  into = *value;
  return std::nullopt;
}

complaint read(const raw& from, rate& into) {
  const bool percent = is_text(from) && from.text.ends_with('%');
  const auto digits = percent ? trimmed(std::string_view(from.text).substr(0, from.text.size() - 1)) : std::string_view(from.text);
  const auto value = is_text(from) ? parse_decimal(digits, percent ? 2 : 4) : std::nullopt;
  if (!value || *value > 10'000)
    return "must be a share such as 0.029 or 2.9%";
  into.per_ten_thousand = *value;
  return std::nullopt;
}

complaint read(const raw& from, endpoint& into) {
  const std::string_view text = from.text;
  const auto colon = text.rfind(':');
  const auto port = is_text(from) && colon != std::string_view::npos ? parse_number<std::uint16_t>(text.substr(colon + 1)) : std::nullopt;
  auto host = port ? text.substr(0, colon) : std::string_view();
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    host = {};
  if (!port || host.empty())
    return "must be host:port, such as 127.0.0.1:8080";
  into = {std::string(host), *port};
  return std::nullopt;
}

complaint read(const raw& from, secret& into) {
  if (!is_text(from))
    return "must be a text";
  if (from.text.empty())
    return "must not be empty";
  into.value = from.text;
  return std::nullopt;
}

complaint read(const raw& from, vault_key& into) {
  const auto id = from.members.find("id");
  const auto key = from.members.find("key");
  if (id == from.members.end() || key == from.members.end() || from.members.size() != 2)
    return "must be a list of {id, key}";
  if (id->second.text.empty() || key->second.text.empty())
    return "must not have an empty id or key";
  const auto bytes = parse_key(key->second.text);
  if (!bytes)
    return "must have keys of 32 bytes, as 64 hex digits or base64";
  into = {id->second.text, *bytes};
  return std::nullopt;
}

complaint read(const raw& from, environment& into) {
  return read_choice(from, environments, into);
}

complaint read(const raw& from, log_level& into) {
  return read_choice(from, log_levels, into);
}

complaint read(const raw& from, openpix_signature& into) {
  return read_choice(from, openpix_signatures, into);
}

complaint read(const raw& from, email_provider& into) {
  return read_choice(from, email_providers, into);
}

std::optional<std::vector<raw>> items_of(const raw& from) {
  if (from.is == raw::shape::list)
    return from.items;
  if (from.is == raw::shape::table)
    return std::nullopt;
  const auto text = trimmed(from.text);
  if (text.starts_with('[')) {
    auto list = parse_toml_value(text);
    if (!list || list->is != raw::shape::list)
      return std::nullopt;
    return std::move(list->items);
  }
  std::vector<raw> items;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(",\n", at), text.size());
    items.push_back({.is = raw::shape::scalar, .text = std::string(trimmed(text.substr(at, end - at))), .items = {}, .members = {}});
    at = end + 1;
  }
  return items;
}

void share_last_unit(std::vector<raw>& items) {
  if (items.empty())
    return;
  const auto last = items.back().text;
  const auto unit = last.substr(std::min(last.find_first_not_of("0123456789"), last.size()));
  for (auto& item : items)
    if (!item.text.empty() && item.text.find_first_not_of("0123456789") == std::string::npos)
      item.text += unit;
}

std::string to_string(const endpoint& where) {
  const bool ip6 = where.host.find(':') != std::string::npos;
  return (ip6 ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

std::string print(const std::string& value) {
  std::string text = "\"";
  for (const char letter : value) {
    if (letter == '"' || letter == '\\')
      text += '\\';
    if (static_cast<unsigned char>(letter) < 0x20) {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(letter));
      text += escaped.data();
    } else {
      text += letter;
    }
  }
  return text + "\"";
}

std::string print(bool value) {
  return value ? "true" : "false";
}

std::string print(double value) {
  std::array<char, 32> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

std::string print(int value) {
  return std::to_string(value);
}

std::string print(std::int64_t value) {
  return std::to_string(value);
}

std::string print(std::uint64_t value) {
  return std::to_string(value);
}

std::string print(millis value) {
  return print(value.count() == 0 ? "0s" : in_largest_unit(value.count(), duration_units));
}

std::string print(std::chrono::minutes value) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(value.count() / 60 % 24), static_cast<int>(value.count() % 60));
  return print(std::string(text.data()));
}

std::string print(byte_size value) {
  return print(in_largest_unit(static_cast<std::int64_t>(value.bytes), size_units));
}

std::string print(money value) {
  return to_string(value);
}

std::string print(rate value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%lld.%04lld", static_cast<long long>(value.per_ten_thousand / 10'000),
                static_cast<long long>(value.per_ten_thousand % 10'000));
  return text.data();
}

std::string print(const endpoint& value) {
  return print(to_string(value));
}

std::string print(const secret& value) {
  return value.empty() ? "\"\"" : "\"********\"";
}

std::string print(const vault_key& value) {
  return "{id = " + print(value.id) + ", key = \"********\"}";
}

std::string print(environment value) {
  return print_choice(value, environments);
}

std::string print(log_level value) {
  return print_choice(value, log_levels);
}

std::string print(openpix_signature value) {
  return print_choice(value, openpix_signatures);
}

std::string print(email_provider value) {
  return print_choice(value, email_providers);
}

} // namespace reserve::config
