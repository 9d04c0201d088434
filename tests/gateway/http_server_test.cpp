#include "http_fixture.hpp"

#include <catch2/catch.hpp>

#include <future>

namespace reserve {
using namespace test;

namespace {

std::string get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) +
         "\r\n" + std::string(body);
}

http::options hasty() {
  http::options how;
  how.header_timeout = how.body_timeout = how.idle_timeout = how.request_timeout = 60ms;
  return how;
}

} // namespace

TEST_CASE("a connection serves one request after the other", "[http]") {
  running_server running;
  raw_client client(running.port());
  for (int i = 0; i < 3; ++i) {
    client.send(post("/echo%20x?a=b&c", "hello"));
    const auto answer = client.read_answer();
    CHECK(status_of(answer) == 200);
    CHECK(body_of(answer) == "POST /echo%20x?a=b&c 127.0.0.1 hello");
  }
  const auto stats = running.stats();
  CHECK(stats.connections_accepted == 1);
  CHECK(stats.requests_total == 3);
  CHECK(stats.requests_in_flight == 0);
}

TEST_CASE("a line break in a header value does not make a header", "[http]") {
  running_server running;
  raw_client client(running.port());
  client.send(get("/"));
  const auto answer = client.read_answer();
  CHECK(answer.find("\r\nX-Injected") == std::string::npos);
  CHECK(answer.find("X-Test: one  X-Injected: yes\r\n") != std::string::npos);
}

TEST_CASE("pipelined requests are answered in order", "[http]") {
  running_server running;
  raw_client client(running.port());
  client.send(get("/1") + post("/2", "two") + get("/3"));
  CHECK(body_of(client.read_answer()) == "GET /1? 127.0.0.1 ");
  CHECK(body_of(client.read_answer()) == "POST /2? 127.0.0.1 two");
  CHECK(body_of(client.read_answer()) == "GET /3? 127.0.0.1 ");
}

TEST_CASE("a request may come byte by byte and its body in chunks", "[http]") {
  running_server running;
  raw_client client(running.port());
  for (const char c : std::string("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    client.send({&c, 1});
  CHECK(body_of(client.read_answer()) == "POST /c? 127.0.0.1 abcde");
}

TEST_CASE("Connection: close and HTTP/1.0 end the connection", "[http]") {
  running_server running;
  const std::string request = GENERATE("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n");
  raw_client client(running.port());
  client.send(request);
  const auto answer = client.read_answer();
  CHECK(status_of(answer) == 200);
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  CHECK(client.is_closed_within(5s));
}

TEST_CASE("what is not HTTP is refused with 400 and the connection closed", "[http]") {
  running_server running;
  const std::string request = GENERATE(
      as<std::string>(), "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET / HTTP/3.0\r\nHost: a\r\n\r\n", "GET nothing HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX-Folded: one\r\n two\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n", "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\na", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000001\r\na\r\n0\r\n\r\n");
  CAPTURE(request);
  raw_client client(running.port());
  client.send(request);
  CHECK(status_of(client.read_answer()) == 400);
  CHECK(client.is_closed_within(5s));
}

TEST_CASE("a length too great for any body is refused with 413", "[http]") {
  running_server running;
  const std::string framing = GENERATE("Content-Length: 18446744073709551615\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n");
  CAPTURE(framing);
  raw_client client(running.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\n" + framing);
  CHECK(status_of(client.read_answer()) == 413);
  CHECK(client.is_closed_within(5s));
  CHECK(running.bodies_seen() == 0);
}

TEST_CASE("HEAD is answered with the length of a body that does not come", "[http]") {
  running_server running;
  raw_client client(running.port());
  client.send("HEAD /long HTTP/1.1\r\nHost: a\r\n\r\n" + get("/next"));
  const auto head = client.read_head();
  CHECK(status_of(head) == 200);
  CHECK(head.find("Content-Length: 22\r\n") != std::string::npos);
  CHECK(body_of(client.read_answer()) == "GET /next? 127.0.0.1 ");
}

TEST_CASE("headers beyond the limit are refused with 431", "[http]") {
  running_server running;
  raw_client fits(running.port());
  fits.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(15'000, 'a') + "\r\n\r\n");
  CHECK(status_of(fits.read_answer()) == 200);

  raw_client line(running.port());
  line.send(get("/" + std::string(20'000, 'a')));
  CHECK(status_of(line.read_answer()) == 431);
  CHECK(line.is_closed_within(5s));

  raw_client endless(running.port());
  endless.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(20'000, 'a'));
  CHECK(status_of(endless.read_answer()) == 431);

  // No call of the parser sees more than a part of it.
  raw_client many(running.port());
  many.send("GET / HTTP/1.1\r\nHost: x\r\n");
  for (int i = 0; i < 25; ++i) {
    std::string part;
    while (part.size() < 1000)
      part += "a: b\r\n";
    many.send(part + "a");
    many.send(": b\r\n");
  }
  many.send("\r\n");
  CHECK(status_of(many.read_answer()) == 431);
}

TEST_CASE("a body above its route's limit is refused before it is read", "[http]") {
  running_server running;
  SECTION("announced") {
    raw_client client(running.port());
    client.send("POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n");
    CHECK(status_of(client.read_answer()) == 413);
    CHECK(client.is_closed_within(5s));
  }
  SECTION("in chunks") {
    raw_client client(running.port());
    client.send("POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n");
    CHECK(status_of(client.read_answer()) == 413);
  }
  SECTION("while the client goes on sending, it still gets the answer") {
    raw_client client(running.port());
    client.send("POST /other HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n" + std::string(1'000'000, 'x'));
    CHECK(status_of(client.read_answer()) == 413);
  }
  SECTION("exactly at the limit") {
    raw_client client(running.port());
    client.send(post("/small", "1234567890"));
    CHECK(status_of(client.read_answer()) == 200);
    CHECK(running.bodies_seen() == 1);
    return;
  }
  CHECK(running.bodies_seen() == 0);
}

TEST_CASE("a refusal at the door keeps the connection when the body is short", "[http]") {
  running_server running;
  raw_client client(running.port());
  client.send(post("/gone", "hello"));
  CHECK(status_of(client.read_answer()) == 404);
  client.send(get("/next"));
  CHECK(status_of(client.read_answer()) == 200);
  client.send("POST /gone HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  CHECK(status_of(client.read_answer()) == 404);
  CHECK(client.is_closed_within(5s));
  CHECK(running.bodies_seen() == 1);
}

TEST_CASE("Expect: 100-continue is answered before the body comes", "[http]") {
  running_server running;
  raw_client client(running.port());
  client.send("POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  CHECK(status_of(client.read_answer()) == 100);
  client.send("abc");
  CHECK(status_of(client.read_answer()) == 200);

  raw_client too_long(running.port());
  too_long.send("POST /small HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 30\r\n\r\n");
  CHECK(status_of(too_long.read_answer()) == 413);
}

TEST_CASE("slow requests and idle connections are ended", "[http]") {
  running_server running(hasty());
  SECTION("head") {
    raw_client client(running.port());
    client.send("GET / HTTP/1.1\r\nHost");
    CHECK(status_of(client.read_answer()) == 408);
    CHECK(client.is_closed_within(5s));
  }
  SECTION("body") {
    raw_client client(running.port());
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
    CHECK(status_of(client.read_answer()) == 408);
    CHECK(client.is_closed_within(5s));
  }
  SECTION("idle, before and after a request") {
    raw_client silent(running.port());
    CHECK(silent.is_closed_within(5s));
    raw_client client(running.port());
    client.send(get("/"));
    CHECK(status_of(client.read_answer()) == 200);
    CHECK(client.is_closed_within(5s));
  }
  CHECK(eventually([&] { return running.stats().connections_open == 0; }));
}

TEST_CASE("a request that takes too long is cancelled and answered with 503", "[http]") {
  auto how = hasty();
  how.idle_timeout = 5s;
  running_server running(how);
  raw_client client(running.port());
  client.send(get("/for-ever"));
  CHECK(status_of(client.read_answer()) == 503);
  client.send(get("/again"));
  CHECK(status_of(client.read_answer()) == 200);
}

TEST_CASE("a handler that throws is answered with 500 and the connection goes on", "[http]") {
  std::atomic<int> told{0};
  http::options how;
  how.on_error = [&](std::string_view) { ++told; };
  running_server running(how);
  raw_client client(running.port());
  client.send(get("/throw"));
  CHECK(status_of(client.read_answer()) == 500);
  CHECK(told == 1);
  client.send(get("/again"));
  CHECK(status_of(client.read_answer()) == 200);
}

TEST_CASE("the sandbox can break a connection or stay silent", "[http]") {
  running_server running;
  raw_client broken(running.port());
  broken.send(get("/close"));
  CHECK(broken.read_answer().empty());

  raw_client silent(running.port());
  silent.send(get("/never"));
  CHECK(eventually([&] { return running.bodies_seen() == 2; }));
  CHECK_FALSE(silent.is_closed_within(50ms));
  silent.close();
  CHECK(eventually([&] { return running.stats().connections_open == 0; }));
}

TEST_CASE("connections are capped, in all and for each address", "[http]") {
  http::options how;
  SECTION("in all") {
    how.max_connections = 2;
    running_server running(how);
    raw_client first(running.port());
    raw_client second(running.port());
    REQUIRE(eventually([&] { return running.stats().connections_open == 2; }));
    raw_client third(running.port());
    CHECK(status_of(third.read_answer()) == 503);
    first.close();
    REQUIRE(eventually([&] { return running.stats().connections_open == 1; }));
    raw_client fourth(running.port());
    fourth.send(get("/"));
    CHECK(status_of(fourth.read_answer()) == 200);
  }
  SECTION("for each address") {
    how.max_connections_per_address = 1;
    running_server running(how);
    raw_client first(running.port());
    REQUIRE(eventually([&] { return running.stats().connections_open == 1; }));
    raw_client second(running.port());
    CHECK(status_of(second.read_answer()) == 429);
    CHECK(running.stats().connections_refused == 1);
  }
  SECTION("not for exempt networks") {
    how.max_connections_per_address = 1;
    how.exempt_networks = {*http::parse_network("127.0.0.0/8")};
    running_server running(how);
    raw_client first(running.port());
    raw_client second(running.port());
    second.send(get("/"));
    CHECK(status_of(second.read_answer()) == 200);
  }
}

TEST_CASE("only a trusted proxy may say whose request it is", "[http]") {
  const std::string request = "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 9.9.9.9, 198.51.100.7, 127.0.0.2\r\n\r\n";
  http::options how;
  {
    running_server running(how);
    raw_client client(running.port());
    client.send(request);
    CHECK(body_of(client.read_answer()) == "GET /? 127.0.0.1 ");
  }
  how.trusted_proxies = {*http::parse_network("127.0.0.0/8")};
  running_server running(how);
  raw_client client(running.port());
  client.send(request);
  CHECK(body_of(client.read_answer()) == "GET /? 198.51.100.7 ");
}

TEST_CASE("draining lets requests in flight end and refuses new ones", "[http]") {
  running_server running;
  raw_client busy(running.port());
  raw_client idle(running.port());
  raw_client holding(running.port());
  busy.send(get("/wait"));
  holding.send(get("/never"));
  REQUIRE(eventually([&] { return running.bodies_seen() == 2 && running.stats().connections_open == 3; }));
  std::promise<void> drained;
  auto done = drained.get_future();
  running.server().drain(5s, [&] { drained.set_value(); });
  CHECK(idle.is_closed_within(5s));
  CHECK(holding.is_closed_within(5s));
  CHECK_THROWS(raw_client(running.port()));
  CHECK(done.wait_for(20ms) == std::future_status::timeout);
  running.release();
  const auto answer = busy.read_answer();
  CHECK(status_of(answer) == 200);
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  CHECK(done.wait_for(5s) == std::future_status::ready);
  CHECK(running.stats().connections_open == 0);
}

TEST_CASE("draining ends what does not end by itself", "[http]") {
  running_server running;
  raw_client client(running.port());
  client.send(get("/for-ever"));
  REQUIRE(eventually([&] { return running.bodies_seen() == 1; }));
  std::promise<void> drained;
  auto done = drained.get_future();
  running.server().drain(50ms, [&] { drained.set_value(); });
  CHECK(done.wait_for(5s) == std::future_status::ready);
  CHECK(client.is_closed_within(5s));
}

} // namespace reserve
