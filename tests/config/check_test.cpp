#include "config_test.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace reserve::config;

namespace {

using flag_list = std::vector<std::pair<std::string, std::string>>;

const flag_list complete_server{{"env", "production"},
                                {"http.public_url", "https://reserve.example"},
                                {"database.url", "postgresql:///reserve"},
                                {"security.vault_keys", "[{id = '1', key = '" + std::string(64, '1') + "'}]"},
                                {"security.hash_key", "h"},
                                {"security.code_key", "c"},
                                {"host.base_url", "https://host.example"},
                                {"host.api_key", "k"},
                                {"host.jwt_secret", "j"},
                                {"host.webhook_secrets", "w"}};

flag_list with(flag_list flags, const flag_list& more) {
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

flag_list without(flag_list flags, const std::string& key) {
  flags.erase(std::remove_if(flags.begin(), flags.end(), [&](const auto& flag) { return flag.first == key; }), flags.end());
  return flags;
}

} // namespace

TEST_CASE("a server needs its keys, each one", "[config][check]") {
  REQUIRE(lines(load_flags(complete_server, purpose::server).problems).empty());
  const auto key = GENERATE(std::string("database.url"), "security.vault_keys", "security.hash_key", "security.code_key", "host.base_url", "host.api_key",
                            "host.jwt_secret", "host.webhook_secrets");
  CHECK(lines(load_flags(without(complete_server, key), purpose::server).problems) == std::vector<std::string>{key + ": must not be empty"});
}

TEST_CASE("production refuses what is made for tests", "[config][check]") {
  auto [key, value, what] = GENERATE(table<std::string, std::string, std::string>({
      {"clock.control", "true", "must not be true in production"},
      {"clock.offset", "1s", "must be 0s in production"},
      {"host.base_url", "http://host.example", "must be https in production"},
  }));
  CHECK(lines(load_flags(with(complete_server, {{key, value}}), purpose::server).problems) == std::vector<std::string>{key + ": " + what});
  CHECK(lines(load_flags(with(complete_server, {{"env", "dev"}, {key, value}}), purpose::server).problems).empty());
}

TEST_CASE("production needs its public address, others have it from where they listen", "[config][check]") {
  const auto flags = without(complete_server, "http.public_url");
  CHECK(lines(load_flags(flags, purpose::server).problems) == std::vector<std::string>{"http.public_url: must be given in production"});
  const auto test = load_flags(with(flags, {{"env", "test"}}), purpose::server);
  CHECK(lines(test.problems).empty());
  CHECK(test.values.http.public_url == "http://127.0.0.1:8080");
}

TEST_CASE("the sandbox is not for production", "[config][check]") {
  CHECK(lines(load_flags(complete_server, purpose::sandbox).problems) == std::vector<std::string>{"env: must not be production for the sandbox"});
  CHECK(lines(load_flags(with(complete_server, {{"env", "dev"}}), purpose::sandbox).problems).empty());
}

TEST_CASE("a provider with a section has all it needs", "[config][check]") {
  CHECK(lines(load_flags({{"env", "dev"}, {"mercadopago.cities", "URB"}}).problems) ==
        std::vector<std::string>{"mercadopago.base_url: must not be empty", "mercadopago.access_token: must not be empty",
                                 "mercadopago.webhook_secrets: must not be empty"});
  const flag_list openpix{{"env", "dev"}, {"openpix.base_url", "http://o"}, {"openpix.app_id", "a"}};
  CHECK(lines(load_flags(openpix).problems) == std::vector<std::string>{"openpix.public_keys_url: must not be empty"});
  CHECK(lines(load_flags(with(openpix, {{"openpix.public_keys_url", "http://o/keys"}})).problems).empty());
  CHECK(lines(load_flags(with(openpix, {{"openpix.webhook_signature", "hmac"}})).problems) ==
        std::vector<std::string>{"openpix.webhook_secrets: must not be empty"});
}

TEST_CASE("limits and names are checked", "[config][check]") {
  auto [key, value] = GENERATE(table<std::string, std::string>({{"actors.threads", "0"},
                                                                {"database.pool", "0"},
                                                                {"http.body_limit", "0"},
                                                                {"city_defaults.host.timeout", "0s"},
                                                                {"city_defaults.host.jitter", "1.5"},
                                                                {"city_defaults.host.backoff", "[]"},
                                                                {"city_defaults.payment.methods", "cash"},
                                                                {"city_defaults.payment.pix_providers", "stripe,paypal"},
                                                                {"host.base_url", "host.example"},
                                                                {"http.trusted_proxies", "10.0.0.0/33"},
                                                                {"limits.exempt_networks", "localhost"}}));
  const auto made = load_flags({{"env", "dev"}, {key, value}});
  REQUIRE(made.problems.size() == 1);
  CHECK(made.problems[0].key == key);
  CHECK(made.problems[0].where == "flag --" + key);
}

TEST_CASE("networks are written as CIDR or single addresses", "[config][check]") {
  CHECK(lines(load_flags({{"env", "dev"}, {"limits.exempt_networks", "127.0.0.0/8, ::1/128, 10.1.2.3"}}).problems).empty());
}
