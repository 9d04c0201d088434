#include "config_test.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::config;
using namespace std::chrono_literals;

TEST_CASE("an empty file leaves the defaults", "[config]") {
  const auto made = load_flags({});
  REQUIRE(lines(made.problems) == std::vector<std::string>{"http.public_url: must be given in production"});
  CHECK(made.values.env == environment::production);
  CHECK(made.values.http.listen == endpoint{"127.0.0.1", 8080});
  CHECK(made.values.http.body_limit.bytes == 1024 * 1024);
  CHECK(made.values.http.drain_timeout == 20s);
  CHECK(made.values.database.pool == 8);
  CHECK(made.values.admission.lag_max == 250'000);
  CHECK(made.values.host.health_interval == 10s);
  CHECK(made.values.city_defaults.host.backoff == std::vector<millis>{1s, 2s, 4s});
  CHECK_FALSE(made.values.stripe);
}

TEST_CASE("flags beat the environment, which beats the file, which beats the defaults", "[config]") {
  const temporary_folder folder;
  const auto file = folder.write("reserve.toml", R"(
env = "dev"
[http]
idle_timeout = "1s"
request_timeout = "1s"
drain_timeout = "1s"
)");
  const auto made = load({.file = file,
                          .environment = {{"RESERVE_HTTP__REQUEST_TIMEOUT", "2s"}, {"RESERVE_HTTP__DRAIN_TIMEOUT", "2s"}, {"HOME", "/"}},
                          .flags = {{"http.drain_timeout", "3s"}}},
                         purpose::tool);
  REQUIRE(lines(made.problems).empty());
  CHECK(made.values.http.idle_timeout == 1s);
  CHECK(made.values.http.request_timeout == 2s);
  CHECK(made.values.http.drain_timeout == 3s);
  CHECK(made.values.http.body_limit.bytes == 1024 * 1024);
}

TEST_CASE("variables name keys with two underscores", "[config]") {
  const auto folder = temporary_folder();
  const auto made = load({.file = folder.write("reserve.toml", ""),
                          .environment = {{"RESERVE_ENV", "test"},
                                          {"RESERVE_HTTP__LISTEN", "0.0.0.0:9000"},
                                          {"RESERVE_CITY_DEFAULTS__HOST__TIMEOUT", "200ms"},
                                          {"RESERVE_CITY_DEFAULTS__HOST__BACKOFF", R"(["100ms", "200ms"])"},
                                          {"RESERVE_CITY_DEFAULTS__REFUND__BACKOFF", "1,2,3s"},
                                          {"RESERVE_CITY_DEFAULTS__HOST__BREAKER", R"({failures = 2, open = "1s"})"},
                                          {"RESERVE_DATABASE_URL", "postgresql:///reserve"},
                                          // No keys: they serve the tools.
                                          {"RESERVE_URL", "http://127.0.0.1:8080"},
                                          {"RESERVE_SERVICE_TOKEN", "token"},
                                          {"RESERVE_TEST_DATABASE_URL", "postgresql:///"}},
                          .flags = {}},
                         purpose::tool);
  REQUIRE(lines(made.problems).empty());
  CHECK(made.values.env == environment::test);
  CHECK(made.values.http.listen == endpoint{"0.0.0.0", 9000});
  CHECK(made.values.http.public_url == "http://0.0.0.0:9000");
  CHECK(made.values.sandbox.server_url == "http://0.0.0.0:9000");
  CHECK(made.values.city_defaults.host.timeout == 200ms);
  CHECK(made.values.city_defaults.host.backoff == std::vector<millis>{100ms, 200ms});
  CHECK(made.values.city_defaults.refund.backoff == std::vector<millis>{1s, 2s, 3s});
  CHECK(made.values.city_defaults.host.breaker_failures == 2);
  CHECK(made.values.city_defaults.host.breaker_open == 1s);
  CHECK(made.values.database.url.value == "postgresql:///reserve");
  CHECK(made.values.security.service_token.empty());
}

TEST_CASE("the database's two variables are one key, and the longer name wins", "[config]") {
  const auto folder = temporary_folder();
  const auto made = load({.file = folder.write("reserve.toml", "env = 'dev'"),
                          .environment = {{"RESERVE_DATABASE__URL", "second"}, {"RESERVE_DATABASE_URL", "first"}},
                          .flags = {}},
                         purpose::database);
  REQUIRE(lines(made.problems).empty());
  CHECK(made.values.database.url.value == "second");
}

TEST_CASE("the file may be named by RESERVE_CONFIG", "[config]") {
  const temporary_folder folder;
  const auto file = folder.write("other.toml", "env = 'dev'\n[database]\npool = 3\n");
  const auto made = load({.file = "", .environment = {{"RESERVE_CONFIG", file}}, .flags = {}}, purpose::tool);
  CHECK(lines(made.problems).empty());
  CHECK(made.values.database.pool == 3);
}

TEST_CASE("each problem is one line with its place", "[config]") {
  const temporary_folder folder;
  const auto file = folder.write("reserve.toml", R"(env = "dev"
[stripe]
base_url = "https://stripe.example/"
secret_key = "sk_live_hush"
webhook_secrets = []
[http]
idle_time = "1s"
body_limit = "big"
)");
  const auto made = load({.file = file, .environment = {{"RESERVE_DATABASE__POOL", "many"}}, .flags = {{"nonsense.key", "1"}}}, purpose::tool);
  std::vector<std::string> texts;
  for (const auto& found : made.problems)
    texts.push_back(to_string(found));
  CHECK(texts == std::vector<std::string>{
                     "reserve: config: http.idle_time: unknown key (" + file + ":7)",
                     "reserve: config: nonsense.key: unknown key (flag --nonsense.key)",
                     "reserve: config: http.body_limit: must be a size such as 512, 16KiB or 1MiB (" + file + ":8)",
                     "reserve: config: database.pool: must be a whole number, 0 or more (environment RESERVE_DATABASE__POOL)",
                     "reserve: config: stripe.webhook_secrets: must not be empty (" + file + ":5)",
                 });
  CHECK(made.values.stripe->base_url == "https://stripe.example");
}

TEST_CASE("a file that is not there or not TOML is a problem", "[config]") {
  const temporary_folder folder;
  const auto missing = load({.file = folder.path("nowhere.toml"), .environment = {{"RESERVE_ENV", "dev"}}, .flags = {}}, purpose::tool);
  REQUIRE(missing.problems.size() == 1);
  CHECK(missing.problems[0].what == "cannot be read: No such file or directory");

  const auto broken = folder.write("broken.toml", "env = \"dev\"\n[http\n");
  const auto made = load({.file = broken, .environment = {{"RESERVE_ENV", "dev"}}, .flags = {}}, purpose::tool);
  REQUIRE(made.problems.size() == 1);
  CHECK(made.problems[0].what.find("is not TOML: ") == 0);
  CHECK(made.problems[0].where == broken + ":2");
}

TEST_CASE("secrets come from files too", "[config]") {
  const temporary_folder folder;
  const auto key = folder.write("key", "sk_test_1\n");
  const auto hooks = folder.write("hooks", "whsec_new\nwhsec_old\n");
  const auto file = folder.write("reserve.toml", "env = 'dev'\n[stripe]\nbase_url = 'http://s'\nsecret_key_file = '" + key + "'\n");
  const auto made = load({.file = file,
                          .environment = {{"RESERVE_STRIPE__WEBHOOK_SECRETS_FILE", hooks}, {"RESERVE_DATABASE_URL_FILE", key}},
                          .flags = {}},
                         purpose::tool);
  REQUIRE(lines(made.problems).empty());
  CHECK(made.values.stripe->secret_key.value == "sk_test_1");
  CHECK(made.values.stripe->webhook_secrets == std::vector<secret>{{"whsec_new"}, {"whsec_old"}});
  CHECK(made.values.database.url.value == "sk_test_1");

  SECTION("a stronger source may give the value itself") {
    const auto again = load({.file = file,
                             .environment = {{"RESERVE_STRIPE__SECRET_KEY", "other"}, {"RESERVE_STRIPE__WEBHOOK_SECRETS", "whsec_1"}},
                             .flags = {}},
                            purpose::tool);
    REQUIRE(lines(again.problems).empty());
    CHECK(again.values.stripe->secret_key.value == "other");
  }
  SECTION("one source gives one of them") {
    const auto both = load({.file = folder.write("both.toml", "env='dev'\n[database]\nurl='x'\nurl_file='" + key + "'\n"), .environment = {}, .flags = {}},
                           purpose::tool);
    REQUIRE(both.problems.size() == 1);
    CHECK(both.problems[0].what.find("must not stand beside database.url") == 0);
  }
  SECTION("an unreadable or empty file is a problem, once") {
    const auto gone = load_flags({{"env", "dev"}, {"database.url_file", folder.path("gone")}}, purpose::database);
    REQUIRE(gone.problems.size() == 1);
    CHECK(gone.problems[0].key == "database.url_file");
    const auto empty = load_flags({{"env", "dev"}, {"database.url_file", folder.write("empty", "\n")}}, purpose::database);
    CHECK(lines(empty.problems) == std::vector<std::string>{"database.url: must not be empty"});
  }
  SECTION("what is no secret has no file") {
    const auto made_of = load_flags({{"env", "dev"}, {"http.listen_file", key}});
    CHECK(lines(made_of.problems) == std::vector<std::string>{"http.listen_file: unknown key"});
  }
}

TEST_CASE("the effective configuration shows no secret and can be read again", "[config]") {
  const std::string hex(64, 'a');
  const auto made = load_flags({{"env", "dev"},
                                {"database.url", "postgresql://user:hush@db/reserve"},
                                {"security.vault_keys", "[{id = 'k1', key = '" + hex + "'}]"},
                                {"stripe.base_url", "http://s"},
                                {"stripe.secret_key", "hush"},
                                {"stripe.webhook_secrets", "hush,hush"},
                                {"city_defaults.support.phone", "+55 34 \"0800\""}});
  REQUIRE(lines(made.problems).empty());
  const auto text = print_effective(made.values);
  CHECK(text.find("hush") == std::string::npos);
  CHECK(text.find(hex) == std::string::npos);
  CHECK(text.find("database.url = \"********\"\n") != std::string::npos);
  CHECK(text.find("security.vault_keys = [{id = \"k1\", key = \"********\"}]\n") != std::string::npos);
  CHECK(text.find("city_defaults.host.timeout = \"10s\"\n") != std::string::npos);
  CHECK(text.find("city_defaults.host.backoff = [\"1s\", \"2s\", \"4s\"]\n") != std::string::npos);
  CHECK(text.find("city_defaults.payment.fee_rate.stripe_card = 0.0290\n") != std::string::npos);
  CHECK(text.find("city_defaults.booking.same_day_cutoff = \"20:00\"\n") != std::string::npos);

  const temporary_folder folder;
  const auto again = load({.file = folder.write("printed.toml", text), .environment = {}, .flags = {{"security.vault_keys", "[]"}}}, purpose::tool);
  CHECK(lines(again.problems).empty());
  CHECK(again.values.city_defaults.support.phone == "+55 34 \"0800\"");
}
