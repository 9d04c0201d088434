#include "integrations/sandbox/catalogue.hpp"

#include "integrations/sandbox/catalogue_data.hpp"
#include "integrations/sandbox/ids.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace reserve::sandbox {

namespace {

using namespace std::chrono_literals;

/// Which three of data::rooms a house has.
std::size_t first_room(std::string_view kind) {
  if (kind == "chalet")
    return 6;
  if (kind == "cabin" || kind == "other")
    return 9;
  if (kind == "apartment")
    return 12;
  return kind == "hotel" || kind == "resort" ? 3 : 0;
}

std::string numbered(const char* pattern, unsigned a, unsigned b = 0) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, a, b);
  return text;
}

template <std::size_t N>
std::vector<std::string> chosen(const std::array<std::string_view, N>& from, std::size_t sure, std::uint64_t draw) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < N; ++i)
    if (i < sure || (mixed(draw + i) & 3) == 0)
      out.emplace_back(from[i]);
  return out;
}

money whole_reais(std::int64_t reais) {
  return {reais * 100};
}

room_type make_room(const property& owner, const data::room_kind& kind, unsigned number, int house_price, std::uint64_t draw) {
  room_type out;
  out.id = owner.id + numbered("-r%u", number);
  out.property_id = owner.id;
  out.name = kind.name;
  out.slug = kind.slug;
  out.description = kind.text;
  out.bed_type = kind.bed;
  out.max_occupancy = kind.max_occupancy;
  out.base_capacity = kind.capacity;
  out.bed_count = kind.beds;
  out.size_m2 = kind.size_m2 + static_cast<int>(draw % 5);
  out.amenities = chosen(data::room_amenities, 3, draw);
  out.base_price = whole_reais(house_price * kind.price_percent / 100 / 10 * 10);
  out.allotment = std::clamp(kind.allotment + static_cast<int>(mixed(draw) % 3) - 1, 1, 8);
  return out;
}

property make_property(std::size_t index, std::uint64_t seed) {
  const auto& house = data::houses[index];
  const auto draw = mixed(seed, house.slug);
  property out;
  out.id = numbered("urb-%03u", static_cast<unsigned>(index + 1));
  out.name = house.name;
  out.slug = house.slug;
  out.kind = house.kind;
  out.description = house.text;
  out.street = std::string(data::streets[draw % data::streets.size()]) + ", " + std::to_string(100 + mixed(draw) % 1900);
  out.district = house.district;
  out.postal_code = "88650-000";
  out.phone = numbered("+5549320%02u%03u", static_cast<unsigned>(index + 10), static_cast<unsigned>(draw % 1000));
  out.whatsapp = numbered("+5549990%02u%04u", static_cast<unsigned>(index + 10), static_cast<unsigned>(draw % 10000));
  out.email = "reservas@" + out.slug + ".example";
  out.house_rules = "Silêncio após as 22h. Não é permitido fumar nos quartos.";
  // The town lies at 28.0147 S, 49.5922 W; the houses within about 12 km of it.
  out.lat_e6 = -28'014'700 + static_cast<std::int64_t>(mixed(draw + 1) % 200'000) - 100'000;
  out.lng_e6 = -49'592'200 + static_cast<std::int64_t>(mixed(draw + 2) % 200'000) - 100'000;
  out.amenities = chosen(data::house_amenities, 3, draw);
  for (unsigned i = 0; i < 3; ++i)
    out.rooms.push_back(make_room(out, data::rooms[first_room(house.kind) + i], i + 1, house.price, mixed(draw + 10 + i)));
  return out;
}

/// Percent of the base price: winter and the year's end are dear, the autumn rain is cheap.
int season_percent(date day) {
  const std::chrono::year_month_day civil(day);
  const auto month = static_cast<unsigned>(civil.month());
  const auto of_month = static_cast<unsigned>(civil.day());
  if ((month == 12 && of_month >= 20) || (month == 1 && of_month <= 5))
    return 160;
  if (month >= 6 && month <= 8)
    return month == 7 ? 150 : 130;
  if (month == 1 || month == 2)
    return 115;
  return month == 3 || month == 11 ? 90 : 100;
}

bool is_peak(date day) {
  return season_percent(day) >= 150;
}

} // namespace

catalogue::catalogue(std::uint64_t seed) : seed_(seed) {
  for (std::size_t i = 0; i < data::houses.size(); ++i) {
    properties_.push_back(make_property(i, seed));
    property_index_[properties_.back().id] = i;
    for (std::size_t r = 0; r < properties_.back().rooms.size(); ++r)
      room_index_[properties_.back().rooms[r].id] = {i, r};
  }
}

const property* catalogue::find_property(const std::string& id) const {
  const auto found = property_index_.find(id);
  return found == property_index_.end() ? nullptr : &properties_[found->second];
}

const room_type* catalogue::find_room(const std::string& id) const {
  const auto found = room_index_.find(id);
  return found == room_index_.end() ? nullptr : &properties_[found->second.first].rooms[found->second.second];
}

night catalogue::night_of(const room_type& room, date day) const {
  const auto weekday = std::chrono::weekday(day);
  const bool weekend = weekday == std::chrono::Friday || weekday == std::chrono::Saturday;
  const auto week = static_cast<std::uint64_t>((day.time_since_epoch() / std::chrono::days(7)));
  const auto draw = mixed(mixed(seed_, room.id) ^ week);
  night out;
  const auto percent = season_percent(day) * (weekend ? 125 : 100) / 100;
  const auto reais = room.base_price.minor_units / 100 * percent / 100;
  out.price = whole_reais((reais + static_cast<std::int64_t>(draw % 21)) / 5 * 5);
  out.allotment = room.allotment;
  if (weekend && is_peak(day))
    out.min_stay = 2;
  // About one room type in eight does not take arrivals on Sundays, and one in ten rests for maintenance in one week in forty.
  const auto habit = mixed(seed_ + 1, room.id);
  out.closed_to_arrival = habit % 8 == 0 && weekday == std::chrono::Sunday;
  out.closed_to_departure = habit % 11 == 0 && weekday == std::chrono::Saturday && is_peak(day);
  out.closed = habit % 10 == 1 && draw % 40 == 0 && !is_peak(day);
  if (out.closed)
    out.block_reason = "maintenance";
  return out;
}

} // namespace reserve::sandbox
