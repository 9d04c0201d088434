#include "integrations/sandbox/host_model.hpp"

#include "integrations/sandbox/json_text.hpp"
#include "integrations/sandbox/payment_model.hpp"

#include <algorithm>

namespace reserve::sandbox {

namespace {

std::string night_key(const room_type& room, date day) {
  return room.id + '|' + to_string(day);
}

bool takes_room(const host_booking& booking) {
  return booking.status != "cancelled";
}

refused not_found(const std::string& id) {
  return {404, "booking_not_found", "no booking " + id, {}, {}, id, {}};
}

} // namespace

host_model::host_model(store& home, id_maker& ids, const catalogue& content, event_sink emit)
    : ids_(ids), content_(content), emit_(std::move(emit)), bookings_(home, "host_bookings"), changes_(home, "host_nights") {
  bookings_.watch([this](const std::string& id, const host_booking* before, const host_booking* after) {
    if (before)
      count(*before, -1);
    if (after)
      count(*after, 1);
    if (after && !before && !after->external_reference.empty())
      by_reference_.emplace(after->external_reference, id);
    if (before && !after)
      drop_entry(by_reference_, before->external_reference, id);
  });
}

void host_model::count(const host_booking& booking, int by) {
  if (!takes_room(booking))
    return;
  auto& nights = booked_[booking.room_type_id];
  for (auto day = booking.check_in; day < booking.check_out; day += std::chrono::days(1))
    nights[day] += by;
}

night host_model::night_now(const room_type& room, date day) const {
  auto out = content_.night_of(room, day);
  if (const auto* changed = changes_.find(night_key(room, day))) {
    out.allotment = changed->allotment.value_or(out.allotment);
    out.price = changed->price.value_or(out.price);
    out.closed = changed->closed.value_or(out.closed);
    if (!out.closed)
      out.block_reason.clear();
    else if (out.block_reason.empty())
      out.block_reason = "closed_by_property";
  }
  return out;
}

std::vector<night_view> host_model::nights(const room_type& room, date from, date to) const {
  const auto booked = booked_.find(room.id);
  std::vector<night_view> out;
  for (auto day = from; day < to; day += std::chrono::days(1)) {
    night_view view{day, 0, night_now(room, day)};
    int taken = 0;
    if (booked != booked_.end())
      if (const auto of_day = booked->second.find(day); of_day != booked->second.end())
        taken = of_day->second;
    view.available = std::max(0, view.of.allotment - taken);
    out.push_back(std::move(view));
  }
  return out;
}

std::vector<std::string> host_model::conflicts(const room_type& room, stay wanted, const host_booking* ignored) const {
  std::vector<std::string> out;
  for (const auto& view : nights(room, wanted.check_in, wanted.check_out)) {
    const bool own =
        ignored && takes_room(*ignored) && ignored->room_type_id == room.id && ignored->check_in <= view.day && view.day < ignored->check_out;
    if (!own && (view.of.closed || view.available < 1))
      out.push_back(to_string(view.day));
  }
  return out;
}

std::optional<refused> host_model::check_fit(const host_booking& wanted, const host_booking* before) const {
  const auto* owner = content_.find_property(wanted.property_id);
  if (!owner)
    return refused{404, "property_not_found", "no property " + wanted.property_id, "property_id", {}, {}, {}};
  const auto* room = content_.find_room(wanted.room_type_id);
  if (!room || room->property_id != owner->id)
    return refused{404, "room_type_not_found", "no room type " + wanted.room_type_id, "room_type_id", {}, {}, {}};
  if (wanted.check_in >= wanted.check_out)
    return refused{422, "invalid_dates", "check_out must be after check_in", "check_out", {}, {}, {}};
  if (wanted.adults < 1 || wanted.children < 0 || wanted.adults + wanted.children > room->max_occupancy)
    return refused{422, "capacity_exceeded", "the room type takes " + std::to_string(room->max_occupancy) + " guests", "guests", {}, {}, {}};
  const bool moved = !before || before->check_in != wanted.check_in || before->check_out != wanted.check_out;
  if (moved)
    if (auto full = conflicts(*room, {wanted.check_in, wanted.check_out}, before); !full.empty())
      return refused{409, "room_type_unavailable", "the room type is not available on all nights", {}, {}, {}, std::move(full)};
  return std::nullopt;
}

void host_model::report(const host_booking& booking, const char* event, timestamp now) {
  json_object body;
  body.text("event_type", event).text("timestamp", to_string(now)).text("property_id", booking.property_id).raw("data", booking_json(booking));
  emit_({ids_.token("hev_", 20, now), "host", event, booking.id, "/api/v1/webhooks/host", {}, body.done()}, now);
}

host_booking host_model::settled(host_booking booking, const char* event, timestamp now) {
  booking.updated = now;
  bookings_.put(booking.id, booking);
  report(booking, event, now);
  return booking;
}

made<host_booking> host_model::book(const booking_wish& wish, timestamp now) {
  for (const auto& [name, missing] : {std::pair{"property_id", wish.property_id.empty()},
                                      {"room_type_id", wish.room_type_id.empty()},
                                      {"check_in", !wish.check_in},
                                      {"check_out", !wish.check_out},
                                      {"guests", !wish.adults}})
    if (missing)
      return refused{422, "missing_field", std::string(name) + " is required", name, {}, {}, {}};
  host_booking booking;
  booking.external_reference = wish.external_reference;
  booking.external_id = wish.external_id;
  booking.status = "confirmed";
  booking.property_id = wish.property_id;
  booking.room_type_id = wish.room_type_id;
  booking.check_in = *wish.check_in;
  booking.check_out = *wish.check_out;
  booking.adults = *wish.adults;
  booking.children = wish.children.value_or(0);
  booking.guest = wish.guest.value_or(host_guest{});
  booking.total_amount = wish.total_amount;
  booking.special_requests = wish.special_requests.value_or("");
  if (auto why = check_fit(booking, nullptr))
    return *why;
  booking.id = ids_.token("hb_", 14, now);
  booking.confirmation_code = "HC-" + ids_.digits(8, now);
  booking.created = now;
  booking.number = ids_.next_number();
  return settled(std::move(booking), "booking.created", now);
}

made<host_booking> host_model::change(const std::string& id, const booking_wish& wish, timestamp now) {
  const auto* before = bookings_.find(id);
  if (!before)
    return not_found(id);
  if (wish.status == "cancelled")
    return cancel(id, {}, now);
  if (wish.status == "no_show")
    return at_desk(id, desk_action::no_show, {}, now);
  if (wish.status && *wish.status != before->status)
    return refused{422, "invalid_status", "status can be set to cancelled or no_show", "status", {}, id, {}};
  if (before->status == "cancelled" || before->status == "checked_out")
    return refused{409, "invalid_state", "the booking is " + before->status, {}, {}, id, {}};
  auto after = *before;
  after.check_in = wish.check_in.value_or(after.check_in);
  after.check_out = wish.check_out.value_or(after.check_out);
  after.adults = wish.adults.value_or(after.adults);
  after.children = wish.children.value_or(after.children);
  after.guest = wish.guest.value_or(after.guest);
  after.special_requests = wish.special_requests.value_or(after.special_requests);
  if (wish.total_amount)
    after.total_amount = wish.total_amount;
  if (auto why = check_fit(after, before))
    return *why;
  return settled(std::move(after), "booking.updated", now);
}

made<host_booking> host_model::cancel(const std::string& id, const std::string& reason, timestamp now) {
  return at_desk(id, desk_action::cancel, reason, now);
}

made<host_booking> host_model::at_desk(const std::string& id, desk_action action, const std::string& reason, timestamp now) {
  const auto* before = bookings_.find(id);
  if (!before)
    return not_found(id);
  if (action == desk_action::cancel && before->status == "cancelled")
    return refused{409, "already_cancelled", "already cancelled", {}, {}, id, {}};
  const bool staying = before->status == "checked_in";
  const bool fits =
      action == desk_action::checkout ? staying : before->status == "confirmed" || (action == desk_action::checkin && before->status == "no_show");
  if (!fits)
    return refused{409, "invalid_state", "the booking is " + before->status, {}, {}, id, {}};
  auto after = *before;
  switch (action) {
  case desk_action::cancel:
    after.status = "cancelled";
    after.cancelled = now;
    after.cancel_reason = reason;
    return settled(std::move(after), "booking.cancelled", now);
  case desk_action::checkin:
    after.status = "checked_in";
    after.checked_in = now;
    return settled(std::move(after), "checkin.completed", now);
  case desk_action::checkout:
    after.status = "checked_out";
    after.checked_out = now;
    return settled(std::move(after), "checkout.completed", now);
  case desk_action::no_show: after.status = "no_show"; return settled(std::move(after), "booking.no_show", now);
  }
  return refused{500, "internal", "unknown action", {}, {}, id, {}};
}

void host_model::change_nights(const room_type& room, date from, date to, const night_change& change, bool tell, timestamp now) {
  for (auto day = from; day < to; day += std::chrono::days(1)) {
    const auto* known = changes_.find(night_key(room, day));
    auto after = known ? *known : night_change{};
    if (change.allotment)
      after.allotment = change.allotment;
    if (change.price)
      after.price = change.price;
    if (change.closed)
      after.closed = change.closed;
    changes_.put(night_key(room, day), after);
  }
  if (!tell)
    return;
  std::vector<std::string> dates;
  for (const auto& view : nights(room, from, to))
    dates.push_back(night_json(room, view));
  json_object data;
  data.text("room_type_id", room.id).raw("dates", array_text(dates));
  json_object body;
  body.text("event_type", "availability.changed").text("timestamp", to_string(now)).text("property_id", room.property_id).object("data", data);
  emit_({ids_.token("hev_", 20, now), "host", "availability.changed", room.id, "/api/v1/webhooks/host", {}, body.done()}, now);
}

std::vector<const host_booking*> host_model::by_reference(const std::string& external_reference) const {
  std::vector<const host_booking*> out;
  const auto [first, last] = by_reference_.equal_range(external_reference);
  for (auto at = first; at != last; ++at)
    out.push_back(bookings_.find(at->second));
  return out;
}

} // namespace reserve::sandbox
