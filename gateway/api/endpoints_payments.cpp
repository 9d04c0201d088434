#include "gateway/api/endpoint_groups.hpp"
#include "gateway/api/examples.hpp"

namespace reserve::gateway {
namespace {

field intent_in_path() {
  return uuid_field("id").like(examples::intent_id);
}

std::string session_body(std::string_view more = "") {
  return R"({"session_id":")" + std::string(examples::session) + "\"" + std::string(more) + "}";
}

const std::vector<std::string> creating_errors{
    "BOOKING_INTENT_NOT_FOUND", "BOOKING_INTENT_EXPIRED", "PAYMENT_ALREADY_PROCESSED",    "INVALID_STATE",
    "INSUFFICIENT_INVENTORY",   "PAYMENT_FAILED",         "PAYMENT_PROVIDER_UNAVAILABLE", "HOST_UNAVAILABLE"};

endpoint options() {
  endpoint made = describe("get_payment_options", "GET", "/booking-intents/{id}/payment-options", "How this intent can be paid");
  made.rate = rate_class::public_read;
  made.fields = {intent_in_path()};
  made.answers = {{200, "PaymentOptions"}};
  made.errors = {"BOOKING_INTENT_NOT_FOUND", "BOOKING_INTENT_EXPIRED"};
  made.example_data = examples::payment_options();
  return made;
}

endpoint by_card() {
  endpoint made = describe("create_payment_intent_stripe", "POST", "/booking-intents/{id}/payments/stripe", "Starts a card payment");
  made.synonyms = {"create_stripe_payment_intent"};
  made.fields = {intent_in_path(), session_id(), text("payment_method_id", 1, 255, pattern::visible), text("customer_email", 3, 255, pattern::email),
                 text("return_url", 9, 2000, pattern::https_url)};
  made.answers = {{201, "StripePayment"}};
  made.errors = creating_errors;
  made.repeat = repeats::natural;
  made.example_body = session_body(R"(,"customer_email":"ana@example.com","return_url":"https://book.example.com/return")");
  made.example_data = examples::stripe_payment();
  return made;
}

endpoint by_pix() {
  endpoint made = describe("create_pix_charge", "POST", "/booking-intents/{id}/payments/pix", "Makes a PIX charge with its QR code");
  made.synonyms = {"create_pix_payment"};
  made.fields = {intent_in_path(), session_id(), choice("provider", {"stripe", "mercadopago", "openpix"}),
                 text("payer_document", 11, 14, pattern::cpf)};
  made.answers = {{201, "PixPayment"}};
  made.errors = creating_errors;
  made.repeat = repeats::natural;
  made.example_body = session_body(R"(,"provider":"stripe","payer_document":"529.982.247-25")");
  made.example_data = examples::pix_payment();
  return made;
}

endpoint poll() {
  endpoint made = describe("poll_payment_status", "GET", "/booking-intents/{id}/payment-status", "State of intent and payment while the guest waits");
  made.synonyms = {"get_payment_status"};
  made.rate = rate_class::poll;
  made.service_may = true;
  made.fields = {intent_in_path(), session_id()};
  made.answers = {{200, "PaymentStatus"}};
  made.errors = {"BOOKING_INTENT_NOT_FOUND"};
  made.example_query = "session_id=" + std::string(examples::session);
  made.example_data = examples::payment_status();
  return made;
}

endpoint retry() {
  endpoint made = describe("retry_failed_payment", "POST", "/booking-intents/{id}/payments/retry", "Tries again after a payment that failed");
  made.fields = {intent_in_path(), choice("method", {"stripe_card", "stripe_pix", "mercadopago_pix", "openpix"}).required(),
                 text("payment_method_id", 1, 255, pattern::visible)};
  made.answers = {{201, "StripePayment|PixPayment"}};
  made.errors = {"BOOKING_INTENT_NOT_FOUND",    "INVALID_STATE", "PAYMENT_FAILED", "BOOKING_INTENT_EXPIRED", "PAYMENT_ALREADY_PROCESSED",
                 "PAYMENT_PROVIDER_UNAVAILABLE"};
  made.repeat = repeats::natural;
  made.example_body = R"({"method":"stripe_card","payment_method_id":"pm_card_visa"})";
  made.example_data = examples::stripe_payment();
  return made;
}

} // namespace

std::vector<endpoint> payment_endpoints() {
  std::vector<endpoint> made{options(), by_card(), by_pix(), poll(), retry()};
  for (auto& each : made) {
    each.tag = "Payments";
    each.caller = caller::session;
    if (each.rate == rate_class::none)
      each.rate = rate_class::payment_write;
  }
  return made;
}

} // namespace reserve::gateway
