#pragma once

#include "gateway/api/endpoint.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace reserve::gateway {

/// A request that must be refused, and how. Made from the description of its endpoint, so no field can be forgotten.
struct bad_request {
  std::string name; ///< "create_booking_intent: city_code missing"
  std::string method;
  std::string target;                                       ///< Path and query.
  std::vector<std::pair<std::string, std::string>> headers; ///< `{service_token}` in a value stands for the configured one.
  std::string body;
  std::size_t fill = 0; ///< So many further bytes 'x' after the body.
  unsigned status = 0;
  std::string code;
  std::string field;   ///< One of details.fields; empty when the refusal is about no field.
  std::string problem; ///< Its problem; empty when any will do.
};

std::vector<bad_request> bad_requests(const endpoint& what);

/// Those of every endpoint as a JSON array, for tests in other languages; bodies in base64.
std::string bad_requests_as_json();

} // namespace reserve::gateway
