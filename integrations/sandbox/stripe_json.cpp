#include "integrations/sandbox/json_text.hpp"
#include "integrations/sandbox/stripe_model.hpp"

namespace reserve::sandbox {

namespace {

std::int64_t unix_seconds(timestamp at) {
  return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
}

std::string object_of(const std::map<std::string, std::string>& values) {
  json_object out;
  for (const auto& [name, value] : values)
    out.text(name, value);
  return out.done();
}

std::string last_error(const stripe_intent& intent) {
  if (intent.error_code.empty())
    return "null";
  json_object out;
  out.text("code", intent.error_code).text_if("decline_code", intent.decline_code).text("message", intent.error_message);
  return out.text("type", intent.error_code == "card_declined" ? "card_error" : "invalid_request_error").done();
}

std::string next_action(const stripe_intent& intent) {
  if (intent.status != "requires_action")
    return "null";
  json_object out;
  if (intent.pix_text.empty())
    return out.text("type", "use_stripe_sdk").raw("use_stripe_sdk", R"({"type":"three_d_secure_redirect"})").done();
  json_object pix;
  pix.text("data", intent.pix_text).number("expires_at", intent.pix_expires ? unix_seconds(*intent.pix_expires) : 0);
  pix.text("hosted_instructions_url", "https://payments.stripe.example/pix/" + intent.id);
  pix.text("image_url_png", "https://qr.stripe.example/" + intent.id + ".png")
      .text("image_url_svg", "https://qr.stripe.example/" + intent.id + ".svg");
  return out.object("pix_display_qr_code", pix).text("type", "pix_display_qr_code").done();
}

} // namespace

std::string stripe_model::transaction_json(const stripe_charge& charge) const {
  json_object detail;
  detail.number("amount", charge.fee).raw("application", "null").text("currency", charge.currency).text("description", "Stripe processing fees");
  detail.text("type", "stripe_fee");
  json_object out;
  out.text("id", charge.balance_transaction).text("object", "balance_transaction").number("amount", charge.amount);
  out.number("available_on", unix_seconds(charge.created)).number("created", unix_seconds(charge.created)).text("currency", charge.currency);
  out.raw("description", "null").raw("exchange_rate", "null").number("fee", charge.fee).raw("fee_details", array_text({detail.done()}));
  out.number("net", charge.amount - charge.fee).text("reporting_category", "charge").text("source", charge.id).text("status", "available");
  return out.text("type", charge.kind == "pix" ? "payment" : "charge").done();
}

std::string stripe_model::json(const stripe_charge& charge, bool expand_transaction) const {
  const auto* intent = intents_.find(charge.intent);
  json_object details;
  if (charge.kind == "card")
    details.raw("card", R"({"brand":"visa","country":"BR","funding":"credit","last4":"4242"})");
  else
    details.raw("pix", R"({"bank_transaction_id":null})");
  details.text("type", charge.kind);
  json_object out;
  out.text("id", charge.id).text("object", "charge").number("amount", charge.amount).number("amount_captured", charge.amount);
  out.number("amount_refunded", charge.refunded);
  out.raw("balance_transaction", expand_transaction ? transaction_json(charge) : json_text(charge.balance_transaction));
  out.boolean("captured", true).number("created", unix_seconds(charge.created)).text("currency", charge.currency).boolean("disputed", false);
  out.raw("failure_code", "null").boolean("livemode", false).raw("metadata", intent ? object_of(intent->metadata) : "{}").boolean("paid", true);
  out.text("payment_intent", charge.intent).object("payment_method_details", details);
  out.text("receipt_url", "https://pay.stripe.example/receipts/" + charge.id).boolean("refunded", charge.refunded == charge.amount);
  return out.text("status", "succeeded").done();
}

std::string stripe_model::json(const stripe_intent& intent, bool expand_charge, bool expand_transaction) const {
  const auto* charge = charges_.find(intent.charge);
  json_object out;
  out.text("id", intent.id).text("object", "payment_intent").number("amount", intent.amount).number("amount_capturable", 0);
  out.number("amount_received", intent.received).raw("canceled_at", intent.canceled ? std::to_string(unix_seconds(*intent.canceled)) : "null");
  out.raw("cancellation_reason", text_or_null(intent.cancellation_reason)).text("capture_method", "automatic");
  out.text("client_secret", intent.client_secret).text("confirmation_method", "automatic").number("created", unix_seconds(intent.created));
  out.text("currency", intent.currency).raw("customer", "null").raw("description", text_or_null(intent.description));
  out.raw("last_payment_error", last_error(intent));
  if (!charge)
    out.raw("latest_charge", "null");
  else
    out.raw("latest_charge", expand_charge ? json(*charge, expand_transaction) : json_text(charge->id));
  out.boolean("livemode", false).raw("metadata", object_of(intent.metadata)).raw("next_action", next_action(intent));
  out.raw("payment_method", text_or_null(intent.payment_method)).raw("payment_method_types", string_array(intent.method_types));
  out.raw("receipt_email", text_or_null(intent.receipt_email));
  out.raw("statement_descriptor_suffix", text_or_null(intent.descriptor_suffix));
  return out.text("status", intent.status).done();
}

std::string stripe_model::json(const stripe_refund& refund) const {
  json_object out;
  out.text("id", refund.id).text("object", "refund").number("amount", refund.amount);
  out.raw("balance_transaction", refund.status == "pending" ? "null" : json_text(refund.balance_transaction));
  out.text("charge", refund.charge).number("created", unix_seconds(refund.created)).text("currency", refund.currency);
  out.text_if("failure_reason", refund.failure_reason).raw("metadata", object_of(refund.metadata)).text("payment_intent", refund.intent);
  return out.raw("reason", text_or_null(refund.reason)).raw("receipt_number", "null").text("status", refund.status).done();
}

} // namespace reserve::sandbox
