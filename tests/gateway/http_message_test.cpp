#include "gateway/http/message.hpp"
#include "gateway/http/request_parser.hpp"
#include "gateway/http/text.hpp"

#include <boost/asio/buffer.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace reserve::http;

namespace {

std::string shown(const header_list& list) {
  std::string all;
  for (const auto& [name, value] : list)
    all.append(name).append("=").append(value).append(";");
  return all;
}

struct reading {
  request what;
  request_parser parser{what};
  boost::beast::error_code failure;

  /// Head first, then the body, as a session does it.
  explicit reading(std::string_view text) {
    parser.body_limit(boost::none);
    boost::asio::const_buffer rest(text.data(), text.size());
    rest += parser.put(rest, failure);
    parser.eager(true);
    while (!failure && !parser.is_done() && rest.size() > 0)
      rest += parser.put(rest, failure);
  }
};

} // namespace

TEST_CASE("a list of headers keeps order and repeated names, and finds a name whatever its case", "[http]") {
  header_list list;
  CHECK(list.get("A") == std::nullopt);
  CHECK(list.lines().empty());
  list.add("Set-Cookie", "a=1");
  list.add("Empty", "");
  list.add("set-cookie", {"b", "=", "2"});
  CHECK(list.get("SET-COOKIE") == "a=1");
  CHECK(list.count("Set-Cookie") == 2);
  CHECK(list.get("empty") == "");
  CHECK(list.get("Set-Cooki") == std::nullopt);
  CHECK(shown(list) == "Set-Cookie=a=1;Empty=;set-cookie=b=2;");
  CHECK(list.lines() == "Set-Cookie: a=1\r\nEmpty: \r\nset-cookie: b=2\r\n");
}

TEST_CASE("a list takes what another holds, and can be used again", "[http]") {
  header_list first, second;
  first.add("One", "1");
  second.add("Two", std::string(3000, 'x'));
  second.add("Three", "3");
  first.add(second);
  CHECK(first.get("three") == "3");
  CHECK(first.get("Two")->size() == 3000);
  CHECK(first.lines().ends_with("x\r\nThree: 3\r\n"));
  const header_list copy = first;
  first.clear();
  CHECK(shown(first).empty());
  first.add("Four", "4");
  CHECK(shown(first) == "Four=4;");
  CHECK(copy.count("One") == 1);
  for (int i = 0; i < 1000; ++i)
    first.add("Many", "x");
  first.clear();
  CHECK(shown(first).empty());
  first.add("Five", "5");
  CHECK(first.lines() == "Five: 5\r\n");
}

TEST_CASE("neither a line break nor U+0000 stands in a value, wherever it comes", "[http]") {
  for (std::size_t length = 1; length < 20; ++length)
    for (std::size_t at = 0; at < length; ++at)
      for (const char bad : {'\r', '\n', '\0', '\t'}) {
        std::string value(length, 'v');
        value[at] = bad;
        header_list list;
        list.add("Before", "1");
        list.add("Name", value);
        value[at] = bad == '\t' ? '\t' : ' ';
        CHECK(list.get("Name") == value);
        CHECK(list.lines() == "Before: 1\r\nName: " + value + "\r\n");
      }
}

TEST_CASE("the plain part of a text ends before the first byte that JSON escapes", "[http]") {
  for (std::size_t length = 0; length < 26; ++length)
    for (std::size_t at = 0; at <= length; ++at)
      for (const char special : {'"', '\\', '\x1f', '\0', '\n'}) {
        std::string text(length, '\x7f');
        if (at < length)
          text[at] = special;
        for (std::size_t i = at + 1; i < length; i += 3)
          text[i] = special;
        CHECK(plain_run(text) == at);
        CHECK(has_control(text) == (at < length && special < ' '));
      }
  CHECK(plain_run("S\xc3\xa3o Jos\xc3\xa9 dos Campos") == 21);
}

TEST_CASE("a request is read with the headers of its head only", "[http]") {
  const reading chunked("POST /p?q=1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nX-One:  1 \r\n\r\n"
                        "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nAuthorization: Bearer stolen\r\nX-One: 2\r\n\r\n");
  CHECK_FALSE(chunked.failure);
  CHECK(chunked.parser.is_done());
  CHECK(chunked.parser.target() == "/p?q=1");
  CHECK(chunked.parser.version() == 11);
  CHECK(chunked.what.method == "POST");
  CHECK(chunked.what.body == "abcde");
  CHECK(shown(chunked.what.headers) == "Host=h;Transfer-Encoding=chunked;X-One=1;");
}

TEST_CASE("a body of a length is read to its end and not further", "[http]") {
  const reading plain("PUT / HTTP/1.0\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\n");
  CHECK(plain.parser.is_done());
  CHECK(plain.parser.version() == 10);
  CHECK(plain.what.body == "body");
  const reading longer("PUT / HTTP/1.1\r\nContent-Length: 9000000000\r\n\r\nb");
  CHECK_FALSE(longer.parser.is_done());
  CHECK(longer.what.body == "b");
}

TEST_CASE("an emptied request has nothing of the one before", "[http]") {
  reading before("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
  before.what.path = "/a";
  before.what.query = "q";
  before.what.remote_address = "192.0.2.1";
  before.what.clear();
  CHECK(before.what.method.empty());
  CHECK(before.what.path.empty());
  CHECK(before.what.query.empty());
  CHECK(before.what.body.empty());
  CHECK(before.what.remote_address.empty());
  CHECK(shown(before.what.headers).empty());
}
