#include "world_fixture.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::sandbox;

namespace {

const std::string charges = "/openpix/api/v1/charge";

std::string body(const std::string& id = "pay-1", int value = 25050) {
  return R"({"correlationID":")" + id + R"(","value":)" + std::to_string(value) +
         R"(,"expiresIn":900,"additionalInfo":[{"key":"booking_intent_id","value":"bi-1"}]})";
}

} // namespace

TEST_CASE("a charge is made, paid with another amount and refunded at OpenPix", "[sandbox][openpix]") {
  test_world at;
  const auto made = json_of(at.post(charges, body()));
  CHECK(made["charge"]["status"].text() == "ACTIVE");
  CHECK(made["brCode"].text().starts_with("BR25050"));
  CHECK(at.control("/payments/bi-1/pay", R"({"amount":300.00})")["provider"].text() == "openpix");
  const auto charge = json_of(at.get(charges + "/pay-1"))["charge"];
  CHECK(charge["status"].text() == "COMPLETED");
  CHECK(charge["paymentMethods"]["pix"]["value"].integer() == 30000);
  CHECK(charge["fee"].integer() == 240);
  CHECK(json_of(at.get(charges + "/" + charge["identifier"].text()))["charge"]["correlationID"].text() == "pay-1");
  const std::string refund = R"({"correlationID":"rf-1","value":4950})";
  CHECK(json_of(at.post(charges + "/pay-1/refund", refund))["refund"]["status"].text() == "CONFIRMED");
  CHECK(at.post(charges + "/pay-1/refund", refund).status == 200);
  CHECK(at.post(charges + "/pay-1/refund", R"({"correlationID":"rf-1","value":1})").status == 400);
  CHECK(at.post(charges + "/pay-1/refund", R"({"correlationID":"rf-2","value":25051})").status == 400);
  CHECK(json_of(at.get("/openpix/api/v1/refund/rf-1"))["refund"]["value"].integer() == 4950);
  CHECK(at.deliver() == std::vector<std::string>{"OPENPIX:CHARGE_CREATED", "OPENPIX:CHARGE_COMPLETED", "OPENPIX:TRANSACTION_REFUND_RECEIVED"});
}

TEST_CASE("a correlationID is answered with the same charge, and refused with other data", "[sandbox][openpix]") {
  test_world at;
  const auto first = json_of(at.post(charges, body()))["charge"]["identifier"].text();
  CHECK(json_of(at.post(charges, body()))["charge"]["identifier"].text() == first);
  CHECK(at.post(charges, body("pay-1", 100)).status == 400);
  at.advance(std::chrono::hours(25));
  CHECK(at.post(charges, body()).status == 400);
  CHECK(json_of(at.post(charges + "?return_existing=true", body()))["charge"]["status"].text() == "EXPIRED");
}

TEST_CASE("a deleted or expired charge can still be paid late", "[sandbox][openpix]") {
  test_world at;
  at.post(charges, body());
  at.post(charges, body("pay-2"));
  CHECK(at.call("DELETE", charges + "/pay-1").content.status == 200);
  CHECK(at.call("DELETE", charges + "/pay-1").content.status == 400);
  at.advance(std::chrono::minutes(15));
  CHECK(json_of(at.get(charges + "/pay-2"))["charge"]["status"].text() == "EXPIRED");
  CHECK(at.control("/payments/pay-1/pay", "{}")["status"].text() == "COMPLETED");
  CHECK(at.control("/payments/pay-2/pay", "{}")["status"].text() == "COMPLETED");
  CHECK(at.post("/control/payments/pay-2/decline", "{}").status == 400);
}

TEST_CASE("the public keys need no credentials", "[sandbox][openpix]") {
  test_world at;
  const auto keys = json_of(at.get("/openpix/api/v1/webhook/public-keys"))["public_keys"];
  CHECK(keys[0]["key_identifier"].text() == "id");
  CHECK(keys[0]["is_current"].truth());
}
