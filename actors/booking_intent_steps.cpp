#include "actors/booking_intent.hpp"

#include "domain/mutant.hpp"

#include <spdlog/spdlog.h>

namespace reserve::actors {

// The process manager of an intent: what its payments report, its deadline, and what must happen next until it is converted or over.

namespace {

constexpr std::chrono::seconds reread_every{15}; ///< B14a
constexpr int unreadable_max = 8;                ///< Tries to open a guest, over about two minutes: then it counts as erased.

} // namespace

// --- reports ---

void booking_intent_entity::reported(const command_ptr& asked, const report_payment& what) {
  const auto decided = decide(state_, what.report, context());
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

void booking_intent_entity::finalize(const command_ptr& asked) {
  if (state_.status == intent_status::converted || state_.status == intent_status::payment_confirmed) {
    asked->reply(answer{state_, {0, seq_}, state_.status == intent_status::converted});
    return;
  }
  refusal why(errc::invalid_state, "the payment of this intent has not succeeded");
  why.details.emplace_back("status", std::string(name_of(state_.status)));
  asked->reply.refuse(why);
}

// --- deadlines ---

void booking_intent_entity::expire(const command_ptr& asked) {
  asked->reply(answer{due_answer{1}, {}, false});
  decide_waiting();
  if (untouched() || !is_live()) {
    advance();
    return;
  }
  // At the deadline the provider is asked first (spec 10§2 B14).
  const auto open = open_objects(state_);
  if (!open.empty() && state_.status == intent_status::payment_pending && now() >= state_.expires_at)
    reread_then_expire(open);
  else
    expire_decided(reread::not_needed);
}

void booking_intent_entity::reread_then_expire(const std::vector<payment_id>& open) {
  if (!step_starts("reread")) {
    advance();
    return;
  }
  struct answers {
    std::size_t missing = 0;
    reread worst = reread::unpaid;
  };
  const auto seen = std::make_shared<answers>();
  seen->missing = open.size();
  for (const auto& payment : open) {
    send(entity_kind::payment, payment.value, confirm_unpaid{}, [this, seen](const answer& heard) {
      const auto* read = std::get_if<reread_answer>(&heard.content);
      const auto found = read == nullptr ? reread::unknown : read->what;
      if (found == reread::processing || (found == reread::unknown && seen->worst != reread::processing))
        seen->worst = found;
      if (--seen->missing != 0)
        return;
      expire_decided(seen->worst);
    });
  }
}

void booking_intent_entity::expire_decided(reread provider) {
  const auto decided = decide_due(state_, provider, context());
  const bool ends = decided && !decided->empty();
  if (provider != reread::not_needed) {
    if (ends)
      step_done("reread");
    else
      step_rests("reread", reread_every); // B14a
  }
  if (!ends) {
    advance();
    return;
  }
  auto by_us = std::make_shared<command>();
  by_us->who.kind = actor_kind::system;
  commit_decided(by_us, *decided, [](verdict, position) {});
}

// --- what must happen next ---

void booking_intent_entity::advance() {
  if (state_.status == intent_status::absent)
    return;
  if (untouched() && state_.status == intent_status::intent_created)
    return;
  decide_waiting();
  if (untouched())
    return;
  wake_created();
  auto deadline = next_deadline(state_, settings_);
  if (deadline && *deadline <= now()) { // Being dealt with, or waiting for the provider (B14a): a step that ends or rests wakes us.
    if (!steps_running() && !steps_resting())
      city_.timers.after(kind_, id_, std::chrono::milliseconds(100));
    deadline.reset();
  }
  city_.timers.at(kind_, id_, deadline);
  for (const auto& todo : next_steps(state_)) {
    if (busy_)
      break;
    run(todo);
  }
}

void booking_intent_entity::run(const intent_todo& todo) {
  struct start_step {
    booking_intent_entity& me;

    void operator()(const step_finalize&) const {
      if (!me.step_starts("finalize"))
        return;
      me.send(entity_kind::numbering, numbering_entity(me.city_.number), draw_code{me.id_}, [&me = me](const answer& heard) {
        if (const auto* code = std::get_if<code_answer>(&heard.content))
          me.convert(code->code);
        else
          me.step_failed("finalize");
      });
    }
    void operator()(const step_close_payment& step) const {
      const auto key = "close " + to_string(step.payment);
      if (!me.step_starts(key))
        return;
      std::optional<timestamp> watch;
      if (me.state_.status == intent_status::expired || me.state_.status == intent_status::cancelled)
        watch = me.now() + std::chrono::hours(1);
      me.send(entity_kind::payment, step.payment.value, close_payment{watch}, [&me = me, key, step](const answer& heard) {
        me.taken(key, !heard.refused(), [&me, step] { me.met(intent_obligation_met::kind::payment_closed, step.payment); });
      });
    }
    void operator()(const step_refund& step) const {
      const auto key = "refund " + to_string(step.refund);
      if (!me.step_starts(key))
        return;
      request_refund request;
      request.refund = step.refund;
      request.amount = step.amount;
      request.reason = step.reason;
      me.send(entity_kind::payment, step.payment.value, ask_refund{request}, [&me = me, key, step](const answer& heard) {
        // A conflict means that this money has gone back already for another reason.
        me.taken(key, !heard.refused() || heard.why().code == errc::conflict,
                 [&me, step] { me.met(intent_obligation_met::kind::refund_asked, step.payment, 0, step.refund); });
      });
    }
    void operator()(const step_recover& step) const { me.recover(step.payment); }
    void operator()(const step_tell_reservation& step) const {
      if (!me.step_starts("tell reservation"))
        return;
      me.send(entity_kind::payment, step.payment.value, move_payment{intent_id{me.id_}, step.reservation}, [&me = me, step](const answer& heard) {
        me.taken("tell reservation", !heard.refused(), [&me, step] { me.met(intent_obligation_met::kind::reservation_told, step.payment); });
      });
    }
    void operator()(const step_raise& step) const {
      if (!me.step_starts("raise"))
        return;
      me.send(entity_kind::exceptions, exceptions_entity(me.city_.number), raise_exceptions{step.notices, me.id_},
              [&me = me, count = static_cast<std::uint32_t>(step.notices.size())](const answer& heard) {
                me.taken("raise", !heard.refused(), [&me, count] { me.met(intent_obligation_met::kind::notices_told, {}, count); });
              });
    }
  };
  std::visit(start_step{*this}, todo);
}

void booking_intent_entity::taken(const std::string& step, bool ok, const std::function<void()>& then) {
  if (!ok) {
    step_failed(step);
    return;
  }
  step_done(step);
  then();
}

void booking_intent_entity::met(intent_obligation_met::kind what, payment_id payment, std::uint32_t count, refund_id refund) {
  draft out;
  out.events.push_back({id_, intent_obligation_met{what, payment, count, refund}});
  commit(std::move(out), [](verdict, position) {});
}

void booking_intent_entity::convert(const std::string& code) {
  const reservation_id reservation = mutant(bug::reservation_of_chance) ? reservation_id{city_.new_id()} : reservation_of(intent_id{id_});
  const auto decided = decide_finalize(state_, reservation, code, true, context());
  if (!decided || decided->empty()) {
    step_done("finalize"); // Over or due meanwhile: its deadline has the word.
    advance();
    return;
  }
  const auto catalogue = city_.index.catalogue();
  rate iss{};
  for (const auto& tax : catalogue->city.taxes)
    if (tax.active && tax.applies_to == "commission" && tax.type == "iss")
      iss = tax.share;
  reservation_created created;
  created.id = reservation;
  created.confirmation_code = code;
  created.terms = state_.terms;
  created.contact = state_.contact;
  created.contact_seq = state_.contact_seq;
  created.payment = state_.counted;
  const auto& price = state_.terms.price;
  created.paid = price.due_now;
  created.commission = commission_of(catalogue->city.commission, price.base, price.total - price.platform_taxes, iss);

  draft out;
  append(out.events, id_, *decided);
  out.events.push_back({reservation.value, created});
  out.fresh.push_back(reservation.value);
  ask_step step;
  step.what = calendar_step::convert{intent_id{id_}, state_.terms.hold, state_.terms.stay, state_.terms.rooms, reservation};
  commit_with(state_.terms.unit, std::move(step), std::move(out),
              [this, reservation](verdict how, position) {
                if (how != verdict::committed) {
                  step_failed("finalize");
                  return;
                }
                step_done("finalize");
                begin_at(reservation);
              },
              [this, reservation, code](const refusal& why) {
                if (why.code != errc::insufficient_inventory) {
                  if (!mutant(bug::finalize_not_retried))
                    step_failed("finalize");
                  return;
                }
                step_done("finalize");
                const auto lost = decide_finalize(state_, reservation, code, false, context()); // B8a
                if (lost && !lost->empty()) {
                  auto by_us = std::make_shared<command>();
                  by_us->who.kind = actor_kind::system;
                  commit_decided(by_us, *lost, [](verdict, position) {});
                }
              });
}

void booking_intent_entity::begin_at(reservation_id reservation) {
  send(entity_kind::reservation, reservation.value, begin_reservation{}, [](const answer&) {});
  city_.timers.after(entity_kind::reservation, reservation.value, std::chrono::seconds(1));
}

void booking_intent_entity::wake_created() {
  // Who hears of the commit begins what it has created. Should he have died in that very moment, nobody else would before the next start of the city.
  if (std::exchange(created_woken_, true))
    return;
  constexpr std::chrono::seconds soon{1};
  if (state_.status == intent_status::converted && now() < state_.status_changed_at + std::chrono::hours(1))
    city_.timers.after(entity_kind::reservation, reservation_of(intent_id{id_}).value, soon);
  if (state_.status == intent_status::payment_pending && state_.current)
    city_.timers.after(entity_kind::payment, state_.current->value, soon);
  if (state_.recovered_by)
    city_.timers.after(entity_kind::intent, state_.recovered_by->value, soon);
}

void booking_intent_entity::give_up_recovery(payment_id payment, std::string why) {
  draft out;
  out.events.push_back({id_, recovery_failed{payment, std::move(why)}});
  commit(std::move(out), [this](verdict how, position) {
    if (how == verdict::committed)
      step_done("recover");
    else
      step_failed("recover");
  });
}

void booking_intent_entity::recover(payment_id payment) {
  if (!step_starts("recover"))
    return;
  const auto catalogue = city_.index.catalogue();
  const auto found = catalogue->by_id.find(state_.terms.property);
  const auto local = city_.zones.local(catalogue->city.timezone, now());
  if (found == catalogue->by_id.end() || !catalogue->city.active || !catalogue->properties[found->second].active || !catalogue->properties[found->second].published)
    return give_up_recovery(payment, "closed");
  if (state_.terms.stay.check_in < local.day)
    return give_up_recovery(payment, "past");
  if (city_.host->outage() >= std::chrono::minutes(1))
    return give_up_recovery(payment, "outage");
  if (state_.contact == contact_flags{})
    return recover_with(payment, std::nullopt);
  city_.vault.open_guest(city_.code, intent_id{id_}, [this, to = handle_, payment](std::optional<guest_details> guest) {
    post_to(to, [this, payment, guest = std::move(guest)] {
      if (guest)
        recover_with(payment, guest);
      else if (++unreadable_ < unreadable_max)
        step_failed("recover");
      else
        give_up_recovery(payment, "guest_unreadable"); // Erased: a stay needs a guest, so the money goes back.
    });
  });
}

void booking_intent_entity::recover_with(payment_id payment, const std::optional<guest_details>& guest) {
  const intent_id fresh = recovery_of(payment);
  const auto paid = std::find_if(state_.payments.begin(), state_.payments.end(), [&](const intent_payment& one) { return one.id == payment; });
  draft out;
  intent_opened opened;
  opened.terms = state_.terms;
  opened.contact = state_.contact;
  if (guest) {
    auto sealed = city_.vault.seal_guest(city_.number, fresh, *guest);
    out.vault = std::move(sealed.rows);
    opened.contact = std::move(sealed.contact);
  }
  opened.status = intent_status::payment_confirmed;
  opened.expires_at = now() + settings_.ttl.finalize_failsafe;
  opened.recovered_from = intent_id{id_};
  opened.terms.intent = fresh;
  opened.terms.hold = hold_id{derive_uuid(fresh.value, "hold")};
  opened.terms.created_at = now();
  if (paid != state_.payments.end()) {
    opened.payment = *paid;
    opened.payment->now = intent_payment::standing::counted;
    opened.payment->refunds.clear();
    opened.payment->close_wanted = false;
  }
  out.events.push_back({id_, intent_recovered{payment, fresh}});
  out.events.push_back({fresh.value, opened});
  out.fresh.push_back(fresh.value);
  ask_step step;
  step.what = calendar_step::place{fresh, opened.terms.hold, opened.terms.stay, opened.terms.rooms};
  commit_with(state_.terms.unit, std::move(step), std::move(out),
              [this, payment, fresh](verdict how, position) {
                if (how != verdict::committed) {
                  step_failed("recover");
                  return;
                }
                step_done("recover");
                city_.sessions.found(state_.terms.session);
                send(entity_kind::payment, payment.value, move_payment{fresh, std::nullopt}, [](const answer&) {});
                send(entity_kind::intent, fresh.value, finalize_intent{}, [](const answer&) {});
                city_.timers.after(entity_kind::intent, fresh.value, std::chrono::seconds(1));
              },
              [this, payment](const refusal& why) {
                if (why.code == errc::insufficient_inventory || why.code == errc::dates_closed)
                  give_up_recovery(payment, "no_room");
                else
                  step_failed("recover");
              });
}

} // namespace reserve::actors
