#include "gateway/http/json.hpp"
#include "gateway/http/network.hpp"
#include "gateway/http/text.hpp"

#include <catch2/catch.hpp>

namespace reserve::http {

TEST_CASE("a repeated name is found wherever it stands, in small objects and large ones", "[json]") {
  for (int count = 2; count <= 20; ++count)
    for (int first = 0; first < count; ++first)
      for (int second = first; second < count; ++second) {
        std::string text = "{";
        for (int i = 0; i < count; ++i)
          text += (i ? ",\"n" : "\"n") + std::to_string(i == second ? first : i) + "\":" + std::to_string(i);
        const auto reading = read_json(text + "}");
        CHECK(reading.value.has_value() == (first == second));
        CHECK((reading.problem == "a name is repeated") == (first != second));
      }
}

TEST_CASE("money keeps its digits from the source text to the answer", "[json]") {
  const auto read = read_json(R"({"total": 1400.00, "big": 9999999999.99, "odd": 0.1, "none": 12, "fine": 0.001, "exp": 1e2, "text": "1.00"})");
  REQUIRE(read.value);
  const auto& value = *read.value;
  CHECK(value.find("total")->as_money() == money{140000});
  CHECK(value.find("big")->as_money() == money{999999999999});
  CHECK(value.find("odd")->as_money() == money{10});
  CHECK(value.find("none")->as_money() == money{1200});
  CHECK_FALSE(value.find("fine")->as_money());
  CHECK_FALSE(value.find("exp")->as_money());
  CHECK_FALSE(value.find("text")->as_money());
  json_writer writer;
  writer.begin_object().member("total", money{140000}).member("small", money{-5}).end_object();
  CHECK(writer.text() == R"({"total":1400.00,"small":-0.05})");
}

TEST_CASE("JSON may become longer than was expected", "[json]") {
  for (const std::size_t expected : {0, 1, 2, 7, 512}) {
    http::json_writer writer(expected);
    writer.begin_object().key("raw").raw("[1", ",2]").key("none").raw("").raw("{}", "").member(std::string_view("a\"key"), "a\nline");
    writer.key("list").begin_array();
    for (int i = 0; i < 300; ++i)
      writer.value(i).value("text").value(money{-i}).value(i % 2 == 0);
    writer.end_array().end_object();
    const std::string shown(writer.text());
    CHECK(shown.starts_with(R"({"raw":[1,2],"none":,{},"a\"key":"a\nline","list":[0,"text",0.00,true,1,"text",-0.01,false,)"));
    CHECK(shown.ends_with(R"(,299,"text",-2.99,false]})"));
    CHECK(writer.take() == shown);
  }
}

TEST_CASE("any text comes back as it was, wherever its special characters stand", "[json]") {
  const std::string plain = "Pousada do Sol, S\u00e3o Joaquim \x7f~";
  for (int c = 0; c < 0x80; ++c)
    for (std::size_t at = 0; at <= 20; ++at) {
      std::string text = plain.substr(0, at) + static_cast<char>(c) + plain.substr(at);
      if (!find_bad_utf8(text)) { // A character put into the middle of another one makes no text.
        std::string written;
        append_json_string(written, text);
        const auto read = read_json(written);
        if (c == 0) { // NUL is written, and refused when it is read (spec 30 §1.9).
          CHECK_FALSE(read.value);
          continue;
        }
        REQUIRE(read.value);
        REQUIRE(read.value->text() == text);
      }
    }
}

TEST_CASE("whole numbers are whole", "[json]") {
  CHECK(read_json("12").value->as_integer() == 12);
  CHECK(read_json("-7").value->as_integer() == -7);
  CHECK_FALSE(read_json("12.0").value->as_integer());
  CHECK_FALSE(read_json("1e3").value->as_integer());
  CHECK_FALSE(read_json("99999999999999999999").value->as_integer());
}

TEST_CASE("what is not JSON is refused with the place", "[json]") {
  const auto [text, offset] = GENERATE(table<std::string, std::size_t>({
      {"", 0},
      {"  ", 2},
      {"{", 1},
      {"[1,]", 3},
      {"{\"a\":1,}", 7},
      {"{\"a\" 1}", 5},
      {"{a:1}", 1},
      {"nul", 0},
      {"01", 1},
      {"1.", 2},
      {"-", 1},
      {"+1", 0},
      {"1 2", 2},
      {"\"a", 2},
      {"\"\\x\"", 2},
      {"\"\\u12\"", 3},
      {"\"\\ud800\"", 7},
      {"\"\\udc00\"", 7},
      {"\"\\u0000\"", 7},
      {"\"a\nb\"", 2},
      {std::string("\"a\0b\"", 5), 2},
      {"\"\xff\"", 1},
      {"\"\xc0\x80\"", 1},
      {"\"\xed\xa0\x80\"", 1},
      {"{\"a\":1,\"a\":2}", 13},
      {"NaN", 0},
      {"[1}", 2},
  }));
  CAPTURE(text);
  const auto read = read_json(text);
  CHECK_FALSE(read.value);
  CHECK_FALSE(read.problem.empty());
  CHECK(read.offset == offset);
}

TEST_CASE("depth is limited", "[json]") {
  CHECK(read_json(std::string(32, '[') + std::string(32, ']')).value);
  CHECK_FALSE(read_json(std::string(33, '[') + std::string(33, ']')).value);
  const auto deep = read_json(std::string(100'000, '['));
  CHECK_FALSE(deep.value);
  CHECK(deep.offset == 32);
  CHECK(read_json("[[1]]", {2}).value);
  CHECK_FALSE(read_json("[[[1]]]", {2}).value);
}

TEST_CASE("text survives reading and writing", "[json]") {
  const std::string source = R"({"a":"Jos\u00e9 \ud83c\udfe0 \"q\" \\ \/ \n","b":[true,false,null,{}],"c":[]})";
  const auto read = read_json(source);
  REQUIRE(read.value);
  CHECK(read.value->text_of("a") == "Jos\u00e9 \U0001F3E0 \"q\" \\ / \n");
  CHECK(read.value->at_path("b.0")->as_bool());
  CHECK(read.value->at_path("b.3")->is_object());
  CHECK(read.value->at_path("b.4") == nullptr);
  CHECK(read.value->at_path("b.x") == nullptr);
  const auto again = read_json(to_json(*read.value));
  REQUIRE(again.value);
  CHECK(to_json(*again.value) == to_json(*read.value));
}

TEST_CASE("the writer sets commas and escapes", "[json]") {
  json_writer writer;
  writer.begin_object().member("s", "a\"\x01").member("n", std::optional<std::string>()).member("b", true).member("i", 5);
  writer.key("l").begin_array().value(1).value("x").begin_object().end_object().end_array();
  writer.key("d").decimal(-22.95).key("z").decimal(4.0).key("r").raw("{}").end_object();
  CHECK(writer.text() == R"({"s":"a\"\u0001","n":null,"b":true,"i":5,"l":[1,"x",{}],"d":-22.95,"z":4,"r":{}})");
}

TEST_CASE("queries and paths are decoded strictly", "[text]") {
  const auto query = parse_query("a=1&b=x%20y+z&c&a=2&&%C3%A9=%26");
  REQUIRE(query);
  CHECK(*query == pairs{{"a", "1"}, {"b", "x y z"}, {"c", ""}, {"a", "2"}, {"\u00e9", "&"}});
  const std::string bad = GENERATE("a=%", "a=%4", "a=%zz", "a=%ff", "a=%00", "%c0%80=1");
  CAPTURE(bad);
  CHECK_FALSE(parse_query(bad));
  CHECK(parse_path("/a/b%2Fc") == std::vector<std::string>{"a", "b/c"});
  CHECK(parse_path("/") == std::vector<std::string>{});
  CHECK_FALSE(parse_path("/a//b"));
  CHECK_FALSE(parse_path("/a/"));
  CHECK_FALSE(parse_path("/a/%2e%2e"));
  CHECK_FALSE(parse_path("/%zz"));
  CHECK(percent_decode(percent_encode("a b/\u00e9?")) == "a b/\u00e9?");
}

TEST_CASE("networks contain what they should", "[text]") {
  const auto [block, address, inside] = GENERATE(table<std::string, std::string, bool>({
      {"127.0.0.0/8", "127.255.0.1", true},
      {"127.0.0.0/8", "128.0.0.1", false},
      {"10.1.2.3", "10.1.2.3", true},
      {"10.1.2.3", "10.1.2.4", false},
      {"::1/128", "::1", true},
      {"::1/128", "::2", false},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"0.0.0.0/0", "::1", false},
      {"10.0.0.0/8", "::ffff:10.0.0.1", true},
      {"10.0.0.0/8", "nonsense", false},
  }));
  CAPTURE(block, address);
  REQUIRE(parse_network(block));
  CHECK(contains({*parse_network(block)}, address) == inside);
  CHECK_FALSE(parse_network("10.0.0.0/33"));
  CHECK_FALSE(parse_network("10.0.0.0/x"));
  CHECK_FALSE(parse_network("host/8"));
}

} // namespace reserve::http
