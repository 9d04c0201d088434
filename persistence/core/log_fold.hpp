#pragma once

#include "persistence/core/projected.hpp"

#include <string>

namespace reserve::persistence {

/// Folds records into the rows of one of log_projections(): a function of events and traces, without any state, so each of these projections may be as far behind as
/// it likes. `traces`: of these records, ascending. Records without a gap, the first one following `from`.
projected fold_log(std::string_view projection, city_number city, const std::string& code, sequence from, const std::vector<committed_record>& records,
                   std::span<const trace> traces);

/// Bookkeeping of process managers: no transition of spec 10, so neither audit nor booking event.
bool is_bookkeeping(const event& what);

} // namespace reserve::persistence
