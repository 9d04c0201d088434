#pragma once

#include "app/load/report.hpp"

#include "config/config.hpp"

namespace reserve::app::load {

/// Compares what was acknowledged with what is there: every acknowledged intent of the run, none that was not, no night oversold. The tables must have caught up.
verdict verify(persistence::load_queries& queries, const std::string& city, const run_mark& mark, const tally& counted);
/// Folds the journal of the city again and compares (`reserve rebuild --check`).
bool rebuild_is_equal(const config::config& values, const std::string& city);

} // namespace reserve::app::load
