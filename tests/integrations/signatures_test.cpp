#include "integrations/signatures.hpp"

#include "integrations/bytes.hpp"
#include "integrations/crypto.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::integrations;
using namespace std::chrono_literals;

namespace {

constexpr auto stripe_time = timestamp(std::chrono::seconds(1614265330));
constexpr auto mercadopago_time = timestamp(std::chrono::milliseconds(1742505638683));

const json_value& stripe_vector() { return test::vectors()["stripe"][0]; }
const json_value& mercadopago_vector() { return test::vectors()["mercadopago"][0]; }
const json_value& openpix_vector() { return test::vectors()["woovi_openpix"][0]; }

std::string flipped(std::string text, std::size_t at) {
  text[at] = static_cast<char>(text[at] ^ 1);
  return text;
}

} // namespace

TEST_CASE("the signature of Stripe's own package is accepted", "[integrations][signatures]") {
  const auto& vector = stripe_vector();
  const secrets live{vector["secret"].text()};
  CHECK(verify_timed(vector["header"].text(), vector["payload"].text(), live, stripe_time) == signature_check::ok);
  CHECK(sign_timed(vector["payload"].text(), vector["secret"].text(), stripe_time) == vector["header"].text());
}

TEST_CASE("a timed signature fails on anything that differs", "[integrations][signatures]") {
  const std::string body = R"({"event_type":"booking.created"})";
  const auto header = sign_timed(body, "new", stripe_time);
  const secrets live{"new", "old"};
  CHECK(verify_timed(header, body, live, stripe_time) == signature_check::ok);
  CHECK(verify_timed(sign_timed(body, "old", stripe_time), body, live, stripe_time) == signature_check::ok);
  CHECK(verify_timed(sign_timed(body, "gone", stripe_time), body, live, stripe_time) == signature_check::wrong);
  for (std::size_t i = 0; i < body.size(); ++i)
    CHECK(verify_timed(header, flipped(body, i), live, stripe_time) == signature_check::wrong);
  for (std::size_t i = 0; i < header.size(); ++i)
    CHECK(verify_timed(flipped(header, i), body, live, stripe_time) != signature_check::ok);
  CHECK(verify_timed("", body, live, stripe_time) == signature_check::missing);
  CHECK(verify_timed(header, body, {}, stripe_time) == signature_check::wrong);
  CHECK(verify_timed(sign_timed(body, "", stripe_time), body, {""}, stripe_time) == signature_check::wrong);
}

TEST_CASE("a timed signature lives 300 s in both directions", "[integrations][signatures]") {
  const auto header = sign_timed("{}", "s", stripe_time);
  auto [shift, expected] = GENERATE(table<std::chrono::seconds, signature_check>({
      {300s, signature_check::ok},
      {301s, signature_check::too_old},
      {-300s, signature_check::ok},
      {-301s, signature_check::too_old},
      {86400s, signature_check::too_old},
  }));
  CHECK(verify_timed(header, "{}", {"s"}, stripe_time + shift) == expected);
}

TEST_CASE("several signatures of a header are tried, other schemes are not", "[integrations][signatures]") {
  const auto header = sign_timed("{}", "s", stripe_time);
  const auto right = header.substr(header.find("v1="));
  const std::string time = "t=1614265330";
  const std::string zeros(64, '0');
  CHECK(verify_timed(time + ",v1=" + zeros + "," + right, "{}", {"s"}, stripe_time) == signature_check::ok);
  CHECK(verify_timed(time + ", " + right + ",v0=" + zeros, "{}", {"s"}, stripe_time) == signature_check::ok);
  CHECK(verify_timed(time + ",v0=" + right.substr(3), "{}", {"s"}, stripe_time) == signature_check::malformed);
  for (const auto& bad : {right, time, std::string("nonsense"), "t=,"+ right, "t=-1," + right, "t=99999999999999," + right, std::string(5000, 'a')})
    CHECK(verify_timed(bad, "{}", {"s"}, stripe_time) == signature_check::malformed);
}

TEST_CASE("the signature Mercado Pago's package accepts is accepted", "[integrations][signatures]") {
  const auto& vector = mercadopago_vector();
  const secrets live{"other", vector["secret"].text()};
  const auto header = "ts=1742505638683,v1=" + vector["v1"].text();
  const auto check = verify_mercadopago(header, "999999999", "bb56a2f1-6aae-46ac-982e-9dcd3581d08e", live, mercadopago_time);
  CHECK(check.result == signature_check::ok);
  CHECK(check.manifest == vector["manifest"].text());
  CHECK(sign_mercadopago("999999999", "bb56a2f1-6aae-46ac-982e-9dcd3581d08e", vector["secret"].text(), mercadopago_time) == header);
}

TEST_CASE("Mercado Pago's manifest leaves out what is not there", "[integrations][signatures]") {
  CHECK(mercadopago_manifest("1", "", "2") == "id:1;ts:2;");
  CHECK(mercadopago_manifest("", "r", "2") == "request-id:r;ts:2;");
  CHECK(verify_mercadopago(sign_mercadopago("1", "", "s", mercadopago_time), "1", "", {"s"}, mercadopago_time).result == signature_check::ok);
}

TEST_CASE("Mercado Pago signs an id as received or in lower case, in seconds or milliseconds", "[integrations][signatures]") {
  const auto as_received = verify_mercadopago(sign_mercadopago("AbC1", "r", "s", mercadopago_time), "AbC1", "r", {"s"}, mercadopago_time);
  CHECK(as_received.result == signature_check::ok);
  CHECK(as_received.manifest.starts_with("id:AbC1;"));
  const auto lowered = verify_mercadopago(sign_mercadopago("abc1", "r", "s", mercadopago_time), "AbC1", "r", {"s"}, mercadopago_time);
  CHECK(lowered.result == signature_check::ok);
  CHECK(lowered.manifest.starts_with("id:abc1;"));
  const auto manifest = mercadopago_manifest("1", "r", "1742505638");
  const auto in_seconds = "ts=1742505638,v1=" + to_hex(hmac_sha256("s", manifest));
  CHECK(verify_mercadopago(in_seconds, "1", "r", {"s"}, mercadopago_time).result == signature_check::ok);
  CHECK(verify_mercadopago(in_seconds, "1", "r", {"s"}, mercadopago_time + 302s).result == signature_check::too_old);
}

TEST_CASE("Mercado Pago's signature fails on anything that differs", "[integrations][signatures]") {
  const auto header = sign_mercadopago("123", "req-1", "s", mercadopago_time);
  const auto check = [&](std::string_view given, std::string_view id, std::string_view request, timestamp now) {
    return verify_mercadopago(given, id, request, {"s"}, now).result;
  };
  CHECK(check(header, "123", "req-1", mercadopago_time) == signature_check::ok);
  CHECK(check(header, "124", "req-1", mercadopago_time) == signature_check::wrong);
  CHECK(check(header, "123", "req-2", mercadopago_time) == signature_check::wrong);
  CHECK(check(header, "123", "", mercadopago_time) == signature_check::wrong);
  CHECK(check(header, "123", "req-1", mercadopago_time + 301s) == signature_check::too_old);
  CHECK(check(header, "123", "req-1", mercadopago_time - 301s) == signature_check::too_old);
  CHECK(check("", "123", "req-1", mercadopago_time) == signature_check::missing);
  CHECK(check("v1=00", "123", "req-1", mercadopago_time) == signature_check::malformed);
  CHECK(check(sign_mercadopago("123;request-id:req-1", "", "s", mercadopago_time), "123;request-id:req-1", "", mercadopago_time) == signature_check::malformed);
  for (std::size_t i = 0; i < header.size(); ++i)
    CHECK(check(flipped(header, i), "123", "req-1", mercadopago_time) != signature_check::ok);
}

TEST_CASE("OpenPix's published body verifies with its published key", "[integrations][signatures]") {
  const auto& vector = openpix_vector();
  const auto& key = vector["public_key_pem"].text();
  const auto& body = vector["payload"].text();
  const auto& signature = vector["signature"].text();
  CHECK(public_key_identifier(key) == vector["key_identifier"].text());
  CHECK(verify_openpix_rsa(signature, body, {key}) == signature_check::ok);
  CHECK(verify_openpix_rsa(signature, flipped(body, body.size() / 2), {key}) == signature_check::wrong);
  CHECK(verify_openpix_rsa(flipped(signature, 3), body, {key}) != signature_check::ok);
  CHECK(verify_openpix_rsa("", body, {key}) == signature_check::missing);
  CHECK(verify_openpix_rsa("not base64", body, {key}) == signature_check::malformed);
  CHECK(verify_openpix_rsa(signature, body, {}) == signature_check::wrong);
  CHECK(verify_openpix_rsa(signature, body, {"", "garbage", "-----BEGIN PUBLIC KEY-----\nx"}) == signature_check::wrong);
}

TEST_CASE("a public key is read as PEM and as base64", "[integrations][signatures]") {
  const auto pair = make_rsa_key_pair(2048);
  const auto signature = sign_openpix_rsa("{}", pair.private_pem);
  auto bare = pair.public_pem;
  for (const std::string_view cut : {"-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----", "\n"})
    for (auto at = bare.find(cut); at != std::string::npos; at = bare.find(cut))
      bare.erase(at, cut.size());
  CHECK(verify_openpix_rsa(signature, "{}", {pair.public_pem}) == signature_check::ok);
  CHECK(verify_openpix_rsa(signature, "{}", {openpix_vector()["public_key_pem"].text(), bare}) == signature_check::ok);
  CHECK(public_pem_of(pair.private_pem) == pair.public_pem);
  CHECK(sign_openpix_rsa("{}", "garbage").empty());
}

TEST_CASE("OpenPix's HMAC is checked with both secrets", "[integrations][signatures]") {
  const auto header = sign_openpix_hmac("{}", "old");
  CHECK(verify_openpix_hmac(header, "{}", {"new", "old"}) == signature_check::ok);
  CHECK(verify_openpix_hmac(header, "{ }", {"new", "old"}) == signature_check::wrong);
  CHECK(verify_openpix_hmac(header, "{}", {"new"}) == signature_check::wrong);
  CHECK(verify_openpix_hmac("", "{}", {"new"}) == signature_check::missing);
  CHECK(verify_openpix_hmac("AAAA", "{}", {"new"}) == signature_check::malformed);
  CHECK(verify_openpix_hmac(sign_openpix_hmac("{}", ""), "{}", {""}) == signature_check::wrong);
}
