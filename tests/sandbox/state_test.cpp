#include "integrations/crypto.hpp"
#include "integrations/sandbox/state_log.hpp"
#include "temporary_directory.hpp"
#include "world_fixture.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace reserve;
using namespace reserve::sandbox;

namespace {

const std::string intents = "/stripe/v1/payment_intents";
const std::string form = "amount=1000&currency=brl&metadata[booking_intent_id]=bi-1&payment_method=pm_card_visa&confirm=true";

void append(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::app | std::ios::binary) << bytes;
}

} // namespace

TEST_CASE("bookings, payments, keys, calls, faults, webhooks and clock survive a restart", "[sandbox][state]") {
  const temporary_directory folder;
  std::string booking;
  std::string intent;
  std::string before;
  {
    test_world at;
    state_log log(folder.path, at.memory);
    booking = json_of(at.post("/host/api/v1/bookings", booking_body("RES-1"), "h-1"))["booking_id"].text();
    intent = at.post(intents, form, "s-1").body;
    at.post("/mercadopago/v1/payments",
            R"({"transaction_amount":10.00,"payment_method_id":"pix","external_reference":"pay-2","payer":{"email":"a@b.example"}})", "m-1");
    at.post("/openpix/api/v1/charge", R"({"correlationID":"pay-3","value":500})");
    at.control("/faults", R"({"provider":"host","operation":"health","effect":"status","status":500,"calls":2})");
    at.get("/host/health");
    at.control("/webhooks/rules", R"({"provider":"host","mode":"drop","count":3})");
    at.all.set_offset(960);
    before = at.get("/control/state").body + at.get("/control/calls").body;
    log.flush();
  }
  test_world at;
  state_log log(folder.path, at.memory);
  CHECK(at.get("/control/state").body + at.get("/control/calls").body == before);
  CHECK(json_of(at.post("/host/api/v1/bookings", booking_body("RES-1"), "h-1"))["booking_id"].text() == booking);
  CHECK(at.post(intents, form, "s-1").body == intent);
  CHECK(at.get("/host/health").status == 500);
  CHECK(at.get("/host/health").status == 200);
  CHECK(at.control("/payments/pay-3/pay", "{}")["status"].text() == "COMPLETED");
  CHECK(at.deliver().size() == 5); // What was not delivered before is delivered now.
}

TEST_CASE("a half written record at the end is passed over", "[sandbox][state]") {
  const temporary_directory folder;
  {
    test_world at;
    state_log log(folder.path, at.memory);
    at.post(intents, form);
    log.flush();
  }
  append(folder.path + "/state.log", std::string("\xff\x00\x00\x00half", 8));
  for (int start = 0; start < 2; ++start) {
    test_world at;
    state_log log(folder.path, at.memory);
    CHECK(at.all.stripe().intents().rows().size() == 1);
  }
}

TEST_CASE("a file that is none of ours, and a second sandbox, are refused", "[sandbox][state]") {
  const temporary_directory folder;
  append(folder.path + "/state.log", "something else");
  test_world at;
  CHECK_THROWS_AS(state_log(folder.path, at.memory), std::runtime_error);
  const temporary_directory other;
  const state_log first(other.path, at.memory);
  test_world second;
  CHECK_THROWS_AS(state_log(other.path, second.memory), std::system_error);
}

TEST_CASE("a reset leaves a small file", "[sandbox][state]") {
  const temporary_directory folder;
  {
    test_world at;
    state_log log(folder.path, at.memory);
    for (int i = 0; i < 100; ++i)
      at.post(intents, form);
    at.control("/reset", "{}");
    log.rewrite();
  }
  CHECK(std::filesystem::file_size(folder.path + "/state.log") < 1000);
}

TEST_CASE("OpenPix's key is made once", "[sandbox][state]") {
  const temporary_directory folder;
  const auto key = kept_openpix_key(folder.path);
  CHECK_FALSE(integrations::public_pem_of(key).empty());
  CHECK(kept_openpix_key(folder.path) == key);
}
