#pragma once

#include "integrations/bytes.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace boost::asio {
class io_context;
}

namespace reserve::integrations {

/// One call of an outside system.
struct outbound_request {
  std::string method = "GET";
  std::string url; ///< http:// or https://, with path and query.
  fields headers;
  std::string body;
  std::string correlation_id;                 ///< Sent as X-Correlation-ID when not empty.
  std::chrono::milliseconds timeout{10'000};  ///< For everything together, waiting for a free connection included.
};

/// What is known after a call. Only `not_sent` promises that nothing happened there.
enum class outbound_kind : std::uint8_t {
  answered,  ///< Status, headers and body are there.
  not_sent,  ///< No connection, a wrong certificate, or we are shutting down: not one byte of the request has left.
  no_answer, ///< Time-out, reset or an unreadable answer after the request (or a part of it) has left.
  too_large, ///< Answered, but with more than we read.
};

std::string_view name_of(outbound_kind kind);

struct outbound_result {
  outbound_kind kind = outbound_kind::not_sent;
  int status = 0;
  fields headers;
  std::string body;
  std::string problem; ///< For the log when not answered: the error of the system's or TLS library, never content.
  std::chrono::microseconds took{0};
};

/// One finished call, for the log and the metrics: nothing of headers, query or bodies.
struct outbound_observation {
  std::string_view method, host, path, correlation_id;
  outbound_kind kind = outbound_kind::not_sent;
  int status = 0;
  std::string_view problem;
  std::chrono::microseconds took{0};
};

struct http_client_settings {
  std::string user_agent = "reserve-connect";
  std::string ca_file;                                 ///< PEM of the authorities we trust; empty = the system's.
  std::chrono::milliseconds connect_timeout{3'000};    ///< Name, TCP and TLS together.
  std::chrono::milliseconds idle_timeout{30'000};      ///< A connection that rested longer is not used again.
  std::size_t body_max = std::size_t{2} << 20;
  std::uint32_t header_max = 32U << 10;
  std::size_t connections_per_endpoint = 16;
  std::size_t waiting_per_endpoint = 1'000;            ///< Calls that wait for a connection; more are not sent.
  std::function<void(const outbound_observation&)> observe; ///< Called on the io_context before every answer, when set; short.
};

/// HTTP/1.1 client of all adapters, with kept-alive connections per endpoint (scheme, host, port). TLS certificates and names are always verified.
///
/// A kept connection that fails before the first byte of the answer is replaced once when the request may be repeated: GET, or one with an Idempotency-Key.
class http_client {
public:
  using callback = std::function<void(outbound_result)>;

  /// Throws when `ca_file` cannot be read.
  http_client(boost::asio::io_context& io, http_client_settings settings);
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// From any thread. `done` runs exactly once, on a thread of the io_context, and should be short: the answers of other calls wait for it.
  void call(outbound_request request, callback done);

  /// From any thread. Calls under way and later ones end as not_sent or no_answer, whatever is true for them.
  void shutdown();

private:
  class pool;
  std::shared_ptr<pool> pool_;
};

} // namespace reserve::integrations
