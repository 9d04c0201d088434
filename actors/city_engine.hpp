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

  /// Starts what a city needs before it serves: catalogue and inbox; watch() goes on with unfinished work and calendars.
  void start();
  void stop();

  city_context& city() noexcept { return *city_; }
  handle_table& router() noexcept { return table_; }

  /// Wakes what is due now; the number of entities woken.
  std::size_t run_due();
  /// Called now and then: reads the unfinished work until it has been read, and starts the calendars until every one has published.
  void watch();
  /// Has everything that an earlier life left unfinished been handed to its actors?
  bool resumed() const noexcept { return resumed_.load(); }
  /// Looks for quiet actors that can be retired.
  void sweep();
  /// Sends an entity's due command, which also activates it.
  void wake(entity_kind kind, entity_id entity);

private:
  caf::actor_system& system_;
  std::unique_ptr<city_context> city_;
  handle_table table_;
  supervisor_actor supervisor_;
  void resume_unfinished();
  void watch_index();

  std::atomic<bool> resumed_{false}, resuming_{false};
  std::atomic<std::chrono::milliseconds> resume_at_{};           ///< Steady: not before.
  std::unordered_map<unit_id, std::chrono::milliseconds> woken_; ///< Calendars that were started and have not published yet.
  bool stopped_ = false;
};

/// Time for all cities of a process: one thread that wakes what is due, asks for the Host's health and retires the quiet.
class ticker {
public:
  ticker(std::vector<city_engine*> cities, host_connector* host, std::chrono::milliseconds interval, std::function<void()> every_turn = {});
  ~ticker();
  void stop();
  /// A thread that hangs would leave every deadline of the process lying: so long it may be silent, and the server says that it is not ready (readiness, log).
  static constexpr std::chrono::seconds silence_max{10};
  /// How long ago its last turn ended.
  std::chrono::milliseconds silent_for(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now()) const;
  bool turns(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now()) const { return silent_for(now) < silence_max; }

private:
  void run();
  void turn(int number);
  std::vector<city_engine*> cities_;
  host_connector* host_;
  std::chrono::milliseconds interval_;
  std::function<void()> every_turn_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::atomic<std::chrono::steady_clock::time_point> last_turn_{std::chrono::steady_clock::now()};
  std::thread thread_;
};

} // namespace reserve::actors
