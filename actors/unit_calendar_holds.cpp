#include "actors/unit_calendar.hpp"

#include "domain/untouched.hpp"

namespace reserve::actors {

// Guests: holds are placed, read, cancelled, and end when they are due.

namespace {

constexpr std::size_t sweep_max = 64;  ///< Due holds that one record ends.
constexpr std::size_t turn_max = 4;    ///< Such records in one turn: then the unit's other commands, and other units, have theirs.

refusal not_written(verdict how) {
  refusal why(errc::service_unavailable, how == verdict::unknown ? "decided, but not known to be committed" : "nothing has happened; try again");
  why.effect = how == verdict::unknown ? effect::unknown : effect::none;
  return why;
}

} // namespace

void unit_calendar_entity::place(const command_ptr& asked, const ask_hold& what) {
  const auto at = now();
  auto decided = decide(unit_, what.command, at);
  const bool known = decided && decided->existing;
  if (what.over_limit && !known) {
    refusal why(errc::rate_limit_exceeded, "this session holds too many stays already");
    why.details.emplace_back("limit", "live_intents");
    in_order([asked, why = std::move(why)] { asked->reply.refuse(why); });
    return;
  }
  if (!decided) {
    if (decided.error().code == errc::insufficient_inventory && could_change(what.command.question.stay) && waiters_.size() < waiters_max) {
      waiters_.push_back({asked});
      return;
    }
    in_order([asked, why = decided.error()] { asked->reply.refuse(why); });
    return;
  }
  if (known) {
    const intent_id lives = unit_.claims.at(*decided->existing).intent;
    in_order([asked, lives] { asked->reply(answer{existing_answer{lives}, {}, true}); });
    return;
  }
  auto out = make_record(asked, at);
  out->events.reserve(decided->expired.size() + 1);
  for (const auto& gone : decided->expired) {
    out->events.push_back({id_, gone});
    out->participants.push_back({gone.intent.value, mentioned});
    if (const auto old = unit_.claims.find(gone.hold); old != unit_.claims.end())
      ended(old->second);
  }
  auto& created = decided->created.front();
  out->participants.push_back({created.terms->intent.value, mentioned});
  out->events.push_back({id_, std::move(created)});
  hand_over(std::move(out), asked, false, [this](const pending& done, verdict how, position where) { tell_hold(done, how, where); });
}

void unit_calendar_entity::tell_hold(const pending& done, verdict how, position where) {
  const auto& created = *done.record->events.back().what.as<intent_created>();
  if (how == verdict::committed) {
    if (const auto& place = std::get<ask_hold>(done.asked->body).place)
      place->take();
    done.asked->reply(answer{placed_answer{created, done.record->occurred_at}, where, false});
    return;
  }
  done.asked->reply.refuse(not_written(how));
}

bool unit_calendar_entity::could_change(const reserve::stay& stay) const {
  return std::any_of(prepared_.begin(), prepared_.end(), [&](const auto& entry) {
    const auto& lock = entry.second;
    return (lock.taken && lock.taken->overlaps(stay)) || (lock.freed && lock.freed->overlaps(stay));
  });
}

void unit_calendar_entity::untouched(const command_ptr& asked, const ask_untouched& what) {
  const claim* const held = unit_.of_intent(what.intent);
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
  auto out = make_record(asked, now());
  out->events.push_back({id_, *decided});
  out->participants.push_back({what.intent.value, mentioned});
  end_untouched(view, out->occurred_at, false, *what.cancel_reason);
  hand_over(std::move(out), asked, false, [view](const pending& done, verdict how, position where) {
    if (how == verdict::committed)
      done.asked->reply(answer{view, where, false});
    else
      done.asked->reply.refuse(not_written(how));
  });
}

void unit_calendar_entity::ended(const claim& gone) {
  if (gone.kind == claim_kind::untouched)
    city_.sessions.free(gone.guest_session());
}

void unit_calendar_entity::expire(const command_ptr& asked, std::uint64_t before) {
  timer_knows_ = false; // It forgets what it has fired for.
  const auto handled = before + end_due(asked, turn_max);
  if (handled == before + turn_max * sweep_max) {
    flush();
    post_to(handle_, [this, asked, handled] {
      expire(asked, handled);
      flush(); // No command follows that would.
    });
    return;
  }
  in_order([asked, handled] { asked->reply(answer{due_answer{handled}, {}, false}); });
  arm();
}

/// Ends what is due, except what a step of another entity has locked. The number of holds ended.
std::uint64_t unit_calendar_entity::end_due(const command_ptr& asked, std::size_t records_max) {
  std::uint64_t handled = 0;
  for (std::size_t records = 0; records < records_max; ++records) {
    auto gone = due(unit_, now(), sweep_max + prepared_.size());
    std::erase_if(gone, [&](const untouched_expired& one) { return prepared_.contains(one.hold); });
    if (gone.empty())
      break;
    gone.resize(std::min(gone.size(), sweep_max));
    auto out = make_record(asked, now());
    out->events.reserve(gone.size());
    for (const auto& one : gone) {
      out->events.push_back({id_, one});
      out->participants.push_back({one.intent.value, mentioned});
      ended(unit_.claims.at(one.hold));
    }
    handled += gone.size();
    hand_over(std::move(out), asked, false, {});
  }
  return handled;
}

} // namespace reserve::actors
