#include "actors/unit_calendar.hpp"

#include "domain/mutant.hpp"

namespace reserve::actors {

namespace {

constexpr std::size_t flush_every = 32; ///< commit-protocol §3
constexpr std::chrono::minutes kept_after_use{5};
constexpr std::chrono::milliseconds end_together{200}; ///< Due holds of one unit are released within a second (the aim).

/// What the calendar's own part of an event does to its state; events of other entities in the same record do nothing here.
struct apply_to {
  unit_calendar& unit;
  template <class Event>
  void operator()(const Event& what) const {
    if constexpr (requires { evolve(unit, what); })
      evolve(unit, what);
  }
};

} // namespace

unit_calendar_entity::unit_calendar_entity(entity_actor::pointer self, city_context& city, entity_id id)
    : entity_base(self, city, entity_kind::unit, id) {
  unit_.id = unit_id{id};
}

void unit_calendar_entity::restore(const std::optional<entity_snapshot>& from) {
  if (from)
    unit_ = decode_calendar(from->data);
  unit_.id = unit_id{id_};
}

void unit_calendar_entity::count_sessions() {
  // The places of live intents are memory (session_limits): counted again when the city starts, and only then; an earlier life of ours that is in the index has done it.
  if (!city_.starting.load() || city_.index.nights().shows(city_.index.slot_of(unit_.id)))
    return;
  for (const auto& [hold, held] : unit_.claims)
    if ((held.kind == claim_kind::untouched || held.kind == claim_kind::held) && !held.guest_session().empty())
      city_.sessions.found(held.guest_session());
}

void unit_calendar_entity::apply(const event& what) {
  what.visit(apply_to{unit_});
}

void unit_calendar_entity::fold(const record& what) {
  for (const auto& one : what.events) {
    if (one.entity != id_)
      continue;
    footprint trace;
    trace.add(unit_, one.what);
    changed(trace);
    apply(one.what);
  }
}

/// One that nobody has asked lately is only memory: the index shows its nights, the timers know its deadline, the tables have the rest.
bool unit_calendar_entity::at_rest() const {
  const bool in_use = used_at_ && city_.clock.steady() - *used_at_ < kept_after_use;
  return pending_.empty() && prepared_.empty() && waiters_.empty() && !in_use;
}

void unit_calendar_entity::handle(const command_ptr& what) {
  if (!std::holds_alternative<expire_due>(what->body))
    used_at_ = city_.clock.steady();
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
  if (!std::exchange(counted_, true)) {
    count_sessions();
    end_holds_on_closed();
  }
  publish();
  arm();
}

// --- records ---

record_ptr unit_calendar_entity::make_record(const command_ptr& asked, timestamp at) {
  auto out = std::make_shared<record>();
  out->city = city_.number;
  out->command_id = city_.new_id();
  out->by = asked->who.kind;
  out->actor_id = asked->who.id;
  out->correlation_id = asked->correlation_id;
  out->occurred_at = at;
  out->participants.reserve(2); // The unit and, mostly, one intent.
  out->participants.push_back({id_, life_});
  out->vault = std::move(asked->vault); // An accepted command is not decided again.
  out->key = asked->key;
  return out;
}

void unit_calendar_entity::hand_over(record_ptr out, const command_ptr& asked, bool deferred, telling told) {
  deferred = deferred || mutant(bug::check_then_insert);
  pending made{out, asked, std::move(told), {}, deferred, {}};
  if (!deferred)
    for (const auto& one : out->events)
      if (one.entity == id_) {
        made.ahead.add(unit_, one.what);
        apply(one.what);
      }
  if (mutant(bug::ack_before_commit) && made.told)
    std::exchange(made.told, {})(made, verdict::committed, {});
  pending_.push_back(std::move(made));
  outbox_.push_back(std::move(out));
  // A step's record must not overtake what it rests on: everything decided before it is handed over first, in one go.
  if (deferred)
    flush();
}

void unit_calendar_entity::flush() {
  since_flush_ = 0;
  if (!outbox_.empty())
    city_.journal.submit(outbox_);
}

void unit_calendar_entity::on_outcomes(std::vector<outcome>& what) {
  if (!ready()) {
    entity_base::on_outcomes(what);
    return;
  }
  struct settled {
    pending mine;
    verdict how;
    position at;
  };
  std::vector<settled> done;
  done.reserve(what.size());
  for (const auto& one : what) {
    // Ours come in the order in which they were handed over.
    const auto ours = std::find_if(pending_.begin(), pending_.end(), [&](const pending& p) { return p.record == one.record; });
    if (ours == pending_.end()) {
      if (one.verdict == verdict::committed)
        fold(*one.record);
      continue;
    }
    done.push_back({std::move(*ours), one.verdict, {one.record->epoch, one.record->seq}});
    pending_.erase(ours);
    const bool deferred = done.back().mine.deferred;
    if (deferred)
      settle(one);
    if (one.verdict != verdict::committed)
      continue;
    city_.time.reached(one.record->occurred_at);
    if (deferred)
      fold(*one.record);
    else
      changed(done.back().mine.ahead);
  }
  // Apply, index, answers, acts (commit-protocol §3).
  publish();
  for (const auto& one : done) {
    if (one.mine.told)
      one.mine.told(one.mine, one.how, one.at);
    for (const auto& next : one.mine.after)
      next();
  }
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
    if (one.told)
      one.told(one, verdict::refused_record, {});
  for (const auto& one : std::exchange(waiters_, {}))
    one.what->reply.refuse(errc::service_unavailable);
  entity_base::on_closed();
}

// --- time ---

void unit_calendar_entity::arm() {
  std::optional<timestamp> next;
  for (const auto& [when, hold] : unit_.deadlines) {
    if (prepared_.contains(hold))
      continue;
    next = when;
    break;
  }
  if (std::exchange(timer_knows_, true) && armed_ == next)
    return;
  armed_ = next;
  // Those that are due soon after end with it, in one record. A late timer delays tidying, never correctness.
  city_.timers.at(kind_, id_, next ? std::optional(std::prev(unit_.deadlines.upper_bound(*next + end_together))->first) : next);
}

} // namespace reserve::actors
