#include "integrations/sandbox/stripe_model.hpp"

#include "integrations/sandbox/json_text.hpp"

#include <algorithm>
#include <array>

namespace reserve::sandbox {

namespace {

constexpr std::int64_t least_amount = 50;

/// Stripe's own test methods and what becomes of them.
struct test_method {
  std::string_view name, decline_code;
  bool authenticate, refunds_wait, refunds_fail;
};

constexpr std::array<test_method, 7> test_methods{{
    {"pm_card_visa", "", false, false, false},
    {"pm_card_mastercard", "", false, false, false},
    {"pm_card_chargeDeclined", "generic_decline", false, false, false},
    {"pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds", false, false, false},
    {"pm_card_authenticationRequired", "", true, false, false},
    {"pm_card_pendingRefund", "", false, true, false},
    {"pm_card_refundFail", "", false, false, true},
}};

const test_method* find_method(std::string_view name) {
  const auto* found = std::find_if(test_methods.begin(), test_methods.end(), [&](const auto& one) { return one.name == name; });
  return found == test_methods.end() ? nullptr : found;
}

std::string at(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? std::string() : found->second;
}

bool has_ended(const stripe_intent& intent) {
  return intent.status == "succeeded" || intent.status == "canceled";
}
bool takes_pix(const stripe_intent& intent) {
  return std::find(intent.method_types.begin(), intent.method_types.end(), "pix") != intent.method_types.end();
}

refused missing(const std::string& param) {
  return {400, "parameter_missing", "Missing required param: " + param + ".", param, {}, {}, {}};
}

refused no_such(const std::string& what, const std::string& id, const std::string& param) {
  return {404, "resource_missing", "No such " + what + ": '" + id + "'", param, {}, {}, {}};
}

refused wrong_state(const stripe_intent& intent, const std::string& what) {
  return {400,
          "payment_intent_unexpected_state",
          "You cannot " + what + " this PaymentIntent because it has a status of " + intent.status + ".",
          {},
          {},
          intent.id,
          {}};
}

} // namespace

stripe_model::stripe_model(store& home, id_maker& ids, event_sink emit, br_code_maker br_code)
    : ids_(ids),
      emit_(std::move(emit)),
      br_code_(std::move(br_code)),
      intents_(home, "stripe_intents"),
      charges_(home, "stripe_charges"),
      refunds_(home, "stripe_refunds") {
  intents_.watch([this](const std::string& id, const stripe_intent* before, const stripe_intent* after) {
    const auto waits = [](const stripe_intent* intent) { return intent && intent->status == "requires_action" && intent->pix_expires; };
    if (waits(before))
      drop_entry(due_, *before->pix_expires, id);
    if (waits(after))
      due_.emplace(*after->pix_expires, id);
    for (const char* name : {"payment_id", "booking_intent_id"}) {
      if (before && !after)
        references_.remove(at(before->metadata, name), id);
      if (after && !before)
        references_.add(at(after->metadata, name), id);
    }
  });
}

void stripe_model::report(const char* type, const std::string& object_id, const std::string& object, timestamp now) {
  const auto id = ids_.token("evt_", 24, now);
  json_object data;
  data.raw("object", object);
  json_object body;
  body.text("id", id).text("object", "event").text("api_version", "2024-06-20");
  body.number("created", std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
  body.object("data", data).boolean("livemode", false).number("pending_webhooks", 1);
  body.raw("request", R"({"id":null,"idempotency_key":null})").text("type", type);
  emit_({id, "stripe", type, object_id, "/api/v1/webhooks/stripe", {}, body.done()}, now);
}

made<stripe_intent> stripe_model::create(const stripe_wish& wish, timestamp now) {
  if (!wish.amount)
    return missing("amount");
  if (wish.currency.empty())
    return missing("currency");
  if (*wish.amount < least_amount)
    return refused{400, "amount_too_small", "Amount must be at least R$0.50 brl", "amount", {}, {}, {}};
  if (*wish.amount > 99'999'999)
    return refused{400, "amount_too_large", "Amount must be no more than 999,999.99", "amount", {}, {}, {}};
  for (const auto& type : wish.method_types)
    if (type != "card" && type != "pix")
      return refused{400, "payment_intent_invalid_parameter", "The payment method type \"" + type + "\" is invalid.", "payment_method_types", {}, {},
                     {}};
  if (wish.pix_expires && *wish.pix_expires <= now + std::chrono::seconds(10))
    return refused{
        400, "parameter_invalid_integer", "expires_at must be at least 10 seconds in the future.", "payment_method_options[pix][expires_at]", {}, {},
        {}};
  if (!wish.payment_method.empty() && !find_method(wish.payment_method))
    return no_such("PaymentMethod", wish.payment_method, "payment_method");
  stripe_intent intent;
  intent.id = ids_.token("pi_", 24, now);
  intent.client_secret = intent.id + ids_.token("_secret_", 25, now);
  intent.amount = *wish.amount;
  intent.currency = wish.currency;
  intent.description = wish.description;
  intent.receipt_email = wish.receipt_email;
  intent.descriptor_suffix = wish.descriptor_suffix;
  intent.metadata = wish.metadata;
  intent.method_types = wish.method_types.empty() ? std::vector<std::string>{"card"} : wish.method_types;
  intent.pix_expires = wish.pix_expires;
  intent.payment_method = wish.payment_method;
  intent.status = wish.payment_method.empty() ? "requires_payment_method" : "requires_confirmation";
  intent.created = now;
  intent.number = ids_.next_number();
  intents_.put(intent.id, intent);
  if (!wish.confirm)
    return intent;
  return attempt(std::move(intent), wish.payment_method, now);
}

made<stripe_intent> stripe_model::confirm(const std::string& id, const stripe_wish& wish, timestamp now) {
  const auto* intent = intents_.find(id);
  if (!intent)
    return no_such("payment_intent", id, "intent");
  if (has_ended(*intent) || intent->status == "processing")
    return wrong_state(*intent, "confirm");
  auto next = *intent;
  if (wish.pix_expires)
    next.pix_expires = wish.pix_expires;
  return attempt(std::move(next), wish.payment_method.empty() ? intent->payment_method : wish.payment_method, now);
}

made<stripe_intent> stripe_model::attempt(stripe_intent intent, const std::string& method, timestamp now) {
  if (method.empty() && takes_pix(intent)) {
    if (!intent.pix_expires)
      intent.pix_expires = now + std::chrono::hours(24);
    intent.pix_text = br_code_(intent.amount, intent.id.substr(3, 22));
    return wait_for_payer(std::move(intent), now);
  }
  if (method.empty())
    return refused{
        400, "payment_intent_unexpected_state", "You cannot confirm this PaymentIntent because it's missing a payment method.", {}, {}, intent.id,
        {}};
  const auto* known = find_method(method);
  if (!known)
    return no_such("PaymentMethod", method, "payment_method");
  intent.payment_method = method;
  if (known->authenticate)
    return wait_for_payer(std::move(intent), now);
  if (known->decline_code.empty())
    return succeed(std::move(intent), method, 0, now);
  const std::string decline_code(known->decline_code);
  const auto& failed = fail(std::move(intent), "card_declined", decline_code,
                            decline_code == "insufficient_funds" ? "Your card has insufficient funds." : "Your card was declined.", now);
  return refused{402, "card_declined", failed.error_message, {}, decline_code, failed.id, {}};
}

const stripe_intent& stripe_model::wait_for_payer(stripe_intent intent, timestamp now) {
  intent.status = "requires_action";
  const auto& kept = intents_.put(intent.id, intent);
  report("payment_intent.requires_action", kept.id, json(kept, false, false), now);
  return kept;
}

const stripe_intent& stripe_model::succeed(stripe_intent intent, const std::string& method, std::int64_t received, timestamp now) {
  const bool pix = !intent.pix_text.empty();
  const auto* known = find_method(method);
  stripe_charge charge;
  charge.id = ids_.token(pix ? "py_" : "ch_", 24, now);
  charge.balance_transaction = ids_.token("txn_", 24, now);
  charge.intent = intent.id;
  charge.currency = intent.currency;
  charge.kind = pix ? "pix" : "card";
  charge.amount = received > 0 ? received : intent.amount;
  charge.fee = pix ? provider_fee({charge.amount}, 119, 0).minor_units : provider_fee({charge.amount}, 290, 30).minor_units;
  charge.refunds_wait = known && known->refunds_wait;
  charge.refunds_fail = known && known->refunds_fail;
  charge.created = now;
  charge.number = ids_.next_number();
  charges_.put(charge.id, charge);
  intent.status = "succeeded";
  intent.payment_method = pix ? "pm_pix" : method;
  intent.received = charge.amount;
  intent.charge = charge.id;
  intent.error_code.clear();
  intent.decline_code.clear();
  intent.error_message.clear();
  const auto& kept = intents_.put(intent.id, intent);
  report("payment_intent.succeeded", kept.id, json(kept, false, false), now);
  return kept;
}

const stripe_intent& stripe_model::fail(stripe_intent intent, const std::string& code, const std::string& decline_code, const std::string& message,
                                        timestamp now) {
  intent.status = "requires_payment_method";
  intent.payment_method.clear();
  intent.error_code = code;
  intent.decline_code = decline_code;
  intent.error_message = message;
  const auto& kept = intents_.put(intent.id, intent);
  report("payment_intent.payment_failed", kept.id, json(kept, false, false), now);
  return kept;
}

const stripe_intent& stripe_model::end(stripe_intent intent, const std::string& reason, timestamp now) {
  intent.status = "canceled";
  intent.canceled = now;
  intent.cancellation_reason = reason;
  const auto& kept = intents_.put(intent.id, intent);
  report("payment_intent.canceled", kept.id, json(kept, false, false), now);
  return kept;
}

made<stripe_intent> stripe_model::cancel(const std::string& id, const std::string& reason, timestamp now) {
  const auto* intent = intents_.find(id);
  if (!intent)
    return no_such("payment_intent", id, "intent");
  if (has_ended(*intent))
    return wrong_state(*intent, "cancel");
  return end(*intent, reason, now);
}

made<stripe_refund> stripe_model::refund(const stripe_refund_wish& wish, timestamp now) {
  if (wish.intent.empty() && wish.charge.empty())
    return missing("payment_intent");
  const auto* intent = wish.intent.empty() ? nullptr : intents_.find(wish.intent);
  if (!wish.intent.empty() && !intent)
    return no_such("payment_intent", wish.intent, "payment_intent");
  if (intent && intent->charge.empty())
    return refused{400,
                   "payment_intent_unexpected_state",
                   "This PaymentIntent (" + intent->id + ") does not have a successful charge to refund.",
                   {},
                   {},
                   intent->id,
                   {}};
  const auto* charge = charges_.find(intent ? intent->charge : wish.charge);
  if (!charge)
    return no_such("charge", wish.charge, "charge");
  if (!wish.reason.empty() && wish.reason != "duplicate" && wish.reason != "fraudulent" && wish.reason != "requested_by_customer")
    return refused{400, "parameter_unknown", "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer", "reason", {}, {}, {}};
  const auto left = charge->amount - charge->refunded;
  if (left == 0)
    return refused{400, "charge_already_refunded", "Charge " + charge->id + " has already been refunded.", {}, {}, charge->id, {}};
  const auto amount = wish.amount.value_or(left);
  if (amount < 1 || amount > left)
    return refused{400,
                   "parameter_invalid_integer",
                   "Refund amount (" + to_string(money{amount}) + ") is greater than unrefunded amount on charge (" + to_string(money{left}) + ")",
                   "amount",
                   {},
                   {},
                   {}};
  stripe_refund out;
  out.id = ids_.token("re_", 24, now);
  out.balance_transaction = ids_.token("txn_", 24, now);
  out.intent = charge->intent;
  out.charge = charge->id;
  out.currency = charge->currency;
  out.amount = amount;
  out.reason = wish.reason;
  out.metadata = wish.metadata;
  out.status = charge->refunds_wait || take_open_refund() ? "pending" : "succeeded";
  out.created = now;
  out.number = ids_.next_number();
  refunds_.put(out.id, out);
  auto after = *charge;
  after.refunded += amount;
  charges_.put(after.id, after);
  report_refund(out, true, now);
  if (after.refunds_fail)
    (void)end_refund(out.id, false, now);
  return out;
}

void stripe_model::report_refund(const stripe_refund& refund, bool first, timestamp now) {
  if (first)
    report("charge.refunded", refund.charge, json(*charges_.find(refund.charge), false), now);
  report(refund.status == "failed" ? "refund.failed" : "refund.updated", refund.id, json(refund), now);
}

std::string stripe_model::find_refund(const std::string& ref) const {
  if (refunds_.find(ref))
    return ref;
  for (const auto& [id, refund] : refunds_.rows())
    if (at(refund.metadata, "refund_id") == ref)
      return id;
  return {};
}

made<payment_view> stripe_model::end_refund(const std::string& refund_id, bool success, timestamp now) {
  const auto* refund = refunds_.find(refund_id);
  if (!refund)
    return no_such("refund", refund_id, "id");
  if (refund->status == "failed" || (success && refund->status == "succeeded"))
    return refused{400, "invalid_state", "the refund is " + refund->status, {}, {}, refund_id, {}};
  auto after = *refund;
  after.status = success ? "succeeded" : "failed";
  if (!success) {
    after.failure_reason = "expired_or_canceled_card";
    auto charge = *charges_.find(after.charge);
    charge.refunded -= after.amount;
    charges_.put(charge.id, charge);
  }
  refunds_.put(after.id, after);
  report_refund(after, false, now);
  const auto* intent = intents_.find(after.intent);
  return payment_view{after.id, after.status, intent ? at(intent->metadata, "booking_intent_id") : ""};
}

std::optional<payment_found> stripe_model::find_payment(const std::string& ref) const {
  if (const auto* direct = intents_.find(ref))
    return payment_found{ref, !has_ended(*direct), direct->number};
  std::optional<payment_found> best;
  for (const auto& id : references_.find(ref)) {
    const auto* intent = intents_.find(id);
    const payment_found found{id, !has_ended(*intent), intent->number};
    if (!best || std::pair(found.open, found.number) > std::pair(best->open, best->number))
      best = found;
  }
  return best;
}

made<payment_view> stripe_model::act(const std::string& ref, payer_action action, const payer_options& options, timestamp now) {
  const auto* found = intents_.find(ref);
  if (!found)
    return no_such("payment_intent", ref, "ref");
  const auto intent = *found;
  if (has_ended(intent))
    return wrong_state(intent, "change");
  const bool pix = !intent.pix_text.empty();
  const auto view = [](const stripe_intent& after) { return payment_view{after.id, after.status, at(after.metadata, "booking_intent_id")}; };
  switch (action) {
  case payer_action::pay:
    if (options.cents && !pix)
      return refused{400, "invalid_request", "a card pays the whole amount", "amount", {}, {}, {}};
    return view(succeed(intent, intent.payment_method.empty() ? "pm_card_visa" : intent.payment_method, options.cents.value_or(0), now));
  case payer_action::decline: {
    const auto code = options.decline_code == "card_declined" ? "generic_decline" : options.decline_code;
    return view(fail(intent, "card_declined", code, "Your card was declined.", now));
  }
  case payer_action::require_action: return view(wait_for_payer(intent, now));
  case payer_action::authenticate:
    if (intent.status != "requires_action" || pix)
      return wrong_state(intent, "authenticate");
    return view(succeed(intent, intent.payment_method.empty() ? "pm_card_visa" : intent.payment_method, 0, now));
  case payer_action::cancel: return view(end(intent, "requested_by_customer", now));
  case payer_action::expire:
    if (pix)
      return view(fail(intent, "payment_intent_payment_attempt_expired", "", "The PIX code has expired.", now));
    return view(end(intent, "automatic", now));
  }
  return wrong_state(intent, "change");
}

void stripe_model::settle(timestamp now) {
  while (!due_.empty() && due_.begin()->first <= now)
    fail(*intents_.find(due_.begin()->second), "payment_intent_payment_attempt_expired", "", "The PIX code has expired.", now);
}

std::optional<timestamp> stripe_model::next_due() const {
  if (due_.empty())
    return std::nullopt;
  return due_.begin()->first;
}

void stripe_model::forget() {
  intents_.clear();
  charges_.clear();
  refunds_.clear();
  open_refunds(0);
}

} // namespace reserve::sandbox
