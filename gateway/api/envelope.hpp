#pragma once

#include "gateway/api/endpoint.hpp"
#include "gateway/api/failure.hpp"
#include "gateway/http/message.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace reserve::gateway {

/// "req_" and 26 Crockford characters: 48 bits of milliseconds, 80 of chance, so that they sort by time.
std::string make_request_id(std::chrono::milliseconds since_epoch, const std::array<std::uint8_t, 10>& random);
/// With the machine's clock and a generator of this thread.
std::string make_request_id();

/// What belongs to one request and to no handler.
struct request_context {
  std::string request_id;
  std::string correlation_id; ///< The client's, when it is 1 to 128 visible ASCII characters, else the request id.
  std::string public_url;     ///< http.public_url, the root of problem types.
  std::chrono::steady_clock::time_point started;
  const endpoint* target = nullptr; ///< Null before a route is found.
};

request_context make_context(const http::request& what, std::string public_url, const endpoint* target);

/// `{"success":true,"data":...}` with the headers that every answer has. `data` is JSON.
http::response success(const request_context& context, unsigned status, std::string_view data, std::string_view rest = {});
/// Of endpoints without envelope: `body` as it is.
http::response plain(const request_context& context, unsigned status, std::string body);
/// application/problem+json
http::response refused(const request_context& context, const failure& why);

} // namespace reserve::gateway
