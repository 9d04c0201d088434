#include "api_fixture.hpp"
#include "gateway/api/bad_input.hpp"
#include "gateway/api/codes.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

namespace reserve::gateway {

TEST_CASE("paths lead to their operation, wrong methods are told what is allowed", "[api][router]") {
  const router roads(endpoints());
  const auto [method, path, operation] = GENERATE(table<std::string, std::string, std::string>({
      {"GET", "/api/v1/search", "search_availability"},
      {"POST", "/api/v1/search/availability", "search_availability_post"},
      {"GET", "/api/v1/cities/URB", "get_city"},
      {"GET", "/api/v1/properties/pousada%2Ddo-sol", "get_property_detail"},
      {"DELETE", "/api/v1/booking-intents/x", "cancel_booking_intent"},
      {"GET", "/healthz", "health_check"},
      {"GET", "/api/v1/healthz", "health_check"},
      {"GET", "/health", "health_check"},
      {"GET", "/readyz", "ready_check"},
      {"GET", "/api/v1/ready", "ready_check"},
      {"GET", "/openapi.json", "openapi"},
      {"GET", "/api/v1/openapi.json", "openapi"},
      {"POST", "/webhooks/host", "host_webhook_receiver"},
      {"POST", "/api/v1/webhooks/stripe", "handle_stripe_webhook"},
      {"POST", "/webhooks/pix/mercadopago", "handle_pix_webhook"},
  }));
  CAPTURE(method, path);
  const auto found = roads.find(method, path);
  REQUIRE(found.what == route::outcome::found);
  CHECK(found.target->operation_id == operation);
}

TEST_CASE("what is no route is 404, 405 or 400", "[api][router]") {
  const router roads(endpoints());
  for (const auto* path : {"/", "/api/v1", "/api/v1/", "/api/v1/nothing", "/search", "/api/v1/search/", "/api/v1//search", "/api/v1/properties/..",
                           "/api/v1/x/../search", "/api/v1/booking-intents/1/2/3", "", "search", "/livez"}) {
    CAPTURE(path);
    CHECK(roads.find("GET", path).what == route::outcome::unknown);
  }
  CHECK(roads.find("GET", "/api/v1/properties/%zz").what == route::outcome::malformed);
  CHECK(roads.find("GET", "/api/v1/properties/%ff").what == route::outcome::malformed);
  const auto wrong = roads.find("POST", "/api/v1/booking-intents/x");
  CHECK(wrong.what == route::outcome::wrong_method);
  CHECK(wrong.allow == "DELETE, GET");
  CHECK(roads.find("GET", "/api/v1/properties/a%2Fb").parameter("slug") == "a/b");
}

TEST_CASE("a bucket gives what its class allows and fills again", "[api][rate]") {
  rate_limiter limiter;
  rate_subject who;
  who.address = "203.0.113.5";
  auto now = rate_limiter::time{} + std::chrono::hours(1);
  for (int i = 0; i < 100; ++i)
    REQUIRE(limiter.take(rate_class::search, who, now).allowed);
  const auto refused = limiter.take(rate_class::search, who, now);
  CHECK_FALSE(refused.allowed);
  CHECK(refused.limit == 100);
  CHECK(refused.remaining == 0);
  CHECK(refused.retry_seconds == 1);
  CHECK(refused.reset_seconds == 60);
  rate_subject other = who;
  other.address = "203.0.113.6";
  CHECK(limiter.take(rate_class::search, other, now).allowed);
  now += std::chrono::seconds(1);
  CHECK(limiter.take(rate_class::search, who, now).allowed);
  CHECK_FALSE(limiter.take(rate_class::search, who, now).allowed);
  now += std::chrono::hours(1);
  CHECK(limiter.take(rate_class::search, who, now).remaining == 99);
}

TEST_CASE("booking writes count for the session and for the address", "[api][rate]") {
  rate_limiter limiter;
  const auto now = rate_limiter::time{} + std::chrono::hours(1);
  const auto take = [&](const std::string& session, bool exempt = false) {
    rate_subject who;
    who.address = "203.0.113.5";
    who.session = session;
    who.is_exempt = exempt;
    return limiter.take(rate_class::booking_write, who, now);
  };
  for (int i = 0; i < 30; ++i)
    REQUIRE(take("one").allowed);
  CHECK_FALSE(take("one").allowed);
  for (int i = 0; i < 30; ++i)
    REQUIRE(take("two").allowed);
  CHECK_FALSE(take("three").allowed); // 60 of this address
  CHECK(take("three", true).allowed); // not for exempt networks
  for (int i = 0; i < 29; ++i)
    take("three", true);
  CHECK_FALSE(take("three", true).allowed); // but the session's limit always holds
}

TEST_CASE("polls are not limited inside exempt networks, payments are", "[api][rate]") {
  rate_limiter limiter;
  const auto now = rate_limiter::time{} + std::chrono::hours(1);
  rate_subject who;
  who.address = "127.0.0.1";
  who.session = "one";
  who.is_exempt = true;
  for (int i = 0; i < 100; ++i)
    REQUIRE(limiter.take(rate_class::poll, who, now).allowed);
  for (int i = 0; i < 10; ++i)
    REQUIRE(limiter.take(rate_class::payment_write, who, now).allowed);
  const auto refused = limiter.take(rate_class::payment_write, who, now);
  CHECK_FALSE(refused.allowed);
  http::header_list headers;
  refused.tell(headers);
  CHECK(headers.get("RateLimit-Policy") == "\"Y\";q=10;w=60");
  CHECK(headers.get("RateLimit") == "\"Y\";r=0;t=60");
  CHECK(headers.get("RateLimit-Remaining") == "0");
  CHECK(headers.get("Retry-After") == "6");
}

TEST_CASE("the limiter's memory is bounded", "[api][rate]") {
  rate_limiter limiter(100);
  rate_subject who;
  for (int i = 0; i < 1000; ++i) {
    who.address = std::to_string(i);
    limiter.take(rate_class::search, who, rate_limiter::time{});
  }
  CHECK(limiter.size() == 100);
}

TEST_CASE("refusals are problem documents inside the envelope", "[api][envelope]") {
  door entrance(test_settings());
  auto asked =
      request_of("GET", "/api/v1/search?city_code=URB&check_in=2026-12-01&check_out=2026-12-01&guests=2", "", {{"X-Correlation-ID", "trace-1"}});
  const auto came = entrance.enter(asked);
  const auto answer = refused(came.context, std::get<failure>(came.outcome));
  CHECK(answer.status == 422);
  CHECK(answer.content_type == "application/problem+json");
  const auto body = http::read_json(answer.body);
  REQUIRE(body.value);
  const auto text = [&](std::string_view path) { return body.value->at_path(path) ? body.value->at_path(path)->text() : std::string("?"); };
  const std::string id = text("meta.request_id");
  CHECK(id.size() == 30);
  CHECK(id.substr(0, 4) == "req_");
  CHECK(answer.headers.get("X-Request-Id") == id);
  CHECK(answer.headers.get("X-Correlation-ID") == "trace-1");
  CHECK(answer.headers.get("Cache-Control") == "no-store");
  CHECK_FALSE(body.value->find("success")->as_bool());
  CHECK(body.value->find("data")->is_null());
  CHECK(text("error.code") == "INVALID_PARAMETER");
  CHECK(text("error.details.fields.0") == "check_out");
  CHECK(text("error.details.problems.0.problem") == "not_after");
  CHECK(text("error.details.problems.0.limit") == "2026-12-01");
  CHECK(text("type") == "https://book.example.com/problems/invalid-parameter");
  CHECK(text("title") == "Invalid parameter");
  CHECK(text("status") == "422");
  CHECK(text("detail") == text("error.message"));
  CHECK(text("instance") == "/requests/" + id);
}

TEST_CASE("refusals of the domain keep their details; every 503 says its effect", "[api][envelope]") {
  refusal closed(errc::dates_closed, "a night is closed");
  closed.details = {{"dates", R"(["2026-12-01"])"}, {"status", "2026-12-01"}, {"count", "3"}, {"policy", "flexible"}};
  const auto made = failure_of(closed);
  CHECK(made.status() == 409);
  CHECK(made.details == std::vector<std::pair<std::string, std::string>>{
                            {"dates", R"(["2026-12-01"])"}, {"status", "\"2026-12-01\""}, {"count", "3"}, {"policy", "\"flexible\""}});
  refusal away(errc::service_unavailable);
  away.effect = effect::unknown;
  const auto unknown = failure_of(away);
  CHECK(unknown.status() == 503);
  CHECK(unknown.details.back() == std::pair<std::string, std::string>("effect", "\"unknown\""));
  CHECK(failure_of(refusal(errc::host_unavailable)).details.back().second == "\"none\"");
  for (int code = 1; code <= static_cast<int>(errc::internal_error); ++code) {
    const auto name = name_of(static_cast<errc>(code));
    CHECK(std::any_of(error_codes().begin(), error_codes().end(), [&](const error_code& each) { return each.name == name; }));
  }
}

TEST_CASE("request ids are 26 Crockford characters that sort by time", "[api][envelope]") {
  using std::chrono::milliseconds;
  CHECK(make_request_id(milliseconds(0), {}) == "req_00000000000000000000000000");
  std::array<std::uint8_t, 10> ones;
  ones.fill(0xff);
  CHECK(make_request_id(milliseconds((1LL << 48) - 1), ones) == "req_7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  CHECK(make_request_id(milliseconds(1000), ones) < make_request_id(milliseconds(1001), {}));
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i)
    seen.insert(make_request_id());
  CHECK(seen.size() == 1000);
}

TEST_CASE("the door refuses at the head what needs no body", "[api][door]") {
  auto how = test_settings();
  how.exempt_networks.clear();
  door entrance(how);
  CHECK(entrance.admit(request_of("GET", "/nothing")).refusal->status == 404);
  const auto wrong = entrance.admit(request_of("POST", "/api/v1/search"));
  REQUIRE(wrong.refusal);
  CHECK(wrong.refusal->status == 405);
  CHECK(wrong.refusal->headers.get("Allow") == "GET");
  CHECK(entrance.admit(request_of("POST", "/webhooks/host")).body_limit == 2 * 1024 * 1024);
  const auto good = entrance.admit(request_of("GET", "/api/v1/search"));
  CHECK_FALSE(good.refusal);
  CHECK(good.body_limit == 1024 * 1024);
  CHECK(good.answer_headers.get("RateLimit-Remaining") == "99");
  for (int i = 0; i < 99; ++i)
    entrance.admit(request_of("GET", "/api/v1/search"));
  const auto too_many = entrance.admit(request_of("GET", "/api/v1/search"));
  REQUIRE(too_many.refusal);
  CHECK(too_many.refusal->status == 429);
  CHECK(http::read_json(too_many.refusal->body).value->at_path("error.details.limit")->text() == "S");
  CHECK(too_many.answer_headers.get("Retry-After") == "1");
  CHECK(entrance.refuse(431, request_of("", ""), "too long").status == 431);
  CHECK(entrance.refuse(503, request_of("GET", "/"), "slow").body.find("\"effect\":\"unknown\"") != std::string::npos);
}

TEST_CASE("every bad request of every endpoint is refused as its description says", "[api][door]") {
  std::set<std::string> names;
  std::size_t count = 0;
  door entrance(test_settings());
  for (const auto& target : endpoints()) {
    for (const auto& bad : bad_requests(target)) {
      ++count;
      CAPTURE(bad.name, bad.target, bad.body);
      CHECK(names.insert(bad.name).second);
      if (bad.code == "SIGNATURE_INVALID")
        continue; // the handler's affair
      auto asked = request_of(bad.method, bad.target, bad.body);
      for (auto [name, value] : bad.headers) {
        if (value == "Bearer {service_token}")
          value = "Bearer " + std::string(service_token);
        asked.headers.add(name, value);
      }
      const auto admission = entrance.admit(asked);
      if (admission.refusal) {
        CHECK(admission.refusal->status == bad.status);
        continue;
      }
      if (bad.body.size() + bad.fill > admission.body_limit) {
        CHECK(bad.status == 413);
        continue;
      }
      entry came = entrance.enter(asked);
      const auto* why = std::get_if<failure>(&came.outcome);
      REQUIRE(why);
      CHECK(why->code == bad.code);
      CHECK(why->status() == bad.status);
      if (bad.field.empty())
        continue;
      const bool named = std::any_of(why->problems.begin(), why->problems.end(), [&](const problem& each) {
        return each.field == bad.field && (bad.problem.empty() || each.what == bad.problem);
      });
      CAPTURE(problems_of(*why), bad.field, bad.problem);
      CHECK(named);
    }
  }
  CHECK(count > 600);
  CHECK(http::read_json(bad_requests_as_json()).value);
}

} // namespace reserve::gateway
