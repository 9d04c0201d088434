#include "integrations/webhook_door.hpp"

#include "client_fixture.hpp"
#include "integrations/crypto.hpp"
#include "integrations/json.hpp"
#include "tiny_server.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::integrations;
using namespace std::chrono_literals;

namespace {

const auto now = timestamp(1'742'505'638s);

webhook_secrets live() {
  webhook_secrets out;
  out.host = {"host-new", "host-old"};
  out.stripe = {"whsec_1"};
  out.mercadopago = {"mp"};
  out.openpix_rsa = false;
  out.openpix_hmac = {"op"};
  return out;
}

webhook_delivery host_delivery(const std::string& body, const char* secret = "host-new") { return {body, {{"x-host-signature", sign_timed(body, secret, now)}}, {}}; }

handle_webhook host_event(const std::string& body) { return parse_webhook(webhook_source::host, {body, {{"X-Host-Event-Id", "e1"}}, {}})->command; }

} // namespace

TEST_CASE("every source has its header and its key", "[integrations][webhooks]") {
  const auto host = check_webhook(webhook_source::host, host_delivery("{}"), live(), now);
  CHECK(host.result == signature_check::ok);
  CHECK(host.dedup_key.size() == 32);
  CHECK(check_webhook(webhook_source::host, host_delivery("{}", "host-old"), live(), now + 10s).dedup_key == host.dedup_key);
  CHECK(check_webhook(webhook_source::host, host_delivery("{ }"), live(), now).dedup_key != host.dedup_key);
  CHECK(check_webhook(webhook_source::host, host_delivery("{}", "x"), live(), now).dedup_key.empty());
  CHECK(check_webhook(webhook_source::host, {"{}", {}, {}}, live(), now).result == signature_check::missing);

  const webhook_delivery openpix{"{}", {{"X-OpenPix-Signature", sign_openpix_hmac("{}", "op")}}, {}};
  const auto checked = check_webhook(webhook_source::openpix, openpix, live(), now);
  CHECK(checked.result == signature_check::ok);
  CHECK(checked.dedup_key != host.dedup_key);
}

TEST_CASE("a Stripe event is known by its signed id", "[integrations][webhooks]") {
  const auto check = [](const std::string& body) {
    return check_webhook(webhook_source::stripe, {body, {{"Stripe-Signature", sign_timed(body, "whsec_1", now)}}, {}}, live(), now);
  };
  CHECK(check(R"({"id":"evt_1","a":1})").dedup_key == check(R"({"id":"evt_1","a":2})").dedup_key);
  CHECK(check(R"({"id":"evt_1"})").dedup_key != check(R"({"id":"evt_2"})").dedup_key);
  CHECK(check("not json").dedup_key.size() == 32);
}

TEST_CASE("a Mercado Pago event is known by its manifest, not by its body", "[integrations][webhooks]") {
  const auto check = [](const std::string& body, const std::string& id, const std::string& request) {
    return check_webhook(webhook_source::mercadopago,
                         {body, {{"x-signature", sign_mercadopago("123", "r1", "mp", now)}, {"x-request-id", request}}, {{"data.id", id}, {"type", "payment"}}}, live(),
                         now);
  };
  CHECK(check("{}", "123", "r1").result == signature_check::ok);
  CHECK(check("{}", "123", "r1").dedup_key == check("other", "123", "r1").dedup_key);
  CHECK(check("{}", "124", "r1").result == signature_check::wrong);
  CHECK(check("{}", "123", "r2").result == signature_check::wrong);
}

TEST_CASE("a Host booking event names ours", "[integrations][webhooks]") {
  const auto event = host_event(R"({"event":"booking.cancelled","property_id":"p1","booking":{"booking_id":"b1","external_reference":"RES-2026-7K3M9Q",
    "external_id":"r-1","status":"cancelled","room_type_id":"rt","check_in":"2026-12-01","check_out":"2026-12-02","cancelled_by":"guest"}})");
  CHECK(event.provider == "host");
  CHECK(event.event_type == "booking.cancelled");
  CHECK(event.host_property_id == "p1");
  CHECK(event.host_unit_id == "rt");
  CHECK(event.code_ref == "RES-2026-7K3M9Q");
  CHECK(event.reservation_ref == "r-1");
  CHECK(event.object == "b1");
  CHECK(event.booking.status == "cancelled");
  CHECK(event.guest_requested);
  CHECK(host_event(R"({"event_type":"booking.checkin_completed","data":{}})").event_type == "checkin.completed");
  CHECK(host_event(R"({"event_type":"new.kind"})").event_type == "new.kind");
  CHECK_FALSE(is_consumed(webhook_source::host, "new.kind"));
  CHECK(is_consumed(webhook_source::host, "checkin.completed"));
}

TEST_CASE("a Host availability event carries its nights", "[integrations][webhooks]") {
  const auto event = host_event(R"({"event_type":"availability.changed","property_id":"p1","data":{"room_type_id":"rt","dates":[
    {"date":"2026-12-01","available":0,"allotment":0,"closed":true},{"room_type_id":"other","date":"2026-12-01","available":1,"allotment":1},{"date":"x"}]}})");
  CHECK(event.host_unit_id == "rt");
  REQUIRE(event.readings.size() == 1);
  CHECK(event.readings[0].closed);
}

TEST_CASE("events of the payment providers name our payment", "[integrations][webhooks]") {
  const auto stripe = parse_webhook(webhook_source::stripe, {R"({"id":"evt_1","type":"charge.refunded","data":{"object":{"id":"ch_1","object":"charge",
    "payment_intent":"pi_1","metadata":{"payment_id":"pay","booking_intent_id":"bi"}}}})", {}, {}});
  REQUIRE(stripe);
  CHECK(stripe->event_id == "evt_1");
  CHECK(stripe->command.object == "pi_1");
  CHECK(stripe->command.payment_ref == "pay");
  CHECK(stripe->command.intent_ref == "bi");
  CHECK(is_consumed(webhook_source::stripe, stripe->command.event_type));

  const auto mercadopago = parse_webhook(webhook_source::mercadopago, {"not json", {}, {{"data.id", "123"}, {"type", "payment"}}});
  REQUIRE(mercadopago);
  CHECK(mercadopago->command.object == "123");
  CHECK(mercadopago->command.event_type == "payment");
  CHECK(mercadopago->command.payment_ref.empty());

  const auto openpix = parse_webhook(webhook_source::openpix, {test::vectors()["woovi_openpix"][0]["payload"].text(), {}, {}});
  REQUIRE(openpix);
  CHECK(openpix->command.payment_ref == "417bae21-3d08-4cdb-9c2d-fee63c89e9e4");
  CHECK(parse_webhook(webhook_source::openpix, {R"({"evento":"teste_webhook"})", {}, {}})->command.event_type == "teste_webhook");
}

TEST_CASE("a body that is no object says nothing", "[integrations][webhooks]") {
  for (const auto source : {webhook_source::host, webhook_source::stripe, webhook_source::openpix})
    for (const auto* body : {"", "[]", "null", "{", "\"x\""})
      CHECK_FALSE(parse_webhook(source, {body, {}, {}}));
  CHECK(host_event(R"({"event_type":")" + std::string(300, 'x') + "\"}").event_type.empty());
}

TEST_CASE("sources are known by their names", "[integrations][webhooks]") {
  CHECK(webhook_source_of("openpix") == webhook_source::openpix);
  CHECK_FALSE(webhook_source_of("nobody"));
}

TEST_CASE("published keys are read, false ones are not", "[integrations][webhooks]") {
  const auto old_pair = make_rsa_key_pair(1024);
  const auto new_pair = make_rsa_key_pair(1024);
  const auto entry = [](const std::string& pem, const std::string& identifier, bool current) {
    json_object out;
    return out.text("key_identifier", identifier).boolean("is_current", current).text("key", pem).done();
  };
  const auto old_id = public_key_identifier(old_pair.public_pem);
  const auto new_id = public_key_identifier(new_pair.public_pem);
  const auto read = openpix::read_public_keys("{\"public_keys\":[" + entry(old_pair.public_pem, old_id, false) + "," + entry(new_pair.public_pem, new_id, true) + "," +
                                              entry(new_pair.public_pem, old_id, true) + "," + entry("junk", "", true) + "]}");
  CHECK(read == secrets{new_pair.public_pem, old_pair.public_pem});
  CHECK(openpix::read_public_keys("nonsense").empty());
}

TEST_CASE("a signature of an unknown key makes the door ask for the keys once", "[integrations][webhooks]") {
  const auto pair = make_rsa_key_pair(1024);
  json_object key;
  key.boolean("is_current", true).text("key", pair.public_pem);
  test::tiny_server server([&](const std::string&, int, int) { return test::tiny_reply{test::tiny_reply::then::keep, test::ok("{\"public_keys\":[" + key.done() + "]}")}; });
  test::client_fixture fixture;
  openpix::public_keys keys(fixture.client(), server.url("/api/v1/webhook/public-keys"));
  const webhook_door door({}, &keys);
  const auto check = [&](const std::string& signature) {
    std::promise<webhook_check> answer;
    door.check(webhook_source::openpix, std::make_shared<webhook_delivery>(webhook_delivery{"{}", {{"x-webhook-signature", signature}}, {}}), now,
               [&answer](webhook_check checked) { answer.set_value(std::move(checked)); });
    return answer.get_future().get().result;
  };
  CHECK(check("AAAA") == signature_check::wrong);
  CHECK(keys.known()->size() == 1);
  CHECK(check(sign_openpix_rsa("{}", pair.private_pem)) == signature_check::ok);
  CHECK(check("AAAA") == signature_check::wrong);
  CHECK(check("") == signature_check::missing);
  CHECK(server.requests() == 1);
}

TEST_CASE("an answer without keys takes no known key away", "[integrations][webhooks]") {
  const auto pair = make_rsa_key_pair(1024);
  json_object key;
  key.text("key", pair.public_pem);
  test::tiny_server server([&](const std::string&, int, int count) {
    return test::tiny_reply{test::tiny_reply::then::keep, count == 1 ? test::ok("{\"public_keys\":[" + key.done() + "]}") : test::ok("{}")};
  });
  test::client_fixture fixture;
  openpix::public_keys keys(fixture.client(), server.url(), 0ms);
  for (const bool expected : {true, false}) {
    std::promise<bool> changed;
    keys.refresh([&changed](bool value) { changed.set_value(value); });
    CHECK(changed.get_future().get() == expected);
    CHECK(keys.known()->size() == 1);
  }
}
