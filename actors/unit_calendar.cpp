#include "actors/unit_calendar.hpp"

namespace reserve::actors {

namespace {

constexpr std::size_t flush_every = 32; ///< commit-protocol §3

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
