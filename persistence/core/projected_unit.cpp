#include "persistence/core/projected_unit.hpp"

#include "domain/codec.hpp"

namespace reserve::persistence {

void night_counts::add(const stay& nights, int rooms) {
  if (nights.check_in >= nights.check_out)
    return;
  if (rooms_.empty())
    first_ = nights.check_in;
  if (nights.check_in < first_) {
    rooms_.insert(rooms_.begin(), static_cast<std::size_t>((first_ - nights.check_in).count()), 0);
    first_ = nights.check_in;
  }
  const auto end = static_cast<std::size_t>((nights.check_out - first_).count());
  if (rooms_.size() < end)
    rooms_.resize(end);
  for (auto night = static_cast<std::size_t>((nights.check_in - first_).count()); night < end; ++night)
    rooms_[night] = static_cast<std::int16_t>(rooms_[night] + rooms);
}

int night_counts::at(date night) const noexcept {
  const auto index = (night - first_).count();
  return index < 0 || index >= static_cast<std::int64_t>(rooms_.size()) ? 0 : rooms_[static_cast<std::size_t>(index)];
}

void put_back(unit_calendar& calendar, const intent& untouched) {
  evolve(calendar, intent_created{std::make_shared<const booking_terms>(untouched.terms), untouched.expires_at, untouched.contact});
}

std::string whole_calendar(unit_id unit, std::string_view row_data, const std::vector<std::string>& untouched_states) {
  if (untouched_states.empty())
    return std::string(row_data);
  unit_calendar out;
  if (!row_data.empty())
    out = decode_calendar(row_data);
  out.id = unit;
  for (const auto& state : untouched_states)
    put_back(out, decoded<std::pair<intent, bool>>(state).first);
  return encode_calendar(out);
}

} // namespace reserve::persistence
