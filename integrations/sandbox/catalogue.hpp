#pragma once

#include "domain/civil.hpp"
#include "domain/money.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reserve::sandbox {

/// A room type of the Host.
struct room_type {
  std::string id, property_id, name, slug, description, bed_type;
  int max_occupancy = 2, base_capacity = 2, bed_count = 1, size_m2 = 20;
  std::vector<std::string> amenities;
  money base_price; ///< Of a quiet weekday; a night's own price: catalogue::night_of.
  int allotment = 1;
};

/// A property of the Host.
struct property {
  std::string id, name, slug, kind, description, street, district, postal_code, phone, email, whatsapp, house_rules;
  std::int64_t lat_e6 = 0, lng_e6 = 0; ///< Degrees × 1,000,000.
  std::vector<std::string> amenities;
  std::vector<room_type> rooms;
};

/// What the Host sells in one night of one room type, before bookings.
struct night {
  money price;
  int allotment = 0;
  bool closed = false, closed_to_arrival = false, closed_to_departure = false;
  std::optional<int> min_stay;
  std::string block_reason; ///< Only when closed.
};

/// Urubici as the Host knows it: 20 properties, 60 room types, every night of every year. All of it follows from the seed.
class catalogue {
public:
  explicit catalogue(std::uint64_t seed);

  const std::vector<property>& properties() const noexcept { return properties_; }
  const property* find_property(const std::string& id) const;
  const room_type* find_room(const std::string& id) const;
  /// The same answer for the same seed, room and day, whenever it is asked.
  night night_of(const room_type& room, date day) const;

private:
  std::uint64_t seed_;
  std::vector<property> properties_;
  std::map<std::string, std::size_t> property_index_;
  std::map<std::string, std::pair<std::size_t, std::size_t>> room_index_;
};

} // namespace reserve::sandbox
