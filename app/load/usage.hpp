#pragma once

#include "persistence/postgres/load_queries.hpp"

#include <map>
#include <string>

namespace reserve::app::load {

/// Seconds of processor time used so far.
struct cpu_time {
  double own = 0;      ///< This process.
  double postgres = 0; ///< The postmaster and all its children; 0 when PostgreSQL runs on another machine.
  double machine = 0;  ///< Everybody.
  std::map<std::string, double> sessions; ///< Of PostgreSQL, by application_name.

  /// Neither ours nor PostgreSQL's.
  double others() const noexcept { return machine - own - postgres; }
};

cpu_time operator-(const cpu_time& later, const cpu_time& earlier);

/// Reads the processor time of both sides of a run from /proc.
class cpu_meter {
public:
  explicit cpu_meter(persistence::load_queries& queries) : queries_(queries) {}
  cpu_time read();

private:
  persistence::load_queries& queries_;
};

} // namespace reserve::app::load
