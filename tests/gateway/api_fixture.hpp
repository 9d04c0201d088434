#pragma once

#include "gateway/api/door.hpp"
#include "gateway/http/json.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::gateway {

inline constexpr std::string_view service_token = "service-token-of-the-test";

inline door_settings test_settings() {
  door_settings how;
  how.public_url = "https://book.example.com";
  how.rights.service_token = std::string(service_token);
  how.rights.clock_control = true;
  how.exempt_networks = {*http::parse_network("127.0.0.0/8")};
  return how;
}

using header_pairs = std::vector<std::pair<std::string, std::string>>;

/// A request as the server hands it over.
inline http::request request_of(std::string method, std::string_view target, std::string body = "", const header_pairs& headers = {}) {
  http::request made;
  made.method = std::move(method);
  const auto question = target.find('?');
  made.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos)
    made.query = std::string(target.substr(question + 1));
  made.body = std::move(body);
  made.remote_address = "127.0.0.1";
  for (const auto& [name, value] : headers)
    made.headers.add(name, value);
  return made;
}

inline const header_pairs json_with_session{{"Content-Type", "application/json"}, {"X-Session-Id", "session-0001"}};

/// Through the whole door; the failure, or one with an empty code when the request came through.
inline failure failure_at_door(const http::request& what) {
  door entrance(test_settings());
  entry came = entrance.enter(what);
  if (const auto* no = std::get_if<failure>(&came.outcome))
    return *no;
  return {};
}

/// "field:problem" of each problem, comma separated.
inline std::string problems_of(const failure& why) {
  std::string text;
  for (const auto& each : why.problems)
    text += (text.empty() ? "" : ",") + each.field + ":" + each.what + (each.limit.empty() ? "" : "(" + each.limit + ")");
  return text;
}

} // namespace reserve::gateway
