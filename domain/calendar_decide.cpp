#include "domain/price.hpp"

#include "domain/mutant.hpp"

#include <algorithm>

namespace reserve {

namespace {

using std::chrono::days;

/// Readings are taken from a year back (the night before last may still be corrected) to three years ahead.
constexpr days readings_before(400), readings_after(1100);

bool is_due(const claim& one, timestamp now) noexcept {
  return one.kind == claim_kind::untouched && one.expires_at <= now;
}

/// The live hold that answers this command again: of the same id, or of the same natural key.
const claim* known_hold(const unit_calendar& unit, const booking_terms& terms, timestamp now) {
  if (const auto same = unit.claims.find(terms.hold); same != unit.claims.end())
    return &same->second;
  const claim* const alike = unit.of_scope(natural_scope(terms));
  return alike != nullptr && is_due(*alike, now) ? nullptr : alike;
}

bool says_the_same(const night& known, const night_reading& read) noexcept {
  return known.host_allotment == read.allotment && known.price == read.price && known.min_stay == read.min_stay && known.max_stay == read.max_stay &&
         known.closed == read.closed && known.closed_to_arrival == read.closed_to_arrival && known.closed_to_departure == read.closed_to_departure;
}

} // namespace

std::vector<untouched_expired> due_within(const unit_calendar& unit, const stay& range, timestamp now) {
  std::vector<untouched_expired> out;
  for (auto at = unit.deadlines.begin(); at != unit.deadlines.end() && at->first <= now; ++at) {
    const claim& one = unit.claims.at(at->second);
    if (one.stay.overlaps(range))
      out.push_back({one.intent, one.hold});
  }
  return out;
}

std::vector<int> rooms_of(const unit_calendar& unit, const stay& range, const std::vector<untouched_expired>& holds) {
  std::vector<int> rooms;
  if (holds.empty() || range.nights() <= 0)
    return rooms;
  rooms.resize(static_cast<std::size_t>(range.nights()));
  for (const auto& ended : holds) {
    const claim& one = unit.claims.at(ended.hold);
    const date to = std::min(one.stay.check_out, range.check_out);
    for (date day = std::max(one.stay.check_in, range.check_in); day < to; day += days(1))
      rooms[static_cast<std::size_t>((day - range.check_in).count())] += one.rooms;
  }
  return rooms;
}

result<calendar_decision> decide(const unit_calendar& unit, const place_hold& command, timestamp now) {
  calendar_decision decided;
  if (const claim* known = known_hold(unit, command.terms, now)) {
    decided.existing = known->hold;
    return decided;
  }
  const sale_rules& rules = *command.rules;
  stay_question asked = command.question;
  asked.stay = command.terms.stay;
  asked.guests = command.terms.guests;
  asked.rooms = command.terms.rooms;
  decided.expired = due_within(unit, asked.stay, now);
  auto cost = quote_with(unit, rules, asked, rooms_of(unit, asked.stay, decided.expired), false);
  if (!cost)
    return cost.error();
  if (mutant(bug::silent_expiry))
    decided.expired.clear();
  auto terms = std::make_shared<booking_terms>(command.terms);
  terms->price = *std::move(cost);
  terms->policy = policy_for(rules.policy, asked.check_in_instant);
  terms->currency = rules.currency;
  terms->confirmation_mode = rules.confirmation_mode;
  terms->created_at = now;
  decided.created.push_back({std::move(terms), now + rules.hold_ttl, command.contact});
  return decided;
}

std::vector<untouched_expired> due(const unit_calendar& unit, timestamp now, std::size_t limit) {
  std::vector<untouched_expired> out;
  for (auto at = unit.deadlines.begin(); at != unit.deadlines.end() && at->first <= now && out.size() < limit; ++at)
    out.push_back({unit.claims.at(at->second).intent, at->second});
  return out;
}

result<hold_taken_over> decide_take_over(const unit_calendar& unit, intent_id intent, timestamp now) {
  const claim* const known = unit.of_intent(intent);
  if (known == nullptr || is_due(*known, now))
    return refusal(errc::booking_intent_expired, "the hold has run out or was released");
  if (known->kind != claim_kind::untouched)
    return refusal(errc::invalid_state, "the hold is not the calendar's any more");
  return hold_taken_over{intent, known->hold};
}

result<untouched_cancelled> decide_cancel(const unit_calendar& unit, intent_id intent, std::string reason) {
  const claim* const known = unit.of_intent(intent);
  if (known == nullptr)
    return refusal(errc::booking_intent_expired, "the hold has run out or was released");
  if (known->kind != claim_kind::untouched)
    return refusal(errc::invalid_state, "the hold is not the calendar's any more");
  return untouched_cancelled{intent, known->hold, std::move(reason)};
}

bool can_take(const unit_calendar& unit, const reserve::stay& stay, int rooms, timestamp now) {
  const auto freed = rooms_of(unit, stay, due_within(unit, stay, now));
  for (int n = 0; n < stay.nights(); ++n) {
    const night* const known = unit.find(stay.check_in + days(n));
    if (known == nullptr || known->closed || known->blocked)
      return false;
    const int given_back = freed.empty() ? 0 : freed[static_cast<std::size_t>(n)];
    if (known->limit() - known->booked - known->held + given_back < rooms)
      return false;
  }
  return stay.nights() > 0;
}

availability_imported difference(const unit_calendar& unit, const availability_imported& reading) {
  const date read_on = std::chrono::floor<days>(reading.read_at);
  const bool dated = reading.read_at != timestamp{};
  std::map<date, const night_reading*> last_word; // The later reading of a night that comes twice counts.
  for (const night_reading& read : reading.nights)
    if (!dated || (read_on - readings_before <= read.day && read.day <= read_on + readings_after))
      last_word[read.day] = &read;
  availability_imported out{reading.property, {}, reading.read_at};
  for (const auto& [day, read] : last_word) {
    const night* const known = unit.find(day);
    if (known == nullptr || !says_the_same(*known, *read))
      out.nights.push_back(*read);
  }
  return out;
}

} // namespace reserve
