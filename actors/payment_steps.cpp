#include "actors/payment.hpp"

#include "domain/mutant.hpp"

#include <spdlog/spdlog.h>

namespace reserve::actors {

// The process manager of a payment: its object and its refunds at the provider, the telling of its intent and its reservation, its deadlines.

namespace {

constexpr int create_tries_max = 4; ///< First try and the retries after 1, 2, 4 s (spec 30§18.2).

} // namespace

// --- the provider ---

provider_request payment_entity::request_for(provider_request::operation what) const {
  provider_request out;
  out.what = what;
  out.provider = state_.provider;
  out.method = state_.method;
  out.payment = state_.id;
  out.intent = state_.intent;
  out.property = state_.property;
  out.city_code = city_.code;
  out.amount = state_.amount;
  out.currency = state_.currency;
  out.request = state_.request;
  out.provider_object = state_.provider_object;
  out.charge = state_.charge;
  out.timeout = settings_.host.timeout;
  out.now = city_.clock.wall();
  return out;
}

void payment_entity::call(provider_request request, std::function<void(provider_reply)> then) {
  city_.payments->call(std::move(request), [to = handle_, then = std::move(then)](provider_reply heard) {
    post_to(to, [then, shared = std::make_shared<provider_reply>(std::move(heard))] { then(*shared); });
  });
}

void payment_entity::create_object() {
  if (!step_starts("object"))
    return;
  const auto send_it = [this](std::shared_ptr<const guest_details> payer) {
    // An object that may exist already is looked up by our reference before it is asked for again (commit-protocol §8).
    auto request = request_for(create_tries_ == 0 && !waiting_.empty() ? provider_request::operation::create : provider_request::operation::read);
    const bool looked_up = request.what == provider_request::operation::read;
    request.payer = payer;
    call(request, [this, payer, looked_up](provider_reply heard) {
      if (looked_up && heard.what == provider_reply::kind::not_found) {
        auto again = request_for(provider_request::operation::create);
        again.payer = payer;
        call(again, [this](provider_reply second) { created(second); });
        return;
      }
      created(heard);
    });
  };
  if (state_.request.contact_seq == 0) {
    send_it(nullptr);
    return;
  }
  city_.vault.open_guest(city_.code, state_.intent, [this, to = handle_, send_it](std::optional<guest_details> found) {
    post_to(to, [this, send_it, found = std::move(found)] {
      // The request holds what is known of the payer: without it a repeat would be another request under the same key.
      if (found)
        send_it(std::make_shared<const guest_details>(*found));
      else
        created({.what = provider_reply::kind::not_sent, .view = {}, .refund = {}, .secrets = {}, .payment_ref = {}, .intent_ref = {}, .failure = false, .error = "guest_unreadable"});
    });
  });
}

void payment_entity::created(const provider_reply& heard) {
  const bool unclear = heard.what == provider_reply::kind::no_answer || heard.what == provider_reply::kind::not_sent;
  if (unclear && ++create_tries_ < create_tries_max && city_.payments->available(state_.provider)) {
    step_rests("object", std::chrono::seconds(1 << std::min(create_tries_ - 1, 2)));
    return;
  }
  step_done("object");
  if (heard.what == provider_reply::kind::answered || heard.what == provider_reply::kind::declined) {
    secrets_ = heard.secrets;
    last_read_ = now();
    const auto decided = decide_created(state_, heard.view, context());
    if (!decided || decided->empty())
      return;
    auto vault = heard.secrets.empty() ? std::vector<vault_row>{} : city_.vault.seal_payment(city_.number, state_.id, heard.secrets);
    commit_own(*decided, {}, std::move(vault), [](verdict, position) {});
    return;
  }
  spdlog::warn("payment object not created city={} payment={} provider={} error={}", city_.code, to_string(state_.id), state_.provider, heard.error);
  const auto decided = decide_not_created(state_, "provider_unavailable", context());
  if (decided && !decided->empty())
    commit_own(*decided, {}, {}, [](verdict, position) {});
}

void payment_entity::read_object(std::function<void(const provider_reply&)> then) {
  call(request_for(provider_request::operation::read), [this, then = std::move(then)](provider_reply heard) {
    last_read_ = now();
    then(heard);
  });
}

void payment_entity::apply_reading(const provider_reply& heard, std::optional<uuid> inbox, std::function<void(verdict)> then) {
  const bool readable = heard.what == provider_reply::kind::answered || heard.what == provider_reply::kind::declined;
  // Without a record nobody else looks at what comes next, and the object would never be polled again.
  const auto nothing_new = [&](verdict how) {
    then(how);
    if (!busy_)
      advance();
  };
  // No object of ours there: news about one that we have given up or want gone; one that is being made may come yet.
  const bool not_there = heard.what == provider_reply::kind::not_found && (state_.close_wanted || !state_.object_open());
  if (!readable && !not_there)
    return nothing_new(verdict::refused_record);
  const auto decided = readable ? decide_read(state_, heard.view, context()) : decide_not_created(state_, "provider_unavailable", context());
  if (!decided || decided->empty())
    return nothing_new(verdict::committed);
  provider_secrets payer = heard.secrets;
  auto vault = payer.empty() ? std::vector<vault_row>{} : city_.vault.seal_payment(city_.number, state_.id, payer);
  commit_own(*decided, inbox, std::move(vault), [then = std::move(then)](verdict how, position) { then(how); });
}

void payment_entity::cancel_object() {
  // Repeated until there is an answer, but not more often than a charge is polled.
  if (!step_starts("cancel"))
    return;
  call(request_for(provider_request::operation::cancel), [this](provider_reply heard) {
    step_rests("cancel", settings_.payment.pix_poll_interval);
    const bool readable = heard.what == provider_reply::kind::answered || heard.what == provider_reply::kind::declined;
    if (readable)
      apply_reading(heard, {}, [](verdict) {});
    else if (heard.what == provider_reply::kind::refused) // Not cancellable as it is: what it is now decides (PM8).
      read_object([this](const provider_reply& second) { apply_reading(second, {}, [](verdict) {}); });
  });
}

// --- refunds ---

void payment_entity::send_refund(const step_send_refund& step) {
  const auto key = "refund " + to_string(step.refund);
  if (!step_starts(key))
    return;
  const auto found = std::find_if(state_.refunds.begin(), state_.refunds.end(), [&](const refund& one) { return one.id == step.refund; });
  if (found == state_.refunds.end()) {
    step_done(key);
    return;
  }
  const auto ask = [this, wanted = *found](provider_request::operation what) {
    auto request = request_for(what);
    request.refund = mutant(bug::refund_under_fresh_key) ? refund_id{city_.new_id()} : wanted.id;
    request.refund_amount = wanted.amount;
    request.refund_reason = wanted.reason;
    request.gateway_refund_id = wanted.gateway_refund_id;
    request.refund_first_sent_at = wanted.first_sent_at;
    return request;
  };
  const auto apply = [this, key, id = step.refund](provider_reply heard) {
    step_done(key);
    refund_view view = heard.refund;
    view.refund = id;
    if (heard.what == provider_reply::kind::no_answer || heard.what == provider_reply::kind::not_sent)
      view.what = refund_view::kind::error;
    else if (heard.what == provider_reply::kind::refused)
      view.what = refund_view::kind::refused;
    else if (heard.what == provider_reply::kind::not_found)
      view.what = refund_view::kind::unknown_to_provider;
    if (view.message.empty())
      view.message = heard.error;
    const auto decided = decide_refund(state_, view, context());
    if (!decided || decided->empty())
      return;
    commit_own(*decided, {}, {}, [](verdict, position) {});
  };
  const bool look_first = found->status == refund_status::processing && (step.look_up_first || !sent_here_.contains(step.refund));
  sent_here_.insert(step.refund);
  if (found->status == refund_status::pending) {
    // RF4: the step is on record before the provider is asked.
    commit_own({refund_started{step.refund}}, {}, {}, [this, ask, apply, key](verdict how, position) {
      if (how == verdict::committed)
        call(ask(provider_request::operation::create_refund), apply);
      else
        step_failed(key);
    });
    return;
  }
  if (!look_first && found->gateway_refund_id.empty()) {
    call(ask(provider_request::operation::create_refund), apply);
    return;
  }
  call(ask(provider_request::operation::read_refund), [this, ask, apply](provider_reply heard) {
    if (heard.what == provider_reply::kind::not_found)
      call(ask(provider_request::operation::create_refund), apply);
    else
      apply(std::move(heard));
  });
}

// --- what must happen next ---

void payment_entity::wake(const command_ptr& asked) {
  asked->reply(answer{due_answer{1}, {}, false});
  const auto due = decide_due(state_, context());
  if (due && !due->empty()) {
    commit_own(*due, {}, {}, [](verdict, position) {});
    return;
  }
  const auto poll = next_poll(state_, last_read_, settings_);
  if (poll && *poll <= now() && step_starts("read")) {
    read_object([this](const provider_reply& heard) {
      step_done("read");
      apply_reading(heard, {}, [this](verdict) { look_again(); });
    });
    return;
  }
  advance();
}

void payment_entity::advance() {
  if (state_.status == payment_status::absent)
    return;
  answer_waiting();
  std::optional<timestamp> wake_at = next_deadline(state_, settings_);
  if (wake_at && *wake_at <= now()) { // Its call is under way.
    wake_at.reset();
    if (!steps_running() && !steps_resting())
      city_.timers.after(kind_, id_, std::chrono::milliseconds(200));
  }
  city_.timers.at(kind_, id_, wake_at);
  if (const auto poll = next_poll(state_, last_read_, settings_); poll && !steps_running()) {
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(*poll - now());
    city_.timers.after(kind_, id_, std::max(wait, std::chrono::milliseconds(1)));
  }
  for (const auto& todo : next_steps(state_, now())) {
    if (busy_)
      break;
    run(todo);
  }
}

void payment_entity::run(const payment_todo& todo) {
  struct start_step {
    payment_entity& me;
    void operator()(const step_create_object&) const { me.create_object(); }
    void operator()(const step_cancel_object&) const { me.cancel_object(); }
    void operator()(const step_send_refund& step) const { me.send_refund(step); }
    void operator()(const step_tell& step) const { me.tell(step.notice); }
    void operator()(const step_raise_payment& step) const {
      if (!me.step_starts("raise"))
        return;
      me.send(entity_kind::exceptions, exceptions_entity(me.city_.number), raise_exceptions{step.notices, me.id_},
              [&me = me, count = static_cast<std::uint32_t>(step.notices.size())](const answer& heard) {
                if (heard.refused()) {
                  me.step_failed("raise");
                  return;
                }
                me.step_done("raise");
                me.commit_own({payment_notice_told{0, count}}, {}, {}, [](verdict, position) {});
              });
    }
  };
  std::visit(start_step{*this}, todo);
}

void payment_entity::tell(const payment_notice& notice) {
  if (!step_starts("tell"))
    return;
  const auto heard_it = [this](const answer& heard) {
    if (heard.refused()) {
      spdlog::warn("payment notice not taken city={} payment={} code={}", city_.code, to_string(state_.id), static_cast<int>(heard.why().code));
      step_failed("tell");
      return;
    }
    step_done("tell");
    if (const auto* view = std::get_if<intent>(&heard.content))
      intent_seen_ = *view;
    commit_own({payment_notice_told{1, 0}}, {}, {}, [](verdict, position) {});
  };
  using kind = payment_notice::kind;
  if (notice.what == kind::refund_completed || notice.what == kind::refund_failed) {
    if (state_.reservation.is_nil()) {
      step_done("tell");
      commit_own({payment_notice_told{1, 0}}, {}, {}, [](verdict, position) {});
      return;
    }
    send(entity_kind::reservation, state_.reservation.value, tell_refund{notice, state_.refunded}, heard_it, actor_kind::network);
    return;
  }
  payment_report report;
  report.payment = state_.id;
  report.captured = notice.captured;
  report.same_currency = !state_.foreign_currency;
  report.failure_code = notice.failure_code;
  switch (notice.what) {
    case kind::not_created: report.what = payment_report::kind::not_created; break;
    case kind::needs_action: report.what = payment_report::kind::needs_action; break;
    case kind::declined: report.what = payment_report::kind::declined; break;
    case kind::succeeded: report.what = payment_report::kind::succeeded; break;
    default: report.what = payment_report::kind::ended; break;
  }
  send(entity_kind::intent, state_.intent.value, report_payment{report}, heard_it, actor_kind::network);
}

} // namespace reserve::actors
