#include "gateway/handlers.hpp"
#include "gateway/render.hpp"
#include "gateway/stay_search.hpp"

#include <algorithm>
#include <map>

namespace reserve::gateway {
namespace {

constexpr std::array ratings_counted{3.0, 4.0, 4.5};

/// Conditions of a search besides dates and guests.
class wishes {
public:
  explicit wishes(const validated& asked)
      : types_(asked.texts("property_types")),
        amenities_(asked.texts("amenities")),
        min_(asked.maybe_money("min_price")),
        max_(asked.maybe_money("max_price")) {
    if (asked.has("rating"))
      rating_ = asked.number("rating");
    if (asked.has("bbox"))
      box_ = numbers_of(asked.text("bbox"));
    if (asked.has("near")) {
      near_ = numbers_of(asked.text("near"));
      radius_ = asked.number("radius_km");
    }
  }

  bool accept(const catalogue_view& catalogue, const match& what) const {
    const auto& property = catalogue.properties[what.property];
    if (!types_.empty() && std::find(types_.begin(), types_.end(), property.property_type) == types_.end())
      return false;
    if ((min_ && *what.price_from < *min_) || (max_ && *what.price_from > *max_))
      return false;
    if (rating_ > 0 && property.rating_tenths.value_or(0) / 10.0 < rating_)
      return false;
    const bool has_all =
        std::all_of(amenities_.begin(), amenities_.end(), [&](const auto& each) { return has_amenity(catalogue, what.property, each); });
    return has_all && is_in_place(property);
  }

private:
  static bool has_amenity(const catalogue_view& catalogue, std::uint32_t property, const std::string& wanted) {
    const auto has = [&](const std::vector<std::string>& list) { return std::find(list.begin(), list.end(), wanted) != list.end(); };
    const auto& content = catalogue.properties[property];
    return has(content.amenities) ||
           std::any_of(content.units.begin(), content.units.end(), [&](const auto& unit) { return unit.active && has(unit.amenities); });
  }

  bool is_in_place(const property_content& property) const {
    if (box_.size() != 4 && near_.size() != 2)
      return true;
    if (!property.lat_e6 || !property.lng_e6)
      return false;
    const double lat = static_cast<double>(*property.lat_e6) / 1e6, lng = static_cast<double>(*property.lng_e6) / 1e6;
    if (box_.size() == 4 && (lng < box_[0] || lat < box_[1] || lng > box_[2] || lat > box_[3]))
      return false;
    return near_.size() != 2 || kilometres(near_[0], near_[1], lat, lng) <= radius_;
  }

  std::vector<std::string> types_, amenities_;
  std::optional<money> min_, max_;
  double rating_ = 0;
  std::vector<double> box_, near_;
  double radius_ = 0;
};

void write_counts(http::json_writer& out, const std::map<std::string, int>& counts) {
  out.begin_array();
  for (const auto& [value, count] : counts)
    out.begin_object().member("value", value).member("count", count).end_object();
  out.end_array();
}

/// Of everything that is free, so that a filter that is set does not hide the others.
void write_filters(http::json_writer& out, const std::vector<match>& all, const catalogue_view& catalogue) {
  std::map<std::string, int> types, amenities;
  std::array<int, ratings_counted.size()> ratings{};
  std::optional<money> lowest, highest;
  for (const auto& each : all) {
    const auto& property = catalogue.properties[each.property];
    ++types[property.property_type];
    for (const auto& amenity : property.amenities)
      ++amenities[amenity];
    for (std::size_t i = 0; i < ratings.size(); ++i)
      ratings[i] += property.rating_tenths.value_or(0) / 10.0 >= ratings_counted[i] ? 1 : 0;
    lowest = lowest ? std::min(*lowest, *each.price_from) : *each.price_from;
    highest = highest ? std::max(*highest, *each.price_from) : *each.price_from;
  }
  out.begin_object().key("types");
  write_counts(out, types);
  out.key("amenities");
  write_counts(out, amenities);
  out.key("price_range");
  if (lowest)
    out.begin_object().member("min", *lowest).member("max", *highest).end_object();
  else
    out.null();
  out.key("ratings").begin_array();
  for (std::size_t i = 0; i < ratings.size(); ++i)
    out.begin_object().key("min").decimal(ratings_counted[i], 1).member("count", ratings[i]).end_object();
  out.end_array().end_object();
}

void write_page(http::json_writer& out, const city_door& city, const catalogue_view& catalogue, const std::vector<match>& found, std::int64_t page,
                std::int64_t per_page) {
  out.begin_array();
  const auto begin = static_cast<std::size_t>((page - 1) * per_page);
  const auto end = std::min(found.size(), begin + static_cast<std::size_t>(per_page));
  for (auto at = begin; at < end; ++at)
    out.raw(card_of(city, catalogue, found[at]));
  out.end_array();
}

std::string sort_of(const validated& asked) {
  return asked.maybe_text("sort").value_or("popular");
}

city_content content_of(const city_door& city) {
  const auto known = city.index().catalogue();
  city_content made = known ? known->city : city_content();
  if (made.code.empty())
    made.code = city.code();
  return made;
}

} // namespace

task<http::response> search_availability(call& from) {
  const auto started = std::chrono::steady_clock::now();
  const auto& asked = from.values;
  const auto found = city_by_code(from, asked.text("city_code"));
  if (!found)
    co_return from.refuse(found.error());
  auto& city = **found;
  const auto catalogue = catalogue_of(city);
  if (!catalogue)
    co_return from.refuse(catalogue.error());
  const stay dates{asked.date_of("check_in"), asked.date_of("check_out")};
  if (dates.check_in < city.local(city.now()).day) {
    refusal why(errc::invalid_parameter, "check_in is in the past");
    why.fields.emplace_back("check_in", "out_of_range");
    co_return from.refuse(why);
  }
  if (const auto why = reach_position(from, city))
    co_return from.refuse(*why);
  const auto guests = asked.party_of();
  const auto& known = **catalogue;
  std::vector<match> all, chosen;
  for (std::uint32_t at = 0; at < known.properties.size(); ++at)
    if (const auto free = match_of(city, known, at, dates, guests))
      all.push_back(*free);
  const wishes wanted(asked);
  std::copy_if(all.begin(), all.end(), std::back_inserter(chosen), [&](const match& each) { return wanted.accept(known, each); });
  sort_matches(chosen, known, sort_of(asked));
  const auto page = asked.integer("page", 1), per_page = asked.integer("per_page", 20);
  http::json_writer out;
  out.begin_object().key("city");
  write_city(out, known.city, city);
  out.key("properties");
  write_page(out, city, known, chosen, page, per_page);
  out.member("total", chosen.size()).key("pagination");
  write_pagination(out, page, per_page, chosen.size());
  out.key("filters");
  write_filters(out, all, known);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
  out.key("metadata").begin_object().member("query_time_ms", took.count()).member("cache_hit", false);
  out.member("host_degraded", city.host_outage() >= std::chrono::minutes(1)).end_object().end_object();
  co_return from.answer(200, out.text());
}

task<http::response> get_cities(call& from) {
  http::json_writer out;
  out.begin_object().key("cities").begin_array();
  for (const auto* city : from.outside().cities.all()) {
    const auto content = content_of(*city);
    if (content.active)
      write_city(out, content, *city);
  }
  out.end_array().end_object();
  co_return from.answer(200, out.text());
}

task<http::response> get_city(call& from) {
  const auto found = city_by_code(from, from.values.text("city_code"));
  if (!found)
    co_return from.refuse(found.error());
  http::json_writer out;
  write_city(out, content_of(**found), **found);
  co_return from.answer(200, out.text());
}

task<http::response> get_property_list(call& from) {
  const auto& asked = from.values;
  const auto found = city_by_code(from, asked.text("city_code"));
  if (!found)
    co_return from.refuse(found.error());
  if (!asked.flag("is_published", true))
    co_return from.refuse(refusal(errc::forbidden, "only staff may ask for what is not published"));
  auto& city = **found;
  const auto catalogue = catalogue_of(city);
  if (!catalogue)
    co_return from.refuse(catalogue.error());
  if (const auto why = reach_position(from, city))
    co_return from.refuse(*why);
  const auto& known = **catalogue;
  const auto type = asked.text("property_type");
  const auto featured = asked.maybe_flag("is_featured");
  std::vector<match> chosen;
  for (std::uint32_t at = 0; at < known.properties.size(); ++at) {
    const auto& property = known.properties[at];
    const bool is_wanted =
        property.active && property.published && (type.empty() || property.property_type == type) && (!featured || property.featured == *featured);
    if (is_wanted)
      chosen.push_back(outlook_of(city, known, at));
  }
  sort_matches(chosen, known, sort_of(asked));
  const auto page = asked.integer("page", 1), per_page = asked.integer("per_page", 20);
  http::json_writer out;
  out.begin_object().key("properties");
  write_page(out, city, known, chosen, page, per_page);
  out.key("pagination");
  write_pagination(out, page, per_page, chosen.size());
  out.end_object();
  co_return from.answer(200, out.text());
}

} // namespace reserve::gateway
