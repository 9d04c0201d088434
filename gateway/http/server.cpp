#include "gateway/http/server.hpp"

#include "gateway/http/session.hpp"

#include <algorithm>

namespace reserve::http {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

admission handler::admit(const request&) {
  return {};
}

response handler::refuse(unsigned status, const request&, std::string_view why) {
  return {status, std::string(why) + "\n", "text/plain; charset=utf-8"};
}

class server::implementation : public std::enable_shared_from_this<implementation> {
public:
  implementation(asio::io_context& context, options how, std::shared_ptr<handler> what)
      : context_(context), acceptor_(context), sweep_(context), pause_(context), house_(std::make_shared<house>()) {
    house_->how = std::move(how);
    house_->what = std::move(what);
  }

  void listen() {
    const tcp::endpoint where(asio::ip::make_address(house_->how.address), house_->how.port);
    acceptor_.open(where.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(where);
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(context_, accept(), asio::detached);
    arm_sweep();
  }

  std::uint16_t port() const noexcept { return port_; }
  const statistics& stats() const noexcept { return house_->stats; }
  asio::io_context& context() noexcept { return context_; }

  void stop_accepting() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

  void drain(std::chrono::milliseconds limit, std::function<void()> done) {
    stop_accepting();
    house_->draining = true;
    drain_deadline_ = steady::now() + limit;
    done_ = std::move(done);
    house_->on_empty = [weak = weak_from_this()] {
      if (const auto self = weak.lock())
        self->finish();
    };
    for (const auto& each : alive([](session& s) { return s.is_idle(); }))
      each->close();
    if (house_->sessions.empty())
      finish();
  }

  void stop() {
    stopped_ = true;
    stop_accepting();
    sweep_.cancel();
    for (const auto& each : alive([](session&) { return true; }))
      each->close();
  }

private:
  /// Strong references, because closing one may end it while we walk.
  template <class Condition>
  std::vector<std::shared_ptr<session>> alive(Condition condition) {
    std::vector<std::shared_ptr<session>> found;
    for (session* each : house_->sessions)
      if (condition(*each))
        if (auto strong = each->weak_from_this().lock())
          found.push_back(std::move(strong));
    return found;
  }

  void finish() {
    stopped_ = true;
    sweep_.cancel();
    if (done_)
      asio::post(context_, std::exchange(done_, {}));
  }

  asio::awaitable<void> accept() {
    const auto self = shared_from_this();
    while (acceptor_.is_open()) {
      error_code failure;
      tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failure));
      if (!failure) {
        welcome(std::move(socket));
      } else if (acceptor_.is_open()) {
        // Out of file descriptors: going on at once would only burn the processor.
        pause_.expires_after(std::chrono::milliseconds(50));
        co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, failure));
      }
    }
  }

  void welcome(tcp::socket socket) {
    error_code failure;
    const auto endpoint = socket.remote_endpoint(failure);
    if (failure || stopped_)
      return;
    auto address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
      address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    std::string peer = address.to_string();
    const bool counted = !contains(house_->how.exempt_networks, peer) && !contains(house_->how.trusted_proxies, peer);
    if (house_->sessions.size() >= house_->how.max_connections)
      return turn_away(std::move(socket), 503, "too many connections");
    if (counted) {
      const auto found = house_->connections_of.find(peer);
      if (found != house_->connections_of.end() && found->second >= house_->how.max_connections_per_address)
        return turn_away(std::move(socket), 429, "too many connections from one address");
    }
    ++house_->stats.connections_accepted;
    socket.set_option(tcp::no_delay(true), failure);
    std::make_shared<session>(std::move(socket), house_, std::move(peer), counted)->start();
  }

  /// One try to say why, without waiting: a connection that is too much may not cost us anything.
  void turn_away(tcp::socket socket, unsigned status, std::string_view why) {
    ++house_->stats.connections_refused;
    error_code ignored;
    response answer = house_->what->refuse(status, request(), why);
    std::string text;
    render_head(text, answer, false, 11);
    text += answer.body;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  /// One timer for all deadlines of all connections; they need no more precision than a quarter of the shortest.
  void arm_sweep() {
    const auto& how = house_->how;
    const auto shortest = std::min({how.header_timeout, how.body_timeout, how.idle_timeout, how.request_timeout});
    sweep_.expires_after(std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250)));
    sweep_.async_wait([weak = weak_from_this()](error_code failure) {
      const auto self = weak.lock();
      if (!failure && self && !self->stopped_)
        self->sweep();
    });
  }

  void sweep() {
    const auto now = steady::now();
    const bool over = house_->draining && now >= drain_deadline_;
    for (const auto& each : alive([&](session& s) { return over || s.is_late(now); })) {
      if (over)
        each->close();
      else
        each->expire();
    }
    if (!stopped_)
      arm_sweep();
  }

  asio::io_context& context_;
  tcp::acceptor acceptor_;
  asio::steady_timer sweep_;
  asio::steady_timer pause_;
  std::shared_ptr<house> house_;
  std::function<void()> done_;
  steady::time_point drain_deadline_{};
  std::uint16_t port_ = 0;
  bool stopped_ = false;
};

server::server() = default;

server::~server() {
  if (implementation_)
    asio::post(implementation_->context(), [kept = implementation_] { kept->stop(); });
}

void server::start(asio::io_context& context, options how, std::shared_ptr<handler> what) {
  implementation_ = std::make_shared<implementation>(context, std::move(how), std::move(what));
  implementation_->listen();
}

std::uint16_t server::port() const noexcept {
  return implementation_ ? implementation_->port() : 0;
}

void server::stop_accepting() {
  asio::post(implementation_->context(), [kept = implementation_] { kept->stop_accepting(); });
}

void server::drain(std::chrono::milliseconds limit, std::function<void()> done) {
  asio::post(implementation_->context(), [kept = implementation_, limit, done = std::move(done)]() mutable { kept->drain(limit, std::move(done)); });
}

statistics server::stats() const noexcept {
  return implementation_->stats();
}

} // namespace reserve::http
