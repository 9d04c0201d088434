#pragma once

#include "domain/catalogue.hpp"
#include "simulation/host.hpp"

namespace reserve::simulation {

inline constexpr city_number town_number = 7;
inline constexpr const char* town_code = "URB";
inline constexpr const char* platform_code = "~";

/// How large the simulated city is.
struct town_plan {
  int properties = 2;
  int rooms_each = 2;         ///< Room types of a property.
  std::int16_t allotment = 2; ///< Rooms of a type, two where it is not said otherwise.
  int nights = 60;            ///< Nights on sale from the beginning.
  std::int32_t price = 30000;
};

unit_id unit_of(int property, int room);
property_id property_of(int property);
std::string host_unit_of(int property, int room);
/// First night on sale.
date first_night();

city_added added_town();
city_content town_content();
property_content property_content_of(const town_plan& plan, int property);
std::vector<host_room> host_rooms_of(const town_plan& plan);

} // namespace reserve::simulation
