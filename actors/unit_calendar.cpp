#include "actors/unit_calendar.hpp"

#include "domain/untouched.hpp"

#include <spdlog/spdlog.h>

namespace reserve::actors {

namespace {

constexpr std::size_t flush_every = 32;    ///< commit-protocol §3
constexpr std::size_t sweep_max = 64;      ///< Due holds that one record ends.
constexpr std::size_t waiters_max = 10000; ///< Bound of the queue behind prepared steps.

refusal busy_claim() {
  return {errc::conflict, "another change of this booking is being committed"};
}

/// What the calendar's own part of an event does to its state; events of other entities in the same record do nothing here.
struct apply_to {
  unit_calendar& unit;
  template <class Event>
  void operator()(const Event& what) const {
    if constexpr (requires { evolve(unit, what); })
      evolve(unit, what);
  }
};

/// Nights that a reading has taken away from everybody (spec 10§14.5); a lower allotment alone takes nothing from a hold.
std::vector<date> nights_lost(const availability_imported& news) {
  std::vector<date> out;
  for (const auto& night : news.nights)
    if (night.closed || night.allotment == 0)
      out.push_back(night.day);
  return out;
}

} // namespace

unit_calendar_entity::unit_calendar_entity(entity_actor::pointer self, city_context& city, entity_id id)
    : entity_base(self, city, entity_kind::unit, id) {
  unit_.id = unit_id{id};
}

void unit_calendar_entity::restore(const std::optional<entity_snapshot>& from) {
  if (from)
    unit_ = decode_calendar(from->data);
  unit_.id = unit_id{id_};
  changed_ = true;
}

void unit_calendar_entity::count_sessions() {
  // The places of live intents are memory (session_limits): counted again when the city starts, and only then.
  if (!city_.starting.load())
    return;
  for (const auto& [hold, held] : unit_.claims)
    if ((held.kind == claim_kind::untouched || held.kind == claim_kind::held) && !held.session.empty())
      city_.sessions.found(held.session);
}

void unit_calendar_entity::apply(const event& what) {
  std::visit(apply_to{unit_}, what);
  changed_ = true;
}

void unit_calendar_entity::fold(const record& what) {
  for (const auto& one : what.events)
    if (one.entity == id_)
      apply(one.what);
}

void unit_calendar_entity::handle(const command_ptr& what) {
  std::visit(overloaded{
                 [&](const ask_hold& body) { place(what, body); },
                 [&](const ask_untouched& body) { untouched(what, body); },
                 [&](const ask_step& body) { step(what, body); },
                 [&](const take_readings& body) { readings(what, body); },
                 [&](const take_import& body) { import(what, body); },
                 [&](const expire_due&) { expire(what); },
                 [&](const auto&) { what->reply.refuse(errc::not_found); },
             },
             what->body);
  if (++since_flush_ >= flush_every || self_->mailbox().empty())
    flush();
}

void unit_calendar_entity::advance() {
  if (!std::exchange(counted_, true))
    count_sessions();
  publish();
  arm();
}

// --- records ---

record_ptr unit_calendar_entity::make_record(const command_ptr& asked) {
  auto out = std::make_shared<record>();
  out->city = city_.number;
  out->command_id = city_.new_id();
  out->by = asked->who.kind;
  out->actor_id = asked->who.id;
  out->correlation_id = asked->correlation_id;
  out->occurred_at = now();
  out->participants.push_back({id_, life_});
  out->vault = asked->vault;
  out->key = asked->key;
  return out;
}

void unit_calendar_entity::hand_over(record_ptr out, bool deferred, std::function<void(verdict, position)> told) {
  if (!deferred)
    for (const auto& one : out->events)
      if (one.entity == id_)
        apply(one.what);
  pending_.push_back({out, std::move(told), {}, deferred});
  outbox_.push_back(std::move(out));
  // A step's record must not overtake what it rests on: everything decided before it is handed over first, in one go.
  if (deferred)
    flush();
}

void unit_calendar_entity::flush() {
  since_flush_ = 0;
  if (!outbox_.empty())
    city_.journal.submit(std::exchange(outbox_, {}));
}

void unit_calendar_entity::in_order(std::function<void()> what) {
  if (pending_.empty())
    what();
  else
    pending_.back().after.push_back(std::move(what));
}

void unit_calendar_entity::on_outcomes(std::vector<outcome>& what) {
  if (!ready()) {
    entity_base::on_outcomes(what);
    return;
  }
  std::vector<std::function<void()>> answers;
  for (const auto& one : what) {
    const auto ours = std::find_if(pending_.begin(), pending_.end(), [&](const pending& p) { return p.record == one.record; });
    if (ours == pending_.end()) {
      if (one.verdict == verdict::committed)
        fold(*one.record);
      continue;
    }
    auto settled = std::move(*ours);
    pending_.erase(ours);
    if (settled.deferred)
      settle(one);
    if (one.verdict == verdict::committed) {
      city_.time.reached(one.record->occurred_at);
      if (settled.deferred)
        fold(*one.record);
    }
    answers.push_back([told = std::move(settled.told), how = one.verdict, at = position{one.record->epoch, one.record->seq}] { told(how, at); });
    for (auto& next : settled.after)
      answers.push_back(std::move(next));
  }
  // Apply, index, answers, acts (commit-protocol §3).
  publish();
  for (const auto& one : answers)
    one();
  decide_again();
  flush();
  arm();
  run_queue();
}

void unit_calendar_entity::decide_again() {
  for (const auto& one : std::exchange(waiters_, {})) {
    if (one.what->deadline.count() != 0 && city_.clock.steady() > one.what->deadline)
      one.what->reply.refuse({errc::service_unavailable, "the command waited too long"});
    else
      handle(one.what);
  }
}

void unit_calendar_entity::on_closed() {
  // The writer has told the outcome of everything it had; what is left never reached it.
  for (const auto& one : std::exchange(pending_, {}))
    one.told(verdict::refused_record, {});
  for (const auto& one : std::exchange(waiters_, {}))
    one.what->reply.refuse(errc::service_unavailable);
  entity_base::on_closed();
}

// --- guests' holds ---

void unit_calendar_entity::place(const command_ptr& asked, const ask_hold& what) {
  const auto decided = decide(unit_, what.command, now());
  const std::string session = what.command.terms.session;
  if (!decided) {
    if (decided.error().code == errc::insufficient_inventory && could_change(what.command.question.stay) && waiters_.size() < waiters_max) {
      waiters_.push_back({asked});
      return;
    }
    in_order([asked, why = decided.error(), session, this] {
      city_.sessions.free(session);
      asked->reply.refuse(why);
    });
    return;
  }
  if (decided->existing) {
    const auto found = unit_.claims.find(*decided->existing);
    const intent_id lives = found->second.intent;
    in_order([asked, lives, session, this] {
      city_.sessions.free(session);
      asked->reply(answer{existing_answer{lives}, {}, true});
    });
    return;
  }
  auto out = make_record(asked);
  for (const auto& gone : decided->expired) {
    out->events.push_back({id_, gone});
    out->participants.push_back({gone.intent.value, mentioned});
    if (const auto old = unit_.claims.find(gone.hold); old != unit_.claims.end())
      ended(old->second);
  }
  const auto& created = decided->created.front();
  out->events.push_back({id_, created});
  out->participants.push_back({created.terms.intent.value, mentioned});
  const auto at = out->occurred_at;
  hand_over(std::move(out), false, [asked, view = untouched_intent(created, at), session, this](verdict how, position where) {
    if (how == verdict::committed) {
      asked->reply(answer{view, where, false});
      return;
    }
    city_.sessions.free(session);
    refusal why(errc::service_unavailable, "the hold was not placed");
    why.effect = how == verdict::unknown ? effect::unknown : effect::none;
    asked->reply.refuse(why);
  });
}

bool unit_calendar_entity::could_change(const reserve::stay& stay) const {
  return std::any_of(prepared_.begin(), prepared_.end(), [&](const auto& entry) {
    const auto& lock = entry.second;
    return (lock.taken && lock.taken->overlaps(stay)) || (lock.freed && lock.freed->overlaps(stay));
  });
}

void unit_calendar_entity::untouched(const command_ptr& asked, const ask_untouched& what) {
  const auto found = unit_.by_intent.find(what.intent);
  const auto* held = found == unit_.by_intent.end() ? nullptr : &unit_.claims.at(found->second);
  if (held == nullptr || held->kind != claim_kind::untouched || prepared_.contains(held->hold)) {
    in_order([asked] { asked->reply.refuse(errc::booking_intent_not_found); });
    return;
  }
  if (!what.cancel_reason) {
    in_order([asked, view = untouched_intent(*held)] { asked->reply(answer{view, {}, false}); });
    return;
  }
  const auto decided = decide_cancel(unit_, what.intent, *what.cancel_reason);
  if (!decided) {
    in_order([asked, why = decided.error()] { asked->reply.refuse(why); });
    return;
  }
  auto view = untouched_intent(*held);
  ended(*held);
  auto out = make_record(asked);
  out->events.push_back({id_, *decided});
  out->participants.push_back({what.intent.value, mentioned});
  end_untouched(view, out->occurred_at, false, *what.cancel_reason);
  hand_over(std::move(out), false, [asked, view](verdict how, position where) {
    if (how == verdict::committed) {
      asked->reply(answer{view, where, false});
      return;
    }
    refusal why(errc::service_unavailable);
    why.effect = how == verdict::unknown ? effect::unknown : effect::none;
    asked->reply.refuse(why);
  });
}

void unit_calendar_entity::ended(const claim& gone) {
  if (gone.kind == claim_kind::untouched)
    city_.sessions.free(gone.session);
}

void unit_calendar_entity::expire(const command_ptr& asked) {
  std::uint64_t handled = 0;
  for (;;) {
    auto gone = due(unit_, now(), sweep_max);
    std::erase_if(gone, [&](const untouched_expired& one) { return prepared_.contains(one.hold); });
    if (gone.empty())
      break;
    auto out = make_record(asked);
    for (const auto& one : gone) {
      out->events.push_back({id_, one});
      out->participants.push_back({one.intent.value, mentioned});
      if (const auto old = unit_.claims.find(one.hold); old != unit_.claims.end())
        ended(old->second);
    }
    handled += gone.size();
    hand_over(std::move(out), false, [](verdict, position) {});
  }
  in_order([asked, handled] { asked->reply(answer{due_answer{handled}, {}, false}); });
  arm();
}

// --- steps of other entities ---

std::optional<hold_id> unit_calendar_entity::claim_of(const ask_step& what) const {
  return std::visit(
      [&](const auto& step) -> std::optional<hold_id> {
        if constexpr (requires { step.hold; }) {
          return step.hold;
        } else {
          const auto found = unit_.by_intent.find(step.intent);
          return found == unit_.by_intent.end() ? std::nullopt : std::optional(found->second);
        }
      },
      what.what);
}

result<std::vector<event>> unit_calendar_entity::decide_step(const ask_step& what, prepared& lock) const {
  struct decide_it {
    const unit_calendar& unit;
    prepared& lock;
    timestamp now;

    result<std::vector<event>> operator()(const calendar_step::take_over& step) const {
      const auto decided = decide_take_over(unit, step.intent, now);
      if (!decided)
        return decided.error();
      return std::vector<event>{*decided};
    }
    result<std::vector<event>> operator()(const calendar_step::end_hold& step) const {
      const auto found = unit.claims.find(step.hold);
      if (found == unit.claims.end() || found->second.kind != claim_kind::held)
        return std::vector<event>{}; // Ended before: nothing of ours is in the record.
      lock.freed = found->second.stay;
      return std::vector<event>{hold_ended{step.intent, step.hold, step.expired}};
    }
    result<std::vector<event>> operator()(const calendar_step::convert& step) const {
      const auto found = unit.claims.find(step.hold);
      const hold_converted converted{step.intent, step.hold, step.reservation};
      if (found != unit.claims.end() && found->second.kind == claim_kind::held)
        return std::vector<event>{converted};
      if (!can_take(unit, step.stay, step.rooms, now))
        return refusal{errc::insufficient_inventory};
      lock.taken = step.stay;
      lock.rooms = step.rooms;
      return std::vector<event>{hold_placed{step.intent, step.hold, step.stay, step.rooms}, converted};
    }
    result<std::vector<event>> operator()(const calendar_step::place& step) const {
      if (unit.claims.contains(step.hold))
        return std::vector<event>{};
      if (!can_take(unit, step.stay, step.rooms, now))
        return refusal{errc::insufficient_inventory};
      lock.taken = step.stay;
      lock.rooms = step.rooms;
      return std::vector<event>{hold_placed{step.intent, step.hold, step.stay, step.rooms}};
    }
    result<std::vector<event>> operator()(const calendar_step::release& step) const {
      const auto found = unit.claims.find(step.hold);
      if (found == unit.claims.end() || found->second.kind != claim_kind::booked)
        return std::vector<event>{};
      lock.freed = found->second.stay;
      return std::vector<event>{booking_released{step.reservation, step.hold, step.from}};
    }
    result<std::vector<event>> operator()(const calendar_step::link& step) const {
      return std::vector<event>{host_booking_linked{step.reservation, step.hold, step.host_booking_id}};
    }
  };
  return std::visit(decide_it{unit_, lock, now()}, what.what);
}

void unit_calendar_entity::step(const command_ptr& asked, const ask_step& what) {
  const auto claim = claim_of(what);
  if (claim && prepared_.contains(*claim)) {
    asked->reply.refuse(busy_claim());
    return;
  }
  prepared lock;
  const auto decided = decide_step(what, lock);
  if (!decided) {
    const bool taking = std::holds_alternative<calendar_step::place>(what.what) || std::holds_alternative<calendar_step::convert>(what.what);
    const auto* wanted = std::get_if<calendar_step::place>(&what.what);
    if (taking && wanted != nullptr && could_change(wanted->stay) && waiters_.size() < waiters_max)
      waiters_.push_back({asked});
    else
      in_order([asked, why = decided.error()] { asked->reply.refuse(why); });
    return;
  }
  if (lock.taken) {
    // A hold that is due and meets this step ends first, in a record of our own (commit-protocol §5).
    auto sweep = std::make_shared<command>();
    sweep->who.kind = actor_kind::system;
    expire(sweep);
  }
  auto out = make_record(asked);
  out->vault = what.vault;
  out->released_key = what.released_key;
  out->inbox = what.inbox;
  out->participants.push_back(what.asker);
  for (const auto& fresh : what.fresh)
    out->participants.push_back({fresh, mentioned});
  out->events = what.events;
  for (const auto& one : *decided)
    out->events.push_back({id_, one});
  const hold_id key = claim.value_or(hold_id{out->command_id});
  count_taken(lock, 1);
  prepared_.emplace(key, lock);
  hand_over(std::move(out), true, [asked, key](verdict how, position where) {
    if (how == verdict::committed) {
      asked->reply(answer{done_answer{}, where, false});
      return;
    }
    // The asker hears the same from the writer; for a dead one nobody listens.
    refusal why(errc::service_unavailable);
    why.effect = how == verdict::unknown ? effect::unknown : effect::none;
    asked->reply.refuse(why);
  });
}

void unit_calendar_entity::count_taken(const prepared& lock, int sign) {
  if (!lock.taken)
    return;
  for (auto day = lock.taken->check_in; day < lock.taken->check_out; day += std::chrono::days(1)) {
    const auto index = (day - unit_.first).count();
    if (index >= 0 && static_cast<std::size_t>(index) < unit_.nights.size())
      unit_.nights[static_cast<std::size_t>(index)].held = static_cast<std::int16_t>(unit_.nights[static_cast<std::size_t>(index)].held + sign * lock.rooms);
  }
}

void unit_calendar_entity::settle(const outcome& what) {
  for (const auto& one : what.record->events) {
    if (one.entity != id_)
      continue;
    const auto key = std::visit(
        [](const auto& event) -> std::optional<hold_id> {
          if constexpr (requires { event.hold; })
            return event.hold;
          else
            return std::nullopt;
        },
        one.what);
    if (!key)
      continue;
    if (const auto lock = prepared_.find(*key); lock != prepared_.end()) {
      count_taken(lock->second, -1);
      prepared_.erase(lock);
    }
  }
  prepared_.erase(hold_id{what.record->command_id});
}

// --- the Host ---

void unit_calendar_entity::readings(const command_ptr& asked, const take_readings& what) {
  const auto news = difference(unit_, what.reading);
  if (news.nights.empty()) {
    in_order([asked] { asked->reply(answer{done_answer{"unchanged"}, {}, false}); });
    return;
  }
  auto out = make_record(asked);
  out->events.push_back({id_, news});
  hand_over(std::move(out), false, [this, asked, lost = nights_lost(news)](verdict how, position where) {
    if (how == verdict::committed) {
      asked->reply(answer{done_answer{"imported"}, where, false});
      end_holds_on(lost);
    } else {
      asked->reply.refuse(errc::service_unavailable);
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
  auto out = make_record(asked);
  out->inbox = what.inbox;
  if (what.cancelled)
    out->events.push_back({id_, import_cancelled{claim, what.booking.booking_id}});
  else
    out->events.push_back({id_, import_booked{claim, what.booking.booking_id, what.booking.stay, 1}});
  hand_over(std::move(out), false, [asked](verdict how, position where) {
    if (how == verdict::committed)
      asked->reply(answer{done_answer{"imported"}, where, false});
    else
      asked->reply.refuse(errc::service_unavailable);
  });
}

// --- what others see ---

void unit_calendar_entity::publish() {
  // Readers see committed state only: while records are in flight the working state is ahead of it, so publishing waits for a quiet moment or a commit.
  if (!changed_)
    return;
  const auto catalogue = city_.index.catalogue();
  std::optional<money> base;
  if (catalogue) {
    if (const auto found = catalogue->unit_by_id.find(unit_.id); found != catalogue->unit_by_id.end())
      base = catalogue->units[found->second].content->base_price;
  }
  city_.index.publish(city_.index.slot_of(unit_.id), nights_of(unit_, base));
  changed_ = !pending_.empty();
}

void unit_calendar_entity::arm() {
  std::optional<timestamp> next;
  for (const auto& [when, hold] : unit_.deadlines) {
    if (prepared_.contains(hold))
      continue;
    next = when;
    break;
  }
  city_.timers.at(kind_, id_, next);
}

} // namespace reserve::actors
