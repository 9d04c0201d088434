#pragma once

#include "app/load/report.hpp"

#include "config/config.hpp"

namespace reserve::app::load {

/// Sends requests to a gateway and looks at its tables afterwards.
report run_over_http(const config::config& values, const load_options& options);

} // namespace reserve::app::load
