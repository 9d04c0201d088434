#include "integrations/host_adapter.hpp"

#include "integrations/host/host_wire.hpp"

namespace reserve::integrations {

void host_adapter::call(host_request request, std::function<void(host_reply)> done) {
  fields credentials{{"X-API-Key", account_.api_key}, {"Authorization", "Bearer " + host::bearer_token(account_.jwt_secret, request.now)}};
  auto outbound = addressed(host::render(request), account_.base_url, std::move(credentials), request.timeout, request.correlation_id);
  client_.call(std::move(outbound), [request = std::move(request), done = std::move(done)](const outbound_result& result) { done(host::parse(request, result)); });
}

} // namespace reserve::integrations
