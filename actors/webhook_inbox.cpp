#include "actors/webhook_inbox.hpp"

#include "domain/mutant.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace reserve::actors {

namespace {

constexpr int tries_max = 5; ///< spec 30§7.1
constexpr std::array<std::chrono::seconds, 5> waits{std::chrono::seconds(5), std::chrono::seconds(15), std::chrono::seconds(60), std::chrono::seconds(180), std::chrono::seconds(600)};
constexpr std::chrono::hours after_giving_up{1};
constexpr std::chrono::seconds not_yet{5};
constexpr std::size_t open_max = 10000;

std::optional<uuid> id_in(const std::string& text, city_number city) {
  const auto id = parse_uuid(text);
  return id && city_of(*id) == city ? id : std::nullopt;
}

} // namespace

webhook_inbox_entity::webhook_inbox_entity(entity_actor::pointer self, city_context& city, entity_id id)
    : serial_entity(self, city, entity_kind::inbox, id) {
  // nop
}

void webhook_inbox_entity::handle(const command_ptr& what) {
  if (const auto* event = std::get_if<handle_webhook>(&what->body)) {
    if (open_.size() >= open_max && !open_.contains(event->inbox)) { // Stored: the next look at the inbox brings it again.
      what->reply.refuse({errc::service_unavailable, "the inbox is full"});
      return;
    }
    what->reply(answer{done_answer{"accepted"}, {}, false});
    if (open_.try_emplace(event->inbox, open_event{*event, 0, {}, now(), false, false}).second)
      start(event->inbox);
    return;
  }
  if (std::holds_alternative<expire_due>(what->body)) {
    what->reply(answer{due_answer{0}, {}, false});
    advance();
    return;
  }
  what->reply.refuse(errc::not_found);
}

void webhook_inbox_entity::advance() {
  std::optional<std::chrono::milliseconds> next;
  const auto steady = city_.clock.steady();
  std::vector<uuid> due;
  for (const auto& [inbox, event] : open_) {
    if (event.running)
      continue;
    if (event.next <= steady)
      due.push_back(inbox);
    else if (!next || event.next < *next)
      next = event.next;
  }
  if (next)
    city_.timers.after(kind_, id_, *next - steady);
  for (const auto& inbox : due) {
    if (busy_)
      return; // One of them is written down already; the rest follows that.
    start(inbox);
  }
}

void webhook_inbox_entity::start(uuid inbox) {
  auto& event = open_.at(inbox);
  event.running = true;
  ++event.tries;
  const auto& what = event.what;
  if (what.provider != "host")
    payment_event(inbox);
  else if (what.event_type == "availability.changed")
    availability_event(inbox);
  else if (what.event_type.starts_with("booking."))
    booking_event(inbox);
  else
    done(inbox, "ignored");
}

void webhook_inbox_entity::payment_event(uuid inbox) {
  const auto& event = open_.at(inbox);
  const auto payment = id_in(event.what.payment_ref, city_.number);
  const auto unmatched = [this, inbox] {
    auto& mine = open_.at(inbox);
    if (now() < mine.arrived + city_.settings().payment.unmatched_after) {
      wait(inbox); // What was accepted before must be applied first (spec 10§21).
      return;
    }
    exception_notice notice;
    notice.type = "payment_unmatched";
    notice.severity = "high";
    notice.entity_key = mine.what.provider + ":" + mine.what.object;
    notice.context.emplace_back("object", mine.what.object);
    send(entity_kind::exceptions, exceptions_entity(city_.number), raise_exceptions{{notice}, inbox}, [this, inbox](const answer& heard) {
      if (heard.refused())
        again(inbox, "exception not raised");
      else
        done(inbox, "unmatched");
    });
  };
  if (!payment && event.what.payment_ref.empty() && !event.what.object.empty()) {
    find_owner(inbox, unmatched);
    return;
  }
  if (!payment) {
    unmatched();
    return;
  }
  send(entity_kind::payment, *payment, look_at_provider{inbox, event.what.event_type}, [this, inbox, unmatched](const answer& heard) {
    if (!heard.refused())
      done(inbox, "applied");
    else if (heard.why().code == errc::not_found)
      unmatched();
    else
      again(inbox, "payment not read");
  }, actor_kind::network);
}

void webhook_inbox_entity::find_owner(uuid inbox, std::function<void()> nobody) {
  const auto& event = open_.at(inbox).what;
  provider_request ask;
  ask.what = provider_request::operation::read;
  ask.provider = event.provider;
  ask.method = event.provider == "mercadopago" ? "mercadopago_pix" : event.provider;
  ask.provider_object = event.object;
  ask.city_code = city_.code;
  ask.timeout = city_.settings().host.timeout;
  ask.now = city_.clock.wall();
  city_.payments->call(std::move(ask), [this, to = handle_, inbox, nobody = std::move(nobody)](provider_reply heard) {
    post_to(to, [this, inbox, nobody, heard = std::move(heard)] {
      using kind = provider_reply::kind;
      if (heard.what == kind::not_found) {
        nobody();
      } else if (heard.what != kind::answered && heard.what != kind::declined) {
        again(inbox, "provider not read");
      } else if (!id_in(heard.payment_ref, city_.number)) {
        nobody();
      } else {
        open_.at(inbox).what.payment_ref = heard.payment_ref;
        payment_event(inbox);
      }
    });
  });
}

void webhook_inbox_entity::booking_event(uuid inbox) {
  const auto& event = open_.at(inbox).what;
  const auto ours = mutant(bug::own_echo_imported) ? std::nullopt : id_in(event.reservation_ref, city_.number);
  if (ours) {
    send(entity_kind::reservation, *ours, look_at_host{event.booking, event.guest_requested, inbox}, [this, inbox](const answer& heard) {
      if (!heard.refused()) {
        done(inbox, "applied");
      } else if (heard.why().code == errc::not_found) {
        exception_notice notice; // R2a: never imported
        notice.type = "state_mismatch";
        notice.severity = "high";
        notice.entity_key = "host_booking:" + open_.at(inbox).what.booking.booking_id;
        send(entity_kind::exceptions, exceptions_entity(city_.number), raise_exceptions{{notice}, inbox}, [this, inbox](const answer& told) {
          if (told.refused())
            again(inbox, "exception not raised");
          else
            done(inbox, "unmatched");
        });
      } else {
        again(inbox, "reservation not reached");
      }
    }, actor_kind::host);
    return;
  }
  // Not ours by its reference: read it at the Host before anything is believed.
  host_request ask;
  ask.what = host_request::operation::get_booking;
  ask.host_property_id = event.booking.host_property_id;
  ask.booking_id = event.booking.booking_id;
  ask.timeout = city_.settings().host.timeout;
  ask.now = city_.clock.wall();
  city_.host->call(std::move(ask), [this, to = handle_, inbox](host_reply heard) {
    post_to(to, [this, inbox, booking = heard.booking] {
      if (booking.what == host_answer::kind::found || booking.what == host_answer::kind::booked)
        import(inbox, booking.booking);
      else if (booking.what == host_answer::kind::not_found)
        done(inbox, "nothing_new");
      else
        again(inbox, "host not read");
    });
  });
}

void webhook_inbox_entity::import(uuid inbox, const host_booking& booking) {
  const auto catalogue = city_.index.catalogue();
  for (const auto& unit : catalogue->units) {
    if (unit.content->host_unit_id != booking.host_unit_id)
      continue;
    // Without a reference it may be the one that we are making: the answer of our call decides (commit-protocol §10).
    if (booking.external_reference.empty() && city_.host_steps.open_on(unit.content->id, booking.stay)) {
      wait(inbox);
      return;
    }
    if (booking.status == "cancelled")
      import_cancelled(inbox, unit.content->id, booking);
    else
      import_booked(inbox, unit, booking);
    return;
  }
  done(inbox, "ignored"); // A room type that this city does not sell.
}

void webhook_inbox_entity::import_booked(uuid inbox, const indexed_unit& unit, const host_booking& booking) {
  // R2: nights and reservation in one record of the calendar. Its traveler stays with the Host: who he is, the import does not say.
  const auto catalogue = city_.index.catalogue();
  reservation_imported made;
  made.id = imported_reservation(city_.number, booking.booking_id);
  made.host_booking_id = booking.booking_id;
  made.terms.property = catalogue->properties[unit.property].id;
  made.terms.unit = unit.content->id;
  made.terms.stay = booking.stay;
  made.terms.guests = booking.guests;
  made.terms.currency = catalogue->city.currency;
  made.terms.source = "host";
  made.terms.created_at = now();
  send(entity_kind::numbering, numbering_entity(city_.number), draw_code{made.id.value}, [this, inbox, booking, made](const answer& heard) mutable {
    const auto* const code = std::get_if<code_answer>(&heard.content);
    if (code == nullptr) {
      again(inbox, "no code given out");
      return;
    }
    made.confirmation_code = code->code;
    const auto unit_of_it = made.terms.unit;
    send(entity_kind::unit, unit_of_it.value, take_import{booking, false, std::move(made), inbox}, [this, inbox](const answer& took) {
      if (took.refused())
        again(inbox, "import refused");
      else
        done(inbox, "applied");
    }, actor_kind::host);
  });
}

void webhook_inbox_entity::import_cancelled(uuid inbox, unit_id unit, const host_booking& booking) {
  // Two steps: only the second one may say that the event is dealt with.
  send(entity_kind::unit, unit.value, take_import{booking, true, std::nullopt, std::nullopt}, [this, inbox, booking](const answer& took) {
    if (took.refused()) {
      again(inbox, "import refused");
      return;
    }
    // Its reservation, if there is one: what the Host ends of its own booking is never ours to refund.
    const auto reservation = imported_reservation(city_.number, booking.booking_id);
    send(entity_kind::reservation, reservation.value, look_at_host{booking, true, inbox}, [this, inbox](const answer& heard) {
      if (!heard.refused() || heard.why().code == errc::not_found)
        done(inbox, "applied");
      else
        again(inbox, "reservation not reached");
    }, actor_kind::host);
  }, actor_kind::host);
}

void webhook_inbox_entity::availability_event(uuid inbox) {
  const auto& event = open_.at(inbox).what;
  const auto catalogue = city_.index.catalogue();
  const auto found = std::find_if(catalogue->units.begin(), catalogue->units.end(), [&](const indexed_unit& unit) { return unit.content->host_unit_id == event.host_unit_id; });
  if (found == catalogue->units.end() || event.readings.empty()) {
    done(inbox, "ignored");
    return;
  }
  // The event is a hint: the named nights are read again (spec 30§7.2).
  auto [first, last] = std::minmax_element(event.readings.begin(), event.readings.end(), [](const auto& a, const auto& b) { return a.day < b.day; });
  host_request ask;
  ask.what = host_request::operation::availability;
  ask.host_property_id = catalogue->properties[found->property].host_property_id;
  ask.host_unit_id = event.host_unit_id;
  ask.range = {first->day, last->day + std::chrono::days(1)};
  ask.timeout = city_.settings().host.timeout;
  ask.now = city_.clock.wall();
  const auto unit = found->content->id;
  const auto property = catalogue->properties[found->property].id;
  const auto before = city_.host_steps.mark();
  const auto number = ++readings_;
  city_.host->call(std::move(ask), [this, to = handle_, inbox, unit, property, host_unit = event.host_unit_id, before, number](host_reply heard) {
    post_to(to, [this, inbox, unit, property, host_unit, before, number, heard = std::move(heard)] {
      if (!heard.answered) {
        again(inbox, "host not read");
        return;
      }
      // Answers may overtake each other: what was read before a reading that was taken already may be older than it, so it is read again.
      auto& newest = newest_reading_[unit];
      if (number < newest && !mutant(bug::overtaken_reading)) {
        wait(inbox);
        return;
      }
      newest = std::max(newest, number);
      availability_imported reading{property, {}, now()};
      for (const auto& one : heard.availability)
        if (one.host_unit_id == host_unit)
          reading.nights = one.nights;
      take_reading(inbox, unit, std::move(reading), before);
    });
  });
}

void webhook_inbox_entity::take_reading(uuid inbox, unit_id unit, availability_imported reading, host_steps::moment before) {
  // Where a step of ours was open meanwhile nobody knows whether the reading contains it: those nights are read again (spec 10§14.1).
  const auto uncertain = std::erase_if(reading.nights, [&](const night_reading& night) {
    return !mutant(bug::reading_in_own_step) && city_.host_steps.touched(unit, {night.day, night.day + std::chrono::days(1)}, before);
  });
  send(entity_kind::unit, unit.value, take_readings{std::move(reading)}, [this, inbox, uncertain](const answer& took) {
    if (took.refused())
      again(inbox, "reading refused");
    else if (uncertain != 0)
      wait(inbox);
    else
      done(inbox, "applied");
  }, actor_kind::host);
}

void webhook_inbox_entity::done(uuid inbox, std::string outcome) {
  draft out;
  out.inbox = inbox;
  out.events.push_back({id_, webhook_handled{inbox, std::move(outcome)}});
  commit(std::move(out), [this, inbox](verdict how, position) {
    if (how != verdict::committed) {
      again(inbox, "not committed");
      return;
    }
    const auto found = open_.find(inbox);
    if (found != open_.end() && found->second.given_up) {
      auto healed = unprocessable(inbox);
      healed.resolve = true;
      healed.resolution = "auto_healed";
      send(entity_kind::exceptions, exceptions_entity(city_.number), raise_exceptions{{healed}, inbox}, [](const answer&) {});
    }
    open_.erase(inbox);
  });
}

void webhook_inbox_entity::wait(uuid inbox) {
  auto& event = open_.at(inbox);
  event.running = false;
  event.tries = 0;
  event.next = city_.clock.steady() + not_yet;
  city_.timers.after(kind_, id_, not_yet);
}

void webhook_inbox_entity::again(uuid inbox, const std::string& why) {
  const auto found = open_.find(inbox);
  if (found == open_.end())
    return;
  auto& event = found->second;
  if (event.tries >= tries_max && !event.given_up) {
    give_up(inbox, why);
    return;
  }
  const std::chrono::seconds pause = event.given_up ? std::chrono::seconds(after_giving_up) : waits[static_cast<std::size_t>(std::clamp(event.tries, 1, tries_max) - 1)];
  event.running = false;
  event.next = city_.clock.steady() + pause;
  city_.timers.after(kind_, id_, pause);
}

void webhook_inbox_entity::give_up(uuid inbox, const std::string& why) {
  const auto& what = open_.at(inbox).what;
  spdlog::warn("webhook unprocessable city={} inbox={} provider={} type={} why={}", city_.code, to_string(inbox), what.provider, what.event_type, why);
  auto notice = unprocessable(inbox);
  notice.error_message = why;
  send(entity_kind::exceptions, exceptions_entity(city_.number), raise_exceptions{{notice}, inbox}, [this, inbox, why](const answer& heard) {
    const auto found = open_.find(inbox);
    if (found == open_.end())
      return;
    // Nobody knows of it until that is written down: then the last try is repeated.
    found->second.given_up = !heard.refused();
    found->second.tries = heard.refused() ? tries_max - 1 : tries_max;
    again(inbox, why);
  });
}

exception_notice webhook_inbox_entity::unprocessable(uuid inbox) const {
  exception_notice notice;
  notice.type = "webhook_unprocessable";
  notice.severity = "medium";
  notice.entity_key = "inbox:" + to_string(inbox);
  return notice;
}

} // namespace reserve::actors
