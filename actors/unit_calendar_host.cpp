#include "actors/unit_calendar.hpp"

namespace reserve::actors {

// What the Host says: availability, and bookings made there.

namespace {

/// Nights that a reading has taken away from everybody (spec 10§14.5); a lower allotment alone takes nothing from a hold.
std::vector<date> nights_lost(const availability_imported& news) {
  std::vector<date> out;
  for (const auto& night : news.nights)
    if (night.closed || night.allotment == 0)
      out.push_back(night.day);
  return out;
}

} // namespace

void unit_calendar_entity::readings(const command_ptr& asked, const take_readings& what) {
  const auto news = difference(unit_, what.reading);
  if (news.nights.empty()) {
    in_order([asked] { asked->reply(answer{done_answer{"unchanged"}, {}, false}); });
    return;
  }
  auto out = make_record(asked, now());
  out->events.push_back({id_, news});
  hand_over(std::move(out), asked, false, [this, lost = nights_lost(news)](const pending& done, verdict how, position where) {
    if (how == verdict::committed) {
      done.asked->reply(answer{done_answer{"imported"}, where, false});
      end_holds_on(lost);
    } else {
      done.asked->reply.refuse(errc::service_unavailable);
    }
  });
}

/// B16: an intent that waits for its payment on a night that the Host has closed is told; its own state decides whether it ends.
void unit_calendar_entity::end_holds_on(const std::vector<date>& nights) {
  if (nights.empty())
    return;
  for (const auto& [hold, one] : unit_.claims) {
    const auto on = [&stay = one.stay](date night) { return stay.check_in <= night && night < stay.check_out; };
    const bool is_soft = one.kind == claim_kind::untouched || one.kind == claim_kind::held;
    if (!is_soft || std::none_of(nights.begin(), nights.end(), on))
      continue;
    auto order = std::make_shared<command>();
    order->kind = entity_kind::intent;
    order->entity = one.intent.value;
    order->who.kind = actor_kind::system;
    order->body = cancel_booking_intent{"inventory_lost"};
    order->reply = reply_function::make([](const answer&) {});
    city_.router->send(std::move(order));
  }
}

void unit_calendar_entity::end_holds_on_closed() {
  std::vector<date> lost;
  for (std::size_t i = 0; i < unit_.nights.size(); ++i)
    if (const auto& night = unit_.nights[i]; night.held > 0 && (night.closed || night.host_allotment == 0))
      lost.push_back(unit_.first + std::chrono::days(i));
  end_holds_on(lost);
}

void unit_calendar_entity::import(const command_ptr& asked, const take_import& what) {
  const hold_id claim{derive_uuid(id_, what.booking.booking_id)};
  const bool known = unit_.claims.contains(claim);
  const bool cancelled_before =
      std::find(unit_.cancelled_imports.begin(), unit_.cancelled_imports.end(), what.booking.booking_id) != unit_.cancelled_imports.end();
  const bool ours = std::any_of(unit_.claims.begin(), unit_.claims.end(), [&](const auto& entry) {
    return entry.second.kind == claim_kind::booked && entry.second.host_booking_id == what.booking.booking_id;
  });
  const bool nothing_new = ours || (what.cancelled ? cancelled_before : known || cancelled_before);
  if (nothing_new) {
    in_order([asked] { asked->reply(answer{done_answer{"unchanged"}, {}, false}); });
    return;
  }
  auto out = make_record(asked, now());
  out->inbox = what.inbox;
  if (what.cancelled)
    out->events.push_back({id_, import_cancelled{claim, what.booking.booking_id}});
  else
    out->events.push_back({id_, import_booked{claim, what.booking.booking_id, what.booking.stay, 1}});
  if (!what.cancelled && what.reservation) {
    out->events.push_back({what.reservation->id.value, *what.reservation});
    out->participants.push_back({what.reservation->id.value, mentioned});
  }
  hand_over(std::move(out), asked, false, [](const pending& done, verdict how, position where) {
    if (how == verdict::committed)
      done.asked->reply(answer{done_answer{"imported"}, where, false});
    else
      done.asked->reply.refuse(errc::service_unavailable);
  });
}

} // namespace reserve::actors
