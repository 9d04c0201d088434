#include "actors/unit_calendar.hpp"

#include "domain/mutant.hpp"

#include <limits>

namespace reserve::actors {

// Steps of other entities (commit-protocol §5): decided here, prepared, committed in one record with the asker's part.

namespace {

refusal busy_claim() {
  return {errc::conflict, "another change of this booking is being committed"};
}

} // namespace

std::optional<hold_id> unit_calendar_entity::claim_of(const ask_step& what) const {
  return std::visit(
      [&](const auto& step) -> std::optional<hold_id> {
        if constexpr (requires { step.hold; }) {
          return step.hold;
        } else {
          const claim* const found = unit_.of_intent(step.intent);
          return found == nullptr ? std::nullopt : std::optional(found->hold);
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
      if (!can_take(unit, step.stay, step.rooms, now) && !mutant(bug::resold_after_expiry))
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
    end_due(sweep, std::numeric_limits<std::size_t>::max());
  }
  auto out = make_record(asked, now());
  out->vault = what.vault;
  out->released_key = what.released_key;
  out->inbox = what.inbox;
  out->participants.push_back(what.asker);
  for (const auto& fresh : what.fresh)
    out->participants.push_back({fresh, mentioned});
  out->events = what.events;
  for (const auto& one : *decided)
    out->events.push_back({id_, one});
  // A claim is locked by what is decided about it; a step that finds nothing to do would leave a lock that no event of the record opens again.
  const hold_id key = decided->empty() ? hold_id{out->command_id} : claim.value_or(hold_id{out->command_id});
  count_taken(lock, 1);
  prepared_.emplace(key, lock);
  hand_over(std::move(out), asked, true, [](const pending& done, verdict how, position where) {
    if (how == verdict::committed) {
      done.asked->reply(answer{done_answer{}, where, false});
      return;
    }
    // The asker hears the same from the writer; for a dead one nobody listens.
    refusal why(errc::service_unavailable);
    why.effect = how == verdict::unknown ? effect::unknown : effect::none;
    done.asked->reply.refuse(why);
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
    const auto key = one.what.visit([](const auto& event) -> std::optional<hold_id> {
      if constexpr (requires { event.hold; })
        return event.hold;
      else
        return std::nullopt;
    });
    if (!key)
      continue;
    if (const auto lock = prepared_.find(*key); lock != prepared_.end()) {
      count_taken(lock->second, -1);
      prepared_.erase(lock);
    }
  }
  prepared_.erase(hold_id{what.record->command_id});
}

} // namespace reserve::actors
