#include "domain/intent.hpp"

#include "domain/mutant.hpp"

#include <algorithm>

namespace reserve {

namespace {

using standing = intent_payment::standing;

/// Applies one event. Follow-ups are written into the state here, so that every reader of the log knows them.
class change {
public:
  change(intent& target, timestamp at, std::uint64_t seq) : known_(target), at_(at), seq_(seq) {}

  void operator()(const intent_opened& event) {
    known_ = intent{};
    known_.terms = event.terms;
    known_.contact = event.contact;
    known_.contact_seq = event.contact_seq != 0 ? event.contact_seq : seq_;
    known_.expires_at = event.expires_at;
    known_.hold_live = true;
    known_.recovered_from = event.recovered_from;
    become(event.status);
    if (event.payment)
      adopt(*event.payment);
  }

  void operator()(const traveler_changed& event) {
    known_.contact = event.contact;
    known_.contact_seq = seq_;
  }

  void operator()(const request_submitted& event) {
    become(intent_status::awaiting_confirmation);
    known_.expires_at = event.expires_at;
  }

  void operator()(const payment_started& event) {
    if (event.supersedes)
      supersede(*event.supersedes);
    if (find(event.payment) == nullptr) {
      intent_payment one;
      one.id = event.payment;
      one.method = event.method;
      one.provider = event.provider;
      one.attempt_no = event.attempt_no;
      known_.payments.push_back(std::move(one));
    }
    known_.current = event.payment;
    known_.expires_at = event.expires_at;
    known_.availability_unverified = event.availability_unverified;
    if (!known_.first_payment_at)
      known_.first_payment_at = at_;
    become(intent_status::payment_pending);
  }

  void operator()(const payment_not_created& event) {
    end_payment(event.payment, standing::not_created);
    if (known_.current == event.payment)
      known_.current.reset(); // The next start is B6.
  }

  void operator()(const payment_declined& event) {
    end_payment(event.payment, standing::failed);
    known_.payment_failures = event.failures;
    known_.expires_at = event.expires_at;
  }

  void operator()(const payment_ended& event) { end_payment(event.payment, standing::ended); }

  void operator()(const authentication_asked& event) {
    if (auto* const one = find(event.payment); one != nullptr && !one->action_since)
      one->action_since = at_;
  }

  void operator()(const payment_counted& event) {
    auto* const one = receive(event.payment, standing::counted, event.captured);
    if (one == nullptr)
      return;
    owe(*one, "overpayment", event.surplus);
    known_.counted = event.payment;
    known_.current = event.payment;
    known_.expires_at = event.expires_at;
    close_unfinished();
    return_mismatched();
    become(intent_status::payment_confirmed);
  }

  void operator()(const payment_mismatched& event) {
    auto* const one = receive(event.payment, standing::mismatched, event.captured);
    if (one == nullptr)
      return;
    known_.expires_at = event.expires_at;
    raise("payment_amount_mismatch", "high", *one);
  }

  void operator()(const payment_late& event) {
    auto* const one = receive(event.payment, standing::late, event.captured);
    if (one == nullptr)
      return;
    if (event.recover)
      known_.recovering = event.payment;
    else
      return_late(*one, "other_amount");
  }

  void operator()(const payment_duplicate& event) {
    auto* const one = receive(event.payment, standing::duplicate, event.captured);
    if (one == nullptr)
      return;
    owe(*one, "duplicate_payment", one->captured);
    raise("duplicate_payment", "low", *one);
  }

  void operator()(const intent_recovered& event) {
    known_.recovering.reset();
    known_.recovered_by = event.by;
  }

  void operator()(const recovery_failed& event) {
    if (known_.recovering == event.payment)
      known_.recovering.reset();
    if (auto* const one = find(event.payment))
      return_late(*one, event.why);
  }

  void operator()(const intent_converted& event) {
    known_.reservation = event.reservation;
    known_.confirmation_code = event.confirmation_code;
    known_.converted_at = at_;
    known_.hold_live = false;
    known_.reservation_told = !known_.counted;
    become(intent_status::converted);
  }

  void operator()(const intent_expired&) { end(intent_status::expired, {}); }

  void operator()(const intent_cancelled& event) {
    if (known_.status == intent_status::payment_confirmed)
      raise_end(event.reason);
    end(intent_status::cancelled, event.reason);
  }

  void operator()(const intent_obligation_met& event) {
    using enum intent_obligation_met::kind;
    switch (event.what) {
    case payment_closed: closed(event.payment); break;
    case refund_asked: refund_taken(event.payment, event.refund); break;
    case reservation_told: known_.reservation_told = true; break;
    case notices_told: {
      const auto count = std::min<std::size_t>(event.count, known_.notices.size());
      known_.notices.erase(known_.notices.begin(), known_.notices.begin() + static_cast<std::ptrdiff_t>(count));
      break;
    }
    }
  }

private:
  void become(intent_status status) {
    if (known_.status == status)
      return;
    known_.status = status;
    known_.status_changed_at = at_;
  }

  intent_payment* find(payment_id id) {
    const auto found = std::find_if(known_.payments.begin(), known_.payments.end(), [&](const auto& one) { return one.id == id; });
    return found == known_.payments.end() ? nullptr : &*found;
  }

  void adopt(const intent_payment& payment) {
    known_.payments.push_back(payment);
    known_.payments.back().now = standing::counted;
    known_.current = payment.id;
    known_.counted = payment.id;
    known_.first_payment_at = at_;
  }

  void supersede(payment_id id) {
    auto* const one = find(id);
    if (one == nullptr || (one->now != standing::open && one->now != standing::failed))
      return;
    if (one->now == standing::open)
      one->now = standing::superseded;
    one->close_wanted = true;
  }

  void end_payment(payment_id id, standing now) {
    auto* const one = find(id);
    if (one == nullptr)
      return;
    one->now = now;
    one->close_wanted = false;
  }

  /// nullptr when this payment has been received before.
  intent_payment* receive(payment_id id, standing now, money captured) {
    auto* const one = find(id);
    if (one == nullptr || one->now == now)
      return nullptr;
    one->now = now;
    one->captured = captured;
    one->close_wanted = false;
    return one;
  }

  void closed(payment_id id) {
    auto* const one = find(id);
    if (one == nullptr)
      return;
    one->close_wanted = false;
    if (one->now == standing::failed)
      one->now = standing::ended; // Its object cannot be paid any more; not closed again.
  }

  void refund_taken(payment_id id, refund_id refund) {
    auto* const one = find(id);
    if (one == nullptr)
      return;
    const auto meant = [&](const owed_refund& owed) { return !owed.asked && (refund.is_nil() || refund == refund_of(id, owed.reason)); };
    const auto found = std::find_if(one->refunds.begin(), one->refunds.end(), meant);
    if (found != one->refunds.end())
      found->asked = true;
  }

  void close_unfinished() {
    for (auto& one : known_.payments)
      if (one.now == standing::open || one.now == standing::superseded || one.now == standing::failed)
        one.close_wanted = true;
  }

  static void owe(intent_payment& payment, std::string reason, money amount) {
    if (amount > money{})
      payment.refunds.push_back({std::move(reason), amount, false});
  }

  /// What of it does not go back yet.
  static money kept(const intent_payment& payment) {
    money rest = payment.captured;
    for (const auto& owed : payment.refunds)
      rest -= mutant(bug::surplus_goes_twice) ? money{} : owed.amount;
    return rest;
  }

  void return_mismatched() {
    for (auto& one : known_.payments)
      if (one.now == standing::mismatched)
        owe(one, "customer_request", kept(one));
  }

  void return_late(intent_payment& payment, const std::string& why) {
    const money rest = kept(payment);
    if (rest == money{})
      return; // Applied before.
    owe(payment, "late_payment", rest);
    raise("late_payment", "medium", payment, why);
  }

  void end(intent_status status, const std::string& reason) {
    const bool ours = reason == "finalize_timeout" || reason == "inventory_lost";
    if (auto* const counted = known_.counted ? find(*known_.counted) : nullptr)
      owe(*counted, ours ? "host_commit_failed" : "customer_request", kept(*counted));
    known_.hold_live = false;
    known_.cancel_reason = reason;
    close_unfinished();
    return_mismatched();
    become(status);
  }

  exception_notice notice(std::string type, std::string severity) const {
    exception_notice made;
    made.type = std::move(type);
    made.severity = std::move(severity);
    made.intent = known_.terms.intent;
    made.property = known_.terms.property;
    if (known_.reservation)
      made.reservation = *known_.reservation;
    return made;
  }

  void raise(std::string type, std::string severity, const intent_payment& payment, const std::string& why = {}) {
    auto made = notice(std::move(type), std::move(severity));
    made.entity_key = "payment:" + to_string(payment.id);
    made.payment = payment.id;
    made.error_code = why;
    made.context = {{"captured", to_string(payment.captured)}, {"due", to_string(known_.terms.price.due_now)}, {"method", payment.method}};
    known_.notices.push_back(std::move(made));
  }

  /// B9 and B8a are for people; a guest who changes their mind is not.
  void raise_end(const std::string& reason) {
    exception_notice made;
    if (reason == "finalize_timeout") {
      made = notice("finalize_timeout", "critical");
      made.entity_key = "booking_intent:" + to_string(known_.terms.intent);
    } else if (reason == "inventory_lost") {
      made = notice("inventory_mismatch", "high");
      made.entity_key = "unit:" + to_string(known_.terms.unit);
    } else {
      return;
    }
    if (known_.counted)
      made.payment = *known_.counted;
    made.error_code = reason;
    made.context = {{"unit_id", to_string(known_.terms.unit)},
                    {"check_in", to_string(known_.terms.stay.check_in)},
                    {"check_out", to_string(known_.terms.stay.check_out)}};
    known_.notices.push_back(std::move(made));
  }

  intent& known_;
  timestamp at_;
  std::uint64_t seq_;
};

} // namespace

void evolve(intent& target, const intent_event& event, timestamp at, std::uint64_t seq) {
  std::visit(change(target, at, seq), event);
}

} // namespace reserve
