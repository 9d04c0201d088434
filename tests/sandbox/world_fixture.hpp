#pragma once

#include "integrations/sandbox/json_text.hpp"
#include "integrations/sandbox/world.hpp"

#include <string>

namespace reserve::sandbox {

/// A world without files and sockets; its time moves only when told.
class test_world {
public:
  explicit test_world(std::uint64_t seed = 1);

  /// Body is JSON, or a form for Stripe.
  outcome call(const std::string& method, const std::string& target, const std::string& body = {}, std::map<std::string, std::string> headers = {});
  answer get(const std::string& target) { return call("GET", target).content; }
  answer post(const std::string& target, const std::string& body = {}, const std::string& key = {});
  /// A control call's answer as JSON; its status has to be below 300.
  json_value control(const std::string& target, const std::string& body = {});

  void advance(std::chrono::seconds by) { machine += by; }
  /// Types of the events that go out now, in order; each is taken by the server with this status.
  std::vector<std::string> deliver(int status = 200);

  timestamp machine = *parse_timestamp("2026-12-01T12:00:00Z");
  store memory;
  world all;
};

json_value json_of(const answer& content);

/// A stay in the quiet season at the first property: nothing is closed there.
std::string booking_body(const std::string& reference, const std::string& room = "urb-001-r1", const std::string& check_in = "2027-04-05",
                         const std::string& check_out = "2027-04-07");

} // namespace reserve::sandbox
