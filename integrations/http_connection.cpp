#include "integrations/http_connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

namespace reserve::integrations {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using error_code = beast::error_code;

namespace {

using resolved = tcp::resolver::results_type;

/// A look-up of a name. The system's resolver cannot be interrupted, so the answer may come when nobody waits any more.
struct name_lookup {
  name_lookup(const io_strand& strand, steady_time deadline) : resolver(strand), timer(strand, deadline) {}

  tcp::resolver resolver;
  asio::steady_timer timer;
  error_code why = asio::error::timed_out;
  resolved found;
};

asio::awaitable<resolved> resolve(const io_strand& strand, const http_endpoint& where, steady_time deadline, cancel_slot& slot, error_code& why) {
  const auto lookup = std::make_shared<name_lookup>(strand, deadline);
  lookup->resolver.async_resolve(where.host, where.port, [lookup](const error_code& failed, resolved found) {
    lookup->why = failed;
    lookup->found = std::move(found);
    lookup->timer.cancel();
  });
  slot.timer = &lookup->timer;
  error_code waited;
  co_await lookup->timer.async_wait(asio::redirect_error(asio::use_awaitable, waited));
  slot.timer = nullptr;
  why = lookup->why;
  co_return lookup->found;
}

bool is_address(const std::string& host) {
  error_code why;
  asio::ip::make_address(host, why);
  return !why;
}

outbound_result failed(outbound_kind kind, const error_code& why) {
  outbound_result out;
  out.kind = kind;
  out.problem = why == beast::error::timeout ? "time-out" : why.message();
  return out;
}

outbound_result answered(http::response<http::string_body>&& response) {
  outbound_result out;
  out.kind = outbound_kind::answered;
  out.status = static_cast<int>(response.result_int());
  for (const auto& field : response)
    out.headers.emplace_back(lower({field.name_string().data(), field.name_string().size()}), std::string(field.value().data(), field.value().size()));
  out.body = std::move(response.body());
  return out;
}

bool is_too_large(const error_code& why) { return why == http::error::body_limit || why == http::error::header_limit || why == http::error::buffer_overflow; }

} // namespace

http_connection::http_connection(const io_strand& strand, asio::ssl::context& tls, const http_endpoint& where) : strand_(strand) {
  if (!where.secure) {
    plain_ = std::make_unique<beast::tcp_stream>(strand);
    return;
  }
  secure_ = std::make_unique<beast::ssl_stream<beast::tcp_stream>>(beast::tcp_stream(strand), tls);
  secure_->set_verify_mode(asio::ssl::verify_peer);
  secure_->set_verify_callback(asio::ssl::host_name_verification(where.host));
  if (!is_address(where.host))
    SSL_set_tlsext_host_name(secure_->native_handle(), where.host.c_str());
}

beast::tcp_stream& http_connection::stream() { return secure_ ? beast::get_lowest_layer(*secure_) : *plain_; }

bool http_connection::is_stale() {
  char byte = 0;
  const auto got = ::recv(stream().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

asio::awaitable<std::string> http_connection::open(const http_endpoint& where, steady_time deadline, cancel_slot& slot) {
  error_code why;
  const auto found = co_await resolve(strand_, where, deadline, slot, why);
  if (why)
    co_return "resolve: " + why.message();
  slot.stream = &stream();
  stream().expires_at(deadline);
  co_await stream().async_connect(found, asio::redirect_error(asio::use_awaitable, why));
  if (why)
    co_return "connect: " + why.message();
  stream().socket().set_option(tcp::no_delay(true), why);
  if (secure_) {
    co_await secure_->async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, why));
    if (why)
      co_return "tls: " + why.message();
  }
  co_return std::string();
}

template <class Stream>
asio::awaitable<exchange_result> http_connection::exchange_on(Stream& stream, const http_request& request, const http_client_settings& limits) {
  exchange_result out;
  error_code why;
  co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, why));
  // A server may answer and close before it has read everything; then the answer is worth more than the broken write.
  const auto write_failed = why;
  http::response_parser<http::string_body> parser;
  parser.body_limit(limits.body_max);
  parser.header_limit(limits.header_max);
  parser.eager(true);
  beast::flat_buffer buffer(limits.header_max + (std::size_t{64} << 10));
  if (write_failed != beast::error::timeout)
    why = error_code();
  // Piece by piece: the parser takes each field as it comes, and its own limit looks at what one call sees only.
  for (std::size_t taken = 0; !why && !parser.is_done();) {
    taken += co_await http::async_read_some(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, why));
    if (!why && !parser.is_header_done() && taken > limits.header_max)
      why = http::error::header_limit;
  }
  if (!why) {
    out.keep = parser.keep_alive() && !write_failed && buffer.size() == 0;
    out.outcome = answered(parser.release());
    co_return out;
  }
  out.outcome = failed(is_too_large(why) ? outbound_kind::too_large : outbound_kind::no_answer, write_failed ? write_failed : why);
  out.heard_nothing = !parser.got_some() && why != beast::error::timeout;
  co_return out;
}

asio::awaitable<exchange_result> http_connection::exchange(const http_request& request, const http_client_settings& limits, steady_time deadline) {
  stream().expires_at(deadline);
  if (secure_)
    co_return co_await exchange_on(*secure_, request, limits);
  co_return co_await exchange_on(*plain_, request, limits);
}

} // namespace reserve::integrations
