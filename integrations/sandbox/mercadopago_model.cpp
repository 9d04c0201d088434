#include "integrations/sandbox/mercadopago_model.hpp"

#include "integrations/sandbox/json_text.hpp"

#include <set>

namespace reserve::sandbox {

namespace {

constexpr std::chrono::minutes least_life{30};
/// The caller's clock and the way here take some time; a repeat of the same request must not fail on it.
constexpr std::chrono::minutes grace{2};

refused bad(std::string message, std::string param = {}) {
  return {400, "bad_request", std::move(message), std::move(param), {}, {}, {}};
}
refused not_found(const std::string& what) {
  return {404, "not_found", what + " not found", {}, {}, {}, {}};
}

std::set<std::string> references_of(const mp_payment& payment) {
  return {payment.external_reference, payment.payment_id, payment.booking_intent_id};
}

} // namespace

mercadopago_model::mercadopago_model(store& home, id_maker& ids, event_sink emit, br_code_maker br_code)
    : ids_(ids), emit_(std::move(emit)), br_code_(std::move(br_code)), payments_(home, "mp_payments"), refunds_(home, "mp_refunds") {
  payments_.watch([this](const std::string& id, const mp_payment* before, const mp_payment* after) {
    if (before && before->status == "pending")
      drop_entry(due_, before->expires, id);
    if (after && after->status == "pending")
      due_.emplace(after->expires, id);
    if (before && !after)
      for (const auto& reference : references_of(*before))
        references_.remove(reference, id);
    if (after && !before)
      for (const auto& reference : references_of(*after))
        references_.add(reference, id);
  });
}

const mp_payment& mercadopago_model::settled(mp_payment payment, const char* action, timestamp now) {
  payment.updated = now;
  const auto& kept = payments_.put(payment.id, payment);
  const auto id = ids_.digits(12, now);
  json_object data;
  data.text("id", kept.id);
  json_object body;
  body.text("action", action).text("api_version", "v1").object("data", data).text("date_created", to_string(now)).raw("id", id);
  body.boolean("live_mode", false).text("type", "payment").text("user_id", "100200300");
  emit_({id, "mercadopago", action, kept.id, "/api/v1/webhooks/pix/mercadopago", "data.id=" + kept.id + "&type=payment", body.done()}, now);
  return kept;
}

made<mp_payment> mercadopago_model::create(const mp_wish& wish, timestamp now) {
  if (!wish.amount || wish.amount->minor_units <= 0)
    return bad("Invalid transaction_amount", "transaction_amount");
  if (wish.method != "pix")
    return bad("Invalid payment_method_id", "payment_method_id");
  if (wish.payer_email.empty())
    return bad("payer.email must be a valid email", "payer.email");
  const auto expires = wish.expires.value_or(now + std::chrono::hours(24));
  if (expires < now + least_life - grace || expires > now + std::chrono::days(30))
    return bad("The following parameters must be valid date and format: date_of_expiration, from 30 minutes up to 30 days", "date_of_expiration");
  mp_payment payment;
  payment.id = ids_.digits(11, now);
  payment.status = "pending";
  payment.status_detail = "pending_waiting_transfer";
  payment.description = wish.description;
  payment.external_reference = wish.external_reference;
  payment.payer_email = wish.payer_email;
  payment.metadata = wish.metadata;
  payment.booking_intent_id = wish.booking_intent_id;
  payment.payment_id = wish.payment_id;
  payment.property_id = wish.property_id;
  payment.amount = *wish.amount;
  payment.qr_text = br_code_(payment.amount.minor_units, "mpqrinter" + payment.id);
  payment.created = now;
  payment.expires = expires;
  payment.number = ids_.next_number();
  return settled(std::move(payment), "payment.created", now);
}

made<mp_payment> mercadopago_model::cancel(const std::string& id, timestamp now) {
  const auto* payment = payments_.find(id);
  if (!payment)
    return not_found("Payment");
  if (payment->status != "pending")
    return bad("The action requested is not valid for the current payment state", "status");
  auto after = *payment;
  after.status = "cancelled";
  after.status_detail = "by_collector";
  return settled(std::move(after), "payment.updated", now);
}

made<mp_refund> mercadopago_model::refund(const std::string& id, std::optional<money> wanted, const std::string& metadata, timestamp now) {
  const auto* payment = payments_.find(id);
  if (!payment)
    return not_found("Payment");
  if (payment->status != "approved")
    return bad("The action requested is not valid for the current payment state");
  const auto left = payment->received - payment->refunded;
  const auto amount = wanted.value_or(left);
  if (amount.minor_units <= 0 || amount > left)
    return bad("Amount greater than the remaining payment amount", "amount");
  mp_refund out;
  out.id = ids_.digits(10, now);
  out.payment = id;
  out.metadata = metadata;
  out.amount = amount;
  out.status = take_open_refund() ? "in_process" : "approved";
  out.created = now;
  out.number = ids_.next_number();
  refunds_.put(out.id, out);
  auto after = *payment;
  after.refunded += amount;
  after.status = after.refunded == after.received ? "refunded" : "approved";
  after.status_detail = after.status == "refunded" ? "refunded" : "partially_refunded";
  settled(std::move(after), "payment.updated", now);
  return out;
}

std::string mercadopago_model::find_refund(const std::string& ref) const {
  if (refunds_.find(ref))
    return ref;
  for (const auto& [id, refund] : refunds_.rows())
    if (const auto metadata = parse_json(refund.metadata); metadata && (*metadata)["refund_id"].text() == ref)
      return id;
  return {};
}

made<payment_view> mercadopago_model::end_refund(const std::string& refund_id, bool success, timestamp now) {
  const auto* refund = refunds_.find(refund_id);
  if (!refund)
    return not_found("Refund");
  if (refund->status == "rejected" || (success && refund->status == "approved"))
    return refused{400, "invalid_state", "the refund is " + refund->status, {}, {}, refund_id, {}};
  auto after = *refund;
  after.status = success ? "approved" : "rejected";
  refunds_.put(after.id, after);
  auto payment = *payments_.find(after.payment);
  if (!success) {
    payment.refunded -= after.amount;
    payment.status = "approved";
    payment.status_detail = payment.refunded.minor_units > 0 ? "partially_refunded" : "accredited";
  }
  const auto& kept = settled(std::move(payment), "payment.updated", now);
  return payment_view{after.id, after.status, kept.booking_intent_id};
}

std::optional<payment_found> mercadopago_model::find_payment(const std::string& ref) const {
  if (const auto* direct = payments_.find(ref))
    return payment_found{ref, direct->status == "pending", direct->number};
  std::optional<payment_found> best;
  for (const auto& id : references_.find(ref)) {
    const auto* payment = payments_.find(id);
    const payment_found found{id, payment->status == "pending", payment->number};
    if (!best || std::pair(found.open, found.number) > std::pair(best->open, best->number))
      best = found;
  }
  return best;
}

made<payment_view> mercadopago_model::act(const std::string& ref, payer_action action, const payer_options& options, timestamp now) {
  const auto* found = payments_.find(ref);
  if (!found)
    return not_found("Payment");
  auto after = *found;
  const bool pending = after.status == "pending";
  // A payer can be faster than the end of a payment that is already written down, so what expired or was cancelled can still be paid.
  const bool payable = pending || after.status == "cancelled";
  if (action == payer_action::pay ? !payable : !pending)
    return refused{400, "invalid_state", "the payment is " + after.status, {}, {}, ref, {}};
  switch (action) {
  case payer_action::pay:
    after.status = "approved";
    after.status_detail = "accredited";
    after.received = options.cents ? money{*options.cents} : after.amount;
    after.fee = provider_fee(after.received, 99, 0);
    after.approved = now;
    after.end_to_end_id = "E" + ids_.digits(8, now) + ids_.token("", 23, now);
    after.transaction_id = "PIX" + after.end_to_end_id;
    break;
  case payer_action::decline:
    after.status = "rejected";
    after.status_detail = options.decline_code == "card_declined" ? "cc_rejected_other_reason" : options.decline_code;
    break;
  case payer_action::cancel:
    after.status = "cancelled";
    after.status_detail = "by_payer";
    break;
  case payer_action::expire:
    after.status = "cancelled";
    after.status_detail = "expired";
    break;
  case payer_action::require_action:
  case payer_action::authenticate: return refused{400, "invalid_request", "a PIX payment needs no authentication", {}, {}, ref, {}};
  }
  const auto& kept = settled(std::move(after), "payment.updated", now);
  return payment_view{kept.id, kept.status, kept.booking_intent_id};
}

void mercadopago_model::settle(timestamp now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    auto payment = *payments_.find(due_.begin()->second);
    payment.status = "cancelled";
    payment.status_detail = "expired";
    settled(std::move(payment), "payment.updated", now);
  }
}

std::optional<timestamp> mercadopago_model::next_due() const {
  if (due_.empty())
    return std::nullopt;
  return due_.begin()->first;
}

void mercadopago_model::forget() {
  payments_.clear();
  refunds_.clear();
  open_refunds(0);
}

} // namespace reserve::sandbox
