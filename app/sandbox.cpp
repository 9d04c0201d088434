#include "app/commands.hpp"
#include "integrations/sandbox/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <exception>

namespace reserve::app {

namespace {

/// The newest secret signs.
std::string newest(const std::vector<config::secret>& secrets) {
  return secrets.empty() ? std::string() : secrets.front().value;
}

void take_providers(const config::config& values, sandbox::server_settings& out) {
  out.world.host = {values.host.api_key.value, values.host.jwt_secret.value};
  out.secrets.host = newest(values.host.webhook_secrets);
  if (values.stripe) {
    out.world.stripe_key = values.stripe->secret_key.value;
    out.secrets.stripe = newest(values.stripe->webhook_secrets);
  }
  if (values.mercadopago) {
    out.world.mercadopago_token = values.mercadopago->access_token.value;
    out.secrets.mercadopago = newest(values.mercadopago->webhook_secrets);
  }
  if (values.openpix) {
    out.world.openpix_app_id = values.openpix->app_id.value;
    if (values.openpix->webhook_signature == config::openpix_signature::hmac)
      out.secrets.openpix_hmac = newest(values.openpix->webhook_secrets);
  }
}

sandbox::server_settings settings_of(const config::config& values) {
  sandbox::server_settings out;
  out.address = values.sandbox.listen.host;
  out.port = values.sandbox.listen.port;
  out.state_dir = values.sandbox.state_dir;
  out.server_url = values.sandbox.server_url;
  while (out.server_url.ends_with('/'))
    out.server_url.pop_back();
  out.service_token = values.security.service_token.value;
  out.clock_offset_seconds = std::chrono::floor<std::chrono::seconds>(values.clock.offset).count();
  out.world.seed = values.sandbox.seed;
  out.log = [](std::string_view line) { spdlog::info("{}", line); };
  take_providers(values, out);
  return out;
}

} // namespace

int run_sandbox(const config::config& values, const sandbox_options&) {
  if (values.env == config::environment::production) {
    complain("sandbox", "does not play outside systems in production", "env");
    return 2;
  }
  try {
    boost::asio::io_context context(1);
    sandbox::sandbox_server server(context, settings_of(values));
    spdlog::info("sandbox listens address={} port={}", values.sandbox.listen.host, server.port());
    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code& failed, int) {
      if (failed)
        return;
      server.stop();
      context.stop();
    });
    context.run();
    spdlog::info("sandbox has ended");
    return 0;
  } catch (const std::exception& error) {
    complain("sandbox", error.what(), values.sandbox.state_dir);
    return 1;
  }
}

} // namespace reserve::app
