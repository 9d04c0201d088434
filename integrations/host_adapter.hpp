#pragma once

#include "actors/protocols/host_port.hpp"
#include "integrations/http_client.hpp"

#include <string>

namespace reserve::integrations {

struct host_account {
  std::string base_url, api_key, jwt_secret;
};

/// Host Connect over HTTP. Breaker, rate limit and retries are the connector's; this makes one call and says what it means.
class host_adapter : public host_port {
public:
  /// `client` outlives the adapter and its calls.
  host_adapter(http_client& client, host_account account) : client_(client), account_(std::move(account)) {}

  void call(host_request request, std::function<void(host_reply)> done) override;

private:
  http_client& client_;
  host_account account_;
};

} // namespace reserve::integrations
