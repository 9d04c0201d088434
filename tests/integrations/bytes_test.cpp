#include "integrations/bytes.hpp"
#include "integrations/crypto.hpp"

#include <catch2/catch.hpp>

using namespace reserve::integrations;

TEST_CASE("base64 is read as it is written and strictly", "[integrations][bytes]") {
  for (const std::string bytes : {"", "f", "fo", "foo", "foob", "fooba", "foobar"})
    CHECK(from_base64(to_base64(bytes)) == bytes);
  CHECK(to_base64("foob") == "Zm9vYg==");
  CHECK(to_base64url("\xfb\xff") == "-_8");
  const auto* bad = GENERATE("Zg", "Zg=", "Z===", "Zg==Zg==", "Zm 9", "====", "-_8=", "Zm9v\n");
  CHECK_FALSE(from_base64(bad));
}

TEST_CASE("a form escapes everything that is not plain", "[integrations][bytes]") {
  CHECK(form_encoded({{"metadata[payment_id]", "a b&c=é"}, {"x", ""}}) == "metadata%5Bpayment_id%5D=a%20b%26c%3D%C3%A9&x=");
}

TEST_CASE("names of headers are compared without case", "[integrations][bytes]") {
  const fields headers{{"X-Signature", "1"}};
  CHECK(find_field(headers, "x-signature") == "1");
  CHECK_FALSE(find_field(headers, "x-signatur"));
}

TEST_CASE("digits are digits", "[integrations][bytes]") {
  CHECK(parse_digits("1614265330") == 1614265330);
  for (const auto* bad : {"", "-1", "+1", "1 ", "1.0", "1e3", "9999999999999999999"})
    CHECK_FALSE(parse_digits(bad));
}

TEST_CASE("digests are the published ones", "[integrations][crypto]") {
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(to_hex(hmac_sha1("Jefe", "what do ya want for nothing?")) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}
