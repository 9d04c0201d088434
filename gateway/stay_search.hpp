#pragma once

#include "actors/protocols/city_index.hpp"
#include "gateway/api/validated.hpp"
#include "gateway/services.hpp"

#include <optional>
#include <string>
#include <vector>

namespace reserve::gateway {

/// The public never learns more about free rooms (spec 30§1.7).
inline constexpr int shown_rooms_max = 5;

/// What one unit offers for a stay, as its calendar published it last.
struct offer {
  int rooms = 0; ///< Free on every night.
  money base;    ///< Of all nights, with the persons above what the unit is meant for.
};

/// Nothing when the unit does not fit the party or the dates, or is not free.
std::optional<offer> offer_of(const city_index& index, const catalogue_view& catalogue, const indexed_unit& unit, const stay& dates,
                              const party& guests);

/// The nights of a stay and the day of departure as a calendar, so that the domain's own quote works on what the index shows.
unit_calendar calendar_of(const unit_nights& nights, const sale_rules& rules, const stay& dates);

/// Price of a stay, or the first refusal of the checks 7-11 (spec 10§14.7), from the index. `rules` of the catalogue.
result<price> quote_from_index(const city_door& city, const catalogue_view& catalogue, const indexed_unit& unit, const stay& dates,
                               const party& guests, int rooms);

/// A question of the domain with the city's clock filled in.
stay_question question_of(const city_door& city, const sale_rules& rules, const stay& dates, const party& guests, int rooms);

/// Up to three other ways to stay, as a JSON array of Alternative: other units, other dates, other properties.
std::string alternatives_for(const city_door& city, const catalogue_view& catalogue, const indexed_unit& wanted, const stay& dates,
                             const party& guests, int rooms);

/// A property in a list.
struct match {
  std::uint32_t property = 0;
  bool available = false;
  int rooms = 0;
  std::optional<money> price_from;
};

/// Lowest night price and free units of the next 30 days, for lists without dates.
match outlook_of(const city_door& city, const catalogue_view& catalogue, std::uint32_t property);
/// For a stay; nothing when the property has no unit that fits.
std::optional<match> match_of(const city_door& city, const catalogue_view& catalogue, std::uint32_t property, const stay& dates, const party& guests);

/// price_asc, price_desc, rating_desc, popular; equal ones by slug.
void sort_matches(std::vector<match>& matches, const catalogue_view& catalogue, std::string_view order);

/// Distance on the globe.
double kilometres(double lat_a, double lng_a, double lat_b, double lng_b) noexcept;
/// "1.5,-2" as numbers; empty when any is none.
std::vector<double> numbers_of(std::string_view text);

/// PropertyCard.
std::string card_of(const city_door& city, const catalogue_view& catalogue, const match& what);

/// Slugs of similar properties, at most six: same type first, then price within 30 %, then rating; free ones only when dates are given.
std::vector<std::string> similar_to(const city_door& city, const catalogue_view& catalogue, std::uint32_t property, const std::optional<stay>& dates,
                                    const party& guests);

} // namespace reserve::gateway
