#include "gateway/handlers.hpp"
#include "gateway/render.hpp"
#include "gateway/stay_search.hpp"

namespace reserve::gateway {
namespace {

using std::chrono::days;

constexpr int alternatives_max = 3;
constexpr int shift_max = 14; ///< Days before and after that other dates are looked for.

/// Collects alternatives until there are enough.
class alternative_list {
public:
  alternative_list(const city_door& city, const catalogue_view& catalogue, const party& guests, int rooms)
      : city_(city), catalogue_(catalogue), guests_(guests), rooms_(rooms) {
    out_.begin_array();
  }

  bool is_full() const noexcept { return count_ >= alternatives_max; }

  bool add(std::string_view kind, const indexed_unit& unit, const stay& dates) {
    const auto& property = catalogue_.properties[unit.property];
    if (is_full() || !property.active || !property.published || city_.property_down(property.host_property_id))
      return false;
    if (!unit.content->active)
      return false;
    const auto cost = quote_from_index(city_, catalogue_, unit, dates, guests_, rooms_);
    if (!cost)
      return false;
    out_.begin_object().member("kind", kind).member("property_id", property.id).member("unit_id", unit.content->id);
    out_.member("check_in", to_string(dates.check_in)).member("check_out", to_string(dates.check_out)).member("total", cost->total).end_object();
    ++count_;
    return true;
  }

  std::string take() { return out_.end_array().take(); }

private:
  const city_door& city_;
  const catalogue_view& catalogue_;
  const party& guests_;
  int rooms_;
  int count_ = 0;
  http::json_writer out_;
};

void write_answer(http::json_writer& out, const price& cost, const sale_rules& rules, const policy_snapshot& policy, const stay& dates,
                  bool portuguese) {
  out.begin_object().member("available", true).key("reasons").begin_array().end_array().key("price_breakdown");
  write_price(out, cost, rules.currency, dates.check_in);
  out.key("cancellation");
  write_policy(out, policy, portuguese);
  out.key("alternatives").begin_array().end_array().end_object();
}

} // namespace

std::string alternatives_for(const city_door& city, const city_plan& plan, const indexed_unit& wanted, const stay& dates, const party& guests, int rooms) {
  const auto& catalogue = plan.catalogue();
  alternative_list found(city, catalogue, guests, rooms);
  const auto [begin, end] = catalogue.units_of[wanted.property];
  for (auto at = begin; at < end; ++at)
    if (catalogue.units[at].content->id != wanted.content->id)
      found.add("unit", catalogue.units[at], dates);
  bool has_dates = false;
  for (int shift = 1; shift <= shift_max && !has_dates; ++shift)
    for (const int signed_shift : {shift, -shift})
      has_dates = has_dates || found.add("dates", wanted, stay{dates.check_in + days(signed_shift), dates.check_out + days(signed_shift)});
  if (found.is_full())
    return found.take();
  for (const auto& slug : similar_to(city, plan, wanted.property, dates, guests)) {
    const auto [first, last] = catalogue.units_of[catalogue.by_slug.at(slug)];
    bool is_there = false;
    for (auto at = first; at < last && !is_there; ++at)
      is_there = found.add("property", catalogue.units[at], dates);
  }
  return found.take();
}

task<http::response> check_availability(call& from) {
  const auto& asked = from.values;
  const auto found = city_of_id(from, asked.uuid_of("property_id"), errc::not_found);
  if (!found)
    co_return from.refuse(found.error());
  auto& city = **found;
  const auto plan = plan_of(from, city);
  if (!plan)
    co_return from.refuse(plan.error());
  const auto& catalogue = (*plan)->catalogue();
  const auto unit_named = asked.has("unit_id") ? asked.id<unit_id>("unit_id") : asked.id<unit_id>("rooms.0.unit_id");
  const auto place = catalogue.unit_by_id.find(unit_named);
  const auto* unit = place == catalogue.unit_by_id.end() ? nullptr : &catalogue.units[place->second];
  const auto* property = unit ? &catalogue.properties[unit->property] : nullptr;
  if (!unit || !unit->content->active || !property->active || !property->published || property->id != asked.id<property_id>("property_id"))
    co_return from.refuse(refusal(errc::not_found, "there is no such unit of this property"));
  if (city.property_down(property->host_property_id)) {
    refusal why(errc::host_unavailable, "the property cannot be booked now");
    why.details.emplace_back("scope", "property");
    co_return from.refuse(why);
  }
  const stay dates{asked.date_of("check_in"), asked.date_of("check_out")};
  const auto guests = asked.has("rooms") ? asked.party_of("rooms.0.guests") : asked.party_of();
  const auto cost = quote_from_index(city, catalogue, *unit, dates, guests, 1);
  http::json_writer out;
  if (cost) {
    if (asked.has("promo_code")) {
      failure why("PROMO_CODE_INVALID", "this promo code is not known");
      why.details.emplace_back("reason", "\"unknown\"");
      co_return from.refuse(why);
    }
    const auto& rules = *catalogue.rules.at(unit->content->id);
    const auto policy = policy_for(rules.policy, city.instant(dates.check_in, rules.policy.check_in_time));
    write_answer(out, *cost, rules, policy, dates, from.speaks_portuguese());
  } else if (cost.error().code == errc::insufficient_inventory || cost.error().code == errc::dates_closed) {
    const std::string_view reason = cost.error().code == errc::dates_closed ? "DATES_CLOSED" : "INSUFFICIENT_INVENTORY";
    out.begin_object().member("available", false).key("reasons").begin_array().value(reason).end_array();
    out.key("price_breakdown").null().key("cancellation").null();
    out.key("alternatives").raw(alternatives_for(city, **plan, *unit, dates, guests, 1)).end_object();
  } else {
    co_return from.refuse(cost.error());
  }
  co_return from.answer(200, out.text());
}

} // namespace reserve::gateway
