#pragma once

#include "actors/city_context.hpp"

#include "domain/codec.hpp"

#include <caf/all.hpp>

#include <deque>
#include <functional>
#include <map>
#include <set>

namespace reserve::actors {

// What an entity's actor understands. Values or shared immutable values; they never leave the process.

/// One visitor of several functions.
template <class... Functions>
struct overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
overloaded(Functions...) -> overloaded<Functions...>;

struct opened_message { opening what; };
struct loaded_message { std::optional<loaded_entity> what; };
struct outcomes_message { std::vector<outcome> what; };
struct withdrawn_message { withdrawal what; };
struct closed_message {};
/// The rest of something that was begun: runs in the actor when an outside answer has come; `past_queue` also while a record is in flight.
struct continue_message {
  std::shared_ptr<const std::function<void()>> rest;
  bool past_queue = false;
};
/// From the supervisor, after it has taken the actor out of the handle table: nothing arrives any more.
struct retire_message {};

using entity_actor = caf::typed_actor<
    // A command, from anybody; its reply port hears the answer.
    caf::reacts_to<command_ptr>,
    // The writer has opened the entity: incarnation and tail.
    caf::reacts_to<opened_message>,
    // The storage has read the entity's row.
    caf::reacts_to<loaded_message>,
    // What became of records of ours, in seq order.
    caf::reacts_to<outcomes_message>,
    // We have a new incarnation: a step of ours can never be accepted any more.
    caf::reacts_to<withdrawn_message>,
    // The entity is closed: end.
    caf::reacts_to<closed_message>,
    // INTERNAL: goes on with something begun.
    caf::reacts_to<continue_message>,
    // End if idle, else say so.
    caf::reacts_to<retire_message>>;

/// How the writer reaches an actor.
class mailbox final : public entity_port {
public:
  explicit mailbox(entity_actor to) : to_(std::move(to)) {}
  void opened(opening what) override { caf::anon_send(to_, opened_message{std::move(what)}); }
  void told(std::vector<outcome> what) override { caf::anon_send(to_, outcomes_message{std::move(what)}); }
  void withdrawn(withdrawal what) override { caf::anon_send(to_, withdrawn_message{what}); }
  void closed(entity_id) override { caf::anon_send(to_, closed_message{}); }

private:
  entity_actor to_;
};

/// Why an actor ends whose row cannot be read: no defect of its own, so it is never parked for it.
inline caf::error storage_away() {
  return caf::make_error(caf::sec::cannot_connect_to_node, "storage is away");
}

/// The common life of an entity's actor: opened at the writer, then loaded, then one command after the other; it ends on an exception.
///
/// Commands and continuations wait in one queue while the entity opens or a record is in flight, so a decision is always made on committed state
/// (the unit calendar, which pipelines, has its own way).
class entity_base {
public:
  entity_base(entity_actor::pointer self, city_context& city, entity_kind kind, entity_id id);
  virtual ~entity_base() = default;
  entity_base(const entity_base&) = delete;
  entity_base& operator=(const entity_base&) = delete;

  /// Asks the writer to open the entity.
  void begin();

  void on_command(const command_ptr& what);
  void on_opened(opening& what);
  void on_loaded(std::optional<loaded_entity>& what);
  virtual void on_outcomes(std::vector<outcome>& what);
  virtual void on_withdrawn(const withdrawal& what);
  virtual void on_closed();
  void on_continue(const continue_message& what);
  void on_retire();

protected:
  using job = std::function<void()>;

  /// State from its row; nullopt: it has none.
  virtual void restore(const std::optional<entity_snapshot>& from) = 0;
  /// A committed record that names the entity.
  virtual void fold(const record& what) = 0;
  /// A command, when the entity is ready for it.
  virtual void handle(const command_ptr& what) = 0;
  /// Starts what must happen next and arms the timer; after every change.
  virtual void advance() = 0;
  /// After an expire_due: there is one wake-up per entity, so what else waits is armed again.
  virtual void woken() {}
  /// Records that were kept back because more commands seemed to follow go to the writer now: what follows is no command.
  virtual void hand_in() {}
  /// Nothing in progress that a passivation would lose.
  virtual bool at_rest() const { return true; }

  /// Lets a command wait in the queue, with its deadline.
  void enqueue(const command_ptr& what);
  /// A reply that continues here.
  reply_to back(std::function<void(answer)> then);
  /// Sends a command of ours to another entity (the platform's goes to its own log); `then` runs here when it is answered.
  void send(entity_kind kind, entity_id entity, command_body body, std::function<void(answer)> then, actor_kind as = actor_kind::system);
  void run_queue();
  bool ready() const noexcept { return ready_; }
  /// Answers of others that `back` still waits for.
  bool awaits_answers() const noexcept { return open_answers_ != 0; }
  timestamp now() const { return city_.now(); }

  entity_actor::pointer self_;
  entity_actor handle_; ///< For callbacks from outside: post_to(handle_, ...) is safe when this actor has ended.
  city_context& city_;
  const entity_kind kind_;
  const entity_id id_;
  incarnation life_ = 0;
  bool busy_ = false; ///< A record is in flight or a step must end first: the queue waits.
  std::deque<job> queue_;

private:
  void take(const command_ptr& what);
  /// Begins to work: with the first command or record that may be decided on. What belongs to a booking waits for the city's catalogue.
  void get_ready();
  void take_in(const committed_record& one);

  bool loaded_ = false, ready_ = false;
  bool wake_up_waits_ = false; ///< One is in the queue, until the entity is ready.
  sequence known_ = 0; ///< Of the last record folded in before it was ready.
  std::size_t open_answers_ = 0;
  std::vector<committed_record> tail_;
  std::vector<outcome> early_; ///< Told before the row was there.
};

/// What a decision of a serial entity puts into a record.
struct draft {
  std::vector<entity_event> events;
  std::vector<entity_id> fresh; ///< Entities it creates or mentions.
  std::vector<vault_row> vault;
  std::optional<command_key> key;
  std::optional<digest16> released_key;
  std::optional<uuid> inbox;
  caller who{actor_kind::system, {}, {}}; ///< Unless somebody asked for it.
  std::string correlation_id;
};

/// An entity that decides on committed state only: one record at a time.
class serial_entity : public entity_base {
public:
  using entity_base::entity_base;
  void on_outcomes(std::vector<outcome>& what) override;
  void on_withdrawn(const withdrawal& what) override;
  void on_closed() override;

protected:
  using after = std::function<void(verdict, position)>;

  /// Commits a record of ours alone; the state has been folded when `then` hears `committed`.
  void commit(draft what, after then);
  /// Commits a record shared with a unit calendar (commit-protocol §5). `refused` hears the calendar's no; nothing has happened then.
  void commit_with(unit_id unit, ask_step step, draft what, after then, std::function<void(refusal)> refused);
  /// Starts an outside step once; false while it runs or rests. Every start leads to step_done, step_rests or step_failed.
  bool step_starts(const std::string& key);
  void step_done(const std::string& key);
  /// Ended without its result: it starts again, not before `pause` is over; the entity is woken then.
  void step_rests(const std::string& key, std::chrono::milliseconds pause);
  /// As step_rests, with a pause that grows from failure to failure: 1 s to 64 s.
  void step_failed(const std::string& key);
  /// Something has happened that is worth a try at once.
  void step_wakes(const std::string& key) { resting_.erase(key); }
  bool steps_running() const noexcept { return !steps_.empty(); }
  bool step_running(const std::string& key) const { return steps_.contains(key); }
  /// Some step waits for its next try; the entity is woken for it.
  bool steps_resting() const;
  bool at_rest() const override { return steps_.empty() && !awaits_answers(); }
  /// The refusal for a record that was not committed.
  static refusal not_committed(verdict how);

private:
  void woken() override;
  void finish(verdict how, position at);
  void step_refused(const refusal& why);
  std::optional<after> waiting_;
  std::function<void(refusal)> refused_;
  struct rest {
    std::chrono::milliseconds until{}; ///< Steady.
    int failures = 0;
  };
  std::set<std::string> steps_;
  std::map<std::string, rest> resting_; ///< Also those whose rest is over: they remember how often they failed.
};

/// Folds what a record says of `entity` into its state. Events of other entities in the same record do nothing. One for each state: fold.cpp.
template <class State>
void fold_into(State& target, const record& what, entity_id entity);

/// A serial entity whose whole state is one value of the domain: read from its row, folded by evolve().
template <class State>
class value_entity : public serial_entity {
public:
  using serial_entity::serial_entity;

protected:
  void restore(const std::optional<entity_snapshot>& from) override {
    if (!from)
      return;
    state_ = decoded<State>(from->data);
    seq_ = from->seq;
  }
  void fold(const record& what) override {
    fold_into(state_, what, id_);
    seq_ = what.seq;
  }

  State state_;
  sequence seq_ = 0; ///< Of the last record folded in.
};

} // namespace reserve::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::command_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::actors::opened_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::actors::loaded_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::actors::outcomes_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::actors::withdrawn_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::actors::closed_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::actors::continue_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reserve::actors::retire_message)

namespace reserve::actors {

/// The state of an entity's actor: made when it starts.
template <class Entity>
struct entity_cell {
  entity_cell() = default;
  static inline const char* name = Entity::actor_name; // shown in logs
  std::unique_ptr<Entity> entity;
};

/// A handler threw: a defect. It is logged, the actor ends, and its supervisor starts another one.
caf::error actor_failed(std::exception_ptr& what);

/// The behaviour of every entity's actor: its messages, each one line. `Entity` derives from entity_base.
template <class Entity>
entity_actor::behavior_type entity_behavior(entity_actor::stateful_pointer<entity_cell<Entity>> self, city_context* city, entity_id id) {
  self->state.entity = std::make_unique<Entity>(self, *city, id);
  self->set_exception_handler(actor_failed);
  self->state.entity->begin();
  return {
      [self](const command_ptr& what) { self->state.entity->on_command(what); },
      [self](opened_message& what) { self->state.entity->on_opened(what.what); },
      [self](loaded_message& what) { self->state.entity->on_loaded(what.what); },
      [self](outcomes_message& what) { self->state.entity->on_outcomes(what.what); },
      [self](const withdrawn_message& what) { self->state.entity->on_withdrawn(what.what); },
      [self](const closed_message&) { self->state.entity->on_closed(); },
      [self](const continue_message& what) { self->state.entity->on_continue(what); },
      [self](const retire_message&) { self->state.entity->on_retire(); },
  };
}

/// Runs `rest` in the actor behind `to`, from any thread.
template <class F>
void post_to(const entity_actor& to, F rest, bool past_queue = false) {
  caf::anon_send(to, continue_message{std::make_shared<const std::function<void()>>(std::move(rest)), past_queue});
}

} // namespace reserve::actors
