#include "integrations/json.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::integrations;

TEST_CASE("a number keeps its text, so that money is exact", "[integrations][json]") {
  const auto read = parse_json(R"({"a":58.80,"b":58.8,"c":1400,"d":9007199254740993.01,"e":1e3,"f":0.001,"g":"12.34","h":-0.05})");
  REQUIRE(read);
  CHECK((*read)["a"].amount() == money{5880});
  CHECK((*read)["b"].amount() == money{5880});
  CHECK((*read)["c"].amount() == money{140000});
  CHECK((*read)["c"].integer() == 1400);
  CHECK_FALSE((*read)["a"].integer());
  CHECK((*read)["d"].text_or_number() == "9007199254740993.01");
  CHECK_FALSE((*read)["e"].amount());
  CHECK_FALSE((*read)["f"].amount());
  CHECK((*read)["g"].amount() == money{1234});
  CHECK((*read)["h"].amount() == money{-5});
}

TEST_CASE("what is not there reads as null", "[integrations][json]") {
  const auto read = parse_json(R"({"list":[1,{"x":"y"}],"text":"é\n","yes":true})");
  REQUIRE(read);
  CHECK((*read)["none"]["deeper"][7].is_null());
  CHECK((*read)["list"][1]["x"].text() == "y");
  CHECK((*read)["list"][9].is_null());
  CHECK((*read)["text"].text() == "é\n");
  CHECK((*read)["yes"].truth());
  CHECK((*read)["list"].text().empty());
}

TEST_CASE("malformed, deep and huge texts are refused", "[integrations][json]") {
  for (const auto* bad : {"", " ", "{", "{}{}", "[1,]", "{\"a\":}", "nul", "01", "\"\xff\"", "{\"a\":1}x", "'a'"})
    CHECK_FALSE(parse_json(bad));
  CHECK_FALSE(parse_json(std::string(40, '[') + std::string(40, ']')));
  std::string many = "[0";
  for (int i = 0; i < 100'000; ++i)
    many += ",0";
  CHECK_FALSE(parse_json(many + "]"));
}

TEST_CASE("instants are read from text and from seconds", "[integrations][json]") {
  const auto read = parse_json(R"(["2026-12-01T15:04:05.000-03:00",1796148245,-1,"soon",99999999999999])");
  REQUIRE(read);
  CHECK(to_string((*read)[0].instant().value()) == "2026-12-01T18:04:05Z");
  CHECK((*read)[1].instant() == timestamp(std::chrono::seconds(1796148245)));
  for (std::size_t i = 2; i < 5; ++i)
    CHECK_FALSE((*read)[i].instant());
}

TEST_CASE("an object is written in the order of its members", "[integrations][json]") {
  json_object inner;
  inner.number("n", 2);
  json_object out;
  out.text("b", "say \"hi\"\\\n").amount("a", money{140000}).text_if("none", "").object("o", inner).boolean("t", true);
  CHECK(out.done() == R"({"b":"say \"hi\"\\\u000a","a":1400.00,"o":{"n":2},"t":true})");
  CHECK(parse_json(out.done()));
}
