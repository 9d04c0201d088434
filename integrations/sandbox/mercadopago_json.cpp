#include "integrations/sandbox/json_text.hpp"
#include "integrations/sandbox/mercadopago_model.hpp"

namespace reserve::sandbox {

namespace {

/// Mercado Pago shows its own office's time: -04:00 with milliseconds.
std::string office_time(timestamp at) {
  auto text = to_string(at - std::chrono::hours(4));
  text.pop_back();
  return text + ".000-04:00";
}

std::string office_time_or_null(const std::optional<timestamp>& at) {
  return at ? json_text(office_time(*at)) : "null";
}

std::string payer_of(const mp_payment& payment) {
  json_object out;
  out.raw("id", "null").text("email", payment.payer_email);
  if (payment.approved)
    out.raw("identification", R"({"type":"CPF","number":"00000000191"})").text("first_name", "Maria").text("last_name", "Pagadora");
  return out.text("type", "guest").done();
}

std::string bank_info(const mp_payment& payment) {
  if (!payment.approved)
    return R"({"payer":{"long_name":null,"account_id":null},"collector":{"long_name":"MERCADO PAGO"}})";
  return R"({"payer":{"long_name":"Maria Pagadora","account_id":1,"id":60701190,"external_account_id":null},"collector":{"long_name":"MERCADO PAGO"}})";
}

} // namespace

std::string mercadopago_model::json(const mp_refund& refund) const {
  json_object out;
  out.raw("id", refund.id).raw("payment_id", refund.payment).amount("amount", refund.amount).raw("metadata", refund.metadata);
  out.raw("source", R"({"id":"100200300","name":"Reserve","type":"collector"})").text("date_created", office_time(refund.created));
  out.raw("unique_sequence_number", "null").text("refund_mode", "standard").amount("adjustment_amount", {}).text("status", refund.status);
  return out.raw("reason", "null").amount("amount_refunded_to_payer", refund.amount).done();
}

std::string mercadopago_model::json(const mp_payment& payment) const {
  json_object transaction;
  transaction.text("qr_code", payment.qr_text).text("ticket_url", "https://www.mercadopago.example/payments/" + payment.id + "/ticket");
  transaction.raw("transaction_id", text_or_null(payment.transaction_id)).raw("e2e_id", text_or_null(payment.end_to_end_id));
  transaction.raw("bank_info", bank_info(payment));
  json_object interaction;
  interaction.text("type", "PIX").raw("application_data", R"({"name":null,"version":null})").object("transaction_data", transaction);
  json_object details;
  details.amount("net_received_amount", payment.received - payment.fee).amount("total_paid_amount", payment.received);
  details.amount("overpaid_amount", {}).raw("payment_method_reference_id", "null").raw("transaction_id", text_or_null(payment.transaction_id));
  json_object fee;
  fee.text("type", "mercadopago_fee").text("fee_payer", "collector").amount("amount", payment.fee);
  std::vector<std::string> refunds;
  for (const auto& [id, refund] : refunds_.rows())
    if (payment.refunded.minor_units > 0 && refund.payment == payment.id)
      refunds.push_back(json(refund));
  json_object out;
  out.raw("id", payment.id).text("date_created", office_time(payment.created)).raw("date_approved", office_time_or_null(payment.approved));
  out.text("date_last_updated", office_time(payment.updated)).text("date_of_expiration", office_time(payment.expires));
  out.text("operation_type", "regular_payment").text("payment_method_id", "pix").text("payment_type_id", "bank_transfer");
  out.text("status", payment.status).text("status_detail", payment.status_detail).text("currency_id", "BRL");
  out.raw("description", text_or_null(payment.description)).boolean("live_mode", false).number("collector_id", 100200300);
  out.raw("payer", payer_of(payment)).raw("metadata", payment.metadata).raw("external_reference", text_or_null(payment.external_reference));
  out.amount("transaction_amount", payment.amount).amount("transaction_amount_refunded", payment.refunded);
  out.object("transaction_details", details).raw("fee_details", payment.approved ? array_text({fee.done()}) : "[]");
  out.boolean("captured", true).boolean("binary_mode", false).raw("refunds", array_text(refunds)).object("point_of_interaction", interaction);
  return out.done();
}

} // namespace reserve::sandbox
