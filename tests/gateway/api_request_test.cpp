#include "api_fixture.hpp"

#include <catch2/catch.hpp>

namespace reserve::gateway {
namespace {

const std::string property = "0001a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b";
const std::string unit = "0001b2c3-d4e5-4f60-9a7b-8c9d0e1f2a3b";

/// The body of create_booking_intent with `more` at its end.
std::string hold(const std::string& more = "") {
  return R"({"city_code":"URB","property_id":")" + property + R"(","unit_id":")" + unit +
         R"(","check_in":"2026-12-01","check_out":"2026-12-04","guests":2)" + more + "}";
}

failure post_hold(const std::string& body) {
  return failure_at_door(request_of("POST", "/api/v1/booking-intents", body, json_with_session));
}

failure search(const std::string& query) {
  return failure_at_door(request_of("GET", "/api/v1/search?" + query));
}

validated accepted(const http::request& what) {
  door entrance(test_settings());
  entry came = entrance.enter(what);
  if (const auto* no = std::get_if<failure>(&came.outcome))
    FAIL("refused: " << no->message);
  return std::get<validated>(came.outcome);
}

} // namespace

TEST_CASE("a good hold comes through with its values typed", "[api]") {
  const auto values = accepted(request_of(
      "POST", "/api/v1/booking-intents",
      hold(R"(,"expected_total":1400.00,"traveler":{"first_name":"Ana","phone":null,"whatsapp_opt_in":true},"package_ids":[")" + unit + R"("])"),
      {{"Content-Type", "application/json; charset=UTF-8"}, {"X-Session-Id", "session-0001"}, {"Idempotency-Key", "\"key-00001\""}}));
  CHECK(values.text("city_code") == "URB");
  CHECK(to_string(values.id<property_id>("property_id")) == property);
  CHECK(values.date_of("check_out") == *parse_date("2026-12-04"));
  CHECK(values.party_of() == party{2, 0, 0});
  CHECK(values.money_of("expected_total") == money{140000});
  CHECK(values.text("traveler.first_name") == "Ana");
  CHECK_FALSE(values.has("traveler.phone"));
  CHECK(values.flag("traveler.whatsapp_opt_in"));
  CHECK(values.nested("traveler").maybe_text("first_name") == "Ana");
  CHECK(values.uuids("package_ids").size() == 1);
  CHECK(values.session() == "session-0001");
  CHECK(values.idempotency_key() == "key-00001");
  CHECK_FALSE(values.has("Idempotency-Key"));
  CHECK_FALSE(values.has("rate_plan_id"));
  CHECK_THROWS(values.integer("city_code"));
  CHECK_THROWS(values.uuid_of("rate_plan_id"));
}

TEST_CASE("guests may be a number, an object, or fields of their own", "[api]") {
  CHECK(accepted(
            request_of(
                "POST", "/api/v1/booking-intents",
                R"({"city_code":"URB","property_id":")" + property + R"(","rooms":[{"unit_id":")" + unit +
                    R"(","guests":{"adults":3,"children":1}}],"check_in":"2026-12-01","check_out":"2026-12-04","guests":{"adults":3,"children":1}})",
                json_with_session))
            .party_of("rooms.0.guests") == party{3, 1, 0});
  CHECK(accepted(request_of("GET", "/api/v1/search?city_code=URB&check_in=2026-12-01&check_out=2026-12-04&guests=4&children=2")).party_of() ==
        party{4, 2, 0});
  CHECK(accepted(request_of("GET", "/api/v1/search?city_code=URB&check_in=2026-12-01&check_out=2026-12-04&adults=2&infants=1")).party_of() ==
        party{2, 0, 1});
}

TEST_CASE("all problems of a request are listed, and missing ones decide the code", "[api]") {
  const auto why = post_hold(R"({"city_code":"urb","check_in":"2026-12-04","check_out":"2026-12-01","guests":{"adults":0},"unit_id":7,"extra":1})");
  CHECK(why.code == "MISSING_REQUIRED_FIELD");
  CHECK(why.status() == 400);
  CHECK(problems_of(why) == "city_code:malformed,property_id:missing,unit_id:wrong_type,guests.adults:out_of_range(1),extra:unknown_field,"
                            "check_out:not_after(\"2026-12-04\")");
  CHECK(why.message == "property_id is missing");

  const auto wrong = post_hold(hold(R"(,"traveler":{"email":"nobody","nickname":"x"},"utm_source":")" + std::string(101, 'a') + "\""));
  CHECK(wrong.code == "INVALID_PARAMETER");
  CHECK(wrong.status() == 422);
  CHECK(problems_of(wrong) == "traveler.email:malformed,traveler.nickname:unknown_field,utm_source:too_long(100)");
}

TEST_CASE("rooms takes the place of unit_id and has one entry", "[api]") {
  const std::string room = R"({"unit_id":")" + unit + R"(","guests":2})";
  const std::string start = R"({"city_code":"URB","property_id":")" + property + R"(","check_in":"2026-12-01","check_out":"2026-12-04","guests":2)";
  CHECK(post_hold(start + "}").code == "MISSING_REQUIRED_FIELD");
  CHECK(problems_of(post_hold(start + "}")) == "unit_id:missing");
  CHECK(post_hold(start + R"(,"rooms":[)" + room + "]}").code.empty());
  CHECK(problems_of(post_hold(start + R"(,"rooms":[)" + room + "," + room + "]}")) == "rooms:too_long(1)");
  CHECK(problems_of(post_hold(start + R"(,"rooms":[{"guests":2}]})")) == "rooms.0.unit_id:missing");
  CHECK(problems_of(post_hold(hold(R"(,"rooms":[)" + room + "]"))) == "rooms:not_allowed");
}

TEST_CASE("what cannot be read is refused before fields, with the offset", "[api]") {
  const auto why = post_hold("{\"city_code\": \"URB\", }");
  CHECK(why.code == "INVALID_REQUEST");
  CHECK(why.details == std::vector<std::pair<std::string, std::string>>{{"offset", "21"}});
  CHECK(post_hold("").code == "INVALID_REQUEST");
  CHECK(post_hold("[]").code == "INVALID_REQUEST");
  CHECK(search("city_code=%ff").code == "INVALID_REQUEST");
  CHECK(search("city_code=%ff").details.empty());
  CHECK(failure_at_door(request_of("GET", "/api/v1/properties/%zz")).code == "INVALID_REQUEST");
}

TEST_CASE("bodies must be JSON by their type too", "[api]") {
  const auto with_type = [](const char* type) {
    return failure_at_door(request_of("POST", "/api/v1/booking-intents", hold(), {{"Content-Type", type}, {"X-Session-Id", "session-0001"}}))
        .status();
  };
  CHECK(with_type("text/plain") == 415);
  CHECK(with_type("application/json; charset=iso-8859-1") == 415);
  CHECK(failure_at_door(request_of("POST", "/api/v1/booking-intents", hold(), {{"X-Session-Id", "session-0001"}})).status() == 415);
  CHECK(failure_at_door(request_of("POST", "/api/v1/booking-intents", "{", {{"Content-Type", "text/plain"}})).status() == 415);
}

TEST_CASE("unknown query parameters are ignored, known ones are checked", "[api]") {
  const std::string good = "city_code=URB&check_in=2026-12-01&check_out=2026-12-04&guests=2";
  CHECK(search(good + "&utm_source=x&fbclid=<script>").code.empty());
  CHECK(problems_of(search(good + "&guests=3")) == "guests:malformed");
  CHECK(problems_of(search("city_code=<script>&check_in=2026-12-01&check_out=2026-12-04&guests=2")) == "city_code:malformed");
  CHECK(problems_of(search(good + "&amenities=wifi,par%20king&amenities=x")) == "amenities.1:malformed");
  CHECK(problems_of(search(good + "&min_price=200.00&max_price=100")) == "max_price:out_of_range(200.00)");
  CHECK(problems_of(search(good + "&adults=3")) == "adults:not_equal");
  CHECK(problems_of(search(good + "&near=-28.0,-49.5")) == "radius_km:missing");
  CHECK(problems_of(search(good + "&near=-98.0,-49.5&radius_km=5")) == "near:malformed");
  CHECK(problems_of(search(good + "&bbox=-49.7,-28.1,-49.4")) == "bbox:malformed");
  CHECK(search(good + "&bbox=-49.7,-28.1,-49.4,-27.9&rating=4.5").code.empty());
  CHECK(problems_of(search(good + "&rating=nan")) == "rating:wrong_type");
  CHECK(problems_of(search("city_code=URB&check_in=2026-12-01&check_out=2027-01-01&guests=2")) == "check_out:out_of_range(30)");
  CHECK(problems_of(search("check_in=2026-12-01")) == "city_code:missing,check_out:missing,guests:missing,adults:missing");
}

TEST_CASE("a malformed id is 422, what is neither id nor code is 404", "[api]") {
  const header_pairs session{{"X-Session-Id", "session-0001"}};
  CHECK(problems_of(failure_at_door(request_of("GET", "/api/v1/booking-intents/nonsense", "", session))) == "id:malformed");
  CHECK(failure_at_door(request_of("GET", "/api/v1/reservations/nonsense", "", session)).code == "NOT_FOUND");
  CHECK(failure_at_door(request_of("GET", "/api/v1/reservations/res-2026-7k2m9q", "", session)).code.empty());
  CHECK(failure_at_door(request_of("GET", "/api/v1/reservations/RES-2026-7K2M9U", "", session)).code == "NOT_FOUND");
  CHECK(failure_at_door(request_of("POST", "/api/v1/webhooks/pix/nobody", "{}")).code == "NOT_FOUND");
}

TEST_CASE("the session comes from header, listed field or, for reads, the cookie", "[api]") {
  const std::string intent = "/api/v1/booking-intents/" + unit;
  const std::string with_session = hold(R"(,"session_id":"session-0002")");
  const header_pairs json{{"Content-Type", "application/json"}};
  SECTION("listed in the body") {
    CHECK(accepted(request_of("POST", "/api/v1/booking-intents", with_session, json)).session() == "session-0002");
    CHECK(problems_of(post_hold(with_session)) == "session_id:not_equal");
    CHECK(problems_of(failure_at_door(request_of("POST", "/api/v1/booking-intents", hold(R"(,"session_id":"x y")"), json))) ==
          "session_id:too_short(8)");
    CHECK(problems_of(failure_at_door(request_of("POST", "/api/v1/booking-intents", hold(R"(,"session_id":7)"), json))) == "session_id:wrong_type");
  }
  SECTION("none at all") {
    CHECK(problems_of(failure_at_door(request_of("POST", "/api/v1/booking-intents", hold(), json))) == "session_id:missing");
    CHECK(failure_at_door(request_of("GET", intent)).code == "UNAUTHORIZED");
    CHECK(failure_at_door(request_of("POST", intent + "/payments/retry", "{}", json)).code == "UNAUTHORIZED");
  }
  SECTION("query and cookie") {
    CHECK(accepted(request_of("GET", intent + "/payment-status?session_id=session-0003")).session() == "session-0003");
    CHECK(accepted(request_of("GET", intent, "", {{"Cookie", "a=b; rc_sid=session-0004"}})).session() == "session-0004");
    CHECK(failure_at_door(request_of("DELETE", intent, "", {{"Cookie", "rc_sid=session-0004"}})).code == "UNAUTHORIZED");
    CHECK(problems_of(failure_at_door(request_of("GET", intent, "", {{"Cookie", "rc_sid=short"}}))) == "rc_sid:too_short(8)");
    CHECK(problems_of(failure_at_door(request_of("GET", intent, "", {{"X-Session-Id", "!!!!!!!!!"}}))) == "X-Session-Id:malformed");
  }
}

TEST_CASE("routes of the service need its token and do not exist without one", "[api]") {
  const std::string bearer = "Bearer " + std::string(service_token);
  const std::string path = "/api/v1/internal/expire-intents";
  CHECK(failure_at_door(request_of("POST", path)).code == "UNAUTHORIZED");
  CHECK(failure_at_door(request_of("POST", path, "", {{"Authorization", "Bearer wrong"}})).code == "UNAUTHORIZED");
  CHECK(accepted(request_of("POST", path, "", {{"Authorization", bearer}})).is_service());
  CHECK(accepted(request_of("GET", "/api/v1/booking-intents/" + unit, "", {{"Authorization", bearer}})).is_service());
  CHECK(failure_at_door(request_of("DELETE", "/api/v1/booking-intents/" + unit, "", {{"Authorization", bearer}})).code == "UNAUTHORIZED");

  auto how = test_settings();
  how.rights = {};
  door closed(how);
  const auto refusal = closed.admit(request_of("POST", path, "", {{"Authorization", "Bearer "}})).refusal;
  REQUIRE(refusal);
  CHECK(refusal->status == 404);
  how.rights.service_token = "x";
  door without_clock(how);
  CHECK(without_clock.admit(request_of("POST", "/api/v1/internal/clock")).refusal);
}

TEST_CASE("a CPF is checked where the country is Brazil", "[api]") {
  const auto patch = [](const std::string& body) {
    return problems_of(failure_at_door(request_of("PATCH", "/api/v1/booking-intents/" + unit + "/traveler", body, json_with_session)));
  };
  CHECK(patch(R"({"country":"BR","document":"529.982.247-25"})").empty());
  CHECK(patch(R"({"country":"BR","document":"52998224725"})").empty());
  CHECK(patch(R"({"country":"BR","document":"529.982.247-26"})") == "document:malformed");
  CHECK(patch(R"({"country":"BR","document":"111.111.111-11"})") == "document:malformed");
  CHECK(patch(R"({"country":"DE","document":"X1234"})").empty());
}

TEST_CASE("shapes of texts", "[api]") {
  const auto [text, shape, fits] = GENERATE(table<std::string, pattern, bool>({
      {"ana@example.com", pattern::email, true},
      {"a.b+c@mail.example.com.br", pattern::email, true},
      {"ana@example", pattern::email, false},
      {"@example.com", pattern::email, false},
      {"a@b@example.com", pattern::email, false},
      {"a b@example.com", pattern::email, false},
      {".a@example.com", pattern::email, false},
      {"a@-example.com", pattern::email, false},
      {"+5548999990000", pattern::phone, true},
      {"5548999990000", pattern::phone, false},
      {"+0548999990000", pattern::phone, false},
      {"+55 48 99999", pattern::phone, false},
      {"+1234567", pattern::phone, false},
      {"pt-BR", pattern::locale, true},
      {"p", pattern::locale, false},
      {"pt-", pattern::locale, false},
      {"BR", pattern::country, true},
      {"br", pattern::country, false},
      {"https://a.example/x", pattern::https_url, true},
      {"http://a.example/x", pattern::https_url, false},
      {"https://", pattern::https_url, false},
      {"-28.01,-49.5", pattern::coordinates, true},
      {"-28.01", pattern::coordinates, false},
      {"-28.01,-181", pattern::coordinates, false},
      {"1,2,3", pattern::coordinates, false},
      {"a_b-1", pattern::slug, true},
      {"A", pattern::slug, false},
  }));
  CAPTURE(text);
  CHECK(has_shape(text, shape) == fits);
}

TEST_CASE("the same command has the same canonical text", "[api]") {
  const auto one = accepted(request_of("POST", "/api/v1/booking-intents", hold(R"(,"expected_total":1400.00)"), json_with_session));
  const auto two =
      accepted(request_of("POST", "/api/v1/booking-intents",
                          R"({"expected_total":1400,"guests":{"adults":2},"check_out":"2026-12-04","check_in":"2026-12-01","unit_id":")" + unit +
                              R"(","property_id":")" + property + R"(","city_code":"URB","session_id":"session-0001"})",
                          {{"Content-Type", "application/json"}, {"Idempotency-Key", "some-key-1"}}));
  CHECK(one.canonical_text() == two.canonical_text());
  const auto three = accepted(request_of("POST", "/api/v1/booking-intents", hold(R"(,"expected_total":1400.01)"), json_with_session));
  CHECK(one.canonical_text() != three.canonical_text());
}

TEST_CASE("a booking needs a payment or a key", "[api]") {
  const std::string body = R"({"property_slug":"a","unit_slug":"b","check_in":"2026-12-01","check_out":"2026-12-02","guests":1)";
  CHECK(problems_of(failure_at_door(request_of("POST", "/api/v1/bookings", body + "}", json_with_session))) ==
        "payment_intent_id:missing,Idempotency-Key:missing");
  CHECK(failure_at_door(request_of("POST", "/api/v1/bookings", body + R"(,"payment_intent_id":"pi_1"})", json_with_session)).code.empty());
  auto with_key = request_of("POST", "/api/v1/bookings", body + "}", json_with_session);
  with_key.headers.add("Idempotency-Key", "12345678");
  CHECK(failure_at_door(with_key).code.empty());
}

} // namespace reserve::gateway
