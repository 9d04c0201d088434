#include "actors/booking_intent.hpp"

#include "domain/mutant.hpp"
#include "domain/untouched.hpp"

#include <spdlog/spdlog.h>

namespace reserve::actors {

namespace {

constexpr std::chrono::milliseconds ask_again_after{250};

/// A payment of this kind is made by PIX: its deadline is that of the charge.
bool is_pix(const std::string& method) noexcept {
  return method != "stripe_card";
}

} // namespace

booking_intent_entity::booking_intent_entity(entity_actor::pointer self, city_context& city, entity_id id)
    : serial_entity(self, city, entity_kind::intent, id), settings_(city.settings()) {
  // nop
}

void booking_intent_entity::restore(const std::optional<entity_snapshot>& from) {
  if (!from)
    return;
  auto [state, opened] = decoded<std::pair<intent, bool>>(from->data);
  state_ = std::move(state);
  opened_ = opened;
  seq_ = from->seq;
  was_live_ = is_live() && opened_;
}

void booking_intent_entity::fold(const record& what) {
  for (const auto& one : what.events) {
    // While nobody has touched it, its life is events of its calendar.
    if (const auto* created = one.what.as<intent_created>()) {
      if (created->terms->intent.value == id_)
        state_ = untouched_intent(*created, what.occurred_at);
    } else if (const auto* expired = one.what.as<untouched_expired>()) {
      if (expired->intent.value == id_)
        end_untouched(state_, what.occurred_at, true, {});
    } else if (const auto* cancelled = one.what.as<untouched_cancelled>()) {
      if (cancelled->intent.value == id_)
        end_untouched(state_, what.occurred_at, false, cancelled->reason);
    } else if (one.entity == id_) {
      if (const auto happened = narrowed<intent_event>(one.what)) {
        opened_ = opened_ || std::holds_alternative<intent_opened>(*happened);
        evolve(state_, *happened, what.occurred_at, what.seq);
      }
    }
  }
  seq_ = what.seq;
  const bool lives = is_live() && opened_;
  if (was_live_ && !lives)
    city_.sessions.free(state_.terms.session);
  was_live_ = lives;
}

bool booking_intent_entity::is_live() const noexcept {
  using enum intent_status;
  const auto now_is = state_.status;
  return now_is == intent_created || now_is == payment_pending || now_is == payment_confirmed || now_is == awaiting_confirmation;
}

intent_context booking_intent_entity::context() const {
  return {now(), &settings_};
}

void booking_intent_entity::handle(const command_ptr& what) {
  settings_ = city_.settings();
  const bool known = state_.status != intent_status::absent;
  const bool from_inside = what->who.kind == actor_kind::system || what->who.kind == actor_kind::network;
  if (!known || (!from_inside && !what->who.may_see(state_.terms.session))) {
    what->reply.refuse(errc::booking_intent_not_found);
    return;
  }
  std::visit(overloaded{
                 [&](const read_intent&) { read(what); },
                 [&](const change_traveler& body) { change_traveler_of(what, body); },
                 [&](const begin_payment& body) { start(what, body); },
                 [&](const cancel_booking_intent& body) { cancel(what, body); },
                 [&](const report_payment& body) { reported(what, body); },
                 [&](const expire_due&) { expire(what); },
                 [&](const finalize_intent&) { finalize(what); },
                 [&](const auto&) { what->reply.refuse(errc::booking_intent_not_found); },
             },
             what->body);
}

// --- reading ---

void booking_intent_entity::read(const command_ptr& asked) {
  if (!untouched() || state_.status != intent_status::intent_created) {
    asked->reply(answer{state_, {0, seq_}, false});
    return;
  }
  ask_calendar(asked, std::nullopt);
}

void booking_intent_entity::ask_calendar(const command_ptr& asked, std::optional<std::string> cancel_reason) {
  send(entity_kind::unit, state_.terms.unit.value, ask_untouched{intent_id{id_}, std::move(cancel_reason)}, [this, asked](answer heard) {
    if (!heard.refused() || heard.why().code != errc::booking_intent_not_found)
      asked->reply(std::move(heard));
    else if (!untouched() || state_.status != intent_status::intent_created)
      handle(asked); // It has ended meanwhile: decided on what it is now.
    else
      wait_for_outcome(asked);
  });
}

void booking_intent_entity::wait_for_outcome(const command_ptr& asked) {
  constexpr std::size_t unsettled_max = 256;
  if (unsettled_.size() >= unsettled_max) {
    asked->reply.refuse({errc::service_unavailable, "this intent is being changed"});
    return;
  }
  unsettled_.push_back(asked);
  // Should the record be refused nobody tells us, because nothing has happened to us: then the calendar is asked again.
  city_.timers.after(kind_, id_, ask_again_after);
}

void booking_intent_entity::decide_waiting() {
  for (const auto& asked : std::exchange(unsettled_, {}))
    enqueue(asked);
}

void booking_intent_entity::answer_view(const command_ptr& asked, verdict how, position at) const {
  if (how == verdict::committed)
    asked->reply(answer{state_, at, false});
  else
    asked->reply.refuse(not_committed(how));
}

// --- changing ---

void booking_intent_entity::take_over(const command_ptr& asked, const std::vector<intent_event>& decided, std::function<void(verdict, position)> then, draft extra) {
  draft out = std::move(extra);
  std::vector<entity_event> events;
  intent_opened opened;
  opened.terms = state_.terms;
  opened.contact = state_.contact;
  opened.expires_at = state_.expires_at;
  opened.contact_seq = state_.contact_seq;
  events.push_back({id_, opened});
  append(events, id_, decided);
  events.insert(events.end(), std::make_move_iterator(out.events.begin()), std::make_move_iterator(out.events.end()));
  out.events = std::move(events);
  out.who = asked->who;
  out.correlation_id = asked->correlation_id;
  ask_step step;
  step.what = calendar_step::take_over{intent_id{id_}};
  commit_with(state_.terms.unit, std::move(step), std::move(out), std::move(then), [asked](const refusal& why) { asked->reply.refuse(why); });
}

void booking_intent_entity::commit_decided(const command_ptr& asked, std::vector<intent_event> decided, std::function<void(verdict, position)> then, draft extra) {
  if (untouched()) {
    take_over(asked, decided, std::move(then), std::move(extra));
    return;
  }
  const auto ends = ends_hold(state_, decided);
  draft out = std::move(extra);
  std::vector<entity_event> events;
  append(events, id_, decided);
  events.insert(events.end(), std::make_move_iterator(out.events.begin()), std::make_move_iterator(out.events.end()));
  out.events = std::move(events);
  out.who = asked->who;
  out.correlation_id = asked->correlation_id;
  if (ends && *ends != hold_effect::converted && !mutant(bug::cancel_keeps_room)) {
    ask_step step;
    step.what = calendar_step::end_hold{intent_id{id_}, state_.terms.hold, *ends == hold_effect::expired};
    commit_with(state_.terms.unit, std::move(step), std::move(out), std::move(then), [asked](const refusal& why) { asked->reply.refuse(why); });
  } else {
    commit(std::move(out), std::move(then));
  }
}

void booking_intent_entity::change_traveler_of(const command_ptr& asked, const change_traveler& what) {
  const auto decided = decide(state_, set_traveler{what.contact}, context());
  if (!decided) {
    asked->reply.refuse(decided.error());
    return;
  }
  draft extra;
  extra.vault = asked->vault;
  extra.key = asked->key;
  commit_decided(asked, *decided, [this, asked](verdict how, position at) { answer_view(asked, how, at); }, std::move(extra));
}

void booking_intent_entity::cancel(const command_ptr& asked, const cancel_booking_intent& what) {
  if (untouched() && state_.status == intent_status::intent_created) {
    ask_calendar(asked, what.reason);
    return;
  }
  const bool host_closed = what.reason == "inventory_lost";
  const auto decided = host_closed ? decide_host_closed(state_, context()) : decide(state_, cancel_intent{what.reason}, context());
  if (!decided) {
    asked->reply.refuse(decided.error());
    return;
  }
  if (decided->empty()) {
    asked->reply(answer{state_, {0, seq_}, true});
    return;
  }
  commit_decided(asked, *decided, [this, asked](verdict how, position at) { answer_view(asked, how, at); });
}

// --- paying ---

void booking_intent_entity::start(const command_ptr& asked, const begin_payment& wanted) {
  begin_payment what = wanted;
  what.payment = payment_for(state_, what.method);
  const auto first_look = decide(state_, start_payment{what.payment, what.method, what.provider, what.retry}, context(), false);
  if (!first_look) {
    asked->reply.refuse(first_look.error());
    return;
  }
  if (state_.status == intent_status::payment_pending) {
    start_checked(asked, what, state_.availability_unverified);
    return;
  }
  // B2: the Host is asked before the first payment (spec 10§14.5). Nothing else is decided meanwhile.
  busy_ = !mutant(bug::remote_call_in_window);
  live_check([this, asked, what](const live_check_answer& heard) {
    busy_ = false;
    if (heard.what == live_check_answer::kind::open) {
      start_checked(asked, what, false);
    } else if (heard.what == live_check_answer::kind::no_answer) {
      if (city_.host->outage() < std::chrono::minutes(1)) {
        start_checked(asked, what, true);
      } else {
        refusal why(errc::host_unavailable, "the property's system does not answer");
        why.details.emplace_back("scope", "host");
        asked->reply.refuse(why);
      }
    } else {
      const auto closed = decide_host_closed(state_, context());
      refusal why(errc::insufficient_inventory, "the property has closed one of these nights");
      std::string dates = "[";
      for (const auto& night : heard.closed_nights)
        dates += (dates.size() > 1 ? ",\"" : "\"") + to_string(night) + "\"";
      why.details.emplace_back("conflicting_dates", dates + "]");
      if (!closed) {
        asked->reply.refuse(why);
      } else if (untouched()) {
        send(entity_kind::unit, state_.terms.unit.value, ask_untouched{intent_id{id_}, "inventory_lost"}, [asked, why](const answer&) { asked->reply.refuse(why); });
      } else {
        commit_decided(asked, *closed, [asked, why](verdict, position) { asked->reply.refuse(why); });
      }
    }
    run_queue();
  });
}

void booking_intent_entity::live_check(std::function<void(live_check_answer)> then) {
  const auto catalogue = city_.index.catalogue();
  const auto found = catalogue->unit_by_id.find(state_.terms.unit);
  if (found == catalogue->unit_by_id.end()) {
    then({live_check_answer::kind::closed, {}});
    return;
  }
  const auto& unit = catalogue->units[found->second];
  host_request ask;
  ask.what = host_request::operation::availability;
  ask.host_property_id = catalogue->properties[unit.property].host_property_id;
  ask.host_unit_id = unit.content->host_unit_id;
  ask.range = state_.terms.stay;
  ask.timeout = settings_.host.live_check_timeout;
  ask.now = city_.clock.wall();
  city_.host->call(std::move(ask), [to = handle_, then = std::move(then), stay = state_.terms.stay, rooms = state_.terms.rooms, host_unit = unit.content->host_unit_id](host_reply heard) {
    live_check_answer out;
    if (heard.answered) {
      out.what = live_check_answer::kind::open;
      for (auto night = stay.check_in; night < stay.check_out; night += std::chrono::days(1)) {
        bool open = false;
        for (const auto& readings : heard.availability) {
          if (readings.host_unit_id != host_unit)
            continue;
          for (std::size_t i = 0; i < readings.nights.size(); ++i)
            open = open || (readings.nights[i].day == night && !readings.nights[i].closed && readings.available[i] >= rooms);
        }
        if (!open)
          out.closed_nights.push_back(night);
      }
      if (!out.closed_nights.empty())
        out.what = live_check_answer::kind::closed;
    }
    post_to(to, [then, out] { then(out); }, true);
  });
}

void booking_intent_entity::start_checked(const command_ptr& asked, const begin_payment& what, bool unverified) {
  const auto decided = decide(state_, start_payment{what.payment, what.method, what.provider, what.retry}, context(), unverified);
  if (!decided) {
    asked->reply.refuse(decided.error());
    return;
  }
  if (decided->empty()) { // The same payment has been started before: it answers with what it is.
    auto ask = std::make_shared<command>(*asked);
    ask->kind = entity_kind::payment;
    ask->entity = what.payment.value;
    ask->body = open_payment{};
    city_.router->send(std::move(ask));
    return;
  }
  const auto* started = std::get_if<payment_started>(&decided->back());
  ensure(started != nullptr, "a start ends with payment_started");
  payment_created created;
  created.payment = what.payment;
  created.intent = intent_id{id_};
  created.property = state_.terms.property;
  created.method = what.method;
  created.provider = what.provider;
  created.amount = state_.terms.price.due_now;
  created.currency = state_.terms.currency;
  created.attempt_no = started->attempt_no;
  created.attempt = attempt_id{derive_uuid(what.payment.value, "attempt")};
  created.request = what.request;
  created.request.created_at = now();
  created.request.contact_seq = state_.contact_seq;
  if (is_pix(what.method)) {
    created.pix = pix_charge_id{derive_uuid(what.payment.value, "pix")};
    created.request.expires_at = std::min(started->expires_at, now() + settings_.ttl.pix_charge);
  }
  draft extra;
  extra.events.push_back({what.payment.value, created});
  extra.fresh.push_back(what.payment.value);
  extra.key = asked->key;
  commit_decided(asked, *decided, [this, asked, payment = what.payment](verdict how, position) {
    if (how != verdict::committed) {
      asked->reply.refuse(not_committed(how));
      return;
    }
    // The answer comes from the payment, when its provider has answered.
    auto ask = std::make_shared<command>();
    ask->kind = entity_kind::payment;
    ask->entity = payment.value;
    ask->who = asked->who;
    ask->correlation_id = asked->correlation_id;
    ask->reply = asked->reply;
    ask->body = open_payment{};
    city_.router->send(std::move(ask));
  }, std::move(extra));
}

} // namespace reserve::actors
