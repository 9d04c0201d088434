#pragma once

#include "gateway/http/server.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace reserve::test {

using namespace std::chrono_literals;

/// A blocking client that sees raw bytes. Every wait has a deadline; what has not come by then is missing.
class raw_client {
public:
  explicit raw_client(std::uint16_t port);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  void send(std::string_view bytes);
  /// One answer with its body (by Content-Length); empty when the connection ended before.
  std::string read_answer(std::chrono::milliseconds limit = 5s);
  /// One answer to HEAD: up to the empty line, whatever length it names.
  std::string read_head(std::chrono::milliseconds limit = 5s);
  /// Whether the server closes the connection in time. What it sends before is thrown away.
  bool is_closed_within(std::chrono::milliseconds limit);
  void close();

private:
  bool receive(std::chrono::milliseconds limit);

  int socket_ = -1;
  std::string received_;
};

unsigned status_of(std::string_view answer);
std::string body_of(std::string_view answer);

/// A server on a free port with a thread of its own. Paths decide what the handler does.
class running_server {
public:
  explicit running_server(http::options how = {});
  ~running_server();

  std::uint16_t port() const;
  http::server& server();
  http::statistics stats();
  /// Lets a request to /wait go on.
  void release();
  int bodies_seen() const { return bodies_seen_; }

private:
  friend class echo_handler;
  struct inside;
  std::unique_ptr<inside> inside_;
  std::atomic<int> bodies_seen_{0};
};

/// Polls until the condition holds; false when it did not in time.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit = 5s);

} // namespace reserve::test
