#pragma once

#include "config/config.hpp"
#include "config/raw.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How each type of value is written: `read` takes it from text and answers what is wrong with it, `print` gives text that `read` accepts.
namespace reserve::config {

/// What is wrong with a value, or nothing.
using complaint = std::optional<std::string>;

complaint read(const raw& from, std::string& into);
complaint read(const raw& from, bool& into);
complaint read(const raw& from, double& into);
complaint read(const raw& from, int& into);
complaint read(const raw& from, std::int64_t& into);
complaint read(const raw& from, std::uint64_t& into);
complaint read(const raw& from, millis& into);               ///< "200ms", "10s", "15m", "24h", "30d"
complaint read(const raw& from, std::chrono::minutes& into); ///< A time of day: "20:00".
complaint read(const raw& from, byte_size& into);            ///< "1MiB", "16KiB", "512"
complaint read(const raw& from, money& into);                ///< "0.30"
complaint read(const raw& from, rate& into);                 ///< "0.029" or "2.9%"
complaint read(const raw& from, endpoint& into);
complaint read(const raw& from, secret& into);
complaint read(const raw& from, vault_key& into);
complaint read(const raw& from, environment& into);
complaint read(const raw& from, log_level& into);
complaint read(const raw& from, openpix_signature& into);
complaint read(const raw& from, email_provider& into);

/// The items of a list: a TOML array, or texts separated by commas or line ends as they stand in a variable or a secret's file.
std::optional<std::vector<raw>> items_of(const raw& from);

/// "1,2,4s" means 1s, 2s and 4s: durations without a unit take that of the last.
void share_last_unit(std::vector<raw>& items);

template <class T>
complaint read(const raw& from, std::vector<T>& into) {
  auto items = items_of(from);
  if (!items)
    return "must be a list";
  if constexpr (std::same_as<T, millis>)
    share_last_unit(*items);
  std::vector<T> made;
  for (const auto& item : *items) {
    T value{};
    if (auto wrong = read(item, value))
      return wrong;
    made.push_back(std::move(value));
  }
  into = std::move(made);
  return std::nullopt;
}

std::string print(const std::string& value);
std::string print(bool value);
std::string print(double value);
std::string print(int value);
std::string print(std::int64_t value);
std::string print(std::uint64_t value);
std::string print(millis value);
std::string print(std::chrono::minutes value);
std::string print(byte_size value);
std::string print(money value);
std::string print(rate value);
std::string print(const endpoint& value);
std::string print(const secret& value);
std::string print(const vault_key& value);
std::string print(environment value);
std::string print(log_level value);
std::string print(openpix_signature value);
std::string print(email_provider value);

template <class T>
std::string print(const std::vector<T>& values) {
  std::string text = "[";
  for (const auto& value : values)
    text += (text.size() == 1 ? "" : ", ") + print(value);
  return text + "]";
}

/// Keys of these types are secrets: never printed, and `<key>_file` names a file that holds the value.
template <class T>
inline constexpr bool is_secret = std::same_as<T, secret> || std::same_as<T, std::vector<secret>> || std::same_as<T, std::vector<vault_key>>;

} // namespace reserve::config
