#include "actors/city_supervisor.hpp"

#include "actors/booking_intent.hpp"
#include "actors/desk.hpp"
#include "actors/payment.hpp"
#include "actors/reservation.hpp"
#include "actors/unit_calendar.hpp"
#include "actors/webhook_inbox.hpp"

#include <spdlog/spdlog.h>

namespace reserve::actors {

namespace {

constexpr int crashes_max = 5; ///< In a row, each within a minute of the one before: then the entity is parked.
constexpr std::chrono::seconds crash_window{60};
constexpr std::chrono::seconds quiet_for{30}; ///< Then an actor that can be loaded again is retired.
constexpr std::size_t stash_max = 1000;

/// Calendars, the city and its small actors stay; what belongs to one booking comes and goes.
bool passivates(entity_kind kind) noexcept {
  return kind == entity_kind::intent || kind == entity_kind::payment || kind == entity_kind::reservation;
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
  const auto now = state.city->clock.steady();
  if (const auto crashed = state.crashed.find(what->entity); crashed != state.crashed.end()) {
    const auto backoff = std::chrono::milliseconds(50) * (1 << std::min(crashed->second.count, 10));
    const bool parked = crashed->second.count >= crashes_max && now < crashed->second.last + crash_window;
    if (parked || now < crashed->second.last + backoff)
      return refuse(parked ? "this entity is parked after repeated failures" : "this entity is being restarted");
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
  if (found == state.children.end() || found->second.retiring || !passivates(found->second.kind))
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

void went_down(supervisor_pointer self, const caf::down_msg& msg) {
  auto& state = self->state;
  const auto address = state.by_address.find(msg.source);
  if (address == state.by_address.end())
    return;
  const auto entity = address->second;
  const auto kind = state.children.at(entity).kind;
  const bool retired = state.children.at(entity).retiring;
  state.by_address.erase(address);
  state.children.erase(entity);
  state.table->remove(entity);
  const bool crash = msg.reason && msg.reason != caf::exit_reason::user_shutdown && msg.reason != caf::exit_reason::normal;
  if (crash) {
    auto& count = state.crashed[entity];
    const auto now = state.city->clock.steady();
    count.count = now < count.last + crash_window ? count.count + 1 : 1;
    count.last = now;
    spdlog::error("actor crashed city={} kind={} entity={} times={} reason={}", state.city->code, static_cast<int>(kind), to_string(entity), count.count,
                  self->system().render(msg.reason));
  } else {
    state.crashed.erase(entity);
  }
  if (const auto kept = state.stash.find(entity); kept != state.stash.end()) {
    const auto commands = std::move(kept->second);
    state.stash.erase(kept);
    for (const auto& one : commands)
      activate(self, one);
  } else if (crash || (kind == entity_kind::unit && !retired && !state.stopping)) {
    // What it still owes must go on: the entity is loaded again and derives its next steps. A calendar also when it was only closed: its timer may have fired for
    // a message that nobody read any more. Who is parked is tried again when that is over.
    const auto crashed = state.crashed.find(entity);
    const int times = crashed == state.crashed.end() ? 1 : crashed->second.count;
    state.city->timers.after(kind, entity, times >= crashes_max ? std::chrono::milliseconds(crash_window) : std::chrono::milliseconds(200) * times);
  }
}

} // namespace

void handle_table::send(command_ptr what) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = handles_.find(what->entity); found != handles_.end()) {
      caf::anon_send(found->second, std::move(what));
      return;
    }
  }
  caf::anon_send(supervisor_, activate_message{std::move(what)});
}

void handle_table::idle(entity_id entity) {
  caf::anon_send(supervisor_, idle_message{entity});
}

void handle_table::still_busy(entity_id entity) {
  caf::anon_send(supervisor_, busy_message{entity});
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
      [self](const idle_message& what) { retire(self, what.entity); },
      [self](const busy_message& what) { take_back(self, what.entity); },
      [self](const sweep_message&) {
        const auto now = self->state.city->clock.steady();
        std::vector<entity_id> quiet;
        for (auto& [entity, one] : self->state.children)
          if (!one.retiring && passivates(one.kind) && now > one.started + quiet_for)
            quiet.push_back(entity);
        for (const auto& entity : quiet)
          retire(self, entity);
      },
      [self](const stop_message&) {
        self->state.stopping = true;
        for (auto& [entity, one] : self->state.children)
          self->send_exit(one.who, caf::exit_reason::user_shutdown);
        self->quit();
      },
  };
}

} // namespace reserve::actors
