#pragma once

#include "actors/protocols/city_index.hpp"
#include "gateway/api/validated.hpp"
#include "gateway/city_plan.hpp"
#include "gateway/services.hpp"

#include <functional>
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
std::optional<offer> offer_of(const night_board& nights, const indexed_unit& unit, const stay& dates, const party& guests);

/// Price of a stay, or the first refusal of the checks 7-11 (spec 10§14.7), from the index. `rules` of the catalogue.
result<price> quote_from_index(const city_door& city, const catalogue_view& catalogue, const indexed_unit& unit, const stay& dates,
                               const party& guests, int rooms);

/// A question of the domain with the city's clock filled in.
stay_question question_of(const city_door& city, const sale_rules& rules, const stay& dates, const party& guests, int rooms);

/// Up to three other ways to stay, as a JSON array of Alternative: other units, other dates, other properties.
std::string alternatives_for(const city_door& city, const city_plan& plan, const indexed_unit& wanted, const stay& dates, const party& guests, int rooms);

/// A property in a list.
struct match {
  std::uint32_t property = 0;
  int rooms = 0; ///< Free ones, counted up to what the public is shown.
  std::optional<money> price_from;
};

/// Free rooms of a property for a stay, counted up to what the public is shown.
int free_rooms(const night_board& nights, const catalogue_view& catalogue, std::uint32_t property, const stay& dates, const party& guests);

/// What lists without dates show of a property: the next 30 days.
stay outlook_range(const city_door& city);

/// price_asc, price_desc, rating_desc, popular; equal ones by slug. The first `wanted` of `chosen`, in this order.
std::vector<std::uint32_t> first_of(const property_set& chosen, const city_plan& plan, std::string_view order, std::size_t wanted,
                                    const std::function<std::optional<money>(std::uint32_t)>& price_from);

/// Distance on the globe.
double kilometres(double lat_a, double lng_a, double lat_b, double lng_b) noexcept;
/// "1.5,-2" as numbers; empty when any is none.
std::vector<double> numbers_of(std::string_view text);

/// PropertyCard.
std::string card_of(const city_door& city, const city_plan& plan, const match& what);

/// Slugs of similar properties, at most six: same type first, then price within 30 %, then rating; free ones only when dates are given.
std::vector<std::string> similar_to(const city_door& city, const city_plan& plan, std::uint32_t property, const std::optional<stay>& dates,
                                    const party& guests);

} // namespace reserve::gateway
