#include "simulation/zones.hpp"

#include "domain/result.hpp"

namespace reserve::simulation {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// The EU changes its clocks at 01:00 UTC of the last Sunday of March and of October.
timestamp change_of(std::chrono::year year, std::chrono::month month) {
  return date(year / month / std::chrono::Sunday[std::chrono::last]) + hours(1);
}

minutes offset_of(const std::string& zone, timestamp at) {
  if (zone == "America/Sao_Paulo")
    return hours(-3);
  if (zone == "Europe/Lisbon") {
    const auto year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(at)).year();
    return change_of(year, std::chrono::March) <= at && at < change_of(year, std::chrono::October) ? hours(1) : hours(0);
  }
  ensure(zone == "UTC", "the simulated world knows this zone");
  return minutes(0);
}

} // namespace

local_time small_zones::local(const std::string& zone, timestamp at) const {
  const auto wall = at + offset_of(zone, at);
  const auto day = std::chrono::floor<std::chrono::days>(wall);
  return {day, std::chrono::floor<minutes>(wall - day)};
}

timestamp small_zones::instant(const std::string& zone, date day, minutes time_of_day) const {
  const timestamp wall = day + time_of_day;
  const timestamp winter = wall - offset_of(zone, wall - hours(3));
  const timestamp summer = wall - offset_of(zone, wall + hours(3));
  // A time that does not exist becomes the first one after the gap; one that comes twice is the later one.
  for (const auto candidate : {std::max(winter, summer), std::min(winter, summer)})
    if (candidate + offset_of(zone, candidate) == wall)
      return candidate;
  const auto year = std::chrono::year_month_day(day).year();
  return change_of(year, std::chrono::March);
}

} // namespace reserve::simulation
