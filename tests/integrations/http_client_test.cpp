#include "client_fixture.hpp"
#include "tiny_server.hpp"

#include <catch2/catch.hpp>

using namespace reserve::integrations;
using namespace reserve::integrations::test;
using namespace std::chrono_literals;
using then = tiny_reply::then;

namespace {

outbound_request get(const std::string& url, std::chrono::milliseconds timeout = 5s) {
  outbound_request out;
  out.url = url;
  out.timeout = timeout;
  return out;
}

outbound_request post(const std::string& url, fields headers = {}) {
  auto out = get(url);
  out.method = "POST";
  out.headers = std::move(headers);
  out.body = "{}";
  return out;
}

/// In 100 packets, so that who reads may see a part at a time.
std::string many_fields() {
  std::string all;
  while (all.size() < 100'000)
    all += "x: y\r\n";
  return all;
}

} // namespace

TEST_CASE("a call brings status, headers and body", "[integrations][client]") {
  std::string seen;
  tiny_server server([&seen](const std::string& request, int, int) {
    seen = request;
    return tiny_reply{then::keep, "HTTP/1.1 409 Conflict\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"};
  });
  http_client_settings settings;
  settings.user_agent = "reserve-connect/0.1.0";
  client_fixture fixture(settings);
  auto request = post(server.url("/a?b=c"), {{"Idempotency-Key", "k1"}});
  request.correlation_id = "req_1";
  const auto result = fixture.call(request);
  CHECK(result.kind == outbound_kind::answered);
  CHECK(result.status == 409);
  CHECK(find_field(result.headers, "retry-after") == "7");
  CHECK(result.body == "abc");
  CHECK(seen.starts_with("POST /a?b=c HTTP/1.1\r\n"));
  for (const auto* line : {"User-Agent: reserve-connect/0.1.0\r\n", "X-Correlation-ID: req_1\r\n", "Idempotency-Key: k1\r\n", "Content-Length: 2\r\n"})
    CHECK(seen.find(line) != std::string::npos);
}

TEST_CASE("connections are kept and shared", "[integrations][client]") {
  tiny_server server([](const std::string&, int, int) { return tiny_reply{then::keep, ok("{}")}; });
  client_fixture fixture;
  for (int i = 0; i < 5; ++i)
    CHECK(fixture.call(get(server.url())).status == 200);
  CHECK(server.connections() == 1);
}

TEST_CASE("the number of connections is bounded, the others wait", "[integrations][client]") {
  tiny_server server([](const std::string&, int, int) { return tiny_reply{then::keep, ok("{}")}; });
  http_client_settings settings;
  settings.connections_per_endpoint = 2;
  client_fixture fixture(settings);
  std::vector<std::future<outbound_result>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(fixture.start(get(server.url())));
  for (auto& one : all)
    CHECK(one.get().status == 200);
  CHECK(server.connections() <= 2);
}

TEST_CASE("a call that gets no connection in time is not sent", "[integrations][client]") {
  tiny_server server([](const std::string&, int, int) { return tiny_reply{then::hold, ""}; });
  http_client_settings settings;
  settings.connections_per_endpoint = 1;
  settings.waiting_per_endpoint = 1;
  client_fixture fixture(settings);
  auto first = fixture.start(get(server.url(), 1s));
  auto second = fixture.start(get(server.url(), 100ms));
  auto third = fixture.start(get(server.url(), 100ms));
  CHECK(third.get().kind == outbound_kind::not_sent);
  CHECK(second.get().kind == outbound_kind::not_sent);
  CHECK(first.get().kind == outbound_kind::no_answer);
  CHECK(server.requests() == 1);
}

TEST_CASE("nobody listens: not sent", "[integrations][client]") {
  std::string url;
  { url = tiny_server([](const std::string&, int, int) { return tiny_reply{}; }).url(); }
  client_fixture fixture;
  const auto result = fixture.call(post(url));
  CHECK(result.kind == outbound_kind::not_sent);
  CHECK_FALSE(result.problem.empty());
}

TEST_CASE("a name that does not exist: not sent", "[integrations][client]") {
  client_fixture fixture;
  CHECK(fixture.call(get("http://nowhere.invalid/")).kind == outbound_kind::not_sent);
}

TEST_CASE("a handshake that hangs ends at the connect time-out: not sent", "[integrations][client]") {
  tiny_server server([](const std::string&, int, int) { return tiny_reply{then::hold, ""}; });
  http_client_settings settings;
  settings.connect_timeout = 100ms;
  client_fixture fixture(settings);
  const auto result = fixture.call(post("https" + server.url().substr(4)));
  CHECK(result.kind == outbound_kind::not_sent);
  CHECK(result.took < 4s);
}

TEST_CASE("a time-out after sending: no answer", "[integrations][client]") {
  auto [bytes] = GENERATE(table<std::string>({{""}, {"HTTP/1.1 200 OK\r\n"}, {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}}));
  tiny_server server([&bytes = bytes](const std::string&, int, int) { return tiny_reply{then::hold, bytes}; });
  client_fixture fixture;
  const auto result = fixture.call(get(server.url(), 100ms));
  CHECK(result.kind == outbound_kind::no_answer);
  CHECK(result.problem == "time-out");
  CHECK(server.requests() == 1);
}

TEST_CASE("a connection that breaks after sending: no answer", "[integrations][client]") {
  auto [next, bytes] = GENERATE(table<then, std::string>({
      {then::close, ""},
      {then::reset, ""},
      {then::reset, "HTTP/1.1 200 OK\r\n"},
      {then::close, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"},
      {then::close, "this is not HTTP\r\n\r\n"},
  }));
  tiny_server server([reply = tiny_reply{next, bytes}](const std::string&, int, int) { return reply; });
  client_fixture fixture;
  CHECK(fixture.call(post(server.url(), {{"Idempotency-Key", "k"}})).kind == outbound_kind::no_answer);
  CHECK(server.requests() == 1);
}

TEST_CASE("an answer beyond the limits is not read", "[integrations][client]") {
  auto [bytes] = GENERATE(table<std::string>({
      {ok(std::string(5000, 'x'))},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + std::string(5000, 'x') + "\r\n0\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(5000, 'x') + "\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + many_fields() + "\r\n{}"},
  }));
  tiny_server server([&bytes = bytes](const std::string&, int, int) { return tiny_reply{then::keep, bytes}; });
  http_client_settings settings;
  settings.body_max = 4096;
  settings.header_max = 4096;
  client_fixture fixture(settings);
  CHECK(fixture.call(get(server.url())).kind == outbound_kind::too_large);
}

TEST_CASE("a kept connection that was closed meanwhile is replaced without a trace", "[integrations][client]") {
  tiny_server server([](const std::string&, int connection, int) { return tiny_reply{connection == 1 ? then::close : then::keep, ok("{}")}; });
  client_fixture fixture;
  CHECK(fixture.call(post(server.url())).status == 200);
  CHECK(fixture.call(get(server.url())).status == 200);
  CHECK(server.connections() == 2);
}

TEST_CASE("a kept connection that breaks under a request is replaced once, if the request may be repeated", "[integrations][client]") {
  tiny_server server([](const std::string&, int connection, int count) {
    return connection == 1 && count == 2 ? tiny_reply{then::close, ""} : tiny_reply{then::keep, ok("{}")};
  });
  client_fixture fixture;
  REQUIRE(fixture.call(get(server.url())).status == 200);
  SECTION("a read") { CHECK(fixture.call(get(server.url())).status == 200); }
  SECTION("a write with a key") { CHECK(fixture.call(post(server.url(), {{"Idempotency-Key", "k"}})).status == 200); }
  SECTION("a write without a key") { CHECK(fixture.call(post(server.url())).kind == outbound_kind::no_answer); }
}

TEST_CASE("a broken repeat is not repeated again", "[integrations][client]") {
  tiny_server server([](const std::string&, int connection, int count) {
    return connection == 1 && count == 1 ? tiny_reply{then::keep, ok("{}")} : tiny_reply{then::close, ""};
  });
  client_fixture fixture;
  REQUIRE(fixture.call(get(server.url())).status == 200);
  CHECK(fixture.call(get(server.url())).kind == outbound_kind::no_answer);
  CHECK(server.requests() == 3);
}

TEST_CASE("TLS is spoken with a server whose certificate we trust", "[integrations][client]") {
  tiny_server server([](const std::string&, int, int) { return tiny_reply{then::keep, ok("secret")}; }, true);
  http_client_settings settings;
  SECTION("trusted") {
    settings.ca_file = server.ca_file();
    client_fixture fixture(settings);
    CHECK(fixture.call(get(server.url())).body == "secret");
    CHECK(fixture.call(get(server.url())).body == "secret");
    CHECK(server.connections() == 1);
  }
  SECTION("unknown authority") {
    client_fixture fixture(settings);
    CHECK(fixture.call(get(server.url())).kind == outbound_kind::not_sent);
    CHECK(server.requests() == 0);
  }
  SECTION("another name") {
    settings.ca_file = server.ca_file();
    client_fixture fixture(settings);
    auto url = server.url();
    url.replace(url.find("localhost"), 9, "127.0.0.1");
    CHECK(fixture.call(get(url)).kind == outbound_kind::not_sent);
    CHECK(server.requests() == 0);
  }
}

TEST_CASE("an unreadable file of authorities is an error at the start", "[integrations][client]") {
  http_client_settings settings;
  settings.ca_file = "/nonexistent.pem";
  CHECK_THROWS(client_fixture(settings));
}

TEST_CASE("shutdown ends what is under way and what waits", "[integrations][client]") {
  std::promise<void> arrived;
  tiny_server server([&arrived](const std::string&, int, int) {
    arrived.set_value();
    return tiny_reply{then::hold, ""};
  });
  http_client_settings settings;
  settings.connections_per_endpoint = 1;
  client_fixture fixture(settings);
  auto sent = fixture.start(get(server.url(), 60s));
  auto waits = fixture.start(get(server.url(), 60s));
  arrived.get_future().wait();
  fixture.client().shutdown();
  CHECK(sent.get().kind == outbound_kind::no_answer);
  CHECK(waits.get().kind == outbound_kind::not_sent);
  CHECK(fixture.call(get(server.url())).kind == outbound_kind::not_sent);
}

TEST_CASE("what could write headers of its own is not sent", "[integrations][client]") {
  client_fixture fixture;
  CHECK(fixture.call(get("http://localhost:1/a\r\nX: y")).problem == "malformed request");
  CHECK(fixture.call(get("http://localhost:1/a b")).problem == "malformed request");
  CHECK(fixture.call(post("http://localhost:1/", {{"X", "a\nb"}})).problem == "malformed request");
  for (const auto* url : {"ftp://localhost/", "localhost", "http://", "http://user@localhost/", "http://localhost:x/"})
    CHECK(fixture.call(get(url)).problem == "malformed request");
}

TEST_CASE("every call is observed, without its query", "[integrations][client]") {
  tiny_server server([](const std::string&, int, int) { return tiny_reply{then::keep, ok("{}")}; });
  std::string seen;
  http_client_settings settings;
  settings.observe = [&seen](const outbound_observation& call) {
    seen = std::string(call.method) + " " + std::string(call.host) + std::string(call.path) + " " + std::string(name_of(call.kind)) + " " + std::to_string(call.status);
  };
  client_fixture fixture(settings);
  fixture.call(get(server.url("/v1/things?name=secret")));
  CHECK(seen == "GET localhost/v1/things answered 200");
  fixture.call(get(server.url("")));
  CHECK(seen == "GET localhost/ answered 200");
}
