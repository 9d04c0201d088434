#include "integrations/stripe/stripe_wire.hpp"

#include "payment_requests.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::integrations;
using namespace reserve::integrations::test;
using operation = provider_request::operation;
using kind = provider_reply::kind;

namespace {

const stripe::wire wire;

provider_request card(operation what = operation::create) { return payment_request_for("stripe", "stripe_card", what); }
provider_request pix(operation what = operation::create) { return payment_request_for("stripe", "stripe_pix", what); }

std::string intent(const std::string& status, const std::string& more = "") {
  return R"({"id":"pi_1","object":"payment_intent","amount":5880,"amount_received":)" + std::string(status == "succeeded" ? "5880" : "0") +
         R"(,"currency":"brl","client_secret":"pi_1_secret_x","created":1,"metadata":{"payment_id":")" + payment_text + R"(","booking_intent_id":")" + intent_text +
         R"("},"status":")" + status + "\"" + more + "}";
}

const std::string charge = R"(,"latest_charge":{"id":"ch_1","balance_transaction":{"fee":235,"currency":"brl"},"receipt_url":"https://r",
  "payment_method_details":{"type":"card","card":{"brand":"visa","last4":"4242"}}})";

} // namespace

TEST_CASE("a card payment for the browser to confirm", "[integrations][stripe]") {
  const auto request = wire.render(card());
  CHECK(request == wire.render(card()));
  CHECK(request.method == "POST");
  CHECK(request.target == "/v1/payment_intents");
  CHECK(find_field(request.headers, "Idempotency-Key") == payment_text);
  CHECK(request.body == "amount=5880&currency=brl&capture_method=automatic&payment_method_types%5B%5D=card&statement_descriptor_suffix=URB&description=RES%20%26%20Co"
                        "&receipt_email=maria%40example.com&metadata%5Bbooking_intent_id%5D=" + intent_text + "&metadata%5Bpayment_id%5D=" + payment_text +
                        "&metadata%5Bcity_code%5D=URB&metadata%5Bproperty_id%5D=" + property_text + "&expand%5B%5D=latest_charge.balance_transaction");
}

TEST_CASE("a card payment that we confirm", "[integrations][stripe]") {
  auto request = card();
  request.request.payment_method_id = "pm_card_visa";
  request.request.return_url = "https://reserve.example/pay?x=1";
  const auto body = wire.render(request).body;
  CHECK(body.find("&payment_method=pm_card_visa&confirm=true&return_url=https%3A%2F%2Freserve.example%2Fpay%3Fx%3D1&") != std::string::npos);
}

TEST_CASE("a PIX payment carries its absolute end", "[integrations][stripe]") {
  const auto body = wire.render(pix()).body;
  CHECK(body.find("payment_method_types%5B%5D=pix&payment_method_data%5Btype%5D=pix") != std::string::npos);
  CHECK(body.find("&confirm=true&payment_method_options%5Bpix%5D%5Bexpires_at%5D=1796127300&") != std::string::npos);
}

TEST_CASE("reads, cancels and refunds of Stripe", "[integrations][stripe]") {
  auto request = card(operation::read);
  CHECK(wire.render(request).target == "/v1/payment_intents/search?query=metadata%5B%27payment_id%27%5D%3A%27" + payment_text +
                                           "%27&expand%5B%5D=data.latest_charge.balance_transaction");
  request.provider_object = "pi_1";
  CHECK(wire.render(request).target == "/v1/payment_intents/pi_1?expand%5B%5D=latest_charge.balance_transaction");
  request.what = operation::cancel;
  CHECK(wire.render(request).target == "/v1/payment_intents/pi_1/cancel");
  CHECK(find_field(wire.render(request).headers, "Idempotency-Key") == payment_text + "-cancel");
  request.what = operation::create_refund;
  CHECK(find_field(wire.render(request).headers, "Idempotency-Key") == refund_text);
  CHECK(wire.render(request).body.starts_with("payment_intent=pi_1&amount=1000&reason=requested_by_customer&metadata%5Brefund_id%5D=" + refund_text));
  request.what = operation::read_refund;
  CHECK(wire.render(request).target == "/v1/refunds?payment_intent=pi_1&limit=100");
  request.gateway_refund_id = "re_1";
  CHECK(wire.render(request).target == "/v1/refunds/re_1");
}

TEST_CASE("a paid card payment is read to the cent", "[integrations][stripe]") {
  const auto reply = wire.parse(card(operation::read), answer(200, intent("succeeded", charge)));
  REQUIRE(reply.what == kind::answered);
  CHECK(reply.view.status == object_status::succeeded);
  CHECK(reply.view.object == "pi_1");
  CHECK(reply.view.charge == "ch_1");
  CHECK(reply.view.captured == money{5880});
  CHECK(reply.view.fee == money{235});
  CHECK(reply.view.card_brand == "visa");
  CHECK(reply.view.card_last4 == "4242");
  CHECK(reply.view.reference_matches);
  CHECK(reply.payment_ref == payment_text);
  CHECK(reply.intent_ref == intent_text);
  CHECK(reply.secrets.client_secret == "pi_1_secret_x");
  CHECK(reply.secrets.receipt_url == "https://r");
}

TEST_CASE("the states of a payment intent", "[integrations][stripe]") {
  auto [status, expected] = GENERATE(table<std::string, object_status>({
      {"requires_payment_method", object_status::requires_payment_method},
      {"requires_confirmation", object_status::requires_payment_method},
      {"requires_action", object_status::requires_action},
      {"processing", object_status::processing},
      {"requires_capture", object_status::processing},
      {"succeeded", object_status::succeeded},
      {"canceled", object_status::cancelled},
  }));
  const auto reply = wire.parse(card(operation::read), answer(200, intent(status)));
  CHECK(reply.what == kind::answered);
  CHECK(reply.view.status == expected);
  CHECK(reply.view.failure_code.empty());
}

TEST_CASE("an authentication and a PIX code are passed on", "[integrations][stripe]") {
  const auto reply = wire.parse(card(), answer(200, intent("requires_action", R"(,"next_action":{"type":"redirect_to_url","redirect_to_url":{"url":"https://bank"}})")));
  CHECK(reply.view.action_type == "redirect_to_url");
  CHECK(reply.secrets.redirect_url == "https://bank");
  const auto code = wire.parse(pix(), answer(200, intent("requires_action", R"(,"next_action":{"type":"pix_display_qr_code","pix_display_qr_code":{
    "data":"00020126330014BR.GOV.BCB.PIX0111579466632345204000053039865802BR5905CELSO6006MANAUS62070503***6304FFFF","expires_at":1796127300}})")));
  CHECK(code.view.action_type == "pix_display_qr_code");
  CHECK(code.view.pix_text.starts_with("000201"));
  CHECK(code.view.pix_txid == "pi_1");
  CHECK(code.view.pix_expires_at == parse_timestamp("2026-12-01T12:15:00Z"));
}

TEST_CASE("a decline is a decline, with and without the object", "[integrations][stripe]") {
  const std::string error = R"("type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"Your card 4242424242424242 has no funds.")";
  auto reply = wire.parse(card(), answer(402, "{\"error\":{" + error + ",\"payment_intent\":" + intent("requires_payment_method") + "}}"));
  CHECK(reply.what == kind::declined);
  CHECK(reply.view.status == object_status::requires_payment_method);
  CHECK(reply.view.failure_code == "insufficient_funds");
  CHECK(reply.view.failure_message == "Your card *** has no funds.");
  CHECK(reply.view.object == "pi_1");
  CHECK_FALSE(reply.failure);
  reply = wire.parse(card(), answer(402, "{\"error\":{" + error + "}}"));
  CHECK(reply.what == kind::declined);
  CHECK(reply.view.object.empty());
  reply = wire.parse(card(operation::read), answer(200, intent("requires_payment_method", ",\"last_payment_error\":{" + error + "}")));
  CHECK(reply.what == kind::answered);
  CHECK(reply.view.failure_code == "insufficient_funds");
}

TEST_CASE("a PIX code that ran out is expired", "[integrations][stripe]") {
  const auto body = intent("requires_payment_method", R"(,"last_payment_error":{"code":"payment_intent_payment_attempt_expired","message":"m"})");
  CHECK(wire.parse(pix(operation::read), answer(200, body)).view.status == object_status::expired);
  CHECK(wire.parse(card(operation::read), answer(200, body)).view.status == object_status::requires_payment_method);
}

TEST_CASE("what Stripe's other answers mean", "[integrations][stripe]") {
  struct row {
    outbound_result result;
    kind what;
    bool failure;
  };
  const auto error = [](const char* type) { return std::string(R"({"error":{"code":"c","message":"m","type":")") + type + "\"}}"; };
  const auto rows = std::vector<row>{
      {answer(400, error("invalid_request_error")), kind::refused, false}, {answer(404, error("invalid_request_error")), kind::refused, false},
      {answer(400, error("idempotency_error")), kind::no_answer, false},   {answer(409, error("idempotency_error")), kind::no_answer, false},
      {answer(404, "<html>"), kind::no_answer, false},                     {answer(401, error("x")), kind::not_sent, false},
      {answer(403, error("x")), kind::not_sent, false},                    {answer(429, error("x")), kind::not_sent, true},
      {answer(500, error("api_error")), kind::no_answer, true},            {answer(502, "<html>"), kind::no_answer, true},
      {answer(200, "<html>"), kind::no_answer, false},                     {answer(200, "{}"), kind::no_answer, false},
      {answer(200, intent("new_state")), kind::no_answer, false},          {answer(200, replaced(intent("processing"), "brl", "b")), kind::no_answer, false},
      {broken(outbound_kind::not_sent), kind::not_sent, true},             {broken(outbound_kind::no_answer), kind::no_answer, true},
      {broken(outbound_kind::too_large), kind::no_answer, true},
  };
  for (const auto& [result, what, failure] : rows) {
    INFO(result.status << ' ' << result.body);
    const auto reply = wire.parse(card(), result);
    CHECK(reply.what == what);
    CHECK(reply.failure == failure);
  }
}

TEST_CASE("a search finds the object that counts", "[integrations][stripe]") {
  const auto found = [](const std::string& list) {
    return wire.parse(card(operation::read), answer(200, R"({"object":"search_result","data":[)" + list + "]}"));
  };
  CHECK(found("").what == kind::not_found);
  const auto newer = replaced(replaced(intent("canceled"), "\"created\":1", "\"created\":9"), "pi_1", "pi_9");
  CHECK(found(intent("processing") + "," + newer).view.object == "pi_9");
  CHECK(found(newer + "," + intent("succeeded")).view.object == "pi_1");
  CHECK(wire.parse(card(operation::read), answer(404, R"({"error":{"code":"resource_missing"}})")).what == kind::not_found);
}

TEST_CASE("an object of somebody else is told apart", "[integrations][stripe]") {
  const auto other = replaced(intent("succeeded"), payment_text, intent_text);
  CHECK_FALSE(wire.parse(card(operation::read), answer(200, other)).view.reference_matches);
}

TEST_CASE("a cancel that comes too late answers with the object", "[integrations][stripe]") {
  const auto reply =
      wire.parse(card(operation::cancel), answer(400, R"({"error":{"code":"payment_intent_unexpected_state","payment_intent":)" + intent("succeeded") + "}}"));
  CHECK(reply.what == kind::answered);
  CHECK(reply.view.status == object_status::succeeded);
}

TEST_CASE("refunds of Stripe", "[integrations][stripe]") {
  const auto refund = [](const std::string& status) {
    return R"({"id":"re_1","object":"refund","metadata":{"refund_id":")" + refund_text + R"("},"status":")" + status + "\"}";
  };
  auto [status, what] = GENERATE(table<std::string, refund_view::kind>({
      {"succeeded", refund_view::kind::completed},
      {"pending", refund_view::kind::accepted},
      {"requires_action", refund_view::kind::accepted},
      {"failed", refund_view::kind::refused},
      {"canceled", refund_view::kind::refused},
  }));
  const auto reply = wire.parse(card(operation::create_refund), answer(200, refund(status)));
  CHECK(reply.what == kind::answered);
  CHECK(reply.refund.what == what);
  CHECK(reply.refund.gateway_refund_id == "re_1");
  const auto look = [](const std::string& body) { return wire.parse(card(operation::read_refund), answer(200, body)); };
  CHECK(look("{\"data\":[" + replaced(refund("pending"), refund_text, intent_text) + "," + refund(status) + "]}").refund.what == what);
  CHECK(look("{\"data\":[]}").refund.what == refund_view::kind::unknown_to_provider);
  CHECK(look("{\"data\":[],\"has_more\":true}").refund.what == refund_view::kind::error);
  CHECK(look("{}").refund.what == refund_view::kind::error);
}

TEST_CASE("a refund that was refused, lost or done by somebody", "[integrations][stripe]") {
  const auto call = [](const outbound_result& result) { return wire.parse(card(operation::create_refund), result).refund.what; };
  CHECK(call(answer(400, R"({"error":{"code":"parameter_invalid_integer"}})")) == refund_view::kind::refused);
  CHECK(call(answer(400, R"({"error":{"code":"charge_already_refunded"}})")) == refund_view::kind::error);
  CHECK(call(answer(402, R"({"error":{"code":"x"}})")) == refund_view::kind::refused);
  CHECK(call(answer(500, "")) == refund_view::kind::error);
  CHECK(call(broken(outbound_kind::no_answer)) == refund_view::kind::error);
}
