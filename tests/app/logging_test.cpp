#include "app/logging.hpp"

#include <catch2/catch.hpp>

#include <string>

using reserve::app::json_members_of;

TEST_CASE("what stands behind a message as key=value becomes a member", "[app][logging]") {
  auto [text, members] = GENERATE(table<std::string, std::string>({
      {"started", R"(,"message":"started")"},
      {"", R"(,"message":"")"},
      {"inventory stopped resource=room-7 reason=timeout", R"(,"message":"inventory stopped","resource":"room-7","reason":"timeout")"},
      {"done status=200 duration_ms=1.25 delta=-3", R"(,"message":"done","status":200,"duration_ms":1.25,"delta":-3)"},
      // Not numbers of JSON, or longer than a double keeps.
      {"odd a=007 b=1. c=.5 d=1e5 e=1234567890123456", R"(,"message":"odd","a":"007","b":"1.","c":".5","d":"1e5","e":"1234567890123456")"},
      {"no connection error=connection refused by peer city_code=URB", R"(,"message":"no connection","error":"connection refused by peer","city_code":"URB")"},
      {R"(refused what="a b=c" by=me)", R"(,"message":"refused","what":"a b=c","by":"me")"},
      {R"(broken what="a b)", R"(,"message":"broken","what":"\"a b")"},
      {"empty a= b=1", R"(,"message":"empty","a":"","b":1)"},
      {"1+1=2 is no key, Big=1 neither", R"(,"message":"1+1=2 is no key, Big=1 neither")"},
      {"twice level=3 message=hm", R"(,"message":"twice","level_":3,"message_":"hm")"},
      {"quote \" slash \\ line\nbell \a", R"(,"message":"quote \" slash \\ line\nbell \u0007")"},
      {"S\xc3\xa3o \xff\xc3", R"(,"message":"São \ufffd\ufffd")"},
  }));
  CHECK(json_members_of(text) == members);
}
