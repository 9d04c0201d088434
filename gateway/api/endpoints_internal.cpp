#include "gateway/api/endpoint_groups.hpp"
#include "gateway/api/examples.hpp"

namespace reserve::gateway {
namespace {

std::string quoted(std::string_view name, std::string_view value) {
  return "\"" + std::string(name) + "\":\"" + std::string(value) + "\"";
}

endpoint finalize() {
  endpoint made = describe("finalize_reservation", "POST", "/internal/finalize-reservation", "Turns a paid intent into a reservation");
  made.synonyms = {"confirm_booking"};
  made.fields = {uuid_field("booking_intent_id").required(), uuid_field("payment_id").required(), choice("payment_status", {"succeeded"}).required()};
  made.answers = {{200, "{reservation_id:Uuid, status:reservation_status}"}};
  made.errors = {"BOOKING_INTENT_NOT_FOUND", "BOOKING_INTENT_EXPIRED", "INVALID_STATE", "PAYMENT_FAILED", "INSUFFICIENT_INVENTORY"};
  made.repeat = repeats::natural;
  made.example_body =
      "{" + quoted("booking_intent_id", examples::intent_id) + "," + quoted("payment_id", examples::payment_id) + R"(,"payment_status":"succeeded"})";
  made.example_data = "{" + quoted("reservation_id", examples::reservation_id) + R"(,"status":"host_commit_pending"})";
  return made;
}

endpoint host_commit() {
  endpoint made = describe("host_commit_booking", "POST", "/internal/host-commit", "Tries the booking at the Host once more");
  made.fields = {uuid_field("reservation_id").required()};
  made.answers = {{200, "{reservation_id:Uuid, host_booking_id?, status:reservation_status, error_code?, error_message?, will_trigger_refund:bool}"}};
  made.errors = {"NOT_FOUND", "INVALID_STATE", "HOST_UNAVAILABLE"};
  made.repeat = repeats::natural;
  made.example_body = "{" + quoted("reservation_id", examples::reservation_id) + "}";
  made.example_data = "{" + quoted("reservation_id", examples::reservation_id) +
                      R"(,"host_booking_id":"HB-1","status":"confirmed","error_code":null,"error_message":null,"will_trigger_refund":false})";
  return made;
}

endpoint expire() {
  endpoint made = describe("expire_intents", "POST", "/internal/expire-intents", "Ends every intent whose time is up");
  made.body = body_kind::optional;
  made.answers = {{200, "{expired:int, checked:int}"}};
  made.example_data = R"({"expired":2,"checked":5})";
  return made;
}

endpoint clock() {
  endpoint made = describe("move_clock", "POST", "/internal/clock", "Moves the clock forward, in development and tests");
  made.fields = {integer("advance_seconds", 0, 10LL * 366 * 24 * 3600).required().like("60")};
  made.answers = {{200, "ClockView"}};
  made.example_body = R"({"advance_seconds":60})";
  made.example_data = R"({"now":"2026-11-20T12:01:00Z","offset_seconds":60})";
  return made;
}

} // namespace

std::vector<endpoint> internal_endpoints() {
  std::vector<endpoint> made{finalize(), host_commit(), expire(), clock()};
  for (auto& each : made) {
    each.tag = "Internal";
    each.caller = caller::service;
    each.is_switchable = true;
    each.errors.push_back("NOT_FOUND");
  }
  return made;
}

} // namespace reserve::gateway
