#include "app/http_call.hpp"

#include <boost/asio/io_context.hpp>

#include <utility>

namespace reserve::app {

integrations::outbound_result http_call(integrations::outbound_request request) {
  boost::asio::io_context io;
  integrations::outbound_result answer;
  integrations::http_client client(io, {});
  client.call(std::move(request), [&](integrations::outbound_result got) {
    answer = std::move(got);
    client.shutdown();
  });
  io.run();
  return answer;
}

} // namespace reserve::app
