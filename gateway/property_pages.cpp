#include "gateway/handlers.hpp"
#include "gateway/render.hpp"
#include "gateway/stay_search.hpp"

#include <algorithm>

namespace reserve::gateway {
namespace {

using std::chrono::days;

/// What a property page was asked with.
struct page_question {
  const city_door& city;
  const city_plan& plan;
  const catalogue_view& catalogue;
  std::optional<stay> dates;
  party guests;
  bool portuguese;
};

void write_beds(http::json_writer& out, const std::vector<bed>& beds) {
  out.begin_array();
  for (const auto& each : beds)
    out.begin_object().member("type", each.type).member("count", int{each.count}).end_object();
  out.end_array();
}

/// Members that depend on dates: available, available_count, price_from, price_breakdown.
void write_stay(http::json_writer& out, const page_question& asked, const indexed_unit& unit, const std::optional<money>& lowest) {
  if (!asked.dates) {
    out.key("available").null().key("available_count").null().member("price_from", lowest).key("price_breakdown").null();
    return;
  }
  const auto& property = asked.catalogue.properties[unit.property];
  const auto cost = quote_from_index(asked.city, asked.catalogue, unit, *asked.dates, asked.guests, 1);
  const auto free = offer_of(asked.city.index().nights(), unit, *asked.dates, asked.guests);
  const bool available = cost.has_value() && free && !asked.city.property_down(property.host_property_id);
  out.member("available", available).member("available_count", available ? std::min(free->rooms, shown_rooms_max) : 0).key("price_from");
  if (!cost) {
    out.value(lowest).key("price_breakdown").null();
    return;
  }
  out.value(scaled(cost->base, 1, asked.dates->nights())).key("price_breakdown");
  write_price(out, *cost, property.currency, asked.dates->check_in);
}

/// Lowest price of the next 30 days and the min_stay that counts for the arrival (today's without dates).
std::pair<std::optional<money>, int> outlook(const page_question& asked, const indexed_unit& unit) {
  std::optional<money> lowest;
  const auto range = outlook_range(asked.city);
  std::vector<night_view> nights(static_cast<std::size_t>(range.nights()));
  asked.city.index().nights().read(unit.slot, range.check_in, nights);
  for (const auto& each : nights)
    if (each.price >= 0)
      lowest = lowest ? std::min(*lowest, money{each.price}) : money{each.price};
  night_view arrival;
  asked.city.index().nights().read(unit.slot, asked.dates ? asked.dates->check_in : range.check_in, {&arrival, 1});
  return {lowest, std::max<int>(1, arrival.min_stay)};
}

void write_unit(http::json_writer& out, const page_question& asked, const indexed_unit& unit) {
  const auto& content = *unit.content;
  const auto [lowest, min_stay] = outlook(asked, unit);
  out.begin_object().member("id", content.id).member("slug", content.slug).member("name", content.name);
  write_text(out, "description", content.description);
  out.member("max_occupancy", int{content.max_occupancy}).member("base_capacity", int{content.base_capacity}).key("bed_configuration");
  write_beds(out, content.beds);
  out.member("size_m2", content.size_m2).key("images");
  write_images(out, content.images);
  out.key("amenities");
  write_texts(out, content.amenities);
  write_stay(out, asked, unit, lowest);
  out.key("rate_plans").begin_array().end_array().member("min_stay", min_stay).end_object();
}

void write_units(http::json_writer& out, const page_question& asked, std::uint32_t property) {
  const auto [begin, end] = asked.catalogue.units_of[property];
  std::vector<const indexed_unit*> units;
  for (auto at = begin; at < end; ++at)
    if (asked.catalogue.units[at].content->active)
      units.push_back(&asked.catalogue.units[at]);
  std::stable_sort(units.begin(), units.end(), [](const auto* a, const auto* b) { return a->content->sort < b->content->sort; });
  out.begin_array();
  for (const auto* unit : units)
    write_unit(out, asked, *unit);
  out.end_array();
}

policy_snapshot policy_of(const page_question& asked, const property_content& property) {
  policy_snapshot policy = property.policy.value_or(asked.catalogue.city.default_policy);
  policy.check_in_time = property.check_in_time;
  policy.free_until.reset();
  return asked.dates ? policy_for(policy, asked.city.instant(asked.dates->check_in, policy.check_in_time)) : policy;
}

std::string detail(const page_question& asked, std::uint32_t at, const std::string& public_url) {
  const auto& property = asked.catalogue.properties[at];
  http::json_writer out;
  out.begin_object().member("id", property.id).member("slug", property.slug).member("name", property.name);
  out.member("property_type", property.property_type);
  write_text(out, "description", property.description);
  out.key("location");
  write_location(out, property);
  out.key("rating");
  if (property.rating_tenths)
    out.decimal(*property.rating_tenths / 10.0, 1);
  else
    out.null();
  out.member("review_count", property.review_count).key("images");
  write_images(out, property.images);
  out.key("amenities");
  write_texts(out, property.amenities);
  out.key("policies").begin_object().member("check_in", clock_text(property.check_in_time)).member("check_out", clock_text(property.check_out_time));
  out.key("cancellation");
  write_policy(out, policy_of(asked, property), asked.portuguese);
  out.end_object().key("unit_types");
  write_units(out, asked, at);
  out.key("similar_properties");
  write_texts(out, similar_to(asked.city, asked.plan, at, asked.dates, asked.guests));
  write_text(out, "house_rules", property.house_rules);
  out.key("contact").begin_object();
  write_text(out, "phone", property.phone);
  write_text(out, "email", property.email);
  write_text(out, "whatsapp", property.whatsapp);
  out.end_object().key("nearby").begin_object().member("events", 0).member("restaurants", 0).member("attractions", 0).end_object();
  out.member("structured_data_url", public_url + "/api/v1/seo/properties/" + property.slug + ".json").end_object();
  return out.take();
}

void write_day(http::json_writer& out, const night_view& night, date day) {
  out.begin_object().member("date", to_string(day)).member("is_available", night.rooms > 0).member("is_blocked", night.blocked);
  out.key("block_reason").null().key("base_price"); // Why is the property's own affair.
  if (night.price >= 0)
    out.value(money{night.price});
  else
    out.null();
  out.key("discounted_price").null().member("min_stay", std::max<int>(1, night.min_stay));
  out.member("available_count", std::min<int>(night.rooms, shown_rooms_max)).end_object();
}

} // namespace

task<http::response> get_property_detail(call& from) {
  const auto& values = from.values;
  const auto found = city_by_code(from, values.text("city_code"));
  if (!found)
    co_return from.refuse(found.error());
  auto& city = **found;
  const auto plan = plan_of(from, city);
  if (!plan)
    co_return from.refuse(plan.error());
  const auto& catalogue = (*plan)->catalogue();
  const auto at = catalogue.by_slug.find(std::string(values.text("slug")));
  const auto* property = at == catalogue.by_slug.end() ? nullptr : &catalogue.properties[at->second];
  if (!property || !property->active || !property->published)
    co_return from.refuse(refusal(errc::not_found, "there is no such property"));
  page_question asked{city, **plan, catalogue, std::nullopt, values.party_of(), from.speaks_portuguese()};
  if (values.has("check_in"))
    asked.dates = stay{values.date_of("check_in"), values.date_of("check_out")};
  co_return from.answer(200, detail(asked, at->second, from.shared.how.public_url));
}

task<http::response> get_unit_availability_calendar(call& from) {
  const auto& values = from.values;
  const auto wanted = values.id<unit_id>("unit_id");
  const auto found = city_of_id(from, wanted.value, errc::not_found);
  if (!found)
    co_return from.refuse(found.error());
  const auto catalogue = catalogue_of(**found);
  if (!catalogue)
    co_return from.refuse(catalogue.error());
  const auto at = (*catalogue)->unit_by_id.find(wanted);
  const auto* unit = at == (*catalogue)->unit_by_id.end() ? nullptr : &(*catalogue)->units[at->second];
  const auto* property = unit ? &(*catalogue)->properties[unit->property] : nullptr;
  const bool is_others = property && values.has("property_id") && property->id != values.id<property_id>("property_id");
  if (!unit || !unit->content->active || !property->active || !property->published || is_others)
    co_return from.refuse(refusal(errc::not_found, "there is no such unit"));
  const auto first = values.date_of("start_date");
  std::vector<night_view> nights(static_cast<std::size_t>((values.date_of("end_date") - first).count()));
  (*found)->index().nights().read(unit->slot, first, nights);
  http::json_writer out;
  out.begin_object().member("unit_id", wanted).key("dates").begin_array();
  for (std::size_t i = 0; i < nights.size(); ++i)
    write_day(out, nights[i], first + days(i));
  out.end_array().end_object();
  co_return from.answer(200, out.text());
}

} // namespace reserve::gateway
