#include "domain/reservation.hpp"

#include <algorithm>

namespace reserve {

namespace {

using status = reservation_status;

/// "CODE text" -> "CODE".
std::string leading_code(const std::string& error) {
  return error.substr(0, error.find_first_of(" :"));
}

/// What happened becomes state. Never refuses, never asks what time it is.
class folding {
public:
  folding(reservation& target, timestamp at) : known_(target), at_(at) {}

  void operator()(const reservation_created& e) {
    start(e.id, e.confirmation_code, e.terms, status::host_commit_pending);
    known_.contact = e.contact;
    known_.contact_seq = e.contact_seq;
    known_.payment = e.payment;
    known_.paid = e.paid;
    known_.commission = e.commission;
    known_.collect = e.collect;
    known_.pay_state = payment_state_at_start();
  }

  void operator()(const reservation_imported& e) {
    start(e.id, e.confirmation_code, e.terms, status::confirmed);
    known_.host_booking_id = e.host_booking_id;
    known_.confirmed_at = at_;
    known_.collect = "property";
    known_.pay_state = reservation_payment::not_required;
    known_.commit = host_commit_state::not_needed;
  }

  void operator()(const host_commit_started& e) {
    if (known_.call_open)
      known_.unknown_result = true; // The process ended before it heard the answer.
    known_.call_open = true;
    known_.commit = host_commit_state::pending;
    known_.attempts = e.attempt;
    ++known_.total_attempts;
  }

  void operator()(const host_commit_queued&) {
    known_.commit = host_commit_state::queued;
    if (!known_.call_open)
      return;
    known_.call_open = false; // Not sent: not an attempt.
    --known_.attempts;
    --known_.total_attempts;
  }

  void operator()(const host_attempt_failed& e) {
    known_.call_open = false;
    known_.unknown_result = known_.unknown_result || e.unknown;
    known_.commit_error = e.error;
  }

  void operator()(const reservation_confirmed& e) {
    resolve_host_failure(e.via);
    known_.host_booking_id = e.host_booking_id;
    known_.host_confirmation_code = e.host_confirmation_code;
    known_.confirmed_at = at_;
    known_.commit = host_commit_state::committed;
    known_.commission_posted = known_.commission_posted || e.commission.has_value();
    known_.auto_refund_at.reset();
    known_.failure_class.clear();
    known_.refund_now = known_.call_open = known_.unknown_result = false;
    go(status::confirmed);
    if (e.mismatch)
      known_.notices.push_back(*e.mismatch);
    if (known_.cancel_after_commit)
      raise("manual_review", "high", "CANCEL_REQUESTED", "the guest asked to cancel before the Host had confirmed");
  }

  void operator()(const host_commit_failed& e) {
    known_.cancelled_at_host = known_.cancelled_at_host || e.cancelled_at_host;
    known_.unknown_result = known_.unknown_result || e.unknown_result;
    if (known_.status == status::host_commit_failed)
      return;
    known_.commit = host_commit_state::failed;
    known_.failure_class = e.failure_class;
    known_.commit_error = e.error;
    known_.commit_failed_at = at_;
    known_.call_open = false;
    if (e.auto_refund_at)
      known_.auto_refund_at = e.auto_refund_at;
    const bool rejected = e.failure_class == "rejected";
    known_.refund_now = rejected || known_.cancel_after_commit;
    go(status::host_commit_failed);
    raise(rejected ? "host_rejected" : "host_booking_failed", "critical", leading_code(e.error), e.error);
  }

  void operator()(const host_commit_retried& e) {
    known_.attempts = 0;
    known_.retried_by_hand = !e.automatic;
    known_.commit = host_commit_state::pending;
    known_.refund_now = false;
    go(status::host_commit_pending);
  }

  void operator()(const cancellation_asked& e) {
    known_.cancel_requested_at = at_;
    known_.cancel_after_commit = true;
    known_.cancelled_by = e.by;
    known_.cancel_reason = e.reason;
    known_.refund_now = known_.status == status::host_commit_failed;
  }

  void operator()(const reservation_given_up& e) {
    known_.recall = e.recall;
    if (e.recall)
      known_.recall_since = at_;
    end(e.by, e.reason, e.refund, e.amount);
    known_.auto_refund_at.reset();
    known_.refund_now = known_.cancel_after_commit = false;
    if (known_.status == status::cancelled)
      resolve("host_booking_failed", "no_action"); // Nothing was paid, so no refund will close it.
  }

  void operator()(const cancelled_by_host& e) {
    if (!known_.cancel_requested_at)
      known_.cancel_requested_at = at_;
    end("host", e.reason, e.refund, e.amount);
    known_.cancel_after_commit = false;
    resolve("manual_review", "no_action");
    if (e.reason == "property_cancelled")
      raise("property_cancellation", "medium", "PROPERTY_CANCELLED", "the property cancelled a confirmed booking");
  }

  void operator()(const refund_taken&) { known_.refund_asked = true; }

  void operator()(const reservation_refunded& e) {
    known_.refund_asked = true;
    known_.refunded = e.amount;
    known_.pay_state = state_after_refunds();
    go(status::refunded);
    resolve("host_booking_failed", "auto_refunded");
    resolve("refund_failed", "auto_healed");
  }

  void operator()(const reservation_refund_failed& e) {
    known_.refund_asked = true;
    if (known_.status == status::refunded) { // R28a: the provider took it back.
      known_.refunded -= known_.refund_amount;
      known_.pay_state = state_after_refunds();
    }
    go(status::refund_failed);
    raise("refund_failed", "high", "REFUND_FAILED", "the refund of this reservation failed").refund = e.refund;
  }

  void operator()(const recall_found& e) {
    if (!known_.recall_since)
      known_.recall_since = at_;
    known_.recall = true;
    known_.recall_booking_id = e.host_booking_id;
  }

  void operator()(const recall_closed&) {
    known_.recall = known_.unknown_result = false;
    known_.recall_booking_id.clear();
    known_.recall_since.reset();
    resolve("host_cancel_failed", "auto_healed");
  }

  void operator()(const reservation_noticed& e) {
    known_.notices.push_back(e.notice);
    if (e.notice.type == "host_cancel_failed" && !e.notice.resolve)
      known_.raised.push_back(e.notice.type);
  }

  void operator()(const reservation_notices_told& e) {
    const auto told = std::min<std::size_t>(e.count, known_.notices.size());
    known_.notices.erase(known_.notices.begin(), known_.notices.begin() + static_cast<std::ptrdiff_t>(told));
  }

private:
  void start(reservation_id id, const std::string& code, const booking_terms& terms, status first) {
    known_.id = id;
    known_.confirmation_code = code;
    known_.terms = terms;
    known_.booked_at = at_;
    go(first);
  }

  void go(status next) {
    known_.status = next;
    known_.status_changed_at = at_;
  }

  /// The booking is over; a refund follows when there is money to give back.
  void end(const std::string& by, const std::string& reason, refund_id refund, money amount) {
    known_.cancelled_at = at_;
    known_.cancelled_by = by;
    if (known_.cancel_reason.empty())
      known_.cancel_reason = reason;
    known_.refund_amount = amount;
    known_.refund_asked = false;
    if (refund.is_nil())
      return go(status::cancelled);
    known_.refund = refund;
    known_.refund_reason = reason;
    go(status::refund_pending);
  }

  /// I1: never pending or failed where we collect.
  reservation_payment payment_state_at_start() const {
    if (known_.collect != "reserve")
      return reservation_payment::not_required;
    if (known_.paid >= known_.terms.price.total)
      return reservation_payment::paid;
    return known_.paid > money{} ? reservation_payment::partial : reservation_payment::not_required;
  }

  reservation_payment state_after_refunds() const {
    if (known_.refunded <= money{})
      return known_.paid >= known_.terms.price.total ? reservation_payment::paid : reservation_payment::partial;
    return known_.refunded >= known_.paid ? reservation_payment::refunded : reservation_payment::partially_refunded;
  }

  exception_notice& notice(std::string type) {
    exception_notice made;
    made.type = std::move(type);
    made.entity_key = "reservation:" + to_string(known_.id);
    made.intent = known_.terms.intent;
    made.reservation = known_.id;
    made.payment = known_.payment.value_or(payment_id{});
    made.property = known_.terms.property;
    return known_.notices.emplace_back(std::move(made));
  }

  exception_notice& raise(const std::string& type, std::string severity, std::string code, std::string message) {
    if (std::find(known_.raised.begin(), known_.raised.end(), type) == known_.raised.end())
      known_.raised.push_back(type);
    auto& made = notice(type);
    made.severity = std::move(severity);
    made.error_code = std::move(code);
    made.error_message = std::move(message);
    made.context = {{"confirmation_code", known_.confirmation_code}, {"paid", to_string(known_.paid)}};
    return made;
  }

  void resolve(const std::string& type, std::string resolution) {
    const auto found = std::find(known_.raised.begin(), known_.raised.end(), type);
    if (found == known_.raised.end())
      return;
    known_.raised.erase(found);
    auto& made = notice(type);
    made.resolve = true;
    made.resolution = std::move(resolution);
  }

  void resolve_host_failure(const std::string& via) {
    std::string how = "auto_healed";
    if (via == "override")
      how = "manual_override";
    else if (known_.status == status::host_commit_pending && known_.retried_by_hand)
      how = "retried";
    resolve("host_booking_failed", how);
    resolve("host_rejected", how);
  }

  reservation& known_;
  timestamp at_;
};

} // namespace

void evolve(reservation& target, const reservation_event& event, timestamp at, std::uint64_t /*seq*/) {
  std::visit(folding(target, at), event);
}

} // namespace reserve
