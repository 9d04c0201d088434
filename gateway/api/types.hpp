#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace reserve::gateway {

/// A named type of the API: shared objects (spec 30§1.7) and enumerations (spec 40§15), in the notation of §1.7.
struct named_type {
  std::string_view name;
  std::string_view notation;
};

/// All named types, in the order in which the document shows them.
const std::vector<named_type>& named_types();

/// Turns a type of the notation into a JSON schema: `Uuid`, `int`, `[PropertyCard]`, `{cities:[City]}`, `"a"|"b"`, each with a `?` when it may be
/// null. Members without a type are strings. Names must be known; a wrong notation throws std::logic_error.
std::string schema_of(std::string_view notation);

} // namespace reserve::gateway
