#pragma once

#include "integrations/sandbox/webhook_signer.hpp"
#include "integrations/sandbox/world.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio {
class io_context;
}

namespace reserve::sandbox {

/// What one sandbox is made of.
struct server_settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;    ///< 0 = any free one.
  std::string state_dir;     ///< State and key of OpenPix.
  std::string server_url;    ///< Where webhooks and clock go; empty = nowhere.
  std::string service_token; ///< For the server's clock; empty = the server's clock is left alone.
  std::int64_t clock_offset_seconds = 0;
  world_settings world;    ///< Its openpix_key is filled from the state directory.
  webhook_secrets secrets; ///< Its openpix_private_key likewise.
  std::chrono::milliseconds webhook_timeout{5'000};
  std::function<timestamp()> machine_clock; ///< Empty = the system's.
  /// Told of what happens, one line; no personal data.
  std::function<void(std::string_view)> log = [](std::string_view) {};
};

/// All outside systems on one port. Everything runs on the io_context, which one thread runs.
class sandbox_server {
public:
  /// Reads the state and listens; throws when it cannot.
  sandbox_server(boost::asio::io_context& context, server_settings settings);
  ~sandbox_server();
  sandbox_server(const sandbox_server&) = delete;
  sandbox_server& operator=(const sandbox_server&) = delete;

  std::uint16_t port() const noexcept;
  /// Where webhooks go from now on, for a server that starts after the sandbox.
  void set_server_url(std::string url);
  /// Stops listening, sending and all timers; on the io_context's thread or when it does not run.
  void stop();

private:
  class implementation;
  std::shared_ptr<implementation> implementation_;
};

} // namespace reserve::sandbox
