#pragma once

#include "config/load.hpp"

#include <functional>
#include <string>
#include <vector>

namespace reserve::config {

/// Tells where a key was given, or else where it should have been.
using locate = std::function<std::string(const std::string& key)>;

/// What no single value shows: what is missing for this purpose, what production refuses, limits and names.
std::vector<problem> check(const config& values, purpose use, const locate& where);

} // namespace reserve::config
