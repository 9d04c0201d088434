#pragma once

#include "actors/city_context.hpp"
#include "actors/host_queue.hpp"

#include "domain/breaker.hpp"

#include <atomic>
#include <deque>
#include <map>
#include <mutex>

namespace reserve::actors {

/// The HOST CONNECTOR: the only one that talks to Host Connect. A call must pass the breaker of its group (availability, booking, sync) and that of its
/// property; behind an open one it is answered `breaker_open`, and bookings stand in line (host_queue). Over the property's rate limit it waits (spec 10§11, 10§22).
///
/// Any thread: its state is small and only touched before and after a call, so a mutex serves it better than a mailbox in front of every answer.
class host_connector final : public host_gate {
public:
  host_connector(host_port& port, const clock_port& clock, const city_settings& settings, std::chrono::milliseconds health_interval);

  void call(host_request request, std::function<void(host_reply)> done) override;
  std::chrono::milliseconds outage() const override;
  bool property_open(const std::string& host_property_id) const override;
  bool take_turn(const std::string& host_property_id, entity_id who, std::function<void()> wake) override;
  bool has_turn(const std::string& host_property_id, entity_id who) const override;
  bool queued(const std::string& host_property_id, entity_id who) const override;
  void when_closed(const std::string& host_property_id, entity_id who, std::function<void()> wake) override;

  /// Called several times a second by who owns time: sends the health probe when it is due, and what waited and may go now.
  void tick();
  /// When tick() has something to do beyond the regular health probe (steady time): requests that wait for their rate limit, bookings in line, an outage whose
  /// end is to be noticed. nullopt: nothing, however long nobody calls it.
  std::optional<std::chrono::milliseconds> next_due() const;

  struct breaker_row {
    std::string key;
    std::string state;
  };
  std::vector<breaker_row> breakers() const;

private:
  using done_function = std::function<void(host_reply)>;

  /// Requests that a property may still be sent (<= 100 a minute), and those that wait for one.
  struct bucket {
    struct held {
      host_request request;
      done_function done;
      std::chrono::milliseconds until{};
    };
    double tokens = 0;
    std::chrono::milliseconds at{};
    std::chrono::milliseconds not_before{}; ///< After a 429 with Retry-After.
    std::deque<held> waiting;
  };
  struct admission {
    enum class kind : std::uint8_t { refused, wait, go };
    kind what = kind::refused;
    bool group_probe = false, property_probe = false;
  };
  /// Takes token and probes when the answer is `go`.
  admission admit(const host_request& request);
  void send(host_request request, const admission& how, done_function done);
  void heard(const host_request& request, const admission& how, const host_reply& reply);
  static std::chrono::milliseconds patience_of(const host_request& request, std::chrono::milliseconds pause);
  /// Requests that may go now, and those that have waited too long.
  void release_held();
  void wake_queue();
  bucket& bucket_of(const std::string& host_property_id);
  circuit_breaker& breaker(const std::string& key);
  circuit_breaker::state state_of(const std::string& key) const;
  host_queue::gate gate_of(const std::string& host_property_id) const;
  static std::string group_of(host_request::operation what);

  host_port& port_;
  const clock_port& clock_;
  const city_settings settings_;
  const std::chrono::milliseconds health_interval_;
  mutable std::mutex mutex_;
  std::map<std::string, circuit_breaker> breakers_;
  std::atomic<int> properties_away_{0}; ///< Whose breaker is not closed: a search asks for every card it shows, and mostly there are none.
  std::map<std::string, bucket> buckets_;
  host_queue queue_;
  std::chrono::milliseconds next_group_probe_{0}; ///< While the group is half open: one turn at a time over all properties.
  std::optional<std::chrono::milliseconds> outage_since_, health_failing_since_;
  std::chrono::milliseconds next_health_{0};
  bool probing_health_ = false;
};

} // namespace reserve::actors
