#include "world_fixture.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::sandbox;

namespace {

const std::string intents = "/stripe/v1/payment_intents";
const std::string base = "amount=100000&currency=brl&metadata[payment_id]=pay-1&metadata[booking_intent_id]=bi-1";

std::string paid_intent(test_world& at) {
  return json_of(at.post(intents, base + "&payment_method=pm_card_visa&confirm=true"))["id"].text();
}

} // namespace

TEST_CASE("a test card succeeds with charge, fee and event", "[sandbox][stripe]") {
  test_world at;
  const auto made = at.post(intents, base + "&payment_method=pm_card_visa&confirm=true&expand[]=latest_charge.balance_transaction", "key-1");
  CHECK(made.status == 200);
  const auto intent = json_of(made);
  CHECK(intent["status"].text() == "succeeded");
  CHECK(intent["amount_received"].integer() == 100000);
  CHECK(intent["metadata"]["payment_id"].text() == "pay-1");
  CHECK(intent["latest_charge"]["balance_transaction"]["fee"].integer() == 2930);
  CHECK(intent["latest_charge"]["balance_transaction"]["net"].integer() == 97070);
  CHECK(at.deliver() == std::vector<std::string>{"payment_intent.succeeded"});
  CHECK(json_of(at.get("/stripe/v1/events"))["data"][0]["data"]["object"]["id"].text() == intent["id"].text());
}

TEST_CASE("a key is answered with its first answer, and refused with other parameters", "[sandbox][stripe]") {
  test_world at;
  const auto first = at.post(intents, base, "key-1");
  const auto again = at.post(intents, base, "key-1");
  CHECK(again.body == first.body);
  CHECK(again.headers.at("Idempotent-Replayed") == "true");
  const auto other = at.post(intents, base + "&description=x", "key-1");
  CHECK(other.status == 400);
  CHECK(json_of(other)["error"]["type"].text() == "idempotency_error");
  CHECK(at.all.stripe().intents().rows().size() == 1);
  at.advance(std::chrono::hours(24));
  CHECK(at.post(intents, base + "&description=x", "key-1").status == 200);
}

TEST_CASE("declined cards are 402 with the intent, and their answer is kept", "[sandbox][stripe]") {
  test_world at;
  auto [card, code] = GENERATE(Catch::Generators::table<std::string, std::string>(
      {{"pm_card_chargeDeclined", "generic_decline"}, {"pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"}}));
  const auto form = base + "&confirm=true&payment_method=" + card;
  const auto declined = at.post(intents, form, "key-1");
  CHECK(declined.status == 402);
  const auto error = json_of(declined)["error"];
  CHECK(error["type"].text() == "card_error");
  CHECK(error["decline_code"].text() == code);
  CHECK(error["payment_intent"]["status"].text() == "requires_payment_method");
  CHECK(at.post(intents, form, "key-1").body == declined.body);
  CHECK(at.deliver() == std::vector<std::string>{"payment_intent.payment_failed"});
}

TEST_CASE("a card that asks for authentication waits for it", "[sandbox][stripe]") {
  test_world at;
  const auto intent = json_of(at.post(intents, base + "&payment_method=pm_card_authenticationRequired&confirm=true"));
  CHECK(intent["status"].text() == "requires_action");
  CHECK(intent["next_action"]["type"].text() == "use_stripe_sdk");
  CHECK(at.control("/payments/bi-1/authenticate", "{}")["status"].text() == "succeeded");
}

TEST_CASE("wrong requests get Stripe's errors", "[sandbox][stripe]") {
  test_world at;
  auto [form, status, code] = GENERATE(Catch::Generators::table<std::string, int, std::string>({
      {"currency=brl", 400, "parameter_missing"},
      {"amount=1000", 400, "parameter_missing"},
      {"amount=49&currency=brl", 400, "amount_too_small"},
      {"amount=1000&currency=brl&payment_method=pm_none", 404, "resource_missing"},
      {"amount=1000&currency=brl&payment_method_types[]=cash", 400, "payment_intent_invalid_parameter"},
      {"amount=1000&currency=brl&confirm=true", 400, "payment_intent_unexpected_state"},
  }));
  const auto out = at.post(intents, form);
  CHECK(out.status == status);
  CHECK(json_of(out)["error"]["code"].text() == code);
}

TEST_CASE("PIX of Stripe shows its code and expires by the sandbox's clock", "[sandbox][stripe]") {
  test_world at;
  const auto expires = std::chrono::floor<std::chrono::seconds>(at.machine.time_since_epoch()).count() + 900;
  const auto intent = json_of(at.post(intents, base +
                                                   "&payment_method_types[]=pix&payment_method_data[type]=pix&confirm=true"
                                                   "&payment_method_options[pix][expires_at]=" +
                                                   std::to_string(expires)));
  const auto& code = intent["next_action"]["pix_display_qr_code"];
  CHECK(code["data"].text().starts_with("BR100000"));
  CHECK(code["expires_at"].integer() == expires);
  at.advance(std::chrono::seconds(899));
  CHECK(json_of(at.get(intents + "/" + intent["id"].text()))["status"].text() == "requires_action");
  at.advance(std::chrono::seconds(1));
  const auto ended = json_of(at.get(intents + "/" + intent["id"].text()));
  CHECK(ended["status"].text() == "requires_payment_method");
  CHECK(ended["last_payment_error"]["code"].text() == "payment_intent_payment_attempt_expired");
  const auto late = at.control("/payments/pay-1/pay", R"({"amount":990.00})");
  CHECK(late["status"].text() == "succeeded");
  CHECK(json_of(at.get(intents + "/" + intent["id"].text()))["amount_received"].integer() == 99000);
}

TEST_CASE("refunds succeed at once, are limited by the charge, and are listed by intent", "[sandbox][stripe]") {
  test_world at;
  const auto id = paid_intent(at);
  const auto part = at.post("/stripe/v1/refunds", "payment_intent=" + id + "&amount=40000&metadata[refund_id]=rf-1", "r-1");
  CHECK(json_of(part)["status"].text() == "succeeded");
  CHECK(at.post("/stripe/v1/refunds", "payment_intent=" + id + "&amount=60001").status == 400);
  CHECK(at.post("/stripe/v1/refunds", "payment_intent=" + id).status == 200);
  CHECK(json_of(at.post("/stripe/v1/refunds", "payment_intent=" + id))["error"]["code"].text() == "charge_already_refunded");
  CHECK(json_of(at.get("/stripe/v1/refunds?payment_intent=" + id))["data"].items().size() == 2);
  CHECK(at.deliver() ==
        std::vector<std::string>{"payment_intent.succeeded", "charge.refunded", "refund.updated", "charge.refunded", "refund.updated"});
}

TEST_CASE("a refund can be left open, ended, and failed later", "[sandbox][stripe]") {
  test_world at;
  const auto id = paid_intent(at);
  at.control("/refunds/open", R"({"provider":"stripe","count":1})");
  const auto refund = json_of(at.post("/stripe/v1/refunds", "payment_intent=" + id + "&metadata[refund_id]=rf-1"));
  CHECK(refund["status"].text() == "pending");
  CHECK(at.control("/refunds/rf-1/succeed", "{}")["status"].text() == "succeeded");
  CHECK(at.post("/control/refunds/rf-1/succeed", "{}").status == 400);
  CHECK(at.control("/refunds/" + refund["id"].text() + "/fail", "{}")["status"].text() == "failed");
  CHECK(at.deliver().back() == "refund.failed");
  CHECK(at.post("/stripe/v1/refunds", "payment_intent=" + id).status == 200);
}

TEST_CASE("an intent is found by what its metadata says", "[sandbox][stripe]") {
  test_world at;
  const auto id = paid_intent(at);
  at.post(intents, "amount=5000&currency=brl&metadata[payment_id]=pay-2");
  const auto found = json_of(at.get(intents + "/search?query=" + url_encoded("metadata['payment_id']:'pay-1'")));
  REQUIRE(found["data"].items().size() == 1);
  CHECK(found["data"][0]["id"].text() == id);
  CHECK(json_of(at.get(intents + "/search?query=" + url_encoded("metadata['payment_id']:'none'")))["data"].items().empty());
  CHECK(at.get(intents + "/search?query=nonsense").status == 400);
}

TEST_CASE("an intent is cancelled once, and never after success", "[sandbox][stripe]") {
  test_world at;
  const auto id = json_of(at.post(intents, base))["id"].text();
  CHECK(json_of(at.post(intents + "/" + id + "/cancel"))["status"].text() == "canceled");
  const auto again = at.post(intents + "/" + id + "/cancel");
  CHECK(again.status == 400);
  CHECK(json_of(again)["error"]["payment_intent"]["status"].text() == "canceled");
  CHECK(at.post(intents + "/" + paid_intent(at) + "/cancel").status == 400);
}
