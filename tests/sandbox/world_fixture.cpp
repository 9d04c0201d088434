#include "world_fixture.hpp"

#include <catch2/catch.hpp>

namespace reserve::sandbox {

test_world::test_world(std::uint64_t seed)
    : all(memory, world_settings{seed, {}, {}, {}, {}, {"pem", "id"}},
          [](std::int64_t cents, const std::string& txid) { return "BR" + std::to_string(cents) + txid; }) {}

outcome test_world::call(const std::string& method, const std::string& target, const std::string& body, std::map<std::string, std::string> headers) {
  const auto mark = std::min(target.find('?'), target.size());
  request out;
  out.method = method;
  out.path = target.substr(0, mark);
  out.query = fields::parse(target.substr(std::min(mark + 1, target.size())));
  out.headers = std::move(headers);
  out.body = body;
  return all.handle(std::move(out), machine);
}

answer test_world::post(const std::string& target, const std::string& body, const std::string& key) {
  std::map<std::string, std::string> headers;
  if (!key.empty())
    headers = {{"idempotency-key", key}, {"x-idempotency-key", key}};
  return call("POST", target, body, std::move(headers)).content;
}

json_value test_world::control(const std::string& target, const std::string& body) {
  const auto out = body.empty() ? get("/control" + target) : post("/control" + target, body);
  INFO(target << ": " << out.body);
  REQUIRE(out.status < 300);
  return json_of(out);
}

std::vector<std::string> test_world::deliver(int status) {
  std::vector<std::string> out;
  for (auto due = all.take_webhooks(machine); !due.empty(); due = all.take_webhooks(machine))
    for (const auto& one : due) {
      out.push_back(one.event.draft.type);
      all.webhook_finished(one.delivery, status, {{"signed", one.mode}}, machine);
    }
  return out;
}

json_value json_of(const answer& content) {
  auto json = parse_json(content.body);
  INFO(content.body);
  REQUIRE(json.has_value());
  return *json;
}

std::string booking_body(const std::string& reference, const std::string& room, const std::string& check_in, const std::string& check_out) {
  return R"({"property_id":")" + room.substr(0, 7) + R"(","room_type_id":")" + room + R"(","check_in":")" + check_in + R"(","check_out":")" +
         check_out + R"(","guests":{"adults":2,"children":0},"guest_details":{"first_name":"Ana","last_name":"Souza"},"external_reference":")" +
         reference + R"(","external_id":"r-1","total_amount":640.00})";
}

} // namespace reserve::sandbox
