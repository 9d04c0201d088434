#include "gateway/stay_search.hpp"

#include "domain/mutant.hpp"
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

/// Persons above what the rooms are meant for, a night. Adults take the places first (spec 10§16.1 step 5).
money extra_persons(const unit_content& unit, const party& guests) {
  const int extra = std::max(0, guests.occupancy() - unit.base_capacity);
  const int adults = std::max(0, guests.adults - unit.base_capacity);
  return unit.extra_adult * adults + unit.extra_child * (extra - adults);
}

int rating_of(const property_content& property) {
  return property.rating_tenths.value_or(0);
}

/// The nights of a stay and the day of departure, all of the same moment.
std::vector<night_view> nights_of(const night_board& from, const indexed_unit& unit, const stay& dates) {
  std::vector<night_view> made(static_cast<std::size_t>(dates.nights()) + 1);
  from.read(unit.slot, dates.check_in, made);
  return made;
}

/// The same as a calendar, so that the domain's own quote works on what the index shows.
unit_calendar calendar_of(const std::vector<night_view>& nights, const sale_rules& rules, date first) {
  unit_calendar made;
  made.id = rules.unit;
  made.property = rules.property;
  made.first = first;
  for (const auto& known : nights) {
    night one;
    one.closed = known.closed;
    one.blocked = known.blocked;
    one.closed_to_arrival = known.no_arrival;
    one.closed_to_departure = known.no_departure;
    one.host_allotment = known.rooms; // What is free now is all that a quote looks at.
    one.price = known.price;
    one.min_stay = known.min_stay;
    one.max_stay = known.max_stay;
    made.nights.push_back(one);
  }
  return made;
}

} // namespace

std::optional<offer> offer_of(const night_board& nights, const indexed_unit& unit, const stay& dates, const party& guests) {
  if (!unit.content->active || guests.occupancy() > unit.content->max_occupancy)
    return std::nullopt;
  thread_local std::vector<night_view> known; // Kept for its memory: a page of a search asks for each unit of its cards.
  known.assign(static_cast<std::size_t>(dates.nights()) + 1, {});
  nights.read(unit.slot, dates.check_in, known);
  const auto& arrival = known.front();
  const int count = dates.nights();
  if (count < arrival.min_stay || (arrival.max_stay > 0 && count > arrival.max_stay) || arrival.no_arrival || known.back().no_departure)
    return std::nullopt;
  offer found;
  found.rooms = night_board::rooms_max;
  for (auto each = known.begin(); each != known.end() - 1; ++each) {
    found.rooms = std::min<int>(found.rooms, each->rooms);
    found.base += money{std::max(0, each->price)};
  }
  if (found.rooms <= 0)
    return std::nullopt;
  found.base += extra_persons(*unit.content, guests) * count;
  return found;
}

stay_question question_of(const city_door& city, const sale_rules& rules, const stay& dates, const party& guests, int rooms) {
  stay_question made;
  made.stay = dates;
  made.guests = guests;
  made.rooms = static_cast<std::uint8_t>(rooms);
  made.city_now = city.local(city.now());
  if (mutant(bug::today_in_utc))
    made.city_now.day = std::chrono::floor<days>(city.now());
  made.check_in_instant = city.instant(dates.check_in, rules.policy.check_in_time);
  return made;
}

result<price> quote_from_index(const city_door& city, const catalogue_view& catalogue, const indexed_unit& unit, const stay& dates,
                               const party& guests, int rooms) {
  const auto rules = catalogue.rules.find(unit.content->id);
  if (rules == catalogue.rules.end())
    return refusal(errc::not_found, "there is no such unit");
  const auto known = calendar_of(nights_of(city.index().nights(), unit, dates), *rules->second, dates.check_in);
  return quote(known, *rules->second, question_of(city, *rules->second, dates, guests, rooms));
}

int free_rooms(const night_board& nights, const catalogue_view& catalogue, std::uint32_t property, const stay& dates, const party& guests) {
  int rooms = 0;
  const auto [begin, end] = catalogue.units_of[property];
  for (auto at = begin; at < end && rooms < shown_rooms_max; ++at)
    if (const auto free = offer_of(nights, catalogue.units[at], dates, guests))
      rooms += free->rooms;
  return std::min(rooms, shown_rooms_max);
}

stay outlook_range(const city_door& city) {
  const date today = city.local(city.now()).day;
  return {today, today + days(outlook_days)};
}

std::vector<std::uint32_t> first_of(const property_set& chosen, const city_plan& plan, std::string_view order, std::size_t wanted,
                                    const std::function<std::optional<money>(std::uint32_t)>& price_from) {
  std::vector<std::uint32_t> found;
  if (order != "price_asc" && order != "price_desc") {
    for (const auto at : order == "rating_desc" ? plan.by_rating() : plan.by_popularity()) {
      if (found.size() == wanted)
        break;
      if (chosen.contains(at))
        found.push_back(at);
    }
    return found;
  }
  // Without a price last either way; the properties are in the order of their slugs.
  const bool is_up = order == "price_asc";
  std::vector<std::pair<std::int64_t, std::uint32_t>> keys;
  for (const auto at : plan.by_popularity())
    if (chosen.contains(at)) {
      const auto cost = price_from(at);
      keys.emplace_back(!cost ? INT64_MAX : is_up ? cost->minor_units : -cost->minor_units, at);
    }
  const auto end = keys.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, keys.size()));
  std::partial_sort(keys.begin(), end, keys.end());
  std::transform(keys.begin(), end, std::back_inserter(found), [](const auto& key) { return key.second; });
  return found;
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

namespace {

city_plan::card parts_of(const property_content& property) {
  city_plan::card made;
  http::json_writer head;
  head.begin_object().member("id", property.id).member("slug", property.slug).member("name", property.name);
  head.member("property_type", property.property_type).key("location");
  write_location(head, property);
  head.key("rating");
  if (property.rating_tenths)
    head.decimal(*property.rating_tenths / 10.0, 1);
  else
    head.null();
  head.member("review_count", property.review_count).key("price_from");
  made.head = head.take();
  http::json_writer middle;
  middle.begin_object().member("currency", property.currency.text()).key("images");
  write_images(middle, property.images);
  middle.key("image");
  if (property.images.empty()) {
    middle.null();
  } else {
    middle.begin_object().member("url", property.images.front().url);
    write_text(middle, "alt", property.images.front().alt);
    middle.end_object();
  }
  middle.key("amenities");
  write_texts(middle, property.amenities);
  middle.key("available");
  made.middle = "," + middle.take().substr(1); // It goes on where the head has stopped.
  http::json_writer tail;
  tail.begin_object().member("confirmation_mode", property.confirmation_mode).key("sponsored").null().end_object();
  made.tail = "," + tail.take().substr(1);
  return made;
}

} // namespace

std::string card_of(const city_door& city, const city_plan& plan, const match& what) {
  const auto& property = plan.catalogue().properties[what.property];
  const auto& parts = plan.card_of(what.property, parts_of);
  const auto status = availability_status(city, property);
  const bool is_available = what.rooms > 0 && status != "temporarily_unavailable";
  std::string out;
  out.reserve(parts.head.size() + parts.middle.size() + parts.tail.size() + 128);
  out += parts.head;
  out += what.price_from ? to_string(*what.price_from) : "null";
  out += parts.middle;
  out += is_available ? "true" : "false";
  out += ",\"available_units\":";
  out += std::to_string(std::min(what.rooms, shown_rooms_max));
  out += ",\"availability_status\":\"";
  out += status;
  out += '"';
  out += parts.tail;
  return out;
}

std::vector<std::string> similar_to(const city_door& city, const city_plan& plan, std::uint32_t property, const std::optional<stay>& dates,
                                    const party& guests) {
  const auto& all = plan.catalogue().properties;
  const auto outlooks = plan.outlooks(city.index().nights(), outlook_range(city));
  std::vector<std::int64_t> bases;
  if (dates)
    bases = plan.lowest_bases(city.index().nights(), *dates, guests);
  const auto own = outlooks[property].lowest;
  struct candidate {
    bool same_type, near_price;
    int rating;
    std::uint32_t property;
  };
  std::vector<candidate> found;
  for (const auto at : plan.by_popularity()) {
    if (at == property || (dates && (bases[at] == city_plan::none_free || city.property_down(all[at].host_property_id))))
      continue;
    const auto cost = dates ? scaled(money{bases[at]}, 1, dates->nights()).minor_units : outlooks[at].lowest;
    const bool near = own >= 0 && cost >= 0 && cost * 10 >= own * 7 && cost * 10 <= own * 13;
    found.push_back({all[at].property_type == all[property].property_type, near, rating_of(all[at]), at});
  }
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(found.size(), similar_max));
  std::partial_sort(found.begin(), end, found.end(), [](const candidate& a, const candidate& b) {
    return std::tuple(!a.same_type, !a.near_price, -a.rating, a.property) < std::tuple(!b.same_type, !b.near_price, -b.rating, b.property);
  });
  std::vector<std::string> slugs;
  for (auto each = found.begin(); each != end; ++each)
    slugs.push_back(all[each->property].slug);
  return slugs;
}

} // namespace reserve::gateway
