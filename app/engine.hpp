#pragma once

#include "config/config.hpp"

#include "actors/city_engine.hpp"
#include "app/system_clock.hpp"
#include "integrations/host_adapter.hpp"
#include "integrations/http_client.hpp"
#include "integrations/payment_adapter.hpp"
#include "persistence/core/journal_writer.hpp"
#include "persistence/postgres/postgres_journal.hpp"
#include "persistence/postgres/postgres_storage.hpp"
#include "persistence/postgres/projector.hpp"
#include "persistence/postgres/query_pool.hpp"
#include "persistence/postgres/vault.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <thread>

namespace reserve::app {

class system_random final : public random_port {
public:
  std::array<std::uint8_t, 16> bytes16() override;
};

/// IANA zones of the system's tzdata.
class system_zones final : public zone_port {
public:
  local_time local(const std::string& zone, timestamp at) const override;
  timestamp instant(const std::string& zone, date day, std::chrono::minutes time_of_day) const override;
};

/// The engine of one process: connections, journal writer, projector, outside systems and the actors of its cities. `serve`, `seed` and `load` use the same.
class engine {
public:
  struct options {
    /// Which command this is: part of our name in the lease rows. A restarted server takes its own cities at once; another command waits for the lease.
    std::string role = "serve";
    std::vector<std::string> cities; ///< Codes to serve beside the platform log; empty = every city that has a lease row.
    bool outside = true;             ///< false: no calls to outside systems (load in process).
  };

  /// Throws std::runtime_error when a lease cannot be taken or the database cannot be reached.
  engine(const config::config& values, options wanted);
  ~engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  /// Writes what waits, gives the leases back.
  void stop();

  actors::city_engine* find(const std::string& code);
  actors::city_engine* find(city_number number);
  std::vector<actors::city_engine*> cities();
  /// Cities that are not served because a record of their journal cannot be read.
  const std::vector<std::pair<city_number, std::string>>& unread() const noexcept { return unread_; }

  const config::config& values() const noexcept { return values_; }
  system_clock& clock() noexcept { return clock_; }
  /// false: the thread that wakes what is due has been silent for long.
  bool time_passes() const;
  system_zones& zones() noexcept { return zones_; }
  persistence::vault& vault() noexcept { return *vault_; }
  persistence::query_pool& pool() noexcept { return *pool_; }
  persistence::journal_writer& writer() noexcept { return *writer_; }
  persistence::projector& projector() noexcept { return *projector_; }
  actors::host_connector* host() noexcept { return host_.get(); }
  actors::payment_gateway* payments() noexcept { return payments_.get(); }
  integrations::http_client& client() noexcept { return *client_; }
  host_port& host_calls() noexcept { return *host_port_; }

  /// Sends a command and waits for its answer; for tools, not for actors.
  answer ask(command_ptr what, std::chrono::milliseconds patience = std::chrono::seconds(30));

private:
  void take_cities(const std::vector<std::string>& wanted);
  std::unique_ptr<actors::city_context> take_city(const std::string& code);
  /// Called in every turn of the ticker: compares the clocks, and now and then with PostgreSQL's.
  void compare_clocks();
  void tell_projection(city_number number, const std::optional<std::string>& reason);

  const config::config values_;
  system_clock clock_;
  system_random random_;
  system_zones zones_;
  boost::asio::io_context io_; ///< Outside calls.
  std::unique_ptr<integrations::http_client> client_;
  std::unique_ptr<host_port> host_port_;
  std::unique_ptr<payment_port> payment_port_;
  std::unique_ptr<persistence::query_pool> pool_;
  std::unique_ptr<persistence::vault> vault_;
  std::unique_ptr<persistence::postgres_storage> storage_;
  std::unique_ptr<persistence::postgres_journal> journal_;
  std::unique_ptr<persistence::projector> projector_;
  std::unique_ptr<persistence::journal_writer> writer_;
  std::unique_ptr<actors::host_connector> host_;
  std::unique_ptr<actors::payment_gateway> payments_;
  actors::actor_config actor_config_;
  std::unique_ptr<caf::actor_system> system_;
  std::vector<std::unique_ptr<actors::city_engine>> cities_;
  std::vector<std::pair<city_number, std::string>> unread_;
  std::chrono::milliseconds database_clock_at_{0}; ///< Steady: when PostgreSQL's clock is read next. Only the ticker's thread looks.
  std::unique_ptr<actors::ticker> ticker_;
  std::thread io_thread_;
  bool stopped_ = false;
};

/// Number of the platform log, and its code.
inline constexpr city_number platform_number = 0;
inline constexpr const char* platform_code = "~";

} // namespace reserve::app
