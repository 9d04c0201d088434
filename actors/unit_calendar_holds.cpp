#include "actors/unit_calendar.hpp"

#include "domain/untouched.hpp"

namespace reserve::actors {

// Guests: holds are placed, read, cancelled, and end when they are due.

namespace {

constexpr std::size_t sweep_max = 64; ///< Due holds that one record ends.

} // namespace

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

} // namespace reserve::actors
