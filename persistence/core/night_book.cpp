#include "persistence/core/night_book.hpp"

namespace reserve::persistence {

std::optional<stay> nights_named_by(const event& what) {
  return what.visit([]<class Event>(const Event& one) -> std::optional<stay> {
    if constexpr (std::is_same_v<Event, intent_created>)
      return one.terms->stay;
    else if constexpr (std::is_same_v<Event, hold_placed> || std::is_same_v<Event, import_booked>)
      return one.stay;
    else
      return std::nullopt;
  });
}

void night_book::note(const record& from, std::uint32_t, const entity_event& what, const trace* more) {
  if (const auto named = nights_named_by(what.what))
    note(what.entity, *named, from.occurred_at);
  else if (const auto* news = what.what.as<availability_imported>())
    for (const auto& night : news->nights)
      note(what.entity, {night.day, night.day + std::chrono::days(1)}, from.occurred_at);
  else if (more != nullptr && more->nights_from < more->nights_until)
    note(what.entity, {more->nights_from, more->nights_until}, from.occurred_at);
  else if (what.what.visit([]<class Event>(const Event&) { return is_one_of<Event, reservation_event>; }))
    count_ += reservations_.insert(what.entity).second ? 1 : 0;
}

void night_book::note(entity_id unit, const stay& range, timestamp at) {
  auto& book = units_[unit];
  if (book.at.empty())
    book.first = range.check_in;
  if (range.check_in < book.first) {
    book.at.insert(book.at.begin(), static_cast<std::size_t>((book.first - range.check_in).count()), timestamp{});
    book.first = range.check_in;
  }
  const auto end = static_cast<std::size_t>((range.check_out - book.first).count());
  if (book.at.size() < end)
    book.at.resize(end);
  for (auto night = static_cast<std::size_t>((range.check_in - book.first).count()); night < end; ++night) {
    count_ += book.at[night] == timestamp{} ? 1 : 0;
    book.at[night] = at;
  }
}

void night_book::clear() {
  units_.clear();
  reservations_.clear();
  count_ = 0;
}

} // namespace reserve::persistence
