#include "actors/payment.hpp"

#include <spdlog/spdlog.h>

namespace reserve::actors {

namespace {

/// The provider has answered our creation one way or the other.
bool settled(const payment& known) noexcept {
  return !known.provider_object.empty() || (known.status != payment_status::pending && known.status != payment_status::absent);
}

} // namespace

payment_entity::payment_entity(entity_actor::pointer self, city_context& city, entity_id id)
    : value_entity(self, city, entity_kind::payment, id), settings_(city.settings()) {
  // nop
}

payment_context payment_entity::context() const {
  payment_context out{now(), &settings_, {}};
  if (const auto catalogue = city_.index.catalogue())
    out.iof = catalogue->city.iof;
  return out;
}

void payment_entity::handle(const command_ptr& what) {
  settings_ = city_.settings();
  if (state_.status == payment_status::absent) {
    what->reply.refuse(errc::not_found);
    return;
  }
  std::visit(overloaded{
                 [&](const open_payment&) { open(what); },
                 [&](const read_payment&) { what->reply(answer{payment_answer{state_, secrets_, intent_seen_}, {0, seq_}, false}); },
                 [&](const look_at_provider& body) { look(what, body); },
                 [&](const confirm_unpaid&) { confirm(what); },
                 [&](const close_payment& body) { close(what, body); },
                 [&](const ask_refund& body) { refund_asked(what, body); },
                 [&](const move_payment& body) { move(what, body); },
                 [&](const expire_due&) { wake(what); },
                 [&](const auto&) { what->reply.refuse(errc::not_found); },
             },
             what->body);
}

// --- guests ---

void payment_entity::open(const command_ptr& asked) {
  constexpr std::size_t waiting_max = 64;
  if (waiting_.size() >= waiting_max) {
    asked->reply.refuse({errc::service_unavailable, "this payment is being created"});
    return;
  }
  waiting_.push_back(asked);
  answer_waiting();
  advance();
}

void payment_entity::answer_waiting() {
  if (waiting_.empty() || !settled(state_) || !state_.notices.empty())
    return;
  for (const auto& asked : std::exchange(waiting_, {})) {
    if (state_.status == payment_status::cancelled && state_.provider_object.empty()) {
      refusal why(errc::payment_provider_unavailable, "the payment provider did not take the payment; choose again");
      asked->reply.refuse(why);
    } else {
      asked->reply(answer{payment_answer{state_, secrets_, intent_seen_}, {0, seq_}, false});
    }
  }
}

// --- readings that others ask for ---

void payment_entity::look(const command_ptr& asked, const look_at_provider& what) {
  if (!step_starts("read")) {
    // One re-read at a time per object; who asks meanwhile is answered by one more.
    constexpr std::size_t lookers_max = 64;
    if (lookers_.size() < lookers_max)
      lookers_.push_back(asked);
    else
      asked->reply.refuse({errc::service_unavailable, "this payment is being read already"});
    return;
  }
  read_object([this, asked, inbox = what.inbox](const provider_reply& heard) {
    step_done("read");
    const bool readable = heard.what == provider_reply::kind::answered || heard.what == provider_reply::kind::declined;
    apply_reading(heard, inbox, [this, asked, readable](verdict how) {
      if (!readable || how != verdict::committed) {
        refusal why(errc::service_unavailable, "the provider could not be read");
        asked->reply.refuse(why);
      } else {
        asked->reply(answer{payment_answer{state_, {}, intent_seen_}, {0, seq_}, false});
      }
      look_again();
    });
  });
}

void payment_entity::look_again() {
  for (const auto& asked : std::exchange(lookers_, {}))
    enqueue(asked);
}

void payment_entity::confirm(const command_ptr& asked) {
  if (!state_.object_open()) {
    asked->reply(answer{reread_answer{state_.status == payment_status::succeeded ? reread::processing : reread::unpaid}, {0, seq_}, false});
    return;
  }
  if (state_.provider_object.empty()) {
    asked->reply(answer{reread_answer{reread::unknown}, {0, seq_}, false});
    return;
  }
  auto request = request_for(provider_request::operation::read);
  request.timeout = std::chrono::seconds(3); // B14
  call(request, [this, asked](provider_reply heard) {
    last_read_ = now();
    apply_reading(heard, {}, [this, asked, readable = heard.what == provider_reply::kind::answered || heard.what == provider_reply::kind::declined,
                              status = heard.view.status](verdict) {
      reread found = reread::unknown;
      if (readable)
        // A success is on its way to the intent as a report of its own: the deadline waits for it.
        found = status == object_status::processing || status == object_status::succeeded ? reread::processing : reread::unpaid;
      asked->reply(answer{reread_answer{found}, {0, seq_}, false});
    });
  });
}

// --- refunds ---

void payment_entity::refund_asked(const command_ptr& asked, const ask_refund& what) {
  const auto decided = decide(state_, what.request, context());
  if (!decided) {
    asked->reply.refuse(decided.error());
    return;
  }
  const auto say = [this, asked](verdict how, position at) {
    if (how == verdict::committed)
      asked->reply(answer{payment_answer{state_, {}, intent_seen_}, at, false});
    else
      asked->reply.refuse(not_committed(how));
  };
  if (decided->empty())
    say(verdict::committed, {0, seq_});
  else
    commit_own(*decided, {}, {}, say);
}

// --- orders of others ---

void payment_entity::close(const command_ptr& asked, const close_payment& what) {
  const auto decided = decide_close(state_, what.watch_until, context());
  if (!decided) {
    asked->reply.refuse(decided.error());
    return;
  }
  const auto say = [asked](verdict how, position at) {
    if (how == verdict::committed)
      asked->reply(answer{done_answer{}, at, false});
    else
      asked->reply.refuse(not_committed(how));
  };
  if (decided->empty())
    say(verdict::committed, {0, seq_});
  else
    commit_own(*decided, {}, {}, say);
}

void payment_entity::move(const command_ptr& asked, const move_payment& what) {
  const bool known = (!what.intent || state_.intent == *what.intent) && (!what.reservation || state_.reservation == *what.reservation);
  if (known) {
    asked->reply(answer{done_answer{}, {0, seq_}, true});
    return;
  }
  commit_own({payment_moved{what.intent, what.reservation}}, {}, {}, [asked](verdict how, position at) {
    if (how == verdict::committed)
      asked->reply(answer{done_answer{}, at, false});
    else
      asked->reply.refuse(not_committed(how));
  });
}

void payment_entity::commit_own(std::vector<payment_event> decided, std::optional<uuid> inbox, std::vector<vault_row> vault, after then) {
  draft out;
  append(out.events, id_, decided);
  out.who.kind = inbox ? actor_kind::network : actor_kind::system;
  out.inbox = inbox;
  out.vault = std::move(vault);
  commit(std::move(out), std::move(then));
}

} // namespace reserve::actors
