#include "actors/entity.hpp"

#include "actors/protocols/changed_state.hpp"

#include <spdlog/spdlog.h>

namespace reserve::actors {

namespace {

constexpr std::chrono::milliseconds catalogue_again_after{100};
constexpr std::chrono::seconds step_again_after{1};

/// Its decisions need what the city says of its properties, taxes and settings.
bool needs_catalogue(entity_kind kind) noexcept {
  return belongs_to_one_booking(kind) || kind == entity_kind::inbox;
}

} // namespace

caf::error actor_failed(std::exception_ptr& what) {
  try {
    std::rethrow_exception(what);
  } catch (const std::exception& failure) {
    spdlog::error("a handler failed reason={}", failure.what());
  } catch (...) {
    spdlog::error("a handler failed reason=unknown");
  }
  return caf::make_error(caf::sec::runtime_error);
}

entity_base::entity_base(entity_actor::pointer self, city_context& city, entity_kind kind, entity_id id)
    : self_(self), handle_(caf::actor_cast<entity_actor>(self)), city_(city), kind_(kind), id_(id) {
  // nop
}

void entity_base::begin() {
  city_.journal.open(city_.number, id_, std::make_shared<mailbox>(handle_));
}

void entity_base::on_opened(opening& what) {
  life_ = what.incarnation;
  tail_ = std::move(what.tail);
  // However this life ends, the writer hears it: a later record of it must never be accepted.
  self_->attach_functor([&city = city_, id = id_, life = life_] { city.journal.close(id, life); });
  city_.storage.load(city_.code, id_, kind_, [to = handle_](std::optional<loaded_entity> row) { caf::anon_send(to, loaded_message{std::move(row)}); });
}

void entity_base::on_loaded(std::optional<loaded_entity>& what) {
  if (!what) {
    spdlog::warn("entity could not be read city={} entity={}", city_.code, to_string(id_));
    self_->quit(storage_away());
    return;
  }
  known_ = what->snapshot ? what->snapshot->seq : 0;
  restore(what->snapshot);
  for (const auto& one : std::exchange(tail_, {}))
    take_in(one);
  loaded_ = true;
  get_ready();
}

void entity_base::take_in(const committed_record& one) {
  if (one->seq <= known_)
    return;
  fold(*one);
  known_ = one->seq;
  city_.time.reached(one->occurred_at);
}

void entity_base::get_ready() {
  if (needs_catalogue(kind_) && !city_.index.catalogue()) {
    city_.timers.after(kind_, id_, catalogue_again_after); // The city is still starting: the wake-up looks again.
    return;
  }
  for (const auto& one : std::exchange(early_, {}))
    if (one.verdict == verdict::committed)
      take_in(one.record);
  ready_ = true;
  advance();
  run_queue();
}

void entity_base::on_command(const command_ptr& what) {
  if (loaded_ && !ready_)
    get_ready();
  if (ready_ && !busy_ && queue_.empty())
    take(what);
  else if (loaded_ && !ready_ && std::holds_alternative<expire_due>(what->body) && std::exchange(wake_up_waits_, true))
    what->reply(answer{due_answer{0}, {}, false}); // While a city starts there is one every moment; one in the queue is as good as many.
  else
    enqueue(what);
  run_queue();
}

void entity_base::enqueue(const command_ptr& what) {
  queue_.emplace_back([this, what] { take(what); });
}

void entity_base::take(const command_ptr& what) {
  if (what->deadline.count() != 0 && city_.clock.steady() > what->deadline) {
    what->reply.refuse({errc::service_unavailable, "the command waited too long"});
    return;
  }
  handle(what);
  if (std::holds_alternative<expire_due>(what->body))
    woken();
}

void entity_base::on_continue(const continue_message& what) {
  if (what.past_queue)
    (*what.rest)();
  else
    queue_.emplace_back([rest = what.rest] { (*rest)(); });
  run_queue();
}

void entity_base::run_queue() {
  while (ready_ && !busy_ && !queue_.empty()) {
    const auto next = std::move(queue_.front());
    queue_.pop_front();
    next();
  }
}

void entity_base::on_outcomes(std::vector<outcome>& what) {
  if (!ready_)
    early_.insert(early_.end(), std::make_move_iterator(what.begin()), std::make_move_iterator(what.end()));
}

void entity_base::on_withdrawn(const withdrawal& what) {
  life_ = what.incarnation;
  self_->attach_functor([&city = city_, id = id_, life = life_] { city.journal.close(id, life); });
}

void entity_base::on_closed() {
  self_->quit();
}

void entity_base::on_retire() {
  hand_in();
  if (ready_ && !busy_ && queue_.empty() && at_rest())
    self_->quit(caf::exit_reason::user_shutdown); // By the supervisor's wish: it owes nothing.
  else
    city_.router->still_busy(id_);
}

reply_to entity_base::back(std::function<void(answer)> then) {
  ++open_answers_;
  return reply_function::make([this, to = handle_, then = std::move(then)](answer what) {
    // The actor may have ended: then its mailbox drops the message, and nothing of it is touched.
    post_to(to, [this, then, shared = std::make_shared<answer>(std::move(what))] {
      --open_answers_;
      then(std::move(*shared));
    });
  });
}

void entity_base::send(entity_kind kind, entity_id entity, command_body body, std::function<void(answer)> then, actor_kind as) {
  auto ask = std::make_shared<command>();
  ask->kind = kind;
  ask->entity = entity;
  ask->who.kind = as;
  ask->body = std::move(body);
  ask->reply = back(std::move(then));
  auto* const router = kind == entity_kind::platform && city_.platform != nullptr ? city_.platform : city_.router;
  router->send(std::move(ask));
}

void serial_entity::on_outcomes(std::vector<outcome>& what) {
  if (!ready()) {
    entity_base::on_outcomes(what);
    return;
  }
  for (const auto& one : what) {
    if (one.verdict == verdict::committed) {
      city_.time.reached(one.record->occurred_at);
      fold(*one.record);
    }
    const bool ours = std::any_of(one.record->participants.begin(), one.record->participants.end(),
                                  [&](const participant& who) { return who.entity == id_ && who.incarnation != mentioned; });
    if (ours && waiting_)
      finish(one.verdict, {one.record->epoch, one.record->seq});
    else
      advance(); // Our calendar, or a creator, wrote something about us.
  }
  run_queue();
}

void serial_entity::finish(verdict how, position at) {
  busy_ = false;
  const auto then = std::exchange(waiting_, std::nullopt);
  refused_ = nullptr;
  (*then)(how, at);
  if (!busy_)
    advance();
}

void serial_entity::on_withdrawn(const withdrawal& what) {
  entity_base::on_withdrawn(what);
  if (waiting_)
    finish(verdict::refused_incarnation, {});
  run_queue();
}

void serial_entity::on_closed() {
  if (waiting_)
    finish(verdict::refused_record, {});
  entity_base::on_closed();
}

void serial_entity::commit(draft what, after then) {
  ensure(!busy_, "one record at a time");
  auto out = std::make_shared<record>();
  out->city = city_.number;
  out->command_id = city_.new_id();
  out->by = what.who.kind;
  out->actor_id = std::move(what.who.id);
  out->correlation_id = std::move(what.correlation_id);
  out->occurred_at = now();
  out->inbox = what.inbox;
  out->participants.push_back({id_, life_});
  for (const auto& one : what.fresh)
    out->participants.push_back({one, mentioned});
  out->events = std::move(what.events);
  out->vault = std::move(what.vault);
  out->key = what.key;
  out->released_key = what.released_key;
  busy_ = true;
  waiting_ = std::move(then);
  std::vector<record_ptr> records{std::move(out)};
  city_.journal.submit(records);
}

void serial_entity::commit_with(unit_id unit, ask_step step, draft what, after then, std::function<void(refusal)> refused) {
  ensure(!busy_, "one record at a time");
  step.asker = {id_, life_};
  step.events = std::move(what.events);
  step.fresh = std::move(what.fresh);
  step.vault = std::move(what.vault);
  step.released_key = what.released_key;
  step.inbox = what.inbox;
  busy_ = true;
  waiting_ = std::move(then);
  refused_ = std::move(refused);

  auto ask = std::make_shared<command>();
  ask->kind = entity_kind::unit;
  ask->entity = unit.value;
  ask->who = std::move(what.who);
  ask->correlation_id = std::move(what.correlation_id);
  ask->key = what.key;
  ask->body = std::move(step);
  // Committed: the writer tells us itself. A refusal comes past the queue, which is held while we wait.
  ask->reply = reply_function::make([this, to = handle_](answer heard) {
    if (heard.refused())
      post_to(to, [this, why = heard.why()] { step_refused(why); }, true);
  });
  city_.router->send(std::move(ask));
}

void serial_entity::step_refused(const refusal& why) {
  if (!waiting_ || !refused_)
    return; // Its outcome was heard first.
  if (why.code == errc::service_unavailable && why.effect == effect::unknown) {
    // The calendar may have died with our step: the writer says whether its record exists, or makes sure that it never will.
    city_.journal.withdraw(id_, life_);
    return;
  }
  busy_ = false;
  waiting_.reset();
  const auto refused = std::exchange(refused_, nullptr);
  refused(why);
  // What was refused now would be refused again at once, by a calendar that is being restarted without any pause: the next try comes with a wake-up.
  if (!busy_)
    city_.timers.after(kind_, id_, step_again_after);
  run_queue();
}

bool serial_entity::step_starts(const std::string& key) {
  if (const auto rests = resting_.find(key); rests != resting_.end() && city_.clock.steady() < rests->second.until)
    return false;
  return steps_.insert(key).second;
}

void serial_entity::step_done(const std::string& key) {
  steps_.erase(key);
  resting_.erase(key);
}

void serial_entity::step_rests(const std::string& key, std::chrono::milliseconds pause) {
  steps_.erase(key);
  resting_[key].until = city_.clock.steady() + pause;
  city_.timers.after(kind_, id_, pause);
}

void serial_entity::step_failed(const std::string& key) {
  constexpr int doublings_max = 6;
  const int before = resting_[key].failures++;
  step_rests(key, std::chrono::seconds(1 << std::min(before, doublings_max)));
}

bool serial_entity::steps_resting() const {
  const auto now = city_.clock.steady();
  return std::any_of(resting_.begin(), resting_.end(), [&](const auto& one) { return now < one.second.until; });
}

void serial_entity::woken() {
  const auto now = city_.clock.steady();
  for (const auto& [key, rests] : resting_)
    if (now < rests.until)
      city_.timers.after(kind_, id_, rests.until - now);
}

refusal serial_entity::not_committed(verdict how) {
  refusal why(errc::service_unavailable, how == verdict::unknown ? "decided, but not known to be committed" : "nothing has happened; try again");
  why.effect = how == verdict::unknown ? effect::unknown : effect::none;
  return why;
}

} // namespace reserve::actors
