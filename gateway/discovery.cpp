#include "gateway/handlers.hpp"
#include "gateway/render.hpp"
#include "gateway/stay_search.hpp"

#include <algorithm>

namespace reserve::gateway {
namespace {

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

  /// Leaves in `chosen` those that meet every condition; `price_from` is that of a chosen property.
  template <class PriceFrom>
  void narrow(property_set& chosen, const city_plan& plan, const PriceFrom& price_from) const {
    const auto& all = plan.catalogue().properties;
    if (!types_.empty()) {
      property_set of_types(all.size());
      for (const auto& type : types_)
        if (const auto* known = plan.of_type(type))
          of_types |= *known;
      chosen &= of_types;
    }
    for (const auto& amenity : amenities_) {
      const auto* known = plan.with_amenity(amenity);
      chosen &= known ? *known : property_set(all.size());
    }
    if (rating_ > 0)
      chosen.keep_if([&](std::uint32_t at) { return all[at].rating_tenths.value_or(0) / 10.0 >= rating_; });
    if (min_ || max_)
      chosen.keep_if([&](std::uint32_t at) {
        const money cost = *price_from(at);
        return (!min_ || cost >= *min_) && (!max_ || cost <= *max_);
      });
    if (box_.size() == 4 || near_.size() == 2)
      chosen.keep_if([&](std::uint32_t at) { return is_in_place(all[at]); });
  }

private:
  bool is_in_place(const property_content& property) const {
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

void write_counts(http::json_writer& out, const city_plan::counted& values, const property_set& all) {
  out.begin_array();
  for (const auto& [value, properties] : values)
    if (const auto count = properties.count_common(all); count > 0)
      out.begin_object().member("value", value).member("count", count).end_object();
  out.end_array();
}

/// Of everything that is free, so that a filter that is set does not hide the others.
void write_filters(http::json_writer& out, const property_set& all, const city_plan& plan, const std::vector<std::int64_t>& bases, int nights) {
  std::int64_t lowest = city_plan::none_free, highest = 0;
  for (const auto base : bases)
    if (base != city_plan::none_free) {
      lowest = std::min(lowest, base);
      highest = std::max(highest, base);
    }
  out.begin_object().key("types");
  write_counts(out, plan.types(), all);
  out.key("amenities");
  write_counts(out, plan.amenities(), all);
  out.key("price_range");
  if (lowest != city_plan::none_free) // Rounding keeps the order.
    out.begin_object().member("min", scaled(money{lowest}, 1, nights)).member("max", scaled(money{highest}, 1, nights)).end_object();
  else
    out.null();
  out.key("ratings").begin_array();
  for (std::size_t i = 0; i < city_plan::ratings_counted.size(); ++i)
    out.begin_object().key("min").decimal(city_plan::ratings_counted[i], 1).member("count", plan.rated(i).count_common(all)).end_object();
  out.end_array().end_object();
}

/// The properties of a page, in order.
struct page_of {
  std::int64_t number, size;

  explicit page_of(const validated& asked) : number(asked.integer("page", 1)), size(asked.integer("per_page", 20)) {}
  std::size_t begin() const { return static_cast<std::size_t>((number - 1) * size); }
  std::size_t end() const { return static_cast<std::size_t>(number * size); }
};

template <class MatchOf>
void write_page(http::json_writer& out, const city_door& city, const city_plan& plan, const std::vector<std::uint32_t>& found, const page_of& page,
                const MatchOf& match_of) {
  out.begin_array();
  for (auto at = page.begin(); at < found.size(); ++at)
    out.raw(card_of(city, plan, match_of(found[at])));
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

/// The answer to a search but for its end, which tells how it was found.
std::string find_page(const city_door& city, const city_plan& plan, const validated& asked, const stay& dates) {
  const auto guests = asked.party_of();
  const auto& nights = city.index().nights();
  const auto bases = plan.lowest_bases(nights, dates, guests);
  const auto price_from = [&](std::uint32_t at) { return std::optional(scaled(money{bases[at]}, 1, dates.nights())); };
  property_set all(bases.size());
  for (std::uint32_t at = 0; at < bases.size(); ++at)
    if (bases[at] != city_plan::none_free)
      all.insert(at);
  property_set chosen = all;
  wishes(asked).narrow(chosen, plan, price_from);
  const page_of page(asked);
  const auto found_first = first_of(chosen, plan, sort_of(asked), page.end(), price_from);
  const auto total = chosen.count();
  http::json_writer out;
  out.begin_object().key("city");
  write_city(out, plan.catalogue().city, city);
  out.key("properties");
  write_page(out, city, plan, found_first, page, [&](std::uint32_t at) {
    return match{at, free_rooms(nights, plan.catalogue(), at, dates, guests), price_from(at)};
  });
  out.member("total", total).key("pagination");
  write_pagination(out, page.number, page.size, total);
  out.key("filters");
  write_filters(out, all, plan, bases, dates.nights());
  out.key("metadata");
  return out.take();
}

std::string metadata_of(bool degraded, std::chrono::steady_clock::time_point started, bool is_known) {
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
  http::json_writer end;
  end.begin_object().member("query_time_ms", took.count()).member("cache_hit", is_known).member("host_degraded", degraded).end_object();
  return end.take() + "}";
}

} // namespace

task<http::response> search_availability(call& from) {
  const auto started = std::chrono::steady_clock::now();
  const auto& asked = from.values;
  const auto found = city_by_code(from, asked.text("city_code"));
  if (!found)
    co_return from.refuse(found.error());
  auto& city = **found;
  const auto planned = plan_of(from, city);
  if (!planned)
    co_return from.refuse(planned.error());
  const stay dates{asked.date_of("check_in"), asked.date_of("check_out")};
  if (dates.check_in < city.local(city.now()).day) {
    refusal why(errc::invalid_parameter, "check_in is in the past");
    why.fields.emplace_back("check_in", "out_of_range");
    co_return from.refuse(why);
  }
  if (const auto why = reach_position(from, city))
    co_return from.refuse(*why);
  const auto& nights = city.index().nights();
  const auto key = asked.canonical_text();
  const bool degraded = is_host_away(city);
  if (const auto* known = from.shared.pages.find(key); known && (*known)->plan == *planned && (*known)->changes == nights.changes() &&
                                                       (*known)->degraded == degraded && started - (*known)->made < found_page::lives)
    co_return from.answer(200, (*known)->text, metadata_of(degraded, started, true));
  auto page = std::make_shared<found_page>();
  page->plan = *planned;
  page->changes = nights.changes();
  page->degraded = degraded;
  page->made = started;
  page->text = find_page(city, **planned, asked, dates);
  from.shared.pages.put(key, page);
  co_return from.answer(200, page->text, metadata_of(degraded, started, false));
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
  const auto planned = plan_of(from, city);
  if (!planned)
    co_return from.refuse(planned.error());
  if (const auto why = reach_position(from, city))
    co_return from.refuse(*why);
  const auto& plan = **planned;
  const auto& properties = plan.catalogue().properties;
  const auto outlooks = plan.outlooks(city.index().nights(), outlook_range(city));
  const auto price_from = [&](std::uint32_t at) { return outlooks[at].lowest < 0 ? std::nullopt : std::optional(money{outlooks[at].lowest}); };
  const auto type = asked.text("property_type");
  const auto featured = asked.maybe_flag("is_featured");
  property_set chosen(properties.size());
  for (const auto at : plan.by_popularity())
    if ((type.empty() || properties[at].property_type == type) && (!featured || properties[at].featured == *featured))
      chosen.insert(at);
  const page_of page(asked);
  const auto found_first = first_of(chosen, plan, sort_of(asked), page.end(), price_from);
  http::json_writer out;
  out.begin_object().key("properties");
  write_page(out, city, plan, found_first, page, [&](std::uint32_t at) { return match{at, outlooks[at].rooms, price_from(at)}; });
  out.key("pagination");
  write_pagination(out, page.number, page.size, chosen.count());
  out.end_object();
  co_return from.answer(200, out.text());
}

} // namespace reserve::gateway
