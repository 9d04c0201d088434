#include "gateway/api/endpoint_groups.hpp"
#include "gateway/api/examples.hpp"

namespace reserve::gateway {
namespace {

field intent_in_path() {
  return uuid_field("id").like(examples::intent_id);
}

std::string quoted(std::string_view name, std::string_view value) {
  return "\"" + std::string(name) + "\":\"" + std::string(value) + "\"";
}

endpoint create_intent() {
  endpoint made = describe("create_booking_intent", "POST", "/booking-intents", "Holds the nights of a stay for a while");
  made.session_is_field = true;
  made.fields = {
      session_id(),
      city_code().required(),
      uuid_field("property_id").required(),
      uuid_field("unit_id"),
      array("rooms", object("", {uuid_field("unit_id").required(), uuid_field("rate_plan_id"), guests_field().required()}), 1, 1),
      uuid_field("rate_plan_id"),
      date_field("check_in").required(),
      date_field("check_out").required(),
      guests_field().required(),
      object("traveler", traveler_members()),
      promo_code(),
      array("package_ids", uuid_field(""), 0, 20),
      money_field("expected_total").saying("Refuses with PRICE_CHANGED when our total is another one."),
      choice("source", {"direct", "widget"}).defaulting("direct"),
      text("utm_source", 0, 100),
      text("utm_medium", 0, 100),
      text("utm_campaign", 0, 200),
      text("utm_content", 0, 200),
      text("utm_term", 0, 200),
  };
  made.rules = {{rule::kind::after, "check_in", "check_out"}, {rule::kind::one_of, "unit_id", "rooms"}};
  made.answers = {{201, "IntentView"}};
  made.errors = {"FORBIDDEN",          "NOT_FOUND",    "HOST_UNAVAILABLE",       "CAPACITY_EXCEEDED",
                 "MIN_STAY_VIOLATION", "DATES_CLOSED", "INSUFFICIENT_INVENTORY", "PROMO_CODE_INVALID",
                 "PRICE_CHANGED",      "CONFLICT"};
  made.repeat = repeats::natural;
  made.example_body = "{" + quoted("session_id", examples::session) + R"(,"city_code":"URB",)" + quoted("property_id", examples::property_id) + "," +
                      quoted("unit_id", examples::unit_id) +
                      R"(,"check_in":"2026-12-01","check_out":"2026-12-04","guests":{"adults":2,"children":0,"infants":0},)"
                      R"("traveler":{"first_name":"Ana","email":"ana@example.com"},"expected_total":1400.00})";
  made.example_data = examples::intent("intent_created");
  return made;
}

endpoint read_intent() {
  endpoint made = describe("get_booking_intent", "GET", "/booking-intents/{id}", "State of a booking intent");
  made.service_may = true;
  made.rate = rate_class::poll;
  made.fields = {intent_in_path()};
  made.answers = {{200, "IntentView"}};
  made.errors = {"BOOKING_INTENT_NOT_FOUND"};
  made.example_data = examples::intent("intent_created");
  return made;
}

endpoint update_traveler() {
  endpoint made =
      describe("update_traveler_details", "PATCH", "/booking-intents/{id}/traveler", "Says who travels; members that are absent stay as they are");
  made.fields = traveler_members();
  made.fields.insert(made.fields.begin(), intent_in_path());
  made.fields.push_back(text("special_requests", 0, 2000));
  made.answers = {{200, "IntentView"}};
  made.errors = {"BOOKING_INTENT_NOT_FOUND", "BOOKING_INTENT_EXPIRED", "INVALID_STATE"};
  made.example_body = R"({"first_name":"Ana","last_name":"Souza","email":"ana@example.com","phone":"+5548999990000","document":"529.982.247-25",)"
                      R"("country":"BR","locale":"pt-BR","whatsapp_opt_in":true,"special_requests":"Late arrival"})";
  made.example_data = examples::intent("intent_created");
  return made;
}

endpoint cancel_intent() {
  endpoint made = describe("cancel_booking_intent", "DELETE", "/booking-intents/{id}", "Gives the nights back; money that came is refunded");
  made.fields = {intent_in_path(), text("reason", 3, 1000).like("Changed plans")};
  made.answers = {{200, "IntentView"}};
  made.errors = {"BOOKING_INTENT_NOT_FOUND", "PAYMENT_ALREADY_PROCESSED", "INVALID_STATE"};
  made.repeat = repeats::natural;
  made.example_query = "reason=Changed%20plans";
  made.example_data = examples::intent("cancelled");
  return made;
}

endpoint create_booking() {
  endpoint made = describe("create_booking", "POST", "/bookings", "Ends a paid intent in a reservation and waits a while for the Host");
  made.fields = {
      slug("property_slug").required(),
      slug("unit_slug").required(),
      date_field("check_in").required(),
      date_field("check_out").required(),
      guests_field().required(),
      text("payment_intent_id", 1, 255, pattern::visible).saying("The provider's id or our payment_id; without it an Idempotency-Key is needed."),
      city_code(),
      object("guest_details", traveler_members()),
  };
  made.rules = {{rule::kind::after, "check_in", "check_out"}, {rule::kind::at_least_one, "payment_intent_id", "Idempotency-Key"}};
  made.answers = {{201, "Booking"}, {202, "Booking"}};
  made.errors = {"NOT_FOUND", "PAYMENT_FAILED", "INVALID_PARAMETER", "INSUFFICIENT_INVENTORY", "HOST_COMMIT_FAILED", "HOST_UNAVAILABLE"};
  made.repeat = repeats::natural;
  made.example_body = R"({"property_slug":"pousada-do-sol","unit_slug":"chale-vista","check_in":"2026-12-01","check_out":"2026-12-04","guests":2,)" +
                      quoted("payment_intent_id", "pi_3Example") + "}";
  made.example_data = examples::booking("confirmed");
  return made;
}

} // namespace

std::vector<endpoint> booking_endpoints() {
  std::vector<endpoint> made{create_intent(), read_intent(), update_traveler(), cancel_intent(), create_booking()};
  for (auto& each : made) {
    each.tag = "Booking";
    each.caller = caller::session;
    if (each.rate == rate_class::none)
      each.rate = rate_class::booking_write;
  }
  return made;
}

} // namespace reserve::gateway
