#pragma once

#include "actors/protocols/record.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace reserve::persistence {

struct rebuild_request {
  std::string url;
  std::string code;        ///< City, or "~" for the platform log.
  bool check = false;      ///< Only compare, also beside a running server.
  std::size_t batch = 20'000;
  std::size_t keys_shown = 5;
  std::chrono::milliseconds lease{60'000}; ///< Of the city, while its rows are swapped; prolonged while the fold goes on.
  std::function<void(sequence done, sequence of)> progress; ///< May be empty.
};

/// A table whose rows are not what the journal says.
struct table_difference {
  std::string table;
  std::int64_t missing = 0; ///< Rows of the fold that the table does not have like that.
  std::int64_t surplus = 0; ///< Rows of the table that the fold does not have like that.
  std::vector<std::string> keys; ///< Some of them, as text.
};

struct rebuild_report {
  bool known = true;       ///< The city has a lease row.
  bool held = false;       ///< A server holds its lease: nothing was changed.
  bool swapped = false;
  sequence upto = 0;       ///< The fold went so far.
  std::vector<table_difference> different;
  bool equal() const noexcept { return known && !held && different.empty(); }
};

/// Folds the journal of a city into shadow tables and compares them with the projections (spec 40§1), each at its own position. Without `check` the rows that
/// differ are swapped in, and the positions move to the head; for that it takes the city's lease. Throws database_error, and whatever the fold throws.
rebuild_report rebuild(const rebuild_request& wanted);

} // namespace reserve::persistence
