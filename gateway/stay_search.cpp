#include "gateway/stay_search.hpp"

#include "gateway/render.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

namespace reserve::gateway {
namespace {

using std::chrono::days;

constexpr int outlook_days = 30;
constexpr std::size_t similar_max = 6;

bool is_shown(const property_content& property) {
  return property.active && property.published;
}

/// Persons above what the rooms are meant for, a night. Adults take the places first (spec 10§16.1 step 5).
money extra_persons(const sale_rules& rules, const party& guests) {
  const int extra = std::max(0, guests.occupancy() - rules.base_capacity);
  const int adults = std::max(0, guests.adults - rules.base_capacity);
  return rules.extra_adult * adults + rules.extra_child * (extra - adults);
}

int rating_of(const property_content& property) {
  return property.rating_tenths.value_or(0);
}

} // namespace

std::optional<offer> offer_of(const city_index& index, const catalogue_view& catalogue, const indexed_unit& unit, const stay& dates,
                              const party& guests) {
  if (!unit.content->active || guests.occupancy() > unit.content->max_occupancy)
    return std::nullopt;
  const auto nights = index.nights(unit.slot);
  if (!nights || dates.check_in < nights->first)
    return std::nullopt;
  const auto from = static_cast<std::size_t>((dates.check_in - nights->first).count());
  const auto count = static_cast<std::size_t>(dates.nights());
  if (from + count > nights->available.size())
    return std::nullopt;
  const auto shortest = nights->min_stay[from];
  const auto longest = nights->max_stay[from];
  if (count < shortest || (longest > 0 && count > longest) || (nights->flags[from] & unit_nights::no_arrival) != 0)
    return std::nullopt;
  if (from + count < nights->flags.size() && (nights->flags[from + count] & unit_nights::no_departure) != 0)
    return std::nullopt;
  const auto begin = nights->available.begin() + static_cast<std::ptrdiff_t>(from);
  const int rooms = *std::min_element(begin, begin + static_cast<std::ptrdiff_t>(count));
  if (rooms <= 0)
    return std::nullopt;
  offer found;
  found.rooms = rooms;
  // Sums wrap around, their difference does not.
  found.base = money{static_cast<std::int64_t>(static_cast<std::uint32_t>(nights->price_sum[from + count] - nights->price_sum[from]))};
  if (const auto rules = catalogue.rules.find(unit.content->id); rules != catalogue.rules.end())
    found.base += extra_persons(*rules->second, guests) * dates.nights();
  return found;
}

unit_calendar calendar_of(const unit_nights& nights, const sale_rules& rules, const stay& dates) {
  unit_calendar made;
  made.id = rules.unit;
  made.property = rules.property;
  const date last = nights.first + days(static_cast<int>(nights.available.size()));
  made.first = std::max(dates.check_in, nights.first);
  for (date day = made.first; day <= dates.check_out && day < last; day += days(1)) {
    const auto at = static_cast<std::size_t>((day - nights.first).count());
    const auto flags = nights.flags[at];
    night one;
    one.closed = (flags & unit_nights::is_closed) != 0;
    one.blocked = (flags & unit_nights::is_blocked) != 0;
    one.closed_to_arrival = (flags & unit_nights::no_arrival) != 0;
    one.closed_to_departure = (flags & unit_nights::no_departure) != 0;
    one.host_allotment = nights.available[at]; // What is free now is all that a quote looks at.
    one.price = nights.price[at];
    one.min_stay = nights.min_stay[at];
    one.max_stay = nights.max_stay[at];
    made.nights.push_back(one);
  }
  return made;
}

stay_question question_of(const city_door& city, const sale_rules& rules, const stay& dates, const party& guests, int rooms) {
  stay_question made;
  made.stay = dates;
  made.guests = guests;
  made.rooms = static_cast<std::uint8_t>(rooms);
  made.city_now = city.local(city.now());
  made.check_in_instant = city.instant(dates.check_in, rules.policy.check_in_time);
  return made;
}

result<price> quote_from_index(const city_door& city, const catalogue_view& catalogue, const indexed_unit& unit, const stay& dates,
                               const party& guests, int rooms) {
  const auto rules = catalogue.rules.find(unit.content->id);
  if (rules == catalogue.rules.end())
    return refusal(errc::not_found, "there is no such unit");
  const auto nights = city.index().nights(unit.slot);
  const unit_calendar known = nights ? calendar_of(*nights, *rules->second, dates) : unit_calendar{};
  return quote(known, *rules->second, question_of(city, *rules->second, dates, guests, rooms));
}

std::optional<match> match_of(const city_door& city, const catalogue_view& catalogue, std::uint32_t property, const stay& dates,
                              const party& guests) {
  const auto& content = catalogue.properties[property];
  if (!is_shown(content))
    return std::nullopt;
  match found;
  found.property = property;
  std::optional<money> lowest;
  const auto [begin, end] = catalogue.units_of[property];
  for (auto at = begin; at < end; ++at) {
    const auto free = offer_of(city.index(), catalogue, catalogue.units[at], dates, guests);
    if (!free)
      continue;
    found.rooms += free->rooms;
    lowest = lowest ? std::min(*lowest, free->base) : free->base;
  }
  if (!lowest)
    return std::nullopt;
  found.available = !city.property_down(content.host_property_id);
  found.price_from = scaled(*lowest, 1, dates.nights());
  return found;
}

match outlook_of(const city_door& city, const catalogue_view& catalogue, std::uint32_t property) {
  match found;
  found.property = property;
  const date today = city.local(city.now()).day;
  const auto [begin, end] = catalogue.units_of[property];
  for (auto at = begin; at < end; ++at) {
    const auto& unit = catalogue.units[at];
    const auto nights = unit.content->active ? city.index().nights(unit.slot) : nullptr;
    bool free = false;
    for (int n = 0; nights && n < outlook_days; ++n) {
      const auto index = (today + days(n) - nights->first).count();
      if (index < 0 || static_cast<std::size_t>(index) >= nights->available.size())
        continue;
      const auto price = nights->price[static_cast<std::size_t>(index)];
      if (price >= 0 && (!found.price_from || money{price} < *found.price_from))
        found.price_from = money{price};
      free = free || nights->available[static_cast<std::size_t>(index)] > 0;
    }
    found.rooms += free ? 1 : 0;
  }
  found.available = found.rooms > 0 && !city.property_down(catalogue.properties[property].host_property_id);
  return found;
}

void sort_matches(std::vector<match>& matches, const catalogue_view& catalogue, std::string_view order) {
  const auto before = [&](const match& a, const match& b) {
    const auto& left = catalogue.properties[a.property];
    const auto& right = catalogue.properties[b.property];
    if (order.starts_with("price_")) {
      const auto none = money{order == "price_asc" ? INT64_MAX : -1}; // Without a price last either way.
      const auto cost_a = a.price_from.value_or(none), cost_b = b.price_from.value_or(none);
      if (cost_a != cost_b)
        return order == "price_asc" ? cost_a < cost_b : cost_b < cost_a;
    } else {
      if (order != "rating_desc" && left.featured != right.featured)
        return left.featured;
      if (order != "rating_desc" && left.review_count != right.review_count)
        return left.review_count > right.review_count;
      if (rating_of(left) != rating_of(right))
        return rating_of(left) > rating_of(right);
    }
    return left.slug < right.slug;
  };
  std::sort(matches.begin(), matches.end(), before);
}

double kilometres(double lat_a, double lng_a, double lat_b, double lng_b) noexcept {
  constexpr double radius = 6371.0, degree = std::numbers::pi / 180;
  const double up = std::sin((lat_b - lat_a) * degree / 2), along = std::sin((lng_b - lng_a) * degree / 2);
  const double part = up * up + std::cos(lat_a * degree) * std::cos(lat_b * degree) * along * along;
  return 2 * radius * std::asin(std::min(1.0, std::sqrt(part)));
}

std::vector<double> numbers_of(std::string_view text) {
  std::vector<double> found;
  while (true) {
    const auto comma = text.find(',');
    auto part = text.substr(0, comma);
    while (!part.empty() && part.front() == ' ')
      part.remove_prefix(1);
    double number = 0;
    if (std::from_chars(part.data(), part.data() + part.size(), number).ec != std::errc{})
      return {};
    found.push_back(number);
    if (comma == std::string_view::npos)
      return found;
    text.remove_prefix(comma + 1);
  }
}

std::string card_of(const city_door& city, const catalogue_view& catalogue, const match& what) {
  const auto& property = catalogue.properties[what.property];
  http::json_writer out;
  out.begin_object().member("id", to_string(property.id)).member("slug", property.slug).member("name", property.name);
  out.member("property_type", property.property_type).key("location");
  write_location(out, property);
  out.key("rating");
  if (property.rating_tenths)
    out.decimal(*property.rating_tenths / 10.0, 1);
  else
    out.null();
  out.member("review_count", property.review_count).member("price_from", what.price_from).member("currency", property.currency.text()).key("images");
  write_images(out, property.images);
  out.key("image");
  if (property.images.empty()) {
    out.null();
  } else {
    out.begin_object().member("url", property.images.front().url);
    write_text(out, "alt", property.images.front().alt);
    out.end_object();
  }
  out.key("amenities");
  write_texts(out, property.amenities);
  out.member("available", what.available).member("available_units", std::min(what.rooms, shown_rooms_max));
  out.member("availability_status", availability_status(city, property)).member("confirmation_mode", property.confirmation_mode);
  out.key("sponsored").null().end_object();
  return out.take();
}

std::vector<std::string> similar_to(const city_door& city, const catalogue_view& catalogue, std::uint32_t property, const std::optional<stay>& dates,
                                    const party& guests) {
  const auto& wanted = catalogue.properties[property];
  const auto own = outlook_of(city, catalogue, property).price_from;
  struct candidate {
    bool same_type, near_price;
    int rating;
    const std::string* slug;
  };
  std::vector<candidate> found;
  for (std::uint32_t at = 0; at < catalogue.properties.size(); ++at) {
    const auto& other = catalogue.properties[at];
    if (at == property || !is_shown(other))
      continue;
    const auto fits = dates ? match_of(city, catalogue, at, *dates, guests) : std::optional(outlook_of(city, catalogue, at));
    if (!fits || (dates && !fits->available))
      continue;
    const auto cost = fits->price_from;
    const bool near = own && cost && cost->minor_units * 10 >= own->minor_units * 7 && cost->minor_units * 10 <= own->minor_units * 13;
    found.push_back({other.property_type == wanted.property_type, near, rating_of(other), &other.slug});
  }
  std::sort(found.begin(), found.end(), [](const candidate& a, const candidate& b) {
    return std::tuple(!a.same_type, !a.near_price, -a.rating, *a.slug) < std::tuple(!b.same_type, !b.near_price, -b.rating, *b.slug);
  });
  std::vector<std::string> slugs;
  for (std::size_t i = 0; i < std::min(found.size(), similar_max); ++i)
    slugs.push_back(*found[i].slug);
  return slugs;
}

} // namespace reserve::gateway
