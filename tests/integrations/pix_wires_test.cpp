#include "integrations/mercadopago/mercadopago_wire.hpp"
#include "integrations/openpix/openpix_wire.hpp"

#include "payment_requests.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::integrations;
using namespace reserve::integrations::test;
using operation = provider_request::operation;
using kind = provider_reply::kind;
using refund_kind = refund_view::kind;

namespace {

const mercadopago::wire mp;
const openpix::wire op;

provider_request mp_call(operation what) {
  auto out = payment_request_for("mercadopago", "mercadopago_pix", what);
  if (what != operation::create)
    out.provider_object = "123";
  return out;
}

provider_request op_call(operation what) { return payment_request_for("openpix", "openpix", what); }

std::string mp_payment(const std::string& status, const std::string& detail = "", const std::string& paid = "0") {
  return R"({"id":123,"status":")" + status + R"(","status_detail":")" + detail + R"(","currency_id":"BRL","transaction_amount":58.8,"external_reference":")" +
         payment_text + R"(","metadata":{"booking_intent_id":")" + intent_text + R"("},"date_of_expiration":"2026-12-01T08:30:00.000-04:00",
    "fee_details":[{"type":"mercadopago_fee","fee_payer":"collector","amount":0.58},{"fee_payer":"payer","amount":9}],
    "payer":{"first_name":"Maria","last_name":"Pagadora","identification":{"type":"CPF","number":"00000000191"}},
    "transaction_details":{"total_paid_amount":)" + paid + R"(},"point_of_interaction":{"transaction_data":{"qr_code":"000201","transaction_id":"t1",
    "bank_info":{"payer":{"long_name":null,"id":60701190}}}}})";
}

std::string charge(const std::string& status, const std::string& more = "") {
  return R"({"charge":{"status":")" + status + R"(","value":5880,"correlationID":")" + payment_text +
         R"(","transactionID":"tx1","brCode":"000201","expiresDate":"2026-12-01T12:15:00.000Z","additionalInfo":[{"key":"booking_intent_id","value":")" + intent_text +
         "\"}]" + more + "}}";
}

} // namespace

TEST_CASE("a Mercado Pago payment ends no earlier than it accepts, counted from the record", "[integrations][mercadopago]") {
  const auto request = mp.render(mp_call(operation::create));
  CHECK(request == mp.render(mp_call(operation::create)));
  CHECK(request.target == "/v1/payments");
  CHECK(find_field(request.headers, "X-Idempotency-Key") == payment_text);
  CHECK(request.body == R"({"transaction_amount":58.80,"description":"RES & Co","payment_method_id":"pix","date_of_expiration":"2026-12-01T12:30:00.000+00:00",)"
                        R"("external_reference":")" + payment_text + R"(","metadata":{"booking_intent_id":")" + intent_text + R"(","payment_id":")" + payment_text +
                        R"(","city_code":"URB","property_id":")" + property_text +
                        R"("},"payer":{"email":"maria@example.com","first_name":"Maria","last_name":"Silva"}})");
  auto later = mp_call(operation::create);
  later.now += std::chrono::hours(1);
  CHECK(mp.render(later) == request);
  later.request.expires_at = later.request.created_at + std::chrono::minutes(45);
  CHECK(mp.render(later).body.find("12:45:00") != std::string::npos);
}

TEST_CASE("the other calls of Mercado Pago", "[integrations][mercadopago]") {
  CHECK(mp.render(mp_call(operation::read)).target == "/v1/payments/123");
  auto by_reference = mp_call(operation::read);
  by_reference.provider_object.clear();
  CHECK(mp.render(by_reference).target == "/v1/payments/search?external_reference=" + payment_text + "&sort=date_created&criteria=desc");
  const auto cancel = mp.render(mp_call(operation::cancel));
  CHECK(cancel.method == "PUT");
  CHECK(cancel.body == R"({"status":"cancelled"})");
  const auto refund = mp.render(mp_call(operation::create_refund));
  CHECK(refund.target == "/v1/payments/123/refunds");
  CHECK(refund.body == R"({"amount":10.00,"metadata":{"refund_id":")" + refund_text + "\"}}");
  CHECK(find_field(refund.headers, "X-Idempotency-Key") == refund_text);
}

TEST_CASE("the states of a Mercado Pago payment", "[integrations][mercadopago]") {
  auto [status, detail, expected] = GENERATE(table<std::string, std::string, object_status>({
      {"pending", "pending_waiting_transfer", object_status::requires_action},
      {"in_process", "", object_status::processing},
      {"authorized", "", object_status::processing},
      {"approved", "accredited", object_status::succeeded},
      {"refunded", "refunded", object_status::succeeded},
      {"charged_back", "", object_status::succeeded},
      {"rejected", "cc_rejected", object_status::failed},
      {"cancelled", "expired", object_status::expired},
      {"cancelled", "by_collector", object_status::cancelled},
  }));
  const auto reply = mp.parse(mp_call(operation::read), answer(200, mp_payment(status, detail)));
  CHECK(reply.what == kind::answered);
  CHECK(reply.view.status == expected);
  CHECK(reply.view.reference_matches);
}

TEST_CASE("a Mercado Pago payment is read to the cent", "[integrations][mercadopago]") {
  const auto open = mp.parse(mp_call(operation::create), answer(201, mp_payment("pending")));
  CHECK(open.view.object == "123");
  CHECK(open.view.pix_text == "000201");
  CHECK(open.view.pix_txid == "123");
  CHECK(open.view.pix_expires_at == parse_timestamp("2026-12-01T12:30:00Z"));
  CHECK(open.view.captured == money{});
  CHECK_FALSE(open.view.fee);
  CHECK(open.payment_ref == payment_text);
  CHECK(open.intent_ref == intent_text);
  const auto paid = mp.parse(mp_call(operation::read), answer(200, mp_payment("approved", "accredited", "58.79")));
  CHECK(paid.view.captured == money{5879});
  CHECK(paid.view.fee == money{58});
  CHECK(paid.view.charge == "t1");
  CHECK(paid.secrets.payer_name == "Maria Pagadora");
  CHECK(paid.secrets.payer_document == "00000000191");
  CHECK(paid.secrets.payer_bank == "60701190");
}

TEST_CASE("a search of Mercado Pago", "[integrations][mercadopago]") {
  const auto found = [](const std::string& list) { return mp.parse(mp_call(operation::read), answer(200, "{\"results\":[" + list + "]}")); };
  CHECK(found("").what == kind::not_found);
  CHECK(found(mp_payment("cancelled") + "," + mp_payment("approved")).view.status == object_status::succeeded);
  CHECK(found(mp_payment("pending") + "," + mp_payment("cancelled")).view.status == object_status::requires_action);
}

TEST_CASE("a refund of Mercado Pago is found by our id, or not at all", "[integrations][mercadopago]") {
  const auto entry = [](const std::string& amount, const std::string& reference, const std::string& status = "approved") {
    return R"({"id":7,"amount":)" + amount + R"(,"status":")" + status + R"(","metadata":{)" + (reference.empty() ? "" : R"("refund_id":")" + reference + "\"") + "}}";
  };
  auto request = mp_call(operation::read_refund);
  const auto look = [&](const std::string& body) { return mp.parse(request, answer(200, body)).refund; };
  CHECK(look("[]").what == refund_kind::unknown_to_provider);
  CHECK(look("[" + entry("10.00", refund_text) + "]").what == refund_kind::completed);
  CHECK(look("[" + entry("10.00", refund_text, "in_process") + "]").what == refund_kind::accepted);
  CHECK(look("[" + entry("10.00", refund_text, "rejected") + "]").what == refund_kind::refused);
  CHECK(look("[" + entry("10.00", intent_text) + "]").what == refund_kind::unknown_to_provider);
  CHECK(look("[" + entry("9.99", "") + "]").what == refund_kind::unknown_to_provider);
  // Which of two equal refunds is ours, only the key knows.
  CHECK(look("[" + entry("10.00", "") + "]").what == refund_kind::error);
  request.refund_first_sent_at = request.now - std::chrono::hours(19);
  CHECK(look("[" + entry("10.00", "") + "]").what == refund_kind::unknown_to_provider);
  request.refund_first_sent_at = request.now - std::chrono::hours(20);
  CHECK(look("[" + entry("10.00", "") + "]").what == refund_kind::error);
  request.gateway_refund_id = "7";
  CHECK(mp.render(request).target == "/v1/payments/123/refunds/7");
  CHECK(look(entry("10.00", "")).what == refund_kind::completed);
}

TEST_CASE("an OpenPix charge is named by our payment id", "[integrations][openpix]") {
  const auto request = op.render(op_call(operation::create));
  CHECK(request == op.render(op_call(operation::create)));
  CHECK(request.target == "/api/v1/charge?return_existing=true");
  CHECK(request.body == R"({"correlationID":")" + payment_text + R"(","value":5880,"comment":"RES & Co","expiresIn":900,"customer":{"name":"Maria Silva",)"
                        R"("email":"maria@example.com"},"additionalInfo":[{"key":"booking_intent_id","value":")" + intent_text +
                        R"("},{"key":"payment_id","value":")" + payment_text + R"("},{"key":"property_id","value":")" + property_text + "\"}]}");
  auto nobody = op_call(operation::create);
  nobody.payer = nullptr;
  CHECK(op.render(nobody).body.find("customer") == std::string::npos);
  CHECK(op.render(op_call(operation::read)).target == "/api/v1/charge/" + payment_text);
  CHECK(op.render(op_call(operation::cancel)).method == "DELETE");
  CHECK(op.render(op_call(operation::read_refund)).target == "/api/v1/refund/" + refund_text);
  const auto refund = op.render(op_call(operation::create_refund));
  CHECK(refund.target == "/api/v1/charge/" + payment_text + "/refund");
  CHECK(refund.body == R"({"correlationID":")" + refund_text + R"(","value":1000,"comment":"cancellation_policy"})");
}

TEST_CASE("an OpenPix charge is read to the cent", "[integrations][openpix]") {
  const auto open = op.parse(op_call(operation::create), answer(200, charge("ACTIVE")));
  CHECK(open.what == kind::answered);
  CHECK(open.view.status == object_status::requires_action);
  CHECK(open.view.object == payment_text);
  CHECK(open.view.pix_txid == "tx1");
  CHECK(open.intent_ref == intent_text);
  CHECK(open.view.pix_expires_at == parse_timestamp("2026-12-01T12:15:00Z"));
  const auto paid = op.parse(op_call(operation::read), answer(200, charge("COMPLETED", R"(,"fee":50,"paymentMethods":{"pix":{"value":5900}},
    "payer":{"name":"Maria","taxID":{"taxID":"00000000191"}})")));
  CHECK(paid.view.status == object_status::succeeded);
  CHECK(paid.view.captured == money{5900});
  CHECK(paid.view.fee == money{50});
  CHECK(paid.secrets.payer_name == "Maria");
  CHECK(paid.secrets.payer_document == "00000000191");
  CHECK(op.parse(op_call(operation::read), answer(200, charge("EXPIRED"))).view.status == object_status::expired);
  CHECK(op.parse(op_call(operation::read), answer(200, charge("DELETED"))).view.status == object_status::cancelled);
  CHECK_FALSE(op.parse(op_call(operation::read), answer(200, replaced(charge("ACTIVE"), payment_text, intent_text))).view.reference_matches);
}

TEST_CASE("an OpenPix charge that was deleted is cancelled", "[integrations][openpix]") {
  const auto reply = op.parse(op_call(operation::cancel), answer(200, R"({"status":"OK","id":"x"})"));
  CHECK(reply.what == kind::answered);
  CHECK(reply.view.status == object_status::cancelled);
  CHECK(op.parse(op_call(operation::read), answer(200, R"({"status":"OK"})")).what == kind::no_answer);
  CHECK(op.parse(op_call(operation::read), answer(404, R"({"error":"não encontrada"})")).what == kind::not_found);
}

TEST_CASE("refunds of OpenPix", "[integrations][openpix]") {
  const auto refund = [](const std::string& status) { return R"({"refund":{"status":")" + status + R"(","correlationID":")" + refund_text + R"(","refundId":"r1"}})"; };
  const auto look = [](const outbound_result& result) { return op.parse(op_call(operation::read_refund), result).refund; };
  CHECK(look(answer(200, refund("CONFIRMED"))).what == refund_kind::completed);
  CHECK(look(answer(200, refund("CONFIRMED"))).gateway_refund_id == "r1");
  CHECK(look(answer(200, refund("IN_PROCESSING"))).what == refund_kind::accepted);
  CHECK(look(answer(200, refund("REJECTED"))).what == refund_kind::refused);
  CHECK(look(answer(200, refund("NEW"))).what == refund_kind::error);
  CHECK(look(answer(200, replaced(refund("CONFIRMED"), refund_text, intent_text))).what == refund_kind::error);
  CHECK(look(answer(404, R"({"error":"x"})")).what == refund_kind::unknown_to_provider);
  CHECK(look(answer(404, "<html>")).what == refund_kind::error);
}

TEST_CASE("malformed and huge answers have no meaning", "[integrations][mercadopago][openpix]") {
  std::string huge = "{\"results\":[";
  for (int i = 0; i < 150'000; ++i)
    huge += "0,";
  for (const auto& body : {std::string(), std::string("null"), std::string("[]"), std::string("{\"id\":"), std::string("<html>"), huge + "0]}"}) {
    CHECK(mp.parse(mp_call(operation::create), answer(200, body)).what == kind::no_answer);
    CHECK(op.parse(op_call(operation::create), answer(200, body)).what == kind::no_answer);
  }
  CHECK(mp.parse(mp_call(operation::create), answer(400, R"({"error":"bad_request","message":"x"})")).what == kind::refused);
  CHECK(mp.parse(mp_call(operation::create), answer(409, R"({"error":"conflict"})")).what == kind::no_answer);
  CHECK(op.parse(op_call(operation::create), answer(400, R"({"error":"Já existe"})")).what == kind::refused);
}
