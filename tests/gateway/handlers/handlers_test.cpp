#include "fake_program.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::gateway;
using namespace reserve::gateway::test;

namespace {

const std::string stay_query = "city_code=URB&check_in=2026-12-01&check_out=2026-12-04&guests=2";

std::string order(const fake_program& all, const std::string& more = "", const std::string& check_in = "2026-12-01") {
  return R"({"city_code":"URB","property_id":")" + to_string(all.city.property()) + R"(","unit_id":")" + to_string(all.city.unit()) +
         R"(","check_in":")" + check_in + R"(","check_out":"2026-12-04","guests":2)" + more + "}";
}

const std::map<std::string, std::string> session{{"X-Session-Id", "session-0001"}};

std::map<std::string, std::string> with_key(std::string key) {
  auto headers = session;
  headers["Idempotency-Key"] = std::move(key);
  return headers;
}

std::string code_of(const http::response& answer) {
  const auto whole = read(answer);
  const auto* code = whole.at_path("error.code");
  return code ? code->text() : "";
}

std::string id_of(const http::response& answer) {
  const auto whole = read(answer);
  const auto* id = whole.at_path("data.booking_intent_id");
  return id ? id->text() : "";
}

} // namespace

TEST_CASE("answers about the catalogue have exactly the described members") {
  fake_program all;
  const auto search = all.ask("GET", "/api/v1/search?" + stay_query);
  CHECK(search.status == 200);
  CHECK(difference_of_data(examples::search_answer(), search) == "");
  CHECK(read(search).at_path("data.properties.0.price_from")->text() == "400.00");
  CHECK(search.headers.get("X-Position") == "URB:1:0");
  const auto detail = all.ask("GET", "/api/v1/properties/pousada-do-sol?" + stay_query);
  CHECK(difference_of_data(examples::property_detail(), detail) == "");
  CHECK(read(detail).at_path("data.unit_types.0.price_breakdown.total")->text() == "1200.00");
  const auto nights = all.ask("GET", "/api/v1/units/" + to_string(all.city.unit()) + "/calendar?start_date=2026-12-01&end_date=2026-12-03");
  CHECK(difference_of_data(examples::calendar(), nights) == "");
  CHECK(difference_of_data("{\"cities\":[" + examples::city() + "]}", all.ask("GET", "/api/v1/cities")) == "");
  CHECK(code_of(all.ask("GET", "/api/v1/cities/NOWHERE")) == "NOT_FOUND");
  CHECK(code_of(all.ask("GET", "/api/v1/search?city_code=URB&check_in=2026-11-01&check_out=2026-11-02&guests=1")) == "INVALID_PARAMETER");
}

TEST_CASE("a page of a search is found once while nothing has changed") {
  fake_program all;
  const auto is_known = [&](const std::string& query) {
    const auto answer = read(all.ask("GET", "/api/v1/search?" + query));
    REQUIRE(answer.at_path("data.metadata.cache_hit") != nullptr);
    return std::pair(answer.at_path("data.metadata.cache_hit")->as_bool(), answer.at_path("data.total")->text());
  };
  CHECK(is_known(stay_query) == std::pair(false, std::string("1")));
  CHECK(is_known(stay_query) == std::pair(true, std::string("1")));
  CHECK(is_known("check_in=2026-12-01&city_code=URB&guests=2&check_out=2026-12-04").second == "1");
  CHECK_FALSE(is_known(stay_query + "&sort=price_asc").first);
  for (auto& each : all.city.calendar.nights)
    each.closed = true;
  all.city.publish();
  CHECK(is_known(stay_query) == std::pair(false, std::string("0")));
  all.city.outage = std::chrono::minutes(2);
  CHECK(is_known(stay_query) == std::pair(false, std::string("0")));
}

TEST_CASE("a position that the city has not reached is told at once, and one that it has is no question") {
  fake_program all;
  const auto ask = [&](const std::string& position) { return all.ask("GET", "/api/v1/search?" + stay_query, {}, {{"X-Position", position}}); };
  CHECK(ask("URB:1:0").status == 200);
  CHECK(ask("GRA:9:9").status == 200);
  for (const char* beyond : {"URB:1:1", "URB:2:0", "GRA:1:1, URB:1:7"}) {
    const auto refused = ask(beyond);
    CHECK(refused.status == 503);
    CHECK(refused.headers.get("Retry-After") == "1");
    CHECK(read(refused).at_path("error.details.effect")->text() == "none");
  }
}

TEST_CASE("new intents wait when the tables are too far behind, guests who have one go on") {
  fake_program all;
  const auto made = all.ask("POST", "/api/v1/booking-intents", order(all), session);
  REQUIRE(made.status == 201);
  all.city.behind = {250'000, 50'000};
  const auto refused = all.ask("POST", "/api/v1/booking-intents", order(all, "", "2026-12-02"), session);
  CHECK(refused.status == 503);
  CHECK(refused.headers.get("Retry-After") == "1");
  CHECK(read(refused).at_path("error.details.effect")->text() == "none");
  CHECK(all.city.sessions["session-0001"] == 1);
  CHECK(all.ask("GET", "/api/v1/booking-intents/" + id_of(made), "", session).status == 200);
}

TEST_CASE("a stay is checked from the index in the order of the domain") {
  fake_program all;
  const std::string place = R"({"property_id":")" + to_string(all.city.property()) + R"(","unit_id":")" + to_string(all.city.unit()) + "\",";
  const auto free = all.ask("POST", "/api/v1/availability/check", place + R"("check_in":"2026-12-01","check_out":"2026-12-04","guests":2})");
  CHECK(difference_of_data(examples::availability(), free) == "");
  CHECK(code_of(all.ask("POST", "/api/v1/availability/check", place + R"("check_in":"2026-12-01","check_out":"2026-12-04","guests":9})")) ==
        "CAPACITY_EXCEEDED");
  all.city.calendar.nights[12].booked = 2; // 2026-12-02
  all.city.publish();
  const auto full = read(all.ask("POST", "/api/v1/availability/check", place + R"("check_in":"2026-12-01","check_out":"2026-12-04","guests":2})"));
  CHECK_FALSE(full.at_path("data.available")->as_bool());
  CHECK(full.at_path("data.reasons.0")->text() == "INSUFFICIENT_INVENTORY");
  CHECK(full.at_path("data.alternatives.0.kind")->text() == "dates");
}

TEST_CASE("an intent is made, read by its session only, repeated and cancelled") {
  fake_program all;
  const auto made = all.ask("POST", "/api/v1/booking-intents", order(all, R"(,"traveler":{"first_name":"Ana"},"expected_total":1200.00)"), session);
  REQUIRE(made.status == 201);
  CHECK(difference_of_data(examples::intent("intent_created"), made) == "");
  CHECK(made.headers.get("Location") == "/api/v1/booking-intents/" + id_of(made));
  CHECK(made.headers.get("X-Position") == "URB:1:1");
  CHECK_FALSE(made.headers.get("Idempotent-Replay"));
  const auto path = "/api/v1/booking-intents/" + id_of(made);
  CHECK(read(all.ask("GET", path, "", session)).at_path("data.traveler.first_name")->text() == "Ana");
  CHECK(code_of(all.ask("GET", path, "", {{"X-Session-Id", "session-0002"}})) == "BOOKING_INTENT_NOT_FOUND");
  CHECK(code_of(all.ask("GET", path)) == "UNAUTHORIZED");
  const auto again = all.ask("POST", "/api/v1/booking-intents", order(all), session);
  CHECK(again.status == 201);
  CHECK(again.headers.get("Idempotent-Replay") == "true");
  CHECK(id_of(again) == id_of(made));
  CHECK(all.city.sessions["session-0001"] == 1);
  const auto ended = all.ask("DELETE", path, "", session);
  CHECK(read(ended).at_path("data.status")->text() == "cancelled");
  CHECK(all.log.back().find("operation=cancel_booking_intent status=200") != std::string::npos);
  CHECK(difference_of_data(examples::payment_status(), all.ask("GET", path + "/payment-status", "", session)) == "");
}

TEST_CASE("a client key gives the first answer again and no other command") {
  fake_program all;
  const auto first = all.ask("POST", "/api/v1/booking-intents", order(all), with_key("key-00001"));
  REQUIRE(first.status == 201);
  const auto again = all.ask("POST", "/api/v1/booking-intents", order(all), with_key("key-00001"));
  CHECK(again.status == 201);
  CHECK(again.headers.get("Idempotent-Replay") == "true");
  CHECK(id_of(again) == id_of(first));
  CHECK(code_of(all.ask("POST", "/api/v1/booking-intents", order(all, "", "2026-12-02"), with_key("key-00001"))) == "IDEMPOTENCY_KEY_REUSED");
}

TEST_CASE("of two requests in flight with one key one is a command, and the other is told so") {
  fake_program all(4096, std::chrono::minutes(1));
  all.city.is_silent = true;
  const auto first = all.start("POST", "/api/v1/booking-intents", order(all), with_key("key-00001"));
  REQUIRE(all.city.silent.size() == 1);
  const auto same = all.start("POST", "/api/v1/booking-intents", order(all), with_key("key-00001"));
  REQUIRE(same->is_done);
  CHECK(code_of(same->answer) == "IDEMPOTENCY_IN_PROGRESS");
  const auto other = all.start("POST", "/api/v1/booking-intents", order(all, "", "2026-12-02"), with_key("key-00001"));
  REQUIRE(other->is_done);
  CHECK(code_of(other->answer) == "IDEMPOTENCY_KEY_REUSED");
  CHECK(all.city.silent.size() == 1);
  all.city.speak();
  all.context.run();
  all.context.restart();
  CHECK(first->answer.status == 201);
  CHECK(all.city.intents.size() == 1);
}

TEST_CASE("today is the city's day, not that of UTC") {
  fake_program all;
  all.city.clock = std::chrono::hours(24 + 2);
  all.city.zone = std::chrono::hours(-10); // 16:00 of the day before.
  const std::string place = R"({"property_id":")" + to_string(all.city.property()) + R"(","unit_id":")" + to_string(all.city.unit()) + "\",";
  const auto check = [&](const std::string& dates) { return all.ask("POST", "/api/v1/availability/check", place + dates + R"(,"guests":2})"); };
  CHECK(read(check(R"("check_in":"2026-11-20","check_out":"2026-11-21")")).at_path("data.available")->as_bool());
  all.city.zone = std::chrono::hours(10); // 12:00 of that day.
  CHECK(code_of(check(R"("check_in":"2026-11-20","check_out":"2026-11-21")")) == "INVALID_PARAMETER");
  CHECK(read(check(R"("check_in":"2026-11-21","check_out":"2026-11-22")")).at_path("data.available")->as_bool());
}

TEST_CASE("what cannot be done now says what became of it") {
  fake_program all;
  all.city.outage = std::chrono::minutes(2);
  CHECK(code_of(all.ask("POST", "/api/v1/booking-intents", order(all), session)) == "HOST_UNAVAILABLE");
  all.city.outage = {};
  all.city.is_online = false;
  const auto offline = all.ask("POST", "/api/v1/booking-intents", order(all), session);
  CHECK(offline.status == 503);
  CHECK(read(offline).at_path("error.details.effect")->text() == "none");
  CHECK(all.city.sessions["session-0001"] == 0);
  all.city.is_online = true;
  all.city.is_silent = true;
  const auto late = all.ask("POST", "/api/v1/booking-intents", order(all), session);
  CHECK(late.status == 503);
  CHECK(read(late).at_path("error.details.effect")->text() == "unknown");
  CHECK(late.headers.get("Retry-After"));
  CHECK(all.desk.pending() == 0);
  all.city.silent.clear(); // Their answers come too late for anybody.
  all.context.run();
}

TEST_CASE("when new intents fill their share, guests who have one and webhooks are still served") {
  fake_program all(10, std::chrono::minutes(1)); // New intents get 5, guests 8.
  const auto made = all.ask("POST", "/api/v1/booking-intents", order(all), session);
  REQUIRE(made.status == 201);
  const auto path = "/api/v1/booking-intents/" + id_of(made);
  delivery_event event;
  event.city = 1;
  event.is_consumed = true;
  all.event = event;
  all.city.is_silent = true;
  const auto another = [&](int number, std::map<std::string, std::string> headers = {}) {
    headers["X-Session-Id"] = "session-1" + std::to_string(100 + number);
    return all.start("POST", "/api/v1/booking-intents", order(all), headers);
  };
  std::vector<std::shared_ptr<fake_program::running>> waiting;
  for (int i = 0; i < 5; ++i)
    waiting.push_back(another(i));
  REQUIRE(all.city.silent.size() == 5);

  const auto too_many = another(5);
  REQUIRE(too_many->is_done);
  CHECK(too_many->answer.status == 503);
  CHECK(too_many->answer.headers.get("Retry-After"));
  CHECK(read(too_many->answer).at_path("error.details.effect")->text() == "none");
  CHECK(all.city.sessions["session-1105"] == 0);
  const auto with_a_key = another(6, {{"Idempotency-Key", "key-00001"}}); // It may have been used: only a look would tell.
  REQUIRE(with_a_key->is_done);
  CHECK(read(with_a_key->answer).at_path("error.details.effect")->text() == "unknown");
  CHECK(all.city.silent.size() == 5);

  for (int i = 0; i < 3; ++i)
    waiting.push_back(all.start("GET", path, "", session));
  CHECK(all.city.silent.size() == 8);
  const auto one_guest_more = all.start("GET", path, "", session);
  REQUIRE(one_guest_more->is_done);
  CHECK(one_guest_more->answer.status == 503);
  waiting.push_back(all.start("POST", "/webhooks/host", "{}", {{"X-Host-Signature", "right"}}));
  CHECK(all.city.silent.size() == 9);

  all.city.speak();
  all.context.run();
  all.context.restart();
  for (const auto& each : waiting)
    CHECK(each->is_done);
  CHECK(waiting[0]->answer.status == 201);
  CHECK(waiting[5]->answer.status == 200);
  CHECK(read(waiting[8]->answer).at_path("data.processed")->as_bool());
  CHECK(all.ask("POST", "/api/v1/booking-intents", order(all), session).status == 201); // Everybody has left his lane.
}

TEST_CASE("webhooks are stored once, and only with the right signature") {
  fake_program all;
  CHECK(code_of(all.ask("POST", "/api/v1/webhooks/host", "{}", {{"X-Host-Signature", "wrong"}})) == "SIGNATURE_INVALID");
  CHECK(all.inbox.empty());
  const auto first = all.ask("POST", "/webhooks/host", "{}", {{"X-Host-Signature", "right"}});
  CHECK(first.status == 200);
  CHECK_FALSE(read(first).at_path("data.duplicate")->as_bool());
  CHECK(read(all.ask("POST", "/webhooks/host", "{}", {{"X-Host-Signature", "right"}})).at_path("data.duplicate")->as_bool());
}

TEST_CASE("the program tells how it is, and the service needs its token") {
  fake_program all;
  CHECK(all.ask("GET", "/healthz").status == 200);
  CHECK(all.ask("GET", "/readyz").status == 200);
  CHECK(all.ask("GET", "/openapi.json").status == 200);
  CHECK(code_of(all.ask("POST", "/api/v1/internal/clock", R"({"advance_seconds":1})")) == "NOT_FOUND");
  CHECK(code_of(all.ask("POST", "/api/v1/internal/expire-intents")) == "UNAUTHORIZED");
}
