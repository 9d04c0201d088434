#pragma once

#include "domain/errc.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::gateway {

/// What is wrong with one field (spec 30§1.9).
struct problem {
  std::string field; ///< Dotted.
  std::string what;  ///< "too_long"
  std::string limit; ///< JSON; empty when there is none.

  bool operator==(const problem&) const = default;
};

/// An answer that says no: code, sentence, details.
struct failure {
  std::string code;
  std::string message;
  std::vector<problem> problems;
  std::vector<std::pair<std::string, std::string>> details; ///< Further members of error.details; the value is JSON.
  std::vector<std::pair<std::string, std::string>> headers; ///< Retry-After, Allow, ...

  failure() = default;
  failure(std::string_view name, std::string_view sentence) : code(name), message(sentence) {}

  unsigned fixed_status = 0; ///< For the few answers of HTTP itself that have no code of their own (408, 431).

  unsigned status() const noexcept;
};

/// Of a refusal of the domain. Every 503 says what the command did (details.effect).
failure failure_of(const refusal& why);

/// MISSING_REQUIRED_FIELD when anything is missing, else INVALID_PARAMETER; the message is about the first problem.
failure failure_of(std::vector<problem> problems);

/// "check_out is too long"
std::string sentence_of(const problem& what);

} // namespace reserve::gateway
