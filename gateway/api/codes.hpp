#pragma once

#include "domain/errc.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace reserve::gateway {

/// An error code of the API (spec 30§1.4) with its status.
struct error_code {
  std::string_view name; ///< "INVALID_PARAMETER"
  unsigned status;
};

/// All codes that this gateway may answer: those of the domain and those of HTTP itself.
const std::vector<error_code>& error_codes();

/// "INSUFFICIENT_INVENTORY"
std::string_view name_of(errc code) noexcept;
unsigned error_status(errc code) noexcept;
/// Status of a code by its name; 500 for a name that is none.
unsigned error_status(std::string_view code) noexcept;

/// "invalid-parameter", as the last part of the problem type.
std::string hyphenated(std::string_view code);
/// "Invalid parameter"
std::string in_words(std::string_view code);

} // namespace reserve::gateway
