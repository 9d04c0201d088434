#include "integrations/host_adapter.hpp"
#include "integrations/payment_adapter.hpp"

#include "client_fixture.hpp"
#include "payment_requests.hpp"
#include "tiny_server.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::integrations;
using namespace reserve::integrations::test;
using operation = provider_request::operation;
using kind = provider_reply::kind;
using then = tiny_reply::then;

namespace {

provider_reply pay(payment_port& port, provider_request request) {
  std::promise<provider_reply> answer;
  port.call(std::move(request), [&answer](provider_reply reply) { answer.set_value(std::move(reply)); });
  return answer.get_future().get();
}

std::string status(int code, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(code) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string op_charge = R"({"charge":{"status":"COMPLETED","value":5880,"correlationID":")" + payment_text + "\"}}";

} // namespace

TEST_CASE("a Host call carries the credentials", "[integrations][adapters]") {
  std::string seen;
  tiny_server server([&seen](const std::string& request, int, int) {
    seen = request;
    return tiny_reply{then::keep, ok("{}")};
  });
  client_fixture fixture;
  host_adapter adapter(fixture.client(), {server.url("/host"), "key-1", "jwt-secret"});
  host_request request;
  request.correlation_id = "req_9";
  std::promise<host_reply> answer;
  adapter.call(request, [&answer](host_reply reply) { answer.set_value(std::move(reply)); });
  CHECK(answer.get_future().get().answered);
  CHECK(seen.starts_with("GET /host/health HTTP/1.1\r\n"));
  for (const auto* line : {"X-API-Key: key-1\r\n", "Authorization: Bearer ey", "X-Correlation-ID: req_9\r\n"})
    CHECK(seen.find(line) != std::string::npos);
}

TEST_CASE("only configured providers are offered", "[integrations][adapters]") {
  client_fixture fixture;
  payment_accounts accounts;
  accounts.openpix = openpix_account{"http://127.0.0.1:1", "app"};
  payment_adapter adapter(fixture.client(), accounts);
  CHECK(adapter.offers("openpix"));
  CHECK_FALSE(adapter.offers("stripe"));
  CHECK(pay(adapter, payment_request_for("stripe", "stripe_card", operation::create)).what == kind::not_sent);
  CHECK(pay(adapter, payment_request_for("openpix", "openpix", operation::create)).what == kind::not_sent);
}

TEST_CASE("a Stripe call carries key and version", "[integrations][adapters]") {
  std::string seen;
  tiny_server server([&seen](const std::string& request, int, int) {
    seen = request;
    return tiny_reply{then::keep, status(402, R"({"error":{"type":"card_error","code":"card_declined"}})")};
  });
  client_fixture fixture;
  payment_accounts accounts;
  accounts.stripe = stripe_account{server.url(""), "sk_test_1", "2026-10-28"};
  payment_adapter adapter(fixture.client(), accounts);
  CHECK(pay(adapter, payment_request_for("stripe", "stripe_card", operation::create)).what == kind::declined);
  for (const auto* line : {"POST /v1/payment_intents HTTP/1.1\r\n", "Authorization: Bearer sk_test_1\r\n", "Stripe-Version: 2026-10-28\r\n"})
    CHECK(seen.find(line) != std::string::npos);
}

TEST_CASE("a refused cancel is followed by a read", "[integrations][adapters]") {
  tiny_server server([](const std::string& request, int, int) {
    return tiny_reply{then::keep, request.starts_with("DELETE") ? status(400, R"({"error":"a cobrança não está ativa"})") : ok(op_charge)};
  });
  client_fixture fixture;
  payment_accounts accounts;
  accounts.openpix = openpix_account{server.url(""), "app"};
  payment_adapter adapter(fixture.client(), accounts);
  const auto reply = pay(adapter, payment_request_for("openpix", "openpix", operation::cancel));
  CHECK(reply.what == kind::answered);
  CHECK(reply.view.status == object_status::succeeded);
  CHECK(server.requests() == 2);
}

TEST_CASE("a charge that is there already is ours", "[integrations][adapters]") {
  const bool exists = GENERATE(true, false);
  tiny_server server([exists](const std::string& request, int, int) {
    if (request.starts_with("POST"))
      return tiny_reply{then::keep, status(400, R"({"error":"já existe"})")};
    return tiny_reply{then::keep, exists ? ok(op_charge) : status(404, R"({"error":"não encontrada"})")};
  });
  client_fixture fixture;
  payment_accounts accounts;
  accounts.openpix = openpix_account{server.url(""), "app"};
  payment_adapter adapter(fixture.client(), accounts);
  CHECK(pay(adapter, payment_request_for("openpix", "openpix", operation::create)).what == (exists ? kind::answered : kind::refused));
}
