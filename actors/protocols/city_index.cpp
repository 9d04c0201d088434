#include "actors/protocols/city_index.hpp"

#include <algorithm>
#include <charconv>

namespace reserve {

std::vector<night_view> views_of(const unit_calendar& unit, const std::optional<money>& base_price) {
  std::vector<night_view> made;
  made.reserve(unit.nights.size());
  for (const night& one : unit.nights)
    made.push_back(view_of(one, base_price));
  return made;
}

namespace {

/// Settings that a city's own row overrides; what a key means is that of city_settings.
void override_settings(city_settings& target, const city_content& city) {
  for (auto& [method, rates] : target.payment.rates)
    if (const auto own = city.iof.find(method); own != city.iof.end())
      rates.iof = own->second;
  const auto number = [&](const char* key, int& into) {
    const auto found = city.settings.find(key);
    if (found == city.settings.end())
      return;
    int value = 0;
    const auto& text = found->second;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{})
      into = value;
  };
  number("booking.booking_horizon_days", target.booking.booking_horizon_days);
  number("booking.max_nights", target.booking.max_nights);
  number("booking.min_advance_hours", target.booking.min_advance_hours);
  number("booking.max_live_intents_per_session", target.booking.max_live_intents_per_session);
  if (!city.support_phone.empty())
    target.support.phone = city.support_phone;
  if (!city.support_email.empty())
    target.support.email = city.support_email;
}

std::shared_ptr<const sale_rules> rules_of(const property_content& property, const unit_content& unit, const city_content& city, const city_settings& settings) {
  auto rules = std::make_shared<sale_rules>();
  rules->property = property.id;
  rules->unit = unit.id;
  rules->max_occupancy = unit.max_occupancy;
  rules->base_capacity = unit.base_capacity;
  rules->base_price = unit.base_price;
  rules->extra_adult = unit.extra_adult;
  rules->extra_child = unit.extra_child;
  rules->fees = property.fees;
  std::copy_if(city.taxes.begin(), city.taxes.end(), std::back_inserter(rules->booking_taxes), [](const tax_rule& tax) { return tax.active && tax.applies_to == "booking"; });
  rules->policy = property.policy.value_or(city.default_policy);
  rules->policy.check_in_time = property.check_in_time;
  rules->currency = property.currency;
  rules->confirmation_mode = property.confirmation_mode;
  rules->horizon_days = settings.booking.booking_horizon_days;
  rules->max_nights = settings.booking.max_nights;
  rules->min_advance_hours = settings.booking.min_advance_hours;
  rules->same_day_cutoff = settings.booking.same_day_cutoff;
  rules->hold_ttl = settings.ttl.intent_created;
  return rules;
}

} // namespace

std::shared_ptr<catalogue_view> make_catalogue(const city_state& state, const city_settings& defaults) {
  auto view = std::make_shared<catalogue_view>();
  view->settings = defaults;
  if (!state.city)
    return view;
  view->city = *state.city;
  override_settings(view->settings, view->city);
  for (const auto& [id, property] : state.properties)
    view->properties.push_back(property);
  std::sort(view->properties.begin(), view->properties.end(), [](const auto& a, const auto& b) { return a.slug < b.slug; });
  for (std::uint32_t p = 0; p < view->properties.size(); ++p) {
    const auto& property = view->properties[p];
    view->by_slug.emplace(property.slug, p);
    view->by_id.emplace(property.id, p);
    view->by_host_id.emplace(property.host_property_id, p);
    const auto begin = static_cast<std::uint32_t>(view->units.size());
    for (const auto& unit : property.units) {
      view->unit_by_id.emplace(unit.id, static_cast<std::uint32_t>(view->units.size()));
      view->units.push_back({&unit, p, 0});
      view->rules.emplace(unit.id, rules_of(property, unit, view->city, view->settings));
    }
    view->units_of.emplace_back(begin, static_cast<std::uint32_t>(view->units.size()));
  }
  return view;
}

} // namespace reserve
