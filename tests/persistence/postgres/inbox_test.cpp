#include "database.hpp"
#include "records.hpp"

#include "persistence/postgres/inbox.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;

namespace {

struct inbox_at {
  database db;
  query_pool pool{{db.url(), 6, 512}};
  sealer seals{vault_keys{{{"k1", {}}}, "search"}};
  webhook_inbox inbox{seals, pool};

  std::optional<stored_webhook> store(const incoming_webhook& what) {
    return answer_of<std::optional<stored_webhook>>([&](auto done) { inbox.store(what, done); });
  }
  std::vector<inbox_row> unprocessed(const std::string& city) {
    return answer_of<std::optional<std::vector<inbox_row>>>([&](auto done) { inbox.unprocessed(city, 100, done); }).value();
  }
};

incoming_webhook webhook(char key, const std::string& city = "URB") {
  incoming_webhook out;
  if (!city.empty())
    out.city_code = city;
  out.city = 1;
  out.provider = "stripe";
  out.dedup_key = std::string(32, key);
  out.event_type = "payment_intent.succeeded";
  out.object_id = "pi_1";
  out.body = R"({"email":"ana@example.com"})";
  out.headers_json = R"({"content-type": "application/json"})";
  out.received_at = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  return out;
}

} // namespace

TEST_CASE("a webhook is stored once, sealed, and read until it is handled", "[persistence][postgres][inbox]") {
  inbox_at at;
  const auto first = at.store(webhook('a'));
  REQUIRE(first);
  CHECK_FALSE(first->duplicate);
  const auto again = at.store(webhook('a'));
  REQUIRE(again);
  CHECK(again->duplicate);
  CHECK(again->inbox_id == first->inbox_id);
  REQUIRE(at.store(webhook('b', "GRA")));

  const auto open = at.unprocessed("URB");
  REQUIRE(open.size() == 1);
  CHECK(open[0].id == first->inbox_id);
  CHECK(open[0].body == webhook('a').body);
  CHECK(open[0].event_type == "payment_intent.succeeded");
  CHECK(open[0].event_id.empty());
  CHECK(open[0].headers_json == webhook('a').headers_json);

  auto on = at.db.superuser();
  CHECK(number(on, "select count(*) from reserve.webhook_inbox where position('ana@'::bytea in body) > 0") == 0);
  on.run("update reserve.webhook_inbox set processed = true, body = null where city_code = 'URB'");
  CHECK(at.unprocessed("URB").empty());
  CHECK(at.unprocessed("GRA").size() == 1);
  const auto handled = answer_of<std::optional<std::optional<inbox_row>>>([&](auto done) { at.inbox.read(first->inbox_id, done); });
  REQUIRE(handled.value());
  CHECK(handled.value()->body.empty());
}

TEST_CASE("of many equal webhooks at once one is stored, and all hear its id", "[persistence][postgres][inbox]") {
  inbox_at at;
  std::vector<std::future<std::optional<stored_webhook>>> answers;
  for (int i = 0; i < 60; ++i) {
    auto promise = std::make_shared<std::promise<std::optional<stored_webhook>>>();
    answers.push_back(promise->get_future());
    at.inbox.store(webhook('c'), [promise](std::optional<stored_webhook> what) { promise->set_value(what); });
  }
  std::set<uuid> ids;
  int stored = 0;
  for (auto& pending : answers) {
    REQUIRE(pending.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    const auto what = pending.get();
    REQUIRE(what);
    ids.insert(what->inbox_id);
    stored += what->duplicate ? 0 : 1;
  }
  CHECK(stored == 1);
  CHECK(ids.size() == 1);
  CHECK(at.unprocessed("URB").size() == 1);
}

TEST_CASE("a month that nobody prepared stops no webhook", "[persistence][postgres][inbox]") {
  inbox_at at;
  auto late = webhook('d');
  late.received_at += std::chrono::days(5 * 365);
  const auto stored = at.store(late);
  REQUIRE(stored);
  CHECK_FALSE(stored->duplicate);
  CHECK(at.unprocessed("URB").size() == 1);
}

TEST_CASE("a webhook without a city waits until somebody knows it", "[persistence][postgres][inbox]") {
  inbox_at at;
  const auto stored = at.store(webhook('e', ""));
  REQUIRE(stored);
  CHECK(at.unprocessed("URB").empty());
  REQUIRE(at.unprocessed("").size() == 1);
  CHECK(answer_of<bool>([&](auto done) { at.inbox.assign_city(stored->inbox_id, "URB", done); }));
  CHECK(at.unprocessed("URB").size() == 1);
}
