#include "domain/price.hpp"

#include "domain/mutant.hpp"

#include <algorithm>

namespace reserve {

namespace {

using std::chrono::days;

refusal out_of_range(const char* field, const char* message) {
  refusal why(errc::invalid_parameter, message);
  why.fields.emplace_back(field, "out_of_range");
  return why;
}

std::string json_array(const std::vector<date>& dates) {
  std::string out = "[";
  for (const date day : dates)
    out += (out.size() > 1 ? ",\"" : "\"") + to_string(day) + '"';
  return out + ']';
}

std::string json_text(const std::string& text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      out += {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 0x0f]};
    else
      out += c;
  }
  return out + '"';
}

std::string json_lines(const std::vector<price_line>& lines) {
  std::string out = "[";
  for (const price_line& line : lines) {
    out += out.size() > 1 ? "," : "";
    out += "{\"code\":" + json_text(line.code) + ",\"name\":" + json_text(line.name) + ",\"amount\":" + to_string(line.amount) + '}';
  }
  return out + ']';
}

/// PriceBreakdown of spec 30§2: what a guest who expected another total is shown.
std::string json_breakdown(const price& cost, const currency& unit, date check_in) {
  std::string out = "{\"currency\":\"" + std::string(unit.text()) + '"';
  const auto amount = [&](const char* name, money value) { out += std::string(",\"") + name + "\":" + to_string(value); };
  amount("base_price", cost.base);
  amount("extras", cost.extras);
  amount("fees", cost.fees);
  amount("taxes", cost.taxes);
  amount("discount", cost.discount);
  amount("total", cost.total);
  amount("amount_due_now", cost.due_now);
  amount("balance_due", cost.total - cost.due_now);
  out += ",\"balance_due_at\":null,\"nights\":[";
  for (std::size_t i = 0; i < cost.nights.size(); ++i)
    out += (i > 0 ? ",{\"date\":\"" : "{\"date\":\"") + to_string(check_in + days(i)) + "\",\"price\":" + to_string(cost.nights[i]) + '}';
  return out + "],\"fee_lines\":" + json_lines(cost.fee_lines) + ",\"tax_lines\":" + json_lines(cost.tax_lines) +
         ",\"extras_lines\":[],\"promo\":null}";
}

// --- the checks of spec 10§14.7 ---

/// Check 7. All on the city's wall clock, so that a change of its offset moves nothing.
std::optional<refusal> check_dates(const sale_rules& rules, const stay_question& asked) {
  const auto& [check_in, check_out] = asked.stay;
  const date today = asked.city_now.day;
  const date last_night = today + days(rules.horizon_days);
  const auto until_check_in = check_in + rules.policy.check_in_time - (today + asked.city_now.time_of_day);
  if (check_out <= check_in)
    return make_stay(check_in, check_out).error();
  if (check_in < today)
    return out_of_range("check_in", "check_in is in the past");
  if (check_in == today && asked.city_now.time_of_day > rules.same_day_cutoff)
    return out_of_range("check_in", "it is too late to book for today");
  if (rules.min_advance_hours > 0 && until_check_in < std::chrono::hours(rules.min_advance_hours))
    return out_of_range("check_in", "check_in is too soon");
  if (check_in > last_night)
    return out_of_range("check_in", "check_in is beyond the booking horizon");
  if (check_out > last_night + days(1))
    return out_of_range("check_out", "check_out is beyond the booking horizon");
  if (asked.stay.nights() > rules.max_nights)
    return out_of_range("check_out", "the stay is too long");
  return std::nullopt;
}

/// Check 8.
std::optional<refusal> check_party(const sale_rules& rules, const stay_question& asked) {
  if (asked.rooms == 0)
    return out_of_range("rooms", "at least one room is needed");
  if (asked.guests.adults == 0)
    return out_of_range("guests.adults", "at least one adult is needed");
  if (asked.guests.occupancy() <= rules.max_occupancy * asked.rooms)
    return std::nullopt;
  refusal why(errc::capacity_exceeded, "more guests than the room type holds");
  why.details.emplace_back("max_occupancy", std::to_string(rules.max_occupancy));
  return why;
}

/// Check 9: the arrival night decides.
std::optional<refusal> check_length(const unit_calendar& unit, const sale_rules& rules, const stay_question& asked) {
  const night* const arrival = unit.find(asked.stay.check_in);
  const int shortest = arrival != nullptr && arrival->min_stay > 0 ? arrival->min_stay : 1;
  const int longest = arrival != nullptr && arrival->max_stay > 0 ? std::min<int>(arrival->max_stay, rules.max_nights) : rules.max_nights;
  if (shortest <= asked.stay.nights() && asked.stay.nights() <= longest)
    return std::nullopt;
  refusal why(errc::min_stay_violation, asked.stay.nights() < shortest ? "the stay is shorter than min_stay" : "the stay is longer than max_stay");
  why.details.emplace_back("min_stay", std::to_string(shortest));
  why.details.emplace_back("max_stay", std::to_string(longest));
  return why;
}

/// Step 1 of spec 10§16.1.
std::optional<money> listed_price(const night& known, const sale_rules& rules) {
  return known.price >= 0 ? money{known.price} : rules.base_price;
}

/// Check 10. A night nobody has told us about is closed.
std::optional<refusal> check_open(const unit_calendar& unit, const sale_rules& rules, const stay_question& asked) {
  std::vector<date> dates;
  for (date day = asked.stay.check_in; day < asked.stay.check_out; day += days(1)) {
    const night* const known = unit.find(day);
    const bool no_arrival = known != nullptr && day == asked.stay.check_in && known->closed_to_arrival;
    if (known == nullptr || known->closed || known->blocked || no_arrival || !listed_price(*known, rules))
      dates.push_back(day);
  }
  const night* const departure = unit.find(asked.stay.check_out);
  if (departure != nullptr && departure->closed_to_departure)
    dates.push_back(asked.stay.check_out);
  if (dates.empty())
    return std::nullopt;
  refusal why(errc::dates_closed, "the room type is closed on some of these dates");
  why.details.emplace_back("dates", json_array(dates));
  return why;
}

/// Check 11. Every night is open here.
std::optional<refusal> check_rooms(const unit_calendar& unit, const stay_question& asked, const std::vector<int>& freed) {
  std::vector<date> dates;
  const auto overfull = [](const night& one) { return one.booked + one.held > one.limit(); };
  const bool blocked = mutant(bug::overfull_night_blocks) && std::any_of(unit.nights.begin(), unit.nights.end(), overfull);
  for (int n = 0; n < asked.stay.nights(); ++n) {
    const date day = asked.stay.check_in + days(n);
    const night& known = *unit.find(day);
    const int given_back = freed.empty() ? 0 : freed[static_cast<std::size_t>(n)];
    if (blocked || known.limit() - known.booked - known.held + given_back < asked.rooms)
      dates.push_back(day);
  }
  if (dates.empty())
    return std::nullopt;
  refusal why(errc::insufficient_inventory, "not enough rooms on some of these dates");
  why.details.emplace_back("conflicting_dates", json_array(dates));
  return why;
}

/// Check 13.
std::optional<refusal> check_total(const sale_rules& rules, const stay_question& asked, const price& cost) {
  if (!asked.expected_total || *asked.expected_total == cost.total)
    return std::nullopt;
  refusal why(errc::price_changed, "the total is " + to_string(cost.total) + ", not " + to_string(*asked.expected_total));
  why.details.emplace_back("price_breakdown", json_breakdown(cost, rules.currency, asked.stay.check_in));
  return why;
}

// --- the steps of spec 10§16.1 ---

/// A price while it is being made.
struct draft {
  const unit_calendar& unit;
  const sale_rules& rules;
  const stay_question& asked;
  price cost{};
  money taxable_fees{};
};

/// Step 1: what the Host asks for each night, else the unit's base price. Steps 2-4 change these amounts where a unit has rate plans, overrides or
/// rules.
void host_prices(draft& made) {
  made.cost.nights.reserve(static_cast<std::size_t>(made.asked.stay.nights()));
  for (date day = made.asked.stay.check_in; day < made.asked.stay.check_out; day += days(1))
    made.cost.nights.push_back(*listed_price(*made.unit.find(day), made.rules) * made.asked.rooms);
}

/// Step 5: persons above what the rooms are meant for. Adults take the places first.
void extra_persons(draft& made) {
  const int fits = made.rules.base_capacity * made.asked.rooms;
  const int extra = std::max(0, made.asked.guests.occupancy() - fits);
  const int extra_adults = std::max(0, made.asked.guests.adults - fits);
  const money nightly = made.rules.extra_adult * extra_adults + made.rules.extra_child * (extra - extra_adults);
  for (money& amount : made.cost.nights)
    amount += nightly;
}

/// Step 6: the base price. Steps 7 (packages) and 8 (promo code) come after it and leave extras and discount at zero when nothing was chosen.
void sum_of_nights(draft& made) {
  for (const money amount : made.cost.nights)
    made.cost.base += amount;
}

money amount_of(const fee& one, const draft& made) {
  const int nights = made.asked.stay.nights();
  if (one.basis == "percent")
    return share_of(made.cost.base, one.share);
  if (one.basis == "per_night")
    return one.amount * nights * made.asked.rooms;
  if (one.basis == "per_person_night")
    return one.amount * nights * made.asked.guests.occupancy();
  return one.amount * made.asked.rooms;
}

/// Step 9.
void property_fees(draft& made) {
  for (const fee& one : made.rules.fees) {
    const money amount = amount_of(one, made);
    made.cost.fees += amount;
    made.taxable_fees += one.taxable ? amount : money{};
    made.cost.fee_lines.push_back({one.code, one.name, amount});
  }
}

/// Step 10: taxes in force on the day of booking.
void booking_taxes(draft& made) {
  const date today = made.asked.city_now.day;
  const money taxed = made.cost.base - made.cost.discount + made.cost.extras + made.taxable_fees;
  for (const tax_rule& rule : made.rules.booking_taxes) {
    if (!rule.active || rule.applies_to != "booking" || today < rule.from || (rule.to && *rule.to < today))
      continue;
    const money amount = share_of(taxed, rule.share);
    made.cost.taxes += amount;
    made.cost.platform_taxes += rule.remitted_by == "platform" ? amount : money{};
    made.cost.tax_lines.push_back({rule.type, rule.type, amount});
  }
}

/// Step 11. All of it is due now: no deposit is asked for.
void total(draft& made) {
  price& cost = made.cost;
  cost.total = cost.base + cost.extras + cost.fees + cost.taxes - cost.discount;
  cost.due_now = cost.total;
}

} // namespace

result<price> quote_with(const unit_calendar& unit, const sale_rules& rules, const stay_question& question, const std::vector<int>& freed,
                         bool ignore_inventory) {
  if (auto why = check_dates(rules, question))
    return *std::move(why);
  if (auto why = check_party(rules, question))
    return *std::move(why);
  if (auto why = check_length(unit, rules, question))
    return *std::move(why);
  if (auto why = check_open(unit, rules, question))
    return *std::move(why);
  if (auto why = ignore_inventory ? std::nullopt : check_rooms(unit, question, freed))
    return *std::move(why);
  draft made{unit, rules, question};
  host_prices(made);
  extra_persons(made);
  sum_of_nights(made);
  property_fees(made);
  booking_taxes(made);
  total(made);
  if (auto why = check_total(rules, question, made.cost))
    return *std::move(why);
  return std::move(made.cost);
}

result<price> quote(const unit_calendar& unit, const sale_rules& rules, const stay_question& question, bool ignore_inventory) {
  return quote_with(unit, rules, question, {}, ignore_inventory);
}

result<price> quote(const unit_calendar& unit, const sale_rules& rules, const stay_question& question, timestamp now) {
  return quote_with(unit, rules, question, rooms_of(unit, question.stay, due_within(unit, question.stay, now)), false);
}

} // namespace reserve
