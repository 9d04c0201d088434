#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace reserve::integrations::test {

/// What the server does after it has read one request.
struct tiny_reply {
  enum class then { keep, close, reset, hold } next = then::keep;
  std::string bytes; ///< Sent as they are; empty = nothing.
};

/// "HTTP/1.1 200 OK" with this body.
std::string ok(const std::string& body);

/// A server of raw bytes on a free port of the loopback, with a thread per connection; every test scripts it with one function.
class tiny_server {
public:
  /// `request` is the whole request; both numbers count from 1.
  using script = std::function<tiny_reply(const std::string& request, int connection, int request_of_connection)>;

  explicit tiny_server(script answer, bool tls = false);
  ~tiny_server();

  std::string url(const std::string& path = "/") const;
  /// PEM file of the certificate for `localhost`; empty without TLS.
  const std::string& ca_file() const;
  int connections() const;
  int requests() const;

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace reserve::integrations::test
