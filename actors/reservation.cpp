#include "actors/reservation.hpp"

#include "domain/mutant.hpp"

#include <spdlog/spdlog.h>

#include <cmath>

namespace reserve::actors {

namespace {

constexpr std::chrono::seconds ask_before_refund_timeout{3}; ///< R8
constexpr std::chrono::seconds recall_every{60};
constexpr std::chrono::seconds turn_again_after{30}; ///< Should our turn at the breaker never come: its queue is memory with a bound.

} // namespace

reservation_entity::reservation_entity(entity_actor::pointer self, city_context& city, entity_id id)
    : value_entity(self, city, entity_kind::reservation, id), settings_(city.settings()) {
  // nop
}

reservation_context reservation_entity::context() const {
  reservation_context out{now(), &settings_, {}, {}};
  const auto catalogue = city_.index.catalogue();
  const auto found = catalogue ? catalogue->unit_by_id.find(state_.terms.unit) : decltype(catalogue->unit_by_id.end()){};
  if (catalogue && found != catalogue->unit_by_id.end()) {
    const auto& unit = catalogue->units[found->second];
    out.host_property_id = catalogue->properties[unit.property].host_property_id;
    out.host_unit_id = unit.content->host_unit_id;
  }
  return out;
}

void reservation_entity::handle(const command_ptr& what) {
  settings_ = city_.settings();
  const bool from_inside = what->who.kind != actor_kind::guest;
  if (state_.status == reservation_status::absent || (!from_inside && !what->who.may_see(state_.terms.session))) {
    what->reply.refuse(errc::not_found);
    return;
  }
  std::visit(overloaded{
                 [&](const begin_reservation&) { what->reply(answer{state_, {0, seq_}, false}); },
                 [&](const read_reservation&) { read(what); },
                 [&](const look_at_host& body) { reported(what, body); },
                 [&](const retry_commit& body) { retry(what, body); },
                 [&](const tell_refund& body) { refund_told(what, body); },
                 [&](const cancel_reservation& body) { cancel(what, body); },
                 [&](const expire_due&) { wake(what); },
                 [&](const auto&) { what->reply.refuse(errc::not_found); },
             },
             what->body);
}

void reservation_entity::wake(const command_ptr& asked) {
  asked->reply(answer{due_answer{1}, {}, false});
  if (city_.host->has_turn(context().host_property_id, id_))
    step_wakes("commit");
  const auto decided = decide_due(state_, context());
  if (decided && !decided->empty() && !steps_running())
    commit_decided(*decided, asked, {}, [](verdict, position) {});
  else
    advance();
}

void reservation_entity::read(const command_ptr& asked) {
  asked->reply(answer{state_, {0, seq_}, false});
}

// --- the Host ---

host_request reservation_entity::request_for(host_request::operation what) const {
  const auto known = context();
  host_request out;
  out.what = what;
  out.host_property_id = known.host_property_id;
  out.host_unit_id = known.host_unit_id;
  out.range = state_.terms.stay;
  out.idempotency_key = to_string(mutant(bug::host_retry_books_twice) ? city_.new_id() : state_.id.value);
  out.external_reference = state_.confirmation_code;
  out.external_id = to_string(state_.id);
  out.traveler_id = to_string(state_.contact.traveler);
  out.guests = state_.terms.guests;
  out.total = state_.terms.price.total;
  out.timeout = settings_.host.timeout;
  out.now = city_.clock.wall();
  return out;
}

void reservation_entity::look_up(std::chrono::milliseconds timeout, std::function<void(host_answer)> then) {
  auto request = request_for(host_request::operation::find_booking);
  request.timeout = timeout;
  city_.host->call(std::move(request), [to = handle_, then = std::move(then)](host_reply heard) {
    post_to(to, [then, answer = heard.booking] { then(answer); });
  });
}

void reservation_entity::create_at_host(std::function<void(host_answer)> then) {
  const auto create = [this, then](std::shared_ptr<const guest_details> guest) {
    auto request = request_for(host_request::operation::create_booking);
    request.guest = std::move(guest);
    city_.host->call(std::move(request), [to = handle_, then](host_reply heard) { post_to(to, [then, answer = heard.booking] { then(answer); }); });
  };
  city_.vault.open_guest(city_.code, state_.terms.intent, [this, to = handle_, create, then](std::optional<guest_details> found) {
    post_to(to, [this, create, then, found = std::move(found)] {
      // A guest who gave a name must arrive with it: unreadable now counts as a try, erased for good does not come back.
      if (!found && state_.contact.complete())
        then(host_answer{host_answer::kind::transient, false, {}, "guest_unreadable"});
      else
        create(std::make_shared<const guest_details>(found.value_or(guest_details{})));
    });
  });
}

void reservation_entity::commit_at_host(const step_commit& step) {
  if (!step_starts("commit"))
    return;
  if (!city_.host->take_turn(context().host_property_id, id_, [&timers = city_.timers, id = id_] { timers.after(entity_kind::reservation, id, {}); })) {
    committed_or_not({host_answer::kind::breaker_open, false, {}, {}});
    return;
  }
  const auto call = [this, attempt = step.attempt] {
    city_.host_steps.begin(state_.id, state_.terms.unit, state_.terms.stay);
    // The attempt is on record before the call (commit-protocol §8).
    draft out;
    out.who.kind = actor_kind::system;
    out.events.push_back({id_, host_commit_started{attempt}});
    commit(std::move(out), [this](verdict how, position) {
      if (how == verdict::committed)
        create_at_host([this](const host_answer& heard) { committed_or_not(heard); });
      else
        step_failed("commit");
    });
  };
  if (!step.look_up_first || mutant(bug::host_retry_books_twice)) {
    call();
    return;
  }
  look_up(settings_.host.timeout, [this, call](const host_answer& found) {
    if (found.what == host_answer::kind::found || found.what == host_answer::kind::breaker_open)
      committed_or_not(found);
    else
      call();
  });
}

void reservation_entity::committed_or_not(const host_answer& heard) {
  const auto decided = decide_commit(state_, heard, context());
  // Behind an open breaker we have a place in the property's queue (R5b); a call that was not sent takes one now.
  if (heard.what == host_answer::kind::breaker_open)
    step_rests("commit", city_.host->queued(context().host_property_id, id_) ? turn_again_after : std::chrono::seconds(1));
  else if (decided && !decided->empty() && std::holds_alternative<host_attempt_failed>(decided->front()))
    step_rests("commit", pause_before_retry());
  else if (decided && !decided->empty())
    step_done("commit");
  else
    step_failed("commit");
  if (!heard.error.empty())
    spdlog::warn("host commit city={} reservation={} attempt={} error={}", city_.code, to_string(state_.id), state_.attempts, heard.error);
  if (decided && !decided->empty())
    commit_decided(*decided, nullptr, {}, [](verdict, position) {});
}

std::chrono::milliseconds reservation_entity::pause_before_retry() const {
  const auto& waits = settings_.host.backoff;
  const auto index = std::min<std::size_t>(static_cast<std::size_t>(std::max(0, state_.attempts - 1)), waits.empty() ? 0 : waits.size() - 1);
  const auto base = waits.empty() ? std::chrono::milliseconds(1000) : waits[index];
  const double spread = static_cast<double>(city_.random.bytes16()[0]) / 255.0 * 2.0 - 1.0;
  return std::chrono::milliseconds(std::llround(static_cast<double>(base.count()) * (1.0 + settings_.host.jitter * spread)));
}

void reservation_entity::wait_for_breaker() {
  const bool may_retry = state_.status == reservation_status::host_commit_failed && state_.failure_class == "transient" && !state_.refund_now;
  if (!may_retry && !state_.recall)
    return;
  // As a command, through the router: a reservation that has been passivated meanwhile is started again.
  city_.host->when_closed(context().host_property_id, id_, [router = city_.router, id = id_] {
    auto order = std::make_shared<command>();
    order->kind = entity_kind::reservation;
    order->entity = id;
    order->who.kind = actor_kind::system;
    order->body = retry_commit{true};
    router->send(std::move(order));
  });
}

void reservation_entity::reported(const command_ptr& asked, const look_at_host& what) {
  if (!step_starts("report")) {
    refusal why(errc::service_unavailable, "this booking is being read already");
    asked->reply.refuse(why);
    return;
  }
  // Webhook and poll only cause a new reading; the row is decided on what was read (spec 10§3).
  auto request = request_for(what.hint.booking_id.empty() ? host_request::operation::find_booking : host_request::operation::get_booking);
  request.booking_id = what.hint.booking_id;
  city_.host->call(std::move(request), [this, to = handle_, asked, what](host_reply heard) {
    post_to(to, [this, asked, what, heard] {
      step_done("report");
      const bool found = heard.booking.what == host_answer::kind::found || heard.booking.what == host_answer::kind::booked;
      if (!heard.answered && !found) {
        asked->reply.refuse({errc::service_unavailable, "the Host could not be read"});
        return;
      }
      if (!found) {
        asked->reply(answer{state_, {0, seq_}, true});
        return;
      }
      const auto decided = decide_host_report(state_, heard.booking.booking, what.guest_requested, context());
      if (!decided || decided->empty()) {
        asked->reply(answer{state_, {0, seq_}, true});
        return;
      }
      // What the Host says now is worth a try at once, however long we meant to rest after the last one.
      if (std::holds_alternative<recall_found>(decided->front()))
        step_wakes("recall");
      commit_decided(*decided, asked, what.inbox, [this, asked](verdict how, position at) {
        if (how == verdict::committed)
          asked->reply(answer{state_, at, false});
        else
          asked->reply.refuse(not_committed(how));
      });
    });
  });
}

void reservation_entity::retry(const command_ptr& asked, const retry_commit& what) {
  if (what.automatic)
    step_wakes("recall"); // The breaker has closed: R6 and R8c are tried at once.
  const auto decided = decide_retry(state_, what.automatic, context());
  if (!decided) {
    asked->reply.refuse(decided.error());
    advance();
    return;
  }
  waiting_.push_back(asked);
  step_wakes("commit");
  commit_decided(*decided, asked, {}, [](verdict, position) {});
}

void reservation_entity::answer_waiting() {
  if (state_.status == reservation_status::host_commit_pending)
    return;
  for (const auto& asked : std::exchange(waiting_, {}))
    asked->reply(answer{state_, {0, seq_}, false});
}

void reservation_entity::give_up() {
  if (!step_starts("ask before refund"))
    return;
  look_up(ask_before_refund_timeout, [this](const host_answer& heard) {
    const auto decided = decide_give_up(state_, heard, context());
    if (!decided || decided->empty()) {
      step_failed("ask before refund");
      return;
    }
    step_done("ask before refund");
    commit_decided(*decided, nullptr, {}, [](verdict, position) {});
  });
}

void reservation_entity::recall_cancel(const std::string& booking_id) {
  if (!step_starts("recall"))
    return;
  city_.host_steps.begin(state_.id, state_.terms.unit, state_.terms.stay);
  auto request = request_for(host_request::operation::cancel_booking);
  request.booking_id = booking_id;
  request.reason = "given up after an unknown result";
  request.refund = state_.refund_amount;
  city_.host->call(std::move(request), [this, to = handle_](host_reply heard) {
    post_to(to, [this, answer = heard.booking] { recalled(answer); });
  });
}

void reservation_entity::recalled(const host_answer& heard) {
  const auto decided = decide_recall(state_, heard, context());
  if (!decided || decided->empty()) {
    step_rests("recall", recall_every);
    return;
  }
  step_done("recall");
  commit_decided(*decided, nullptr, {}, [](verdict, position) {});
}

// --- money ---

void reservation_entity::refund_told(const command_ptr& asked, const tell_refund& what) {
  const auto decided = decide_refund_notice(state_, what.notice, what.refunded_total, context());
  if (!decided) {
    asked->reply.refuse(decided.error());
    return;
  }
  if (decided->empty()) {
    asked->reply(answer{done_answer{}, {0, seq_}, true});
    return;
  }
  commit_decided(*decided, asked, {}, [asked](verdict how, position at) {
    if (how == verdict::committed)
      asked->reply(answer{done_answer{}, at, false});
    else
      asked->reply.refuse(not_committed(how));
  });
}

void reservation_entity::cancel(const command_ptr& asked, const cancel_reservation& what) {
  const auto decided = decide_cancel(state_, what.by, what.reason, context());
  if (!decided) {
    asked->reply.refuse(decided.error());
    return;
  }
  commit_decided(*decided, asked, {}, [this, asked](verdict how, position at) {
    if (how == verdict::committed)
      asked->reply(answer{state_, at, false});
    else
      asked->reply.refuse(not_committed(how));
  });
}

// --- committing ---

void reservation_entity::commit_decided(std::vector<reservation_event> decided, const command_ptr& asked, std::optional<uuid> inbox, after then) {
  draft out;
  append(out.events, id_, decided);
  out.inbox = inbox;
  if (asked != nullptr) {
    out.who = asked->who;
    out.correlation_id = asked->correlation_id;
  }
  ask_step step;
  if (releases_nights(decided)) {
    step.what = calendar_step::release{state_.id, state_.terms.hold, state_.terms.stay.check_in};
  } else if (const auto* confirmed = confirms(decided)) {
    step.what = calendar_step::link{state_.id, state_.terms.hold, confirmed->host_booking_id};
  } else {
    commit(std::move(out), std::move(then));
    return;
  }
  commit_with(state_.terms.unit, std::move(step), std::move(out), std::move(then), [this, asked](const refusal& why) {
    if (asked != nullptr)
      asked->reply.refuse(why);
    city_.timers.after(kind_, id_, std::chrono::seconds(1));
  });
}

void reservation_entity::show_host_step() {
  // A call whose effect is not known is still open: its late success may appear at any time.
  const bool unknown = state_.status == reservation_status::host_commit_pending && state_.unknown_result;
  if (state_.call_open || unknown || step_running("commit") || step_running("recall"))
    city_.host_steps.begin(state_.id, state_.terms.unit, state_.terms.stay);
  else
    city_.host_steps.end(state_.id);
}

void reservation_entity::advance() {
  if (state_.status == reservation_status::absent)
    return;
  answer_waiting();
  show_host_step();
  auto deadline = next_deadline(state_, settings_);
  if (deadline && *deadline <= now()) { // Being dealt with: the steady timer looks again.
    city_.timers.after(kind_, id_, std::chrono::milliseconds(steps_running() || steps_resting() ? 5000 : 100));
    deadline.reset();
  }
  wait_for_breaker();
  city_.timers.at(kind_, id_, deadline);
  for (const auto& todo : next_steps(state_, now())) {
    if (busy_)
      break;
    run(todo);
  }
}

void reservation_entity::run(const reservation_todo& todo) {
  struct start_step {
    reservation_entity& me;
    void operator()(const step_commit& step) const { me.commit_at_host(step); }
    void operator()(const step_ask_before_refund&) const { me.give_up(); }
    void operator()(const step_ask_refund& step) const {
      if (!me.step_starts("refund"))
        return;
      me.send(entity_kind::payment, step.payment.value, ask_refund{step.request}, [&me = me](const answer& heard) {
        if (heard.refused() && heard.why().code != errc::conflict) {
          me.step_failed("refund");
          return;
        }
        me.step_done("refund");
        me.commit_decided({refund_taken{}}, nullptr, {}, [](verdict, position) {});
      });
    }
    void operator()(const step_recall_look_up&) const {
      if (me.step_starts("recall"))
        me.look_up(me.settings_.host.timeout, [&me = me](const host_answer& heard) { me.recalled(heard); });
    }
    void operator()(const step_recall_cancel& step) const { me.recall_cancel(step.host_booking_id); }
    void operator()(const step_raise_reservation& step) const {
      if (!me.step_starts("raise"))
        return;
      me.send(entity_kind::exceptions, exceptions_entity(me.city_.number), raise_exceptions{step.notices, me.id_},
              [&me = me, count = static_cast<std::uint32_t>(step.notices.size())](const answer& heard) {
                if (heard.refused()) {
                  me.step_failed("raise");
                  return;
                }
                me.step_done("raise");
                me.commit_decided({reservation_notices_told{count}}, nullptr, {}, [](verdict, position) {});
              });
    }
  };
  std::visit(start_step{*this}, todo);
}

} // namespace reserve::actors
