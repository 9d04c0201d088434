#include "actors/unit_calendar.hpp"

namespace reserve::actors {

// What readers see: the nights as of the last committed record.

void unit_calendar_entity::changed(const footprint& by) {
  const auto nights = by.range();
  if (nights)
    changed_ = changed_ ? reserve::stay{std::min(changed_->check_in, nights->check_in), std::max(changed_->check_out, nights->check_out)} : *nights;
  readings_changed_ = readings_changed_ || !by.before.empty();
}

/// The working nights of a range with what is pending, or taken by a step that is not committed, taken back.
std::vector<night> unit_calendar_entity::committed_nights(const reserve::stay& range) const {
  const auto first = unit_.nights.begin() + (range.check_in - unit_.first).count();
  std::vector<night> out(first, first + (range.check_out - range.check_in).count());
  for (auto one = pending_.rbegin(); one != pending_.rend(); ++one)
    one->ahead.take_back(out, range.check_in);
  for (const auto& [hold, step] : prepared_)
    if (step.taken)
      footprint{{{*step.taken, static_cast<std::int16_t>(step.rooms), 0}}, {}}.take_back(out, range.check_in);
  return out;
}

void unit_calendar_entity::publish() {
  if (!changed_ && !everything_changed_)
    return;
  if (!slot_)
    slot_ = city_.index.slot_of(unit_.id);
  auto catalogue = city_.index.catalogue();
  auto base = shown_base_;
  if (catalogue && catalogue != shown_catalogue_) {
    base.reset();
    if (const auto found = catalogue->unit_by_id.find(unit_.id); found != catalogue->unit_by_id.end())
      base = catalogue->units[found->second].content->base_price;
    shown_catalogue_ = std::move(catalogue);
  }
  const bool only_rooms = !everything_changed_ && !readings_changed_ && base == shown_base_;
  const date end = unit_.first + std::chrono::days(unit_.nights.size());
  reserve::stay range{unit_.first, end};
  if (!everything_changed_ && base == shown_base_)
    range = {std::max(changed_->check_in, unit_.first), std::min(changed_->check_out, end)};
  changed_.reset();
  everything_changed_ = readings_changed_ = false;
  shown_base_ = base;
  std::vector<night> nights;
  if (range.nights() > 0)
    nights = committed_nights(range);
  if (only_rooms) {
    boost::container::small_vector<std::int16_t, 32> rooms;
    for (const auto& one : nights)
      rooms.push_back(view_of(one, base).rooms);
    city_.index.update_rooms(*slot_, range.check_in, rooms);
    return;
  }
  std::vector<night_view> views;
  for (const auto& one : nights)
    views.push_back(view_of(one, base));
  city_.index.update(*slot_, range.check_in, views);
}

} // namespace reserve::actors
