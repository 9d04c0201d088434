#include "gateway/http/server.hpp"
#include "integrations/http_client.hpp"
#include "integrations/pix/brcode.hpp"
#include "integrations/sandbox/server.hpp"
#include "integrations/signatures.hpp"
#include "temporary_directory.hpp"
#include "world_fixture.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::sandbox;
using namespace std::chrono_literals;
using integrations::outbound_kind;
using integrations::outbound_request;
using integrations::outbound_result;

namespace {

namespace asio = boost::asio;

/// Stands for the server: takes webhooks, and has a clock of its own.
class receiver final : public http::handler {
public:
  asio::awaitable<http::response> handle(const http::request& what) override {
    if (what.path == "/api/v1/internal/clock") {
      const auto body = parse_json(what.body);
      offset += (*body)["advance_seconds"].integer().value_or(0);
      authorized = what.headers.get("Authorization") == std::optional<std::string_view>("Bearer service");
      co_return http::response(200, "{\"success\":true,\"data\":{\"offset_seconds\":" + std::to_string(offset) + "}}");
    }
    webhooks.push_back(what);
    co_return http::response(200, "{}");
  }

  std::vector<http::request> webhooks;
  std::int64_t offset = 0;
  bool authorized = false;
};

/// Sandbox, its server and a client on one io_context that the test drives.
struct loopback {
  loopback() : client(context, {}) {
    http::options how;
    listener.start(context, how, server_side);
    server_settings settings;
    settings.state_dir = folder.path;
    settings.server_url = "http://127.0.0.1:" + std::to_string(listener.port());
    settings.service_token = "service";
    settings.world.stripe_key = "sk_test";
    settings.world.mercadopago_token = "APP";
    settings.world.openpix_app_id = "appid";
    settings.world.host.api_key = "host-key";
    settings.secrets = {"host-secret", "whsec_1", "mp-secret", {}, {}};
    sandbox = std::make_unique<sandbox_server>(context, settings);
  }
  ~loopback() {
    client.shutdown();
    sandbox->stop();
    context.poll();
  }

  template <class Done>
  void run_until(Done&& done, std::chrono::milliseconds limit = 10s) {
    for (const auto deadline = std::chrono::steady_clock::now() + limit; !done();) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      context.run_one_for(50ms);
    }
  }

  outbound_result call(const std::string& method, const std::string& target, const std::string& body = {}, integrations::fields headers = {},
                       std::chrono::milliseconds timeout = 5s) {
    outbound_request out;
    out.method = method;
    out.url = "http://127.0.0.1:" + std::to_string(sandbox->port()) + target;
    out.headers = std::move(headers);
    out.body = body;
    out.timeout = timeout;
    std::optional<outbound_result> answered;
    client.call(std::move(out), [&answered](outbound_result result) { answered = std::move(result); });
    run_until([&] { return answered.has_value(); });
    return *answered;
  }

  json_value json(const std::string& method, const std::string& target, const std::string& body = {}, integrations::fields headers = {}) {
    const auto result = call(method, target, body, std::move(headers));
    INFO(target << " " << result.status << " " << result.body);
    REQUIRE(result.kind == outbound_kind::answered);
    REQUIRE(result.status < 300);
    return *parse_json(result.body);
  }

  const http::request& webhook(std::size_t index) {
    run_until([&] { return server_side->webhooks.size() > index; });
    return server_side->webhooks[index];
  }

  static timestamp now() { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); }
  static std::string header(const http::request& what, std::string_view name) { return std::string(what.headers.get(name).value_or("")); }

  temporary_directory folder;
  asio::io_context context;
  std::shared_ptr<receiver> server_side = std::make_shared<receiver>();
  http::server listener;
  integrations::http_client client;
  std::unique_ptr<sandbox_server> sandbox;
};

using integrations::signature_check;

} // namespace

TEST_CASE("a booking goes to the Host and comes back as a signed webhook", "[sandbox][http]") {
  loopback at;
  CHECK(at.call("GET", "/host/api/v1/properties").status == 401);
  CHECK(at.json("GET", "/host/health")["status"].text() == "ok");
  const auto booking = at.json("POST", "/host/api/v1/bookings", booking_body("RES-1"), {{"X-API-Key", "host-key"}, {"Idempotency-Key", "k"}});
  const auto hook = at.webhook(0);
  CHECK(hook.path == "/api/v1/webhooks/host");
  CHECK(integrations::verify_timed(at.header(hook, "X-Host-Signature"), hook.body, {"host-secret"}, at.now()) == signature_check::ok);
  const auto event = *parse_json(hook.body);
  CHECK(event["event_type"].text() == "booking.created");
  CHECK(event["data"]["booking_id"].text() == booking["booking_id"].text());
}

TEST_CASE("a card is paid at Stripe over HTTP", "[sandbox][http]") {
  loopback at;
  const std::string form = "amount=1000&currency=brl&payment_method=pm_card_visa&confirm=true&metadata%5Bpayment_id%5D=pay-1";
  CHECK(at.call("POST", "/stripe/v1/payment_intents", form).status == 401);
  const auto intent = at.json("POST", "/stripe/v1/payment_intents", form,
                              {{"Authorization", "Bearer sk_test"}, {"Content-Type", "application/x-www-form-urlencoded"}});
  CHECK(intent["status"].text() == "succeeded");
  const auto hook = at.webhook(0);
  CHECK(hook.path == "/api/v1/webhooks/stripe");
  CHECK(integrations::verify_timed(at.header(hook, "Stripe-Signature"), hook.body, {"whsec_1"}, at.now()) == signature_check::ok);
}

TEST_CASE("a PIX charge of Mercado Pago over HTTP has a valid BR Code", "[sandbox][http]") {
  loopback at;
  const auto payment =
      at.json("POST", "/mercadopago/v1/payments",
              R"({"transaction_amount":1400.00,"payment_method_id":"pix","external_reference":"pay-1","payer":{"email":"a@b.example"}})",
              {{"Authorization", "Bearer APP"}, {"X-Idempotency-Key", "k"}});
  const auto code = integrations::pix::parse(payment["point_of_interaction"]["transaction_data"]["qr_code"].text());
  REQUIRE(code.problem == integrations::pix::brcode_problem::none);
  CHECK(code.code.amount == money{140000});
  CHECK(code.code.once);
  const auto hook = at.webhook(0);
  const auto id = payment["id"].text_or_number();
  CHECK(hook.query == "data.id=" + id + "&type=payment");
  CHECK(integrations::verify_mercadopago(at.header(hook, "x-signature"), id, at.header(hook, "x-request-id"), {"mp-secret"}, at.now()).result ==
        signature_check::ok);
}

TEST_CASE("OpenPix signs with the key it publishes", "[sandbox][http]") {
  loopback at;
  const auto charge = at.json("POST", "/openpix/api/v1/charge", R"({"correlationID":"pay-1","value":5000})", {{"Authorization", "appid"}});
  CHECK(integrations::pix::parse(charge["brCode"].text()).code.amount == money{5000});
  const auto key = at.json("GET", "/openpix/api/v1/webhook/public-keys")["public_keys"][0]["key"].text();
  const auto hook = at.webhook(0);
  CHECK(hook.path == "/api/v1/webhooks/pix/openpix");
  CHECK(integrations::verify_openpix_rsa(at.header(hook, "x-webhook-signature"), hook.body, {key}) == signature_check::ok);
}

TEST_CASE("faults reach the socket", "[sandbox][http]") {
  loopback at;
  at.json("POST", "/control/faults", R"({"provider":"host","operation":"health","effect":"reset","calls":2})");
  CHECK(at.call("GET", "/host/health").kind != outbound_kind::answered);
  at.json("DELETE", "/control/faults");
  at.json("POST", "/control/faults", R"({"provider":"host","operation":"health","effect":"timeout_before","calls":1})");
  CHECK(at.call("GET", "/host/health", {}, {}, 200ms).kind == outbound_kind::no_answer);
  at.json("POST", "/control/faults", R"({"provider":"host","operation":"health","effect":"latency","latency_ms":150,"calls":1})");
  const auto slow = at.call("GET", "/host/health");
  CHECK(slow.status == 200);
  CHECK(slow.took >= 150ms);
}

TEST_CASE("the clock moves the sandbox and the server to the same time", "[sandbox][http]") {
  loopback at;
  at.server_side->offset = 40;
  const auto moved = at.json("POST", "/control/clock", R"({"advance_seconds":960,"skew_seconds":-400})");
  CHECK(moved["offset_seconds"].integer() == 1000);
  CHECK(at.server_side->offset == 1000);
  CHECK(at.server_side->authorized);
  at.json("POST", "/openpix/api/v1/charge", R"({"correlationID":"pay-1","value":5000,"expiresIn":60})", {{"Authorization", "appid"}});
  at.json("POST", "/stripe/v1/payment_intents", "amount=1000&currency=brl&payment_method=pm_card_visa&confirm=true",
          {{"Authorization", "Bearer sk_test"}});
  at.run_until([&] { return at.server_side->webhooks.size() == 2; });
  for (const auto& hook : at.server_side->webhooks)
    if (hook.path == "/api/v1/webhooks/stripe") {
      const auto check = [&](timestamp now) { return integrations::verify_timed(at.header(hook, "Stripe-Signature"), hook.body, {"whsec_1"}, now); };
      CHECK(check(at.now() + 1000s) == signature_check::too_old);
      CHECK(check(at.now() + 600s) == signature_check::ok);
    }
  at.json("POST", "/control/clock", R"({"advance_seconds":61,"skew_seconds":0})");
  CHECK(parse_json(at.webhook(2).body).value()["event"].text() == "OPENPIX:CHARGE_EXPIRED");
  CHECK(at.call("POST", "/control/clock", R"({"advance_seconds":-1})").status == 400);
}

TEST_CASE("a charge expires by itself when its time has come", "[sandbox][http]") {
  loopback at;
  at.json("POST", "/openpix/api/v1/charge", R"({"correlationID":"pay-1","value":5000,"expiresIn":1})", {{"Authorization", "appid"}});
  CHECK(parse_json(at.webhook(1).body).value()["event"].text() == "OPENPIX:CHARGE_EXPIRED");
}
