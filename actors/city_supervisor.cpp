#include "actors/city_supervisor.hpp"

#include "actors/booking_intent.hpp"
#include "actors/desk.hpp"
#include "actors/payment.hpp"
#include "actors/protocols/changed_state.hpp"
#include "actors/reservation.hpp"
#include "actors/unit_calendar.hpp"
#include "actors/webhook_inbox.hpp"

#include <spdlog/spdlog.h>

namespace reserve::actors {

namespace {

constexpr int crashes_max = 5; ///< In a row, each within a minute of the one before: then the entity is parked.
constexpr std::chrono::seconds crash_window{60};
constexpr std::chrono::seconds comes_back_after{1}; ///< An actor that was closed, or could not be loaded.
constexpr std::chrono::seconds quiet_for{30}; ///< Then an actor that can be loaded again is retired.
constexpr std::chrono::minutes kept_for{2}; ///< Who is to be woken by then would be loaded again for nothing: a charge that is polled, a step that rests.
constexpr std::size_t stash_max = 1000;

/// Who is loaded again when somebody asks. The city and its small actors stay.
bool may_be_retired(entity_kind kind) noexcept {
  return belongs_to_one_booking(kind) || kind == entity_kind::unit;
}

bool is_parked(const supervisor_state::crashes& how) noexcept {
  return how.count >= crashes_max;
}

/// Before this steady time nobody starts the entity again.
std::chrono::milliseconds not_before(const supervisor_state::crashes& how) noexcept {
  return how.last + (is_parked(how) ? std::chrono::milliseconds(crash_window) : std::chrono::milliseconds(50) * (1 << how.count));
}

using supervisor_pointer = supervisor_actor::stateful_pointer<supervisor_state>;

void activate(supervisor_pointer self, const command_ptr& what) {
  auto& state = self->state;
  const auto refuse = [&](const char* why) { what->reply.refuse({errc::service_unavailable, why}); };
  if (state.stopping)
    return refuse("the city is being stopped");
  if (const auto known = state.children.find(what->entity); known != state.children.end()) {
    if (!known->second.retiring) {
      caf::anon_send(known->second.who, what);
      return;
    }
    auto& kept = state.stash[what->entity];
    if (kept.size() >= stash_max)
      return refuse("too many commands wait");
    kept.push_back(what);
    return;
  }
  if (!state.city->journal.online(state.city->number)) {
    // Nothing could be opened now (commit-protocol §3). The timer has forgotten what it has fired for, and nobody else knows of a deadline of one that rests.
    if (std::holds_alternative<expire_due>(what->body))
      state.city->timers.after(what->kind, what->entity, comes_back_after);
    return refuse("the city is offline");
  }
  const auto now = state.city->clock.steady();
  if (const auto crashed = state.crashed.find(what->entity); crashed != state.crashed.end()) {
    if (now < not_before(crashed->second))
      return refuse(is_parked(crashed->second) ? "this entity is parked after repeated failures" : "this entity is being restarted");
  }
  auto child = start_entity(self, *state.city, what->kind, what->entity);
  self->monitor(child);
  state.by_address.emplace(child.address(), what->entity);
  state.children.emplace(what->entity, supervisor_state::child{child, what->kind, false, now});
  state.table->put(what->entity, child);
  caf::anon_send(child, what);
}

void retire(supervisor_pointer self, entity_id entity) {
  auto& state = self->state;
  const auto found = state.children.find(entity);
  if (found == state.children.end() || found->second.retiring || !may_be_retired(found->second.kind))
    return;
  found->second.retiring = true;
  state.table->remove(entity); // Whoever was sending through the table has finished: retire comes after everything.
  caf::anon_send(found->second.who, retire_message{});
}

void take_back(supervisor_pointer self, entity_id entity) {
  auto& state = self->state;
  const auto found = state.children.find(entity);
  if (found == state.children.end() || !found->second.retiring)
    return;
  found->second.retiring = false;
  found->second.started = state.city->clock.steady();
  for (const auto& one : std::exchange(state.stash[entity], {}))
    caf::anon_send(found->second.who, one);
  state.stash.erase(entity);
  state.table->put(entity, found->second.who);
}

/// People hear of it; the problem closes when they have looked at it.
void report_parked(city_context& city, entity_kind kind, entity_id entity) {
  if (kind == entity_kind::exceptions || kind == entity_kind::platform)
    return; // Nobody could write it down.
  exception_notice notice;
  notice.type = "manual_review";
  notice.severity = "high";
  notice.entity_key = "actor:" + to_string(entity);
  notice.error_code = "ACTOR_PARKED";
  notice.error_message = "this entity fails again and again and is tried once a minute";
  auto told = std::make_shared<command>();
  told->kind = entity_kind::exceptions;
  told->entity = exceptions_entity(city.number);
  told->who.kind = actor_kind::system;
  told->body = raise_exceptions{{notice}, entity};
  city.router->send(std::move(told));
}

void went_down(supervisor_pointer self, const caf::down_msg& msg) {
  auto& state = self->state;
  const auto address = state.by_address.find(msg.source);
  if (address == state.by_address.end())
    return;
  const auto entity = address->second;
  const auto kind = state.children.at(entity).kind;
  state.by_address.erase(address);
  state.children.erase(entity);
  state.table->remove(entity);
  const bool away = msg.reason == storage_away();
  // Not whether it was being retired: it may have been closed for another reason before it heard of that.
  const bool by_our_wish = msg.reason == caf::exit_reason::user_shutdown;
  const bool crash = msg.reason && !away && !by_our_wish && msg.reason != caf::exit_reason::normal;
  const auto now = state.city->clock.steady();
  if (crash) {
    auto& count = state.crashed[entity];
    count.count = now < count.last + crash_window ? count.count + 1 : 1;
    count.last = now;
    spdlog::error("actor crashed city={} kind={} entity={} times={} reason={}", state.city->code, static_cast<int>(kind), to_string(entity), count.count,
                  self->system().render(msg.reason));
    if (is_parked(count))
      report_parked(*state.city, kind, entity);
  } else if (!away) {
    state.crashed.erase(entity);
  }
  if (const auto kept = state.stash.find(entity); kept != state.stash.end()) {
    const auto commands = std::move(kept->second);
    state.stash.erase(kept);
    for (const auto& one : commands)
      activate(self, one);
  }
  // What it still owes must go on: an entity that did not end by our wish is loaded again and derives its next steps.
  if (crash)
    state.city->timers.after(kind, entity, not_before(state.crashed[entity]) - now + std::chrono::milliseconds(10));
  else if (!by_our_wish && !state.stopping)
    state.city->timers.after(kind, entity, comes_back_after);
}

void sweep(supervisor_pointer self) {
  auto& state = self->state;
  const auto now = state.city->clock.steady();
  std::vector<entity_id> quiet;
  for (auto& [entity, one] : state.children)
    if (!one.retiring && may_be_retired(one.kind) && now > one.started + quiet_for && !state.city->timers.wakes_within(entity, kept_for))
      quiet.push_back(entity);
  for (const auto& entity : quiet)
    retire(self, entity);
  std::erase_if(state.crashed, [&](const auto& entry) { return now > entry.second.last + 2 * crash_window; });
}

} // namespace

void handle_table::send(command_ptr what) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = handles_.find(what->entity); found != handles_.end()) {
      caf::anon_send(found->second, std::move(what));
      return;
    }
    if (supervisor_) // Null when the city has been stopped: who asked hears that nothing came of it.
      caf::anon_send(supervisor_, activate_message{std::move(what)});
  }
}

void handle_table::still_busy(entity_id entity) {
  const std::shared_lock lock(mutex_);
  if (supervisor_)
    caf::anon_send(supervisor_, busy_message{entity});
}

void handle_table::supervised_by(supervisor_actor who) {
  const std::unique_lock lock(mutex_);
  supervisor_ = std::move(who);
}

void handle_table::put(entity_id entity, entity_actor who) {
  const std::unique_lock lock(mutex_);
  handles_.insert_or_assign(entity, std::move(who));
}

void handle_table::remove(entity_id entity) {
  const std::unique_lock lock(mutex_);
  handles_.erase(entity);
}

std::optional<entity_actor> handle_table::find(entity_id entity) const {
  const std::shared_lock lock(mutex_);
  const auto found = handles_.find(entity);
  return found == handles_.end() ? std::nullopt : std::optional(found->second);
}

void handle_table::forget_all() {
  const std::unique_lock lock(mutex_);
  handles_.clear();
  supervisor_ = nullptr;
}

entity_actor start_entity(caf::local_actor* parent, city_context& city, entity_kind kind, entity_id id) {
  switch (kind) {
    case entity_kind::unit: return parent->spawn(entity_behavior<unit_calendar_entity>, &city, id);
    case entity_kind::intent: return parent->spawn(entity_behavior<booking_intent_entity>, &city, id);
    case entity_kind::payment: return parent->spawn(entity_behavior<payment_entity>, &city, id);
    case entity_kind::reservation: return parent->spawn(entity_behavior<reservation_entity>, &city, id);
    case entity_kind::exceptions: return parent->spawn(entity_behavior<exceptions_entity_actor>, &city, id);
    case entity_kind::numbering: return parent->spawn(entity_behavior<numbering_entity>, &city, id);
    case entity_kind::city: return parent->spawn(entity_behavior<city_entity_actor>, &city, id);
    case entity_kind::platform: return parent->spawn(entity_behavior<platform_entity_actor>, &city, id);
    case entity_kind::inbox: return parent->spawn(entity_behavior<webhook_inbox_entity>, &city, id);
    case entity_kind::property: break;
  }
  throw std::logic_error("a property has no actor of its own");
}

supervisor_actor::behavior_type city_supervisor(supervisor_pointer self, city_context* city, handle_table* table) {
  self->state.city = city;
  self->state.table = table;
  self->set_down_handler([self](const caf::down_msg& msg) { went_down(self, msg); });
  return {
      [self](const activate_message& what) { activate(self, what.what); },
      [self](const busy_message& what) { take_back(self, what.entity); },
      [self](const sweep_message&) { sweep(self); },
      [self](const stop_message&) {
        self->state.stopping = true;
        for (auto& [entity, one] : self->state.children)
          self->send_exit(one.who, caf::exit_reason::user_shutdown);
        self->quit();
      },
  };
}

} // namespace reserve::actors
