#include "world_fixture.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::sandbox;

namespace {

const std::string payments = "/mercadopago/v1/payments";

std::string body(const std::string& amount = "250.50", const std::string& expires = "2026-12-01T12:30:00.000+00:00") {
  return R"({"transaction_amount":)" + amount + R"(,"payment_method_id":"pix","date_of_expiration":")" + expires +
         R"(","external_reference":"pay-1","metadata":{"booking_intent_id":"bi-1"},"payer":{"email":"a@b.example"}})";
}

} // namespace

TEST_CASE("a PIX payment is made, found, paid and refunded at Mercado Pago", "[sandbox][mercadopago]") {
  test_world at;
  const auto made = at.post(payments, body(), "key-1");
  REQUIRE(made.status == 201);
  const auto payment = json_of(made);
  const auto id = payment["id"].text_or_number();
  CHECK(payment["status"].text() == "pending");
  CHECK(payment["transaction_amount"].amount() == money{25050});
  CHECK(payment["point_of_interaction"]["transaction_data"]["qr_code"].text() == "BR25050mpqrinter" + id);
  CHECK(json_of(at.get(payments + "/search?external_reference=pay-1"))["results"][0]["id"].text_or_number() == id);
  CHECK(at.control("/payments/bi-1/pay", R"({"amount":200.00})")["ref"].text() == id);
  const auto paid = json_of(at.get(payments + "/" + id));
  CHECK(paid["status"].text() == "approved");
  CHECK(paid["transaction_details"]["total_paid_amount"].amount() == money{20000});
  CHECK(paid["fee_details"][0]["amount"].amount() == money{198});
  CHECK(at.post(payments + "/" + id + "/refunds", R"({"amount":200.01})", "rf-1").status == 400);
  const auto refund = at.post(payments + "/" + id + "/refunds", R"({"amount":50.00,"metadata":{"refund_id":"rf-2"}})", "rf-2");
  CHECK(refund.status == 201);
  CHECK(json_of(refund)["status"].text() == "approved");
  CHECK(json_of(at.post(payments + "/" + id + "/refunds", "{}", "rf-3"))["amount"].amount() == money{15000});
  CHECK(json_of(at.get(payments + "/" + id))["status"].text() == "refunded");
  CHECK(json_of(at.get(payments + "/" + id + "/refunds")).items().size() == 2);
}

TEST_CASE("Mercado Pago wants a key and compares its parameters", "[sandbox][mercadopago]") {
  test_world at;
  CHECK(at.post(payments, body()).status == 400);
  const auto first = json_of(at.post(payments, body(), "key-1"))["id"].text_or_number();
  CHECK(json_of(at.post(payments, body(), "key-1"))["id"].text_or_number() == first);
  CHECK(at.post(payments, body("99.00"), "key-1").status == 400);
  CHECK(at.all.mercadopago().payments().rows().size() == 1);
}

TEST_CASE("Mercado Pago refuses what it cannot do", "[sandbox][mercadopago]") {
  test_world at;
  auto [text, status] = GENERATE(Catch::Generators::table<std::string, int>({
      {"{", 400},
      {body("0.00"), 400},
      {body("1.001"), 400},
      {body("10.00", "2026-12-01T12:15:00.000+00:00"), 400},
      {body("10.00", "tomorrow"), 400},
      {body("10.00", "2026-12-01T08:29:30.000-04:00"), 201},
  }));
  CHECK(at.post(payments, text, "key-1").status == status);
}

TEST_CASE("a payment expires by the sandbox's clock, can be cancelled before and paid late", "[sandbox][mercadopago]") {
  test_world at;
  const auto id = json_of(at.post(payments, body(), "key-1"))["id"].text_or_number();
  at.advance(std::chrono::minutes(30));
  CHECK(json_of(at.get(payments + "/" + id))["status_detail"].text() == "expired");
  CHECK(at.call("PUT", payments + "/" + id, R"({"status":"cancelled"})").content.status == 400);
  CHECK(at.control("/payments/" + id + "/pay", "{}")["status"].text() == "approved");
  CHECK(at.post("/control/payments/" + id + "/pay", "{}").status == 400);
  const auto other = json_of(at.post(payments, body("5.00", "2026-12-01T13:30:00.000+00:00"), "key-2"))["id"].text_or_number();
  CHECK(json_of(at.call("PUT", payments + "/" + other, R"({"status":"cancelled"})").content)["status"].text() == "cancelled");
}
