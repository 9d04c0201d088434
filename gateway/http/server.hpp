#pragma once

#include "gateway/http/message.hpp"
#include "gateway/http/network.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace reserve::http {

/// What is decided about a request when only its head is there (spec 30§1.9: route, rate and size come before the body).
struct admission {
  std::optional<response> refusal;        ///< Sent instead of calling `handle`.
  std::uint64_t body_limit = 1024 * 1024; ///< A longer body is refused with 413 before it is read.
  header_list answer_headers;             ///< Added to whatever this request is answered with.

  admission() = default;
  explicit admission(std::uint64_t limit) : body_limit(limit) {}
  explicit admission(response no) : refusal(std::move(no)) {}
};

/// What a server answers with. All calls come from the thread that runs the io_context.
class handler {
public:
  virtual ~handler() = default;

  /// Called with method, path, query, headers and remote_address; the body is empty.
  virtual admission admit(const request& head);

  /// Called once a request is complete. `what` lives until the coroutine ends, no longer. When the request time-out passes, the coroutine is
  /// cancelled and 503 is answered; an exception is answered with 500.
  virtual boost::asio::awaitable<response> handle(const request& what) = 0;

  /// The answer to what never reaches `handle`: 400, 408, 413, 429, 431, 500, 503. `head` is what was read of it. `why` is one English sentence.
  virtual response refuse(unsigned status, const request& head, std::string_view why);
};

/// Limits of one server. The defaults are those of spec 30§1.1, §1.5 and 50§13.2.
struct options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0; ///< 0 = any free one, see server::port.
  std::size_t header_limit = 16 * 1024;
  std::chrono::milliseconds header_timeout{10'000}; ///< From the first byte of a request to the end of its head.
  std::chrono::milliseconds body_timeout{10'000};   ///< From the end of the head to the end of the body.
  std::chrono::milliseconds idle_timeout{60'000};   ///< Between requests.
  std::chrono::milliseconds request_timeout{30'000};
  std::size_t max_connections = 10'000;
  std::size_t max_connections_per_address = 100;
  std::vector<network> exempt_networks; ///< No cap per address for these.
  std::vector<network> trusted_proxies; ///< Their X-Forwarded-For names the client.
  /// Told of what went wrong inside, one sentence; no personal data.
  std::function<void(std::string_view)> on_error = [](std::string_view) {};
};

struct statistics {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;
  std::uint64_t requests_total = 0;
  std::uint64_t requests_in_flight = 0;
};

/// An HTTP/1.1 server: keep-alive, one request of a connection at a time, pipelining in order. Any number of servers may share one io_context, which
/// one thread runs. The member functions may be called from any thread, except `stats`, which belongs to the io_context's.
class server {
public:
  server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  /// Stops accepting and closes all connections.
  ~server();

  /// Binds and listens at once; throws std::system_error when the address cannot be had.
  void start(boost::asio::io_context& context, options how, std::shared_ptr<handler> what);

  /// The port it listens on.
  std::uint16_t port() const noexcept;

  /// New connections are refused by the system; those that are open go on.
  void stop_accepting();

  /// Stops accepting, closes idle connections, lets requests in flight end until `limit` has passed, then closes the rest and calls `done` once.
  void drain(std::chrono::milliseconds limit, std::function<void()> done);

  statistics stats() const noexcept;

private:
  class implementation;
  std::shared_ptr<implementation> implementation_;
};

} // namespace reserve::http
