#include "world_fixture.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace reserve;
using namespace reserve::sandbox;

namespace {

const std::string intents = "/stripe/v1/payment_intents";
const std::string form = "amount=1000&currency=brl&metadata[payment_id]=pay-1&metadata[property_id]=p-1&metadata[booking_intent_id]=bi-1";

std::size_t intents_made(test_world& at) {
  return at.all.stripe().intents().rows().size();
}

} // namespace

TEST_CASE("a fault strikes before or after the work", "[sandbox][faults]") {
  test_world at;
  auto [effect, how, status, work] = GENERATE(Catch::Generators::table<std::string, delivery, int, std::size_t>({
      {"latency", delivery::sent, 200, 1},
      {"timeout_before", delivery::never, 200, 0},
      {"timeout_after", delivery::never, 200, 1},
      {"status", delivery::sent, 503, 0},
      {"reset", delivery::closed, 200, 0},
      {"garbage", delivery::sent, 200, 1},
  }));
  at.control("/faults",
             R"({"provider":"stripe","operation":"create_payment_intent","effect":")" + effect + R"(","status":503,"latency_ms":50,"calls":1})");
  const auto out = at.call("POST", intents, form, {{"idempotency-key", "k"}});
  CHECK(out.how == how);
  CHECK(out.content.status == status);
  CHECK(out.delay == std::chrono::milliseconds(50));
  CHECK(intents_made(at) == work);
  CHECK(parse_json(out.content.body).has_value() == (effect != "garbage"));
  const auto calls = at.control("/calls");
  CHECK(calls[0]["status"].is_null() == (how != delivery::sent));
  CHECK_FALSE(calls[0]["fault_id"].text().empty());
  // The next call goes well, and finds what was made under its key.
  CHECK(at.post(intents, form, "k").status == 200);
  CHECK(intents_made(at) == 1);
}

TEST_CASE("a fault matches provider, operation and property", "[sandbox][faults]") {
  test_world at;
  at.control("/faults", R"({"provider":"stripe","operation":"create_payment_intent","property_id":"p-2","effect":"status","status":500})");
  CHECK(at.post(intents, form).status == 200);
  const auto id = at.control("/faults", R"({"provider":"stripe","operation":"*","effect":"status","status":429})")["fault_id"].text();
  CHECK(at.post(intents, form).status == 429);
  CHECK(at.get(intents + "/pi_none").status == 429);
  CHECK(at.get("/host/health").status == 200);
  CHECK(at.call("DELETE", "/control/faults/" + id).content.status == 200);
  CHECK(at.post(intents, form).status == 200);
  CHECK(at.call("DELETE", "/control/faults/" + id).content.status == 404);
}

TEST_CASE("percent of the calls fail, the same ones for the same seed", "[sandbox][faults]") {
  const auto failures = [](std::uint64_t seed) {
    test_world at(seed);
    at.control("/faults", R"({"provider":"host","operation":"health","effect":"status","status":500,"percent":30})");
    std::string out;
    for (int i = 0; i < 200; ++i)
      out += at.get("/host/health").status == 500 ? 'x' : '.';
    return out;
  };
  const auto first = failures(7);
  const auto count = std::count(first.begin(), first.end(), 'x');
  CHECK(count > 30);
  CHECK(count < 90);
  CHECK(first == failures(7));
  CHECK(first != failures(8));
}

TEST_CASE("faults and rules that make no sense are refused", "[sandbox][faults]") {
  test_world at;
  const std::string body = GENERATE(R"({"provider":"paypal","effect":"reset"})", R"({"provider":"host","effect":"explode"})",
                                    R"({"provider":"host","effect":"status","status":200})", R"({"provider":"host","effect":"latency"})",
                                    R"({"provider":"host","effect":"reset","percent":101})", R"({"provider":"host","effect":"reset","calls":0})",
                                    R"({"provider":"host","effect":"reset","calls":1,"percent":5})", "[]", "{");
  CHECK(at.post("/control/faults", body).status == 400);
  CHECK(at.post("/control/webhooks/rules", body).status == 400);
}

TEST_CASE("a payment is found by object, payment and intent, the newest open one first", "[sandbox][control]") {
  test_world at;
  const auto first = json_of(at.post(intents, form))["id"].text();
  const auto second = json_of(at.post(intents, form))["id"].text();
  CHECK(at.control("/payments/bi-1/decline", R"({"decline_code":"insufficient_funds"})")["ref"].text() == second);
  const auto paid = at.control("/payments/pay-1/pay", "{}");
  CHECK(paid["ref"].text() == second);
  CHECK(paid["booking_intent_id"].text() == "bi-1");
  CHECK_FALSE(paid["event_id"].text().empty());
  CHECK(at.control("/payments/bi-1/cancel", "{}")["ref"].text() == first);
  CHECK(at.post("/control/payments/nobody/pay", "{}").status == 404);
  CHECK(at.post("/control/payments/bi-1/steal", "{}").status == 404);
  CHECK(at.post("/control/payments/bi-1/pay", R"({"amount":-1})").status == 400);
}

TEST_CASE("a dropped webhook is made, not sent, and can be sent later", "[sandbox][control]") {
  test_world at;
  at.post(intents, form);
  const auto event = at.control("/payments/bi-1/pay", R"({"webhook":"drop"})")["event_id"].text();
  CHECK(at.deliver().empty());
  CHECK(at.control("/state")["webhooks"][0]["status"].text() == "dropped");
  at.control("/webhooks/" + event + "/send", "{}");
  CHECK(at.deliver() == std::vector<std::string>{"payment_intent.succeeded"});
  CHECK(at.post("/control/webhooks/none/send", "{}").status == 404);
}

TEST_CASE("calls are listed with what was asked, filtered and paged", "[sandbox][control]") {
  test_world at;
  at.post(intents, form, "key-1");
  at.get("/host/health");
  at.get(intents + "/pi_none");
  const auto all = at.control("/calls");
  REQUIRE(all.items().size() == 3);
  CHECK(all[0]["operation"].text() == "create_payment_intent");
  CHECK(all[0]["idempotency_key"].text() == "key-1");
  CHECK(all[0]["property_id"].text() == "p-1");
  CHECK(all[2]["status"].integer() == 404);
  CHECK(at.control("/calls?provider=stripe&limit=1").items().size() == 1);
  CHECK(at.control("/calls?after=" + all[1]["id"].text_or_number()).items().size() == 1);
  CHECK(at.get("/control/calls?limit=1001").status == 400);
}

TEST_CASE("a reset forgets everything but the clock", "[sandbox][control]") {
  test_world at;
  at.all.set_offset(960);
  at.post(intents, form, "key-1");
  at.post("/host/api/v1/bookings", booking_body("RES-1"));
  at.control("/faults", R"({"provider":"host","effect":"reset"})");
  at.control("/host/availability",
             R"({"property_id":"urb-001","room_type_id":"urb-001-r1","start_date":"2027-04-05","end_date":"2027-04-06","allotment":7})");
  at.control("/reset", R"({"keep_catalogue":true})");
  const auto state = at.control("/state");
  CHECK(state["offset_seconds"].integer() == 960);
  CHECK(state["host"]["properties"].items().size() == 20);
  CHECK(state["host"]["room_types"].items().size() == 60);
  CHECK(state["host"]["bookings"].items().empty());
  CHECK(state["stripe"]["payment_intents"].items().empty());
  CHECK(state["webhooks"].items().empty());
  CHECK(state["faults"].items().empty());
  const auto allotment = [&] {
    return json_of(at.get(
        "/host/api/v1/availability?property_id=urb-001&room_type_id=urb-001-r1&start_date=2027-04-05&end_date=2027-04-06"))["availability"][0]
                                                                                                                           ["allotment"]
                                                                                                                               .integer();
  };
  CHECK(allotment() == 7);
  at.control("/reset", R"({"keep_catalogue":false})");
  CHECK(allotment() == at.all.host().content().find_room("urb-001-r1")->allotment);
  CHECK(at.control("/state?provider=openpix")["charges"].is_array());
  CHECK(at.get("/control/state?provider=paypal").status == 400);
}
