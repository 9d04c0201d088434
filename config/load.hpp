#pragma once

#include "config/config.hpp"

#include <string>
#include <utility>
#include <vector>

namespace reserve::config {

/// Where values come from, weakest first: built-in defaults, file, environment, flags.
struct sources {
  std::string file; ///< Empty = RESERVE_CONFIG, else .local/reserve.toml of the working directory, else /etc/reserve-connect/reserve.toml.
  std::vector<std::pair<std::string, std::string>> environment; ///< (name, value); names that do not begin with RESERVE_ are ignored.
  std::vector<std::pair<std::string, std::string>> flags;       ///< (section.key, value).
};

/// The environment of this process.
std::vector<std::pair<std::string, std::string>> process_environment();

/// What a program is about to do with its configuration decides which keys it cannot miss.
enum class purpose : std::uint8_t {
  tool,     ///< Nothing is required.
  database, ///< `database.url`.
  sandbox,  ///< Keys and webhook secrets of the systems it plays; refused in production.
  server,   ///< Everything `serve` needs.
};

/// One wrong, missing or unknown value.
struct problem {
  std::string key;
  std::string what;
  std::string where; ///< "file:line", "environment", "flag"; never empty.
};

/// "reserve: config: stripe.webhook_secrets: must not be empty (.local/reserve.toml:31)".
std::string to_string(const problem& found);

/// `values` are to be used only when there are no problems.
struct loaded {
  config values;
  std::vector<problem> problems;
};

loaded load(const sources& from, purpose use);

} // namespace reserve::config
