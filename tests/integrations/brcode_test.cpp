#include "integrations/pix/brcode.hpp"

#include "vectors.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::integrations;
using namespace reserve::integrations::pix;

namespace {

std::string with_crc(std::string text) {
  text += "6304";
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto crc = crc16(text);
  for (int shift = 12; shift >= 0; shift -= 4)
    text.push_back(digits[crc >> shift & 15]);
  return text;
}

} // namespace

TEST_CASE("the CRC is CCITT-FALSE", "[integrations][pix]") { CHECK(crc16("123456789") == 0x29b1); }

TEST_CASE("published PIX codes are read", "[integrations][pix]") {
  for (const auto& text : test::vectors()["pix_brcode_valid"].items()) {
    INFO(text.text());
    CHECK(parse(text.text()).problem == brcode_problem::none);
  }
  const auto static_code = parse(test::vectors()["pix_brcode_valid"][2].text());
  CHECK(static_code.code.key == "16439420771");
  CHECK(static_code.code.additional == "Pedido #123456");
  CHECK(static_code.code.amount == money{10});
  CHECK(static_code.code.txid.empty());
  const auto dynamic_code = parse(test::vectors()["pix_brcode_valid"][4].text());
  CHECK(dynamic_code.code.url == "pix.example.com/qr/v2/8b3da2f39a4140d1a91abd93113bd441");
  CHECK(dynamic_code.code.once);
  CHECK(dynamic_code.recurrence_url == "pix.example.com/qr/v2/rec/94ed2badcbc04c15b0bb7fa353194890");
}

TEST_CASE("we write what the reference library writes", "[integrations][pix]") {
  for (const auto& vector : test::vectors()["pix_brcode_generated_by_pix_utils"].items()) {
    const auto& in = vector["in"];
    brcode code;
    code.key = in["pixKey"].text();
    code.additional = in["infoAdicional"].text();
    code.merchant_name = in["merchantName"].text();
    code.merchant_city = in["merchantCity"].text();
    code.amount = in["transactionAmount"].amount();
    code.txid = in["txid"].text();
    CHECK(build(code) == vector["out"].text());
  }
}

TEST_CASE("a dynamic code reads back as it was built", "[integrations][pix]") {
  brcode code;
  code.url = "qr.example.com/v2/0123456789abcdef";
  code.merchant_name = "RESERVE CONNECT";
  code.merchant_city = "URUBICI";
  code.postal_code = "88650000";
  code.amount = money{140000};
  code.txid = "a1b2c3";
  code.once = true;
  const auto text = build(code);
  REQUIRE(text);
  const auto read = parse(*text);
  CHECK(read.problem == brcode_problem::none);
  CHECK(read.code == code);
}

TEST_CASE("a code with a wrong CRC is refused", "[integrations][pix]") {
  CHECK(parse(test::vectors()["pix_brcode_bad_crc"][0].text()).problem == brcode_problem::bad_crc);
  CHECK(parse(test::vectors()["pix_brcode_bad_crc"][1].text()).problem != brcode_problem::none);
  auto flipped = test::vectors()["pix_brcode_valid"][0].text();
  for (std::size_t i = 0; i < flipped.size(); ++i) {
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    INFO(flipped);
    CHECK(parse(flipped).problem != brcode_problem::none);
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
  }
}

TEST_CASE("a code whose structure does not add up is refused", "[integrations][pix]") {
  CHECK(parse(test::vectors()["pix_brcode_good_crc_bad_tlv"][0].text()).problem == brcode_problem::bad_structure);
  for (const auto* text : {"", "6304", "00020163041D3D"})
    CHECK(parse(text).problem != brcode_problem::none);
  const std::string head = "00020126290014br.gov.bcb.pix0107a@b.com52040000";
  const std::string tail = "5802BR5905CELSO6009SAO PAULO62070503***";
  CHECK(parse(with_crc(head + "5303986" + tail)).problem == brcode_problem::none);
  CHECK(parse(with_crc(head + "53039865303986" + tail)).problem == brcode_problem::bad_structure);
  CHECK(parse(with_crc(head + "5303840" + tail)).problem == brcode_problem::not_pix);
  CHECK(parse(with_crc(head + "5303986" + "540410.x" + tail)).problem == brcode_problem::bad_value);
  CHECK(parse(with_crc(head + "5303986" + "5400" + tail)).problem == brcode_problem::bad_structure);
  CHECK(parse(with_crc(head + "5303986" + "5802BR5926ABCDEFGHIJKLMNOPQRSTUVWXYZ6009SAO PAULO62070503***")).problem == brcode_problem::bad_value);
  CHECK(parse(with_crc(std::string("00020126290014br.gov.bcb.xxx0107a@b.com520400005303986") + tail)).problem == brcode_problem::not_pix);
  CHECK(parse(with_crc(head + "5303986" + std::string(600, '0'))).problem == brcode_problem::bad_structure);
}

TEST_CASE("what no bank would read is not built", "[integrations][pix]") {
  brcode good;
  good.key = "a@b.com";
  good.merchant_name = "Pousada São João";
  good.merchant_city = "São Joaquim";
  REQUIRE(build(good));
  auto code = good;
  SECTION("key and url") { code.url = "x.example.com/1"; }
  SECTION("neither") { code.key.clear(); }
  SECTION("no name") { code.merchant_name.clear(); }
  SECTION("no city") { code.merchant_city = "東京"; }
  SECTION("a txid with a mark") { code.txid = "RES-1"; }
  SECTION("a long txid") { code.txid = std::string(26, 'a'); }
  SECTION("no money") { code.amount = money{0}; }
  SECTION("too much money") { code.amount = money{100'000'000'000'00}; }
  SECTION("a long key") { code.key = std::string(78, 'k'); }
  SECTION("bytes outside ASCII") { code.additional = "é"; }
  CHECK_FALSE(build(code));
}

TEST_CASE("names lose accents and what does not fit", "[integrations][pix]") {
  CHECK(plain_capitals("Pousada São João", 25) == "POUSADA SAO JOAO");
  CHECK(plain_capitals("Çedilha Ñandú Über ß×÷", 25) == "CEDILHA NANDU UBER S");
  CHECK(plain_capitals("Hospedaria da Serra Catarinense", 25) == "HOSPEDARIA DA SERRA CATAR");
}
