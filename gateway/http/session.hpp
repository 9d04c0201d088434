#pragma once

#include "gateway/http/request_parser.hpp"
#include "gateway/http/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <unordered_map>
#include <unordered_set>

namespace reserve::http {

class session;
using steady = std::chrono::steady_clock;

/// What the sessions of one server share. Touched by the io_context's thread only.
struct house {
  options how;
  std::shared_ptr<handler> what;
  statistics stats;
  bool draining = false;
  std::unordered_set<session*> sessions;
  std::unordered_map<std::string, std::size_t> connections_of; ///< By peer address; exempt ones are not counted.
  std::function<void()> on_empty = [] {};                      ///< Called when the last session of a draining server is gone.
};

/// One connection: reads a request, answers it, reads the next. It has no timers; the server's sweep looks at its deadline.
class session : public std::enable_shared_from_this<session> {
public:
  session(boost::asio::ip::tcp::socket socket, std::shared_ptr<house> shared, std::string peer, bool counted);
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();

  /// Starts the coroutine, which keeps the session alive.
  void start();

  bool is_late(steady::time_point now) const noexcept { return now >= deadline_; }
  /// Ends the step whose deadline has passed.
  void expire();
  /// Whether nothing would be lost by closing it now.
  bool is_idle() const noexcept { return step_ == step::idle || step_ == step::holding || step_ == step::lingering; }
  void close();

private:
  enum class step { idle, head, body, handling, answering, holding, lingering };
  enum class progress { complete, closed, refused };

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<progress> read_head();
  boost::asio::awaitable<progress> read_body(std::uint64_t limit);
  boost::asio::awaitable<bool> read_more();
  boost::asio::awaitable<response> ask_handler();
  boost::asio::awaitable<bool> deliver(response answer);
  boost::asio::awaitable<bool> hold();
  boost::asio::awaitable<void> linger();

  void enter(step next, std::chrono::milliseconds time);
  progress refuse(unsigned status, std::string_view why);
  bool take_head();
  bool take_target(std::string_view target);
  bool has_unread_body() const;
  void resolve_client();

  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<house> house_;
  std::string peer_;
  bool counted_;
  boost::asio::cancellation_signal cancel_;
  boost::beast::flat_buffer buffer_;
  request request_;
  std::optional<request_parser> parser_;
  response refusal_;
  header_list answer_headers_;
  std::string outgoing_;
  steady::time_point deadline_ = steady::time_point::max();
  step step_ = step::idle;
  bool expired_ = false;
  bool closed_ = false;
};

/// Start line and headers of an answer, ready to be sent before its body, instead of what stands in `out`.
void render_head(std::string& out, const response& answer, bool keep_alive, unsigned http_version);

} // namespace reserve::http
