#include "domain/payment.hpp"

#include "domain/mutant.hpp"

#include <algorithm>

namespace reserve {

namespace {

/// Applies one event; a second time it finds nothing to change.
class change {
public:
  change(payment& target, timestamp at, std::uint64_t seq) : known_(target), at_(at), seq_(seq) {}

  void operator()(const payment_created& event) {
    known_ = payment{};
    known_.id = event.payment;
    known_.intent = event.intent;
    known_.property = event.property;
    known_.method = event.method;
    known_.provider = event.provider;
    known_.amount = event.amount;
    known_.currency = event.currency;
    known_.attempt_no = event.attempt_no;
    known_.attempt = event.attempt;
    known_.pix = event.pix;
    known_.request = event.request;
    known_.created_at = at_;
    become(payment_status::pending);
  }

  void operator()(const payment_object_created& event) {
    known_.provider_object = event.provider_object;
    known_.charge = event.charge;
    known_.pix_text = event.pix_text;
    known_.pix_txid = event.pix_txid;
    known_.iof = event.iof;
    known_.pix_expires_at = event.pix_expires_at;
    if (event.has_secret)
      known_.secret_seq = seq_;
  }

  void operator()(const payment_object_refused& event) {
    if (known_.object_open())
      known_.failure_code = event.failure_code;
    end(payment_status::cancelled, attempt_status::abandoned, pix_status::cancelled, payment_notice::kind::not_created);
  }

  void operator()(const payment_processing& event) {
    if (!known_.object_open())
      return;
    become(payment_status::processing);
    if (!event.requires_action || known_.attempt_state != attempt_status::pending)
      return;
    known_.attempt_state = attempt_status::requires_action;
    known_.action_type = event.action_type;
    known_.action_since = at_;
    tell(payment_notice::kind::needs_action);
  }

  void operator()(const attempt_abandoned&) {
    if (known_.attempt_state == attempt_status::requires_action)
      known_.attempt_state = attempt_status::abandoned;
  }

  void operator()(const payment_succeeded& event) {
    if (known_.processed_at)
      return;
    known_.late = !known_.object_open();
    known_.captured = event.captured;
    known_.foreign_currency = event.foreign_currency;
    known_.fee = event.fee;
    known_.card_last4 = event.card_last4;
    known_.card_brand = event.card_brand;
    if (!event.charge.empty())
      known_.charge = event.charge;
    known_.failure_code.clear();
    known_.failure_message.clear();
    known_.processed_at = at_;
    known_.attempt_state = attempt_status::succeeded;
    if (known_.is_pix()) {
      known_.pix_state = pix_status::paid;
      known_.pix_paid = event.captured;
      known_.pix_paid_at = at_;
    }
    if (event.has_payer)
      known_.secret_seq = seq_;
    stop_closing();
    become(payment_status::succeeded);
    tell(payment_notice::kind::succeeded);
  }

  void operator()(const payment_failed& event) {
    if (known_.object_open()) {
      known_.failure_code = event.failure_code;
      known_.failure_message = event.failure_message;
    }
    end(payment_status::failed, attempt_status::failed, pix_status::cancelled, payment_notice::kind::declined);
  }

  void operator()(const payment_cancelled&) {
    end(payment_status::cancelled, attempt_status::abandoned, pix_status::cancelled, payment_notice::kind::ended);
  }

  void operator()(const payment_expired&) {
    end(payment_status::expired, attempt_status::abandoned, pix_status::expired, payment_notice::kind::ended);
  }

  void operator()(const payment_close_asked& event) {
    known_.close_wanted = true;
    if (event.watch_until)
      known_.watch_until = event.watch_until;
  }

  void operator()(const payment_moved& event) {
    known_.intent = event.intent.value_or(known_.intent);
    known_.reservation = event.reservation.value_or(known_.reservation);
  }

  void operator()(const refund_requested& event) {
    if (find(event.refund.id) != nullptr)
      return;
    known_.refunds.push_back(event.refund);
    known_.refund_open += event.refund.amount;
    settle();
  }

  void operator()(const refund_started& event) {
    auto* const one = find(event.refund);
    if (one == nullptr || !one->open())
      return;
    move(*one, refund_status::processing);
    one->first_sent_at = at_;
    one->next_at = at_;
    one->uncertain = false;
  }

  void operator()(const refund_accepted& event) {
    auto* const one = find(event.refund);
    if (one == nullptr || !one->open())
      return;
    move(*one, refund_status::processing);
    one->gateway_refund_id = event.gateway_refund_id;
    one->next_at = event.next_at;
    ++one->reads;
  }

  void operator()(const refund_attempt_failed& event) {
    auto* const one = find(event.refund);
    if (one == nullptr || !one->open())
      return;
    move(*one, refund_status::processing);
    one->failure_message = event.message;
    one->next_at = event.next_at;
    one->uncertain = true;
    ++one->attempts;
  }

  void operator()(const refund_completed& event) {
    auto* const one = find(event.refund);
    if (one == nullptr || one->status == refund_status::completed)
      return;
    if (one->open())
      known_.refund_open -= one->amount;
    else
      resolve("refund_failed", key_of(*one), "auto_healed", *one);
    known_.refunded += one->amount;
    ++one->paid_times;
    if (!event.gateway_refund_id.empty())
      one->gateway_refund_id = event.gateway_refund_id;
    one->failure_message.clear();
    move(*one, refund_status::completed);
    settle();
    resolve_cause(*one);
    tell_reservation(payment_notice::kind::refund_completed, *one);
  }

  void operator()(const refund_failed& event) {
    auto* const one = find(event.refund);
    if (one == nullptr || one->status == refund_status::failed)
      return;
    if (one->open())
      known_.refund_open -= one->amount;
    if (one->status == refund_status::completed)
      known_.refunded -= one->amount; // RF12
    one->failure_message = event.message;
    move(*one, refund_status::failed);
    settle();
    raise_failed(*one);
    tell_reservation(payment_notice::kind::refund_failed, *one);
  }

  void operator()(const payment_fee_settled& event) { known_.fee_real = event.fee; }

  void operator()(const payment_notice_told& event) {
    drop(known_.notices, event.notices);
    drop(known_.exceptions, event.exceptions);
  }

private:
  void become(payment_status status) {
    if (known_.status == status)
      return;
    known_.status = status;
    known_.status_changed_at = at_;
  }

  void move(refund& one, refund_status status) const {
    if (one.status == status)
      return;
    one.status = status;
    one.status_changed_at = at_;
  }

  refund* find(refund_id id) {
    const auto found = std::find_if(known_.refunds.begin(), known_.refunds.end(), [&](const auto& one) { return one.id == id; });
    return found == known_.refunds.end() ? nullptr : &*found;
  }

  template <class T>
  static void drop(std::vector<T>& list, std::uint32_t count) {
    list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(count, list.size())));
  }

  void stop_closing() {
    known_.close_wanted = false;
    known_.watch_until.reset();
  }

  /// Ends without money. What has ended already only learns that its object needs no closing any more.
  void end(payment_status status, attempt_status attempt, pix_status charge, payment_notice::kind notice) {
    stop_closing();
    if (!known_.object_open() && !mutant(bug::late_event_backwards))
      return;
    become(status);
    known_.attempt_state = attempt;
    if (known_.is_pix())
      known_.pix_state = charge;
    tell(notice);
  }

  void tell(payment_notice::kind what) { known_.notices.push_back({what, known_.captured, known_.failure_code, {}}); }

  void tell_reservation(payment_notice::kind what, const refund& one) {
    if (!one.reservation.is_nil())
      known_.notices.push_back({what, one.amount, {}, one.id});
  }

  /// PM11 to PM15, PM17: the status that follows from the refunds.
  void settle() {
    using enum payment_status;
    if (known_.status == disputed)
      return;
    if (known_.refund_open > money{})
      become(refund_pending);
    else if (known_.refunded == money{})
      become(succeeded);
    else
      become(known_.refunded < known_.captured ? partially_refunded : refunded);
  }

  /// The reservation raises the same problem when it hears of it: one key, so that people see it once.
  static std::string key_of(const refund& one) {
    return one.reservation.is_nil() ? "refund:" + to_string(one.id) : "reservation:" + to_string(one.reservation);
  }

  exception_notice notice(const refund& one) const {
    exception_notice made;
    made.intent = known_.intent;
    made.reservation = one.reservation.is_nil() ? known_.reservation : one.reservation;
    made.payment = known_.id;
    made.refund = one.id;
    made.property = known_.property;
    return made;
  }

  void raise_failed(const refund& one) {
    auto made = notice(one);
    made.type = "refund_failed";
    made.severity = "high";
    made.entity_key = key_of(one);
    made.error_message = one.failure_message;
    made.context = {{"amount", to_string(one.amount)}, {"provider", known_.provider}, {"reason", one.reason}};
    known_.exceptions.push_back(std::move(made));
  }

  void resolve(std::string type, std::string entity_key, std::string how, const refund& one) {
    auto made = notice(one);
    made.type = std::move(type);
    made.entity_key = std::move(entity_key);
    made.resolve = true;
    made.resolution = std::move(how);
    known_.exceptions.push_back(std::move(made));
  }

  /// The problem that its intent raised for this payment is over when the money is back (spec 10§21).
  void resolve_cause(const refund& one) {
    const std::string key = "payment:" + to_string(known_.id);
    if (one.reason == "late_payment" || one.reason == "duplicate_payment")
      resolve(one.reason, key, "auto_refunded", one);
    else if (one.reason == "customer_request" && (known_.foreign_currency || known_.captured < known_.amount))
      resolve("payment_amount_mismatch", key, "auto_refunded", one);
  }

  payment& known_;
  timestamp at_;
  std::uint64_t seq_;
};

} // namespace

void evolve(payment& target, const payment_event& event, timestamp at, std::uint64_t seq) {
  std::visit(change(target, at, seq), event);
}

} // namespace reserve
