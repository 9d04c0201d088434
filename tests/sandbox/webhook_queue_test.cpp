#include "integrations/sandbox/webhook_queue.hpp"
#include "integrations/sandbox/webhook_signer.hpp"
#include "integrations/signatures.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::sandbox;
using namespace std::chrono_literals;

namespace {

struct queue_at_work {
  timestamp now = *parse_timestamp("2026-12-01T12:00:00Z");
  store memory;
  webhook_queue queue{memory};
  std::uint64_t last = 0;

  void push(const std::string& id, const std::string& provider = "stripe") {
    queue.push(
        {id, provider, "type." + id, "object", "/hook", "", R"({"id":")" + id + "\"}"}, false, [this] { return ++last; }, now);
  }
  void rule(const std::string& mode, int count = 1, std::int64_t delay_ms = 0) {
    REQUIRE(refusal_of(queue.add_rule({{}, "stripe", mode, count, delay_ms, {}}, ++last)) == nullptr);
  }
  /// Ids and modes that go out now.
  std::vector<std::string> deliver(int status = 200) {
    std::vector<std::string> out;
    for (auto due = queue.take_due(now); !due.empty(); due = queue.take_due(now))
      for (const auto& one : due) {
        out.push_back(one.event.draft.id + (one.mode == "normal" ? "" : ":" + one.mode));
        queue.finished(one.delivery, status, {{"h", one.mode}}, now);
      }
    return out;
  }
};

using sent = std::vector<std::string>;

} // namespace

TEST_CASE("an event without a 2xx comes again after 1, 5 and 15 minutes, then no more", "[sandbox][webhooks]") {
  queue_at_work at;
  at.push("a");
  CHECK(at.deliver(500) == sent{"a"});
  for (const auto wait : {1min, 5min, 15min}) {
    at.now += wait - 1s;
    CHECK(at.deliver(0).empty());
    at.now += 1s;
    CHECK(at.deliver(0) == sent{"a"});
  }
  at.now += 24h;
  CHECK(at.deliver().empty());
  CHECK(at.queue.events().find("a")->status == "failed");
  CHECK(at.queue.events().find("a")->attempts == 4);
}

TEST_CASE("one event of a provider is under way at a time", "[sandbox][webhooks]") {
  queue_at_work at;
  at.push("a");
  at.push("b");
  at.push("c", "host");
  const auto first = at.queue.take_due(at.now);
  REQUIRE(first.size() == 2);
  CHECK(at.queue.take_due(at.now).empty());
  CHECK_FALSE(at.queue.next_due().has_value());
  for (const auto& one : first)
    at.queue.finished(one.delivery, 200, {}, at.now);
  const auto second = at.queue.take_due(at.now);
  REQUIRE(second.size() == 1);
  CHECK(second[0].event.draft.id == "b");
}

TEST_CASE("rules drop, double, delay and change signatures of the next events", "[sandbox][webhooks]") {
  queue_at_work at;
  auto [mode, expected] = GENERATE(Catch::Generators::table<std::string, sent>({
      {"drop", {"b"}},
      {"duplicate", {"a", "a", "b"}},
      {"delay", {"b"}},
      {"bad_signature", {"a:bad_signature", "b"}},
      {"no_signature", {"a:no_signature", "b"}},
      {"old_signature", {"a:old_signature", "b"}},
  }));
  at.rule(mode, 1, mode == "delay" ? 1000 : 0);
  at.push("a");
  at.push("b");
  CHECK(at.deliver() == expected);
  at.now += 1s;
  CHECK(at.deliver() == (mode == "delay" ? sent{"a"} : sent{}));
  CHECK(at.queue.events().find("a")->status == (mode == "drop" ? "dropped" : "delivered"));
}

TEST_CASE("reorder keeps events until its count is there and sends them backwards", "[sandbox][webhooks]") {
  queue_at_work at;
  at.rule("reorder", 3);
  at.push("a");
  at.push("b");
  at.push("other", "host");
  CHECK(at.deliver() == sent{"other"});
  at.push("c");
  at.push("d");
  CHECK(at.deliver() == sent{"c", "b", "a", "d"});
}

TEST_CASE("a reorder keeps its order when the server refuses the first try", "[sandbox][webhooks]") {
  queue_at_work at;
  at.rule("reorder", 2);
  at.push("a");
  at.push("b");
  const auto first = at.queue.take_due(at.now);
  REQUIRE(first.size() == 1);
  at.queue.finished(first[0].delivery, 503, {}, at.now);
  CHECK(at.deliver() == sent{"a"});
  at.now += 1min;
  CHECK(at.deliver() == sent{"b"});
}

TEST_CASE("ending the rules sends what they held", "[sandbox][webhooks]") {
  queue_at_work at;
  at.rule("reorder", 3);
  at.push("a");
  at.push("b");
  at.queue.clear_rules([&] { return ++at.last; }, at.now);
  CHECK(at.deliver() == sent{"a", "b"});
}

TEST_CASE("an event is sent again, newly signed or as at first", "[sandbox][webhooks]") {
  queue_at_work at;
  at.push("a");
  at.deliver();
  CHECK(at.queue.send_again("a", false, ++at.last, at.now));
  CHECK(at.deliver() == sent{"a"});
  CHECK(at.queue.send_again("a", true, ++at.last, at.now));
  CHECK(at.deliver() == sent{"a:original"});
  CHECK_FALSE(at.queue.send_again("none", true, ++at.last, at.now));
}

TEST_CASE("what is signed is verified by the receiver, and what is broken is not", "[sandbox][webhooks]") {
  using integrations::signature_check;
  const auto now = *parse_timestamp("2026-12-01T12:00:00Z");
  const webhook_secrets secrets{"host-secret", "whsec_stripe", "mp-secret", {}, "hmac-secret"};
  const auto check = [&](const std::string& provider, const std::string& mode) {
    webhook_send what{1, mode, {{"77", provider, "t", "123", "/p", "", R"({"a":1})"}, "waiting", now, 0, 0, {}, 1}};
    const auto headers = signed_headers(secrets, what, now);
    const auto find = [&](const std::string& name) {
      for (const auto& [key, value] : headers)
        if (key == name)
          return value;
      return std::string();
    };
    const auto& body = what.event.draft.body;
    if (provider == "host")
      return integrations::verify_timed(find("X-Host-Signature"), body, {secrets.host}, now);
    if (provider == "stripe")
      return integrations::verify_timed(find("Stripe-Signature"), body, {secrets.stripe}, now);
    if (provider == "mercadopago")
      return integrations::verify_mercadopago(find("x-signature"), "123", find("x-request-id"), {secrets.mercadopago}, now).result;
    return integrations::verify_openpix_hmac(find("X-OpenPix-Signature"), body, {secrets.openpix_hmac});
  };
  for (const std::string provider : {"host", "stripe", "mercadopago", "openpix"}) {
    CAPTURE(provider);
    CHECK(check(provider, "normal") == signature_check::ok);
    CHECK(check(provider, "original") == signature_check::ok);
    CHECK(check(provider, "bad_signature") == signature_check::wrong);
    CHECK(check(provider, "no_signature") == signature_check::missing);
    CHECK(check(provider, "old_signature") == (provider == "openpix" ? signature_check::ok : signature_check::too_old));
  }
}
