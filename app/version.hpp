#pragma once

#include <string>

namespace reserve::app {

/// "reserve 0.1.0 (1a2b3c4d5e6f)".
std::string version_text();

} // namespace reserve::app
