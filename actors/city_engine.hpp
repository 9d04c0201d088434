#pragma once

#include "actors/city_context.hpp"
#include "actors/city_supervisor.hpp"
#include "actors/host_connector.hpp"
#include "actors/payment_gateway.hpp"

#include <caf/all.hpp>

#include <memory>
#include <thread>

namespace reserve::actors {

/// Settings of CAF that came out best on two cores, and nothing of its command line.
class actor_config final : public caf::actor_system_config {
public:
  explicit actor_config(std::size_t threads);
};

/// One city (or the platform log) in this process: its context, handle table and supervisor.
class city_engine {
public:
  city_engine(caf::actor_system& system, std::unique_ptr<city_context> city);
  ~city_engine();

  /// Starts what a city needs before it serves: catalogue, calendars, unfinished work. The index stands when every calendar has published.
  void start();
  void stop();

  city_context& city() noexcept { return *city_; }
  handle_table& router() noexcept { return table_; }

  /// Wakes what is due now; the number of entities woken.
  std::size_t run_due();
  /// Called now and then: has every calendar published?
  void watch_index();
  /// Looks for quiet actors that can be retired.
  void sweep();
  /// Sends an entity's due command, which also activates it.
  void wake(entity_kind kind, entity_id entity);

private:
  caf::actor_system& system_;
  std::unique_ptr<city_context> city_;
  handle_table table_;
  supervisor_actor supervisor_;
  bool units_woken_ = false;
  bool stopped_ = false;
};

/// Time for all cities of a process: one thread that wakes what is due, asks for the Host's health and retires the quiet.
class ticker {
public:
  ticker(std::vector<city_engine*> cities, host_connector* host, std::chrono::milliseconds interval);
  ~ticker();
  void stop();

private:
  void run();
  std::vector<city_engine*> cities_;
  host_connector* host_;
  std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace reserve::actors
