#pragma once

#include "actors/protocols/ports.hpp"

namespace reserve::simulation {

/// Zones of the simulated cities, from a table of our own: the system's tzdata would change the trace of a seed with every update.
///
/// UTC, America/Sao_Paulo (no summer time since 2019) and Europe/Lisbon (summer time of the EU).
class small_zones final : public zone_port {
public:
  local_time local(const std::string& zone, timestamp at) const override;
  timestamp instant(const std::string& zone, date day, std::chrono::minutes time_of_day) const override;
};

} // namespace reserve::simulation
