#include "config_test.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::config;
using namespace std::chrono_literals;

namespace {

/// The only problem of `key` = `text`, or "" when it is accepted.
std::string complaint_about(const std::string& key, const std::string& text) {
  const auto made = load_flags({{"env", "dev"}, {key, text}});
  REQUIRE(made.problems.size() <= 1);
  return made.problems.empty() ? "" : made.problems[0].what;
}

} // namespace

TEST_CASE("durations have a unit", "[config][values]") {
  auto [text, expected] = GENERATE(table<std::string, millis>({{"200ms", 200ms}, {"10s", 10s}, {"15m", 15min}, {"24h", 24h}, {"30d", 720h}, {"0", 0ms}}));
  const auto made = load_flags({{"env", "dev"}, {"city_defaults.ttl.tentative", text}});
  REQUIRE(made.problems.empty());
  CHECK(made.values.city_defaults.ttl.tentative == expected);
}

TEST_CASE("wrong durations are refused", "[config][values]") {
  const auto* text = GENERATE("", "10", "s", "-1s", "1.5s", "10 seconds", "1h30m", "99999999999999999999s", "9223372036854775807d");
  CHECK(complaint_about("city_defaults.ttl.tentative", text) == "must be a duration such as 200ms, 10s, 15m, 24h or 30d");
}

TEST_CASE("sizes, addresses, shares, amounts and times of day are read exactly", "[config][values]") {
  const auto made = load_flags({{"env", "dev"},
                                {"http.body_limit", "2MiB"},
                                {"http.header_limit", "512"},
                                {"http.listen", "[::1]:0"},
                                {"city_defaults.payment.fee_rate.stripe_card", "3.49%"},
                                {"city_defaults.payment.fee_fixed.stripe_card", "0.39"},
                                {"city_defaults.payment.iof_rate.stripe_pix", "0.0038"},
                                {"city_defaults.booking.same_day_cutoff", "07:30"},
                                {"city_defaults.host.jitter", "0"}});
  REQUIRE(lines(made.problems).empty());
  CHECK(made.values.http.body_limit.bytes == 2 * 1024 * 1024);
  CHECK(made.values.http.header_limit.bytes == 512);
  CHECK(made.values.http.listen == endpoint{"::1", 0});
  CHECK(made.values.http.public_url == "http://[::1]:0");
  CHECK(made.values.city_defaults.payment.rates.at("stripe_card").fee == rate{349});
  CHECK(made.values.city_defaults.payment.rates.at("stripe_card").fixed == money{39});
  CHECK(made.values.city_defaults.payment.rates.at("stripe_pix").iof == rate{38});
  CHECK(made.values.city_defaults.payment.rates.at("mercadopago_pix").fee == rate{99});
  CHECK(made.values.city_defaults.booking.same_day_cutoff == 7h + 30min);
  CHECK(made.values.city_defaults.host.jitter == 0);
}

TEST_CASE("TOML's own numbers keep their digits", "[config][values]") {
  const temporary_folder folder;
  const auto file = folder.write("reserve.toml", R"(
env = "dev"
city_defaults.payment.fee_rate.stripe_card = 0.029
city_defaults.payment.fee_fixed.stripe_card = 0.30
city_defaults.payment.iof_rate.openpix = 0.0038
city_defaults.booking.same_day_cutoff = 18:30:00
city_defaults.flags.pix = false
city_defaults.host.retries = 0
)");
  const auto made = load({.file = file, .environment = {}, .flags = {}}, purpose::tool);
  REQUIRE(lines(made.problems).empty());
  CHECK(made.values.city_defaults.payment.rates.at("stripe_card").fee == rate{290});
  CHECK(made.values.city_defaults.payment.rates.at("stripe_card").fixed == money{30});
  CHECK(made.values.city_defaults.payment.rates.at("openpix").iof == rate{38});
  CHECK(made.values.city_defaults.booking.same_day_cutoff == 18h + 30min);
  CHECK_FALSE(made.values.city_defaults.flags.pix);
  CHECK(made.values.city_defaults.host.retries == 0);
}

TEST_CASE("a value of the wrong kind is refused", "[config][values]") {
  auto [key, text] = GENERATE(table<std::string, std::string>({{"env", "prod"},
                                                               {"clock.control", "yes"},
                                                               {"http.listen", "8080"},
                                                               {"http.listen", ":8080"},
                                                               {"http.listen", "::1:8080"},
                                                               {"http.listen", "127.0.0.1:70000"},
                                                               {"http.body_limit", "1MB"},
                                                               {"http.max_connections", "-1"},
                                                               {"log.level", "loud"},
                                                               {"limits.exempt_networks", "[1.2.3.4/33"},
                                                               {"city_defaults.booking.same_day_cutoff", "24:00"},
                                                               {"city_defaults.payment.fee_fixed.stripe_card", "0.301"},
                                                               {"city_defaults.payment.fee_rate.stripe_card", "0.00001"},
                                                               {"city_defaults.payment.fee_rate.stripe_card", "-1%"},
                                                               {"city_defaults.host.jitter", "nan"},
                                                               {"database.url", ""},
                                                               {"security.vault_keys", "secret"},
                                                               {"security.vault_keys", "[{id = '1', key = 'short'}]"},
                                                               {"security.vault_keys", "[{id = '1'}]"}}));
  CAPTURE(key, text);
  CHECK_FALSE(complaint_about(key, text).empty());
}

TEST_CASE("vault keys are 32 bytes in hex or base64", "[config][values]") {
  const auto hex = load_flags({{"env", "dev"}, {"security.vault_keys", "[{id = 'a', key = '00FF" + std::string(60, '0') + "'}]"}});
  REQUIRE(lines(hex.problems).empty());
  CHECK(hex.values.security.vault_keys.at(0).key[1] == 0xff);
  CHECK(hex.values.security.vault_keys.at(0).key[2] == 0);
  const auto base64 = load_flags({{"env", "dev"}, {"security.vault_keys", "[{id = 'b', key = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='}]"}});
  REQUIRE(lines(base64.problems).empty());
  for (std::uint8_t at = 0; at < 32; ++at)
    CHECK(base64.values.security.vault_keys.at(0).key[at] == at);
}
