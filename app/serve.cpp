#include "app/commands.hpp"
#include "app/services.hpp"

#include "gateway/gateway.hpp"
#include "gateway/http/server.hpp"
#include "persistence/postgres/city_queries.hpp"
#include "persistence/postgres/migrations.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <csignal>

namespace reserve::app {

namespace {

void check_migrations(const config::config& values) {
  persistence::connection on({.url = values.database.url.value, .application_name = "reserve-serve"});
  for (const auto& one : persistence::migration_runner(on).status())
    if (!one.applied || one.changed)
      throw std::runtime_error("the migrations are not at head: run `reserve migrate up`");
}

std::vector<http::network> networks_of(const std::vector<std::string>& texts) {
  std::vector<http::network> out;
  for (const auto& text : texts)
    if (const auto one = http::parse_network(text))
      out.push_back(*one);
  return out;
}

gateway::settings gateway_settings(const config::config& values) {
  gateway::settings out;
  out.public_url = values.http.public_url;
  out.service_token = values.security.service_token.value;
  out.clock_control = values.clock.control;
  if (values.stripe)
    out.publishable_key = values.stripe->publishable_key;
  out.exempt_networks = networks_of(values.limits.exempt_networks);
  out.in_flight_max = static_cast<std::size_t>(values.admission.commands_per_city);
  out.lag_max = static_cast<sequence>(values.admission.lag_max);
  out.overload_pauses_max = static_cast<std::size_t>(values.http.max_connections / 2);
  return out;
}

http::options server_options(const config::config& values) {
  http::options out;
  out.address = values.http.listen.host;
  out.port = values.http.listen.port;
  out.header_limit = values.http.header_limit.bytes;
  out.idle_timeout = values.http.idle_timeout;
  out.request_timeout = values.http.request_timeout;
  out.max_connections = static_cast<std::size_t>(values.http.max_connections);
  out.exempt_networks = networks_of(values.limits.exempt_networks);
  out.trusted_proxies = networks_of(values.http.trusted_proxies);
  out.on_error = [](std::string_view what) { spdlog::error("http {}", what); };
  return out;
}

/// What the server looks at now and then: stored webhooks that nobody has handled, and whether the clock thread still turns.
class house_keeping {
public:
  house_keeping(boost::asio::io_context& context, engine& with, webhook_reception& webhooks) : timer_(context), engine_(with), webhooks_(webhooks) { turn(); }

private:
  static constexpr std::chrono::seconds every{5};
  static constexpr int turns_between_looks = 12;

  void turn() {
    if (turns_++ % turns_between_looks == 0)
      webhooks_.resume();
    if (!engine_.time_passes())
      spdlog::error("the clock thread is silent: nothing that is due is woken");
    timer_.expires_after(every);
    timer_.async_wait([this](const boost::system::error_code& failed) {
      if (!failed)
        turn();
    });
  }

  boost::asio::steady_timer timer_;
  engine& engine_;
  webhook_reception& webhooks_;
  int turns_ = 0;
};

} // namespace

int run_serve(const config::config& values, const serve_options&) {
  try {
    check_migrations(values);
    engine with(values, {.cities = persistence::known_cities(values.database.url.value)});
    served_cities cities(with);
    engine_vault vault(with);
    database_lookup look(with);
    webhook_reception webhooks(with);
    this_program self(with);
    gateway::services services{cities, vault, look, webhooks, self};

    boost::asio::io_context context(1);
    auto answers = std::make_shared<gateway::front_desk>(services, gateway_settings(values), context.get_executor());
    http::server server;
    server.start(context, server_options(values), answers);
    house_keeping keeping(context, with, webhooks);
    spdlog::info("server listens address={} port={}", values.http.listen.host, server.port());

    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code& failed, int) {
      if (failed)
        return;
      spdlog::info("server drains");
      self.drains();
      server.drain(values.http.drain_timeout, [&] { context.stop(); });
      // A second signal ends at once.
      signals.async_wait([&](const boost::system::error_code& again, int) {
        if (!again)
          context.stop();
      });
    });
    context.run();
    with.stop();
    spdlog::info("server has ended");
    return 0;
  } catch (const std::exception& error) {
    complain("serve", error.what(), to_string(values.http.listen));
    return 1;
  }
}

} // namespace reserve::app
