#pragma once

#include "gateway/api/envelope.hpp"
#include "gateway/api/rate_limit.hpp"
#include "gateway/api/request.hpp"
#include "gateway/http/network.hpp"
#include "gateway/http/server.hpp"

#include <string>
#include <variant>
#include <vector>

namespace reserve::gateway {

struct door_settings {
  std::string public_url;
  access rights;
  std::vector<http::network> exempt_networks;
  std::uint64_t body_limit = 1024 * 1024; ///< Of every route but webhooks, which have their own.
};

/// A request that came through the door, or the failure that it is answered with.
struct entry {
  request_context context;
  route where;
  std::variant<validated, failure> outcome = failure();

  const endpoint& target() const { return *where.target; }
};

/// All that happens to a request before a handler sees it, in the order of spec 30§1.9: route and method, rate, size when only the head is there;
/// content type, syntax, credentials and fields once the body has come. For an http::handler to call; not for several threads.
class door {
public:
  explicit door(door_settings how);

  /// For http::handler::admit. The headers that tell about the rate go on every answer.
  http::admission admit(const http::request& head);

  /// For http::handler::handle.
  entry enter(const http::request& what);

  /// For http::handler::refuse.
  http::response refuse(unsigned status, const http::request& head, std::string_view why) const;

private:
  rate_subject subject_of(const http::request& head, const endpoint& target) const;

  door_settings how_;
  router router_;
  rate_limiter limiter_;
};

} // namespace reserve::gateway
