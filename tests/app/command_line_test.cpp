#include "app/command_line.hpp"

#include <catch2/catch.hpp>

#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace reserve;
using namespace reserve::app;

namespace {

struct {
  std::optional<migrate_options> migrate;
  std::optional<pay_options> pay;
  std::optional<config::config> values;
} seen;

int keep_migrate(const config::config& values, const migrate_options& options) {
  seen.values = values;
  seen.migrate = options;
  return 0;
}

int keep_pay(const pay_options& options) {
  seen.pay = options;
  return 0;
}

int fail(const config::config&) {
  throw std::runtime_error("the reason");
}

/// Takes over what is written to standard output and error.
class captured {
public:
  captured() : out_(std::cout.rdbuf(text_.rdbuf())), error_(std::cerr.rdbuf(errors_.rdbuf())) {}
  captured(const captured&) = delete;
  captured& operator=(const captured&) = delete;
  ~captured() {
    std::cout.rdbuf(out_);
    std::cerr.rdbuf(error_);
  }
  std::string text() const { return text_.str(); }
  std::string errors() const { return errors_.str(); }

private:
  std::ostringstream text_, errors_;
  std::streambuf* out_;
  std::streambuf* error_;
};

int run(const std::vector<std::string>& arguments) {
  seen = {};
  command_line line("reserve 1.2.3 (abc)");
  line.migrate(keep_migrate);
  line.pay(keep_pay);
  line.config_check(fail);
  return line.execute(arguments);
}

} // namespace

TEST_CASE("options of the configuration are taken out of the arguments", "[app][command_line]") {
  const auto split = split_config_flags({"serve", "--http.listen", "127.0.0.1:0", "--config", "a.b", "--env=dev", "--clock.offset=16m"});
  CHECK(split.flags == std::vector<std::pair<std::string, std::string>>{{"http.listen", "127.0.0.1:0"}, {"clock.offset", "16m"}});
  CHECK(split.rest == std::vector<std::string>{"serve", "--config", "a.b", "--env=dev"});
  CHECK(split.incomplete.empty());
  CHECK(split_config_flags({"serve", "--http.listen"}).incomplete == "--http.listen");
}

TEST_CASE("a command gets its options and its configuration", "[app][command_line]") {
  const captured quiet;
  REQUIRE(run({"migrate", "up", "--to", "3", "--dry-run", "--config", "/dev/null", "--env", "dev", "--database.url", "x"}) == 0);
  CHECK(seen.migrate->action == migrate_action::up);
  CHECK(seen.migrate->to == 3);
  CHECK(seen.migrate->dry_run);
  CHECK(seen.values->database.url.value == "x");
  CHECK(seen.values->env == config::environment::dev);
  REQUIRE(run({"--env=dev", "--config=/dev/null", "migrate", "down", "--steps=2", "--database.url=x"}) == 0);
  CHECK(seen.migrate->action == migrate_action::down);
  CHECK(seen.migrate->steps == 2);
}

TEST_CASE("pay does one thing", "[app][command_line]") {
  const captured quiet;
  auto [arguments, action, code] = GENERATE(table<std::vector<std::string>, payer_action, std::string>({
      {{}, payer_action::pay, ""},
      {{"--decline"}, payer_action::decline, ""},
      {{"--decline=insufficient_funds"}, payer_action::decline, "insufficient_funds"},
      {{"--require-action"}, payer_action::require_action, ""},
      {{"--expire"}, payer_action::expire, ""},
  }));
  std::vector<std::string> all{"pay", "--intent", "i-1"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  REQUIRE(run(all) == 0);
  CHECK(seen.pay->intent == "i-1");
  CHECK(seen.pay->action == action);
  CHECK(seen.pay->decline_code == code);
}

TEST_CASE("help and version go to standard output and end with 0", "[app][command_line]") {
  const auto* argument = GENERATE("--help", "--version");
  const captured output;
  CHECK(run({argument}) == 0);
  CHECK_FALSE(output.text().empty());
  CHECK(output.errors().empty());
}

TEST_CASE("help of a command explains its options", "[app][command_line]") {
  const captured output;
  CHECK(run({"pay", "--help"}) == 0);
  CHECK(output.text().find("--require-action") != std::string::npos);
}

TEST_CASE("wrong usage and wrong configuration end with 2 and a line on standard error", "[app][command_line]") {
  const auto arguments = GENERATE(values<std::vector<std::string>>({{},
                                                                    {"dance"},
                                                                    {"pay"},
                                                                    {"pay", "--intent", "i", "--expire", "--require-action"},
                                                                    {"migrate"},
                                                                    {"migrate", "sideways"},
                                                                    {"migrate", "up", "--to", "x"},
                                                                    {"migrate", "down", "--steps", "0", "--config", "/dev/null"},
                                                                    {"migrate", "up", "--http.listen"},
                                                                    {"migrate", "up", "--config", "/dev/null", "--env", "dev"},
                                                                    {"migrate", "up", "--config", "/nowhere", "--env", "dev", "--database.url", "x"}}));
  CAPTURE(arguments);
  const captured output;
  CHECK(run(arguments) == 2);
  CHECK(output.text().empty());
  CHECK(output.errors().starts_with("reserve: "));
}

TEST_CASE("a command that throws ends with 1 and says why", "[app][command_line]") {
  const captured output;
  const std::string key(64, 'a');
  CHECK(run({"config", "check", "--config", "/dev/null", "--env", "dev", "--database.url", "x", "--security.vault_keys", "[{id='1',key='" + key + "'}]",
             "--security.hash_key", "h", "--security.code_key", "c", "--host.base_url", "http://h", "--host.api_key", "k", "--host.jwt_secret", "j",
             "--host.webhook_secrets", "w"}) == 1);
  CHECK(output.errors() == "reserve: config: the reason\n");
}
