#include "http_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <arpa/inet.h>
#include <future>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace reserve::test {
namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

raw_client::raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
    throw std::runtime_error("cannot connect");
}

raw_client::~raw_client() {
  close();
}

void raw_client::close() {
  if (socket_ >= 0)
    ::close(socket_);
  socket_ = -1;
}

void raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return; // the server may close while we are still sending; what it answered counts
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool raw_client::receive(std::chrono::milliseconds limit) {
  pollfd wanted{socket_, POLLIN, 0};
  if (::poll(&wanted, 1, static_cast<int>(limit.count())) != 1)
    throw std::runtime_error("nothing came in time");
  char buffer[16384];
  const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
  if (got <= 0)
    return false;
  received_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

std::string raw_client::read_answer(std::chrono::milliseconds limit) {
  while (true) {
    const auto end = received_.find("\r\n\r\n");
    if (end != std::string::npos) {
      std::size_t length = 0;
      if (const auto at = received_.find("Content-Length: "); at < end)
        length = std::stoul(received_.substr(at + 16));
      const std::size_t whole = end + 4 + length;
      if (received_.size() >= whole) {
        std::string answer = received_.substr(0, whole);
        received_.erase(0, whole);
        return answer;
      }
    }
    if (!receive(limit))
      return {};
  }
}

std::string raw_client::read_head(std::chrono::milliseconds limit) {
  while (received_.find("\r\n\r\n") == std::string::npos)
    if (!receive(limit))
      return {};
  const auto whole = received_.find("\r\n\r\n") + 4;
  std::string head = received_.substr(0, whole);
  received_.erase(0, whole);
  return head;
}

bool raw_client::is_closed_within(std::chrono::milliseconds limit) {
  const auto deadline = clock::now() + limit;
  while (clock::now() < deadline) {
    pollfd wanted{socket_, POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(limit.count())) != 1)
      return false;
    char buffer[4096];
    if (::recv(socket_, buffer, sizeof buffer, 0) <= 0)
      return true;
  }
  return false;
}

unsigned status_of(std::string_view answer) {
  return answer.size() < 12 ? 0 : static_cast<unsigned>(std::stoul(std::string(answer.substr(9, 3))));
}

std::string body_of(std::string_view answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string() : std::string(answer.substr(end + 4));
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto deadline = clock::now() + limit;
  while (!condition()) {
    if (clock::now() > deadline)
      return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

/// Echoes; /wait waits to be released, /close and /never do not answer, /small takes bodies of 10 bytes, /gone is refused at the door.
class echo_handler : public http::handler {
public:
  echo_handler(running_server& owner, asio::io_context& context) : gate(context), owner_(owner) {
    gate.expires_at(asio::steady_timer::time_point::max());
  }

  http::admission admit(const http::request& head) override {
    if (head.path == "/gone")
      return http::admission(http::response(404, "gone"));
    return http::admission(head.path == "/small" ? 10 : 1024 * 1024);
  }

  asio::awaitable<http::response> handle(const http::request& what) override {
    ++owner_.bodies_seen_;
    if (what.path == "/close")
      co_return http::response::close_without_answer();
    if (what.path == "/never")
      co_return http::response::never_answer();
    if (what.path == "/throw")
      throw std::runtime_error("broken");
    if (what.path == "/for-ever") {
      asio::steady_timer never(gate.get_executor(), asio::steady_timer::time_point::max());
      co_await never.async_wait(asio::use_awaitable);
    }
    if (what.path == "/wait") {
      boost::system::error_code released;
      co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, released));
    }
    http::response answer(200, what.method + " " + what.path + "?" + what.query + " " + what.remote_address + " " + what.body, "text/plain");
    answer.headers.add("X-Test", "one\r\nX-Injected: yes");
    co_return answer;
  }

  asio::steady_timer gate;

private:
  running_server& owner_;
};

struct running_server::inside {
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::shared_ptr<echo_handler> handler;
  http::server server;
  std::thread thread;
};

running_server::running_server(http::options how) : inside_(std::make_unique<inside>()) {
  inside_->handler = std::make_shared<echo_handler>(*this, inside_->context);
  inside_->server.start(inside_->context, std::move(how), inside_->handler);
  inside_->thread = std::thread([this] { inside_->context.run(); });
}

running_server::~running_server() {
  inside_->context.stop();
  inside_->thread.join();
}

std::uint16_t running_server::port() const {
  return inside_->server.port();
}

http::server& running_server::server() {
  return inside_->server;
}

http::statistics running_server::stats() {
  std::promise<http::statistics> promise;
  auto future = promise.get_future();
  asio::post(inside_->context, [&] { promise.set_value(inside_->server.stats()); });
  return future.get();
}

void running_server::release() {
  asio::post(inside_->context, [this] { inside_->handler->gate.cancel(); });
}

} // namespace reserve::test
