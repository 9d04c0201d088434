#pragma once

#include "app/load/report.hpp"

#include "config/config.hpp"

namespace reserve::app::load {

/// Makes the load city, sends commands straight to its actors and looks at the tables afterwards.
report run_in_process(const config::config& values, const load_options& options);

} // namespace reserve::app::load
