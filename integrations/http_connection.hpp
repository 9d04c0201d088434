#pragma once

#include "integrations/http_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <compare>
#include <memory>
#include <string>

/// Private to http_client.cpp and http_connection.cpp: the only includers of Beast here.
namespace reserve::integrations {

using steady_time = std::chrono::steady_clock::time_point;
using io_strand = boost::asio::strand<boost::asio::io_context::executor_type>;

/// Where a connection leads; connections are kept per endpoint.
struct http_endpoint {
  bool secure = false;
  std::string host; ///< Without the brackets of an IPv6 address.
  std::string port;

  auto operator<=>(const http_endpoint&) const = default;
};

/// What a call under way waits for; shutdown ends it.
struct cancel_slot {
  boost::beast::tcp_stream* stream = nullptr;
  boost::asio::steady_timer* timer = nullptr;
};

/// One exchange on a connection, and whether the connection can carry another.
struct exchange_result {
  outbound_result outcome;
  bool keep = false;
  bool heard_nothing = false; ///< It broke (no time-out) before the first byte of an answer.
};

using http_request = boost::beast::http::request<boost::beast::http::string_body>;

/// A TCP connection, with TLS when the endpoint wants it. Lives on the client's strand.
class http_connection {
public:
  http_connection(const io_strand& strand, boost::asio::ssl::context& tls, const http_endpoint& where);

  /// Resolves, connects and shakes hands; what went wrong, or nothing.
  boost::asio::awaitable<std::string> open(const http_endpoint& where, steady_time deadline, cancel_slot& slot);

  /// Sends the request and reads the whole answer.
  boost::asio::awaitable<exchange_result> exchange(const http_request& request, const http_client_settings& limits, steady_time deadline);

  boost::beast::tcp_stream& stream();
  /// The other side has closed it or said something unasked.
  bool is_stale();

  steady_time idle_since{};

private:
  template <class Stream>
  boost::asio::awaitable<exchange_result> exchange_on(Stream& stream, const http_request& request, const http_client_settings& limits);

  io_strand strand_;
  std::unique_ptr<boost::beast::tcp_stream> plain_;
  std::unique_ptr<boost::beast::ssl_stream<boost::beast::tcp_stream>> secure_;
};

} // namespace reserve::integrations
