#pragma once

#include "actors/city_context.hpp"

#include "domain/breaker.hpp"

#include <map>
#include <mutex>

namespace reserve::actors {

/// The HOST CONNECTOR: the only one that talks to Host Connect. A call must pass the breaker of its group (availability, booking, sync) and that of its
/// property, and the property's rate limit; what does not pass is answered `breaker_open` and asked again by who owns it (spec 10§11, 10§22).
///
/// Any thread: its state is small and only touched before and after a call, so a mutex serves it better than a mailbox in front of every answer.
class host_connector final : public host_gate {
public:
  host_connector(host_port& port, const clock_port& clock, const city_settings& settings, std::chrono::milliseconds health_interval);

  void call(host_request request, std::function<void(host_reply)> done) override;
  std::chrono::milliseconds outage() const override;
  bool property_open(const std::string& host_property_id) const override;
  bool admits(const std::string& host_property_id) const override;

  /// Called about once a second by who owns time: sends the health probe when it is due.
  void tick();

  struct breaker_row {
    std::string key;
    std::string state;
  };
  std::vector<breaker_row> breakers() const;

private:
  struct bucket {
    double tokens = 0;
    std::chrono::milliseconds at{};
  };
  struct admission {
    bool allowed = false;
    bool group_probe = false, property_probe = false;
  };
  admission admit(const host_request& request);
  void heard(const host_request& request, const admission& how, const host_reply& reply);
  circuit_breaker& breaker(const std::string& key);
  static std::string group_of(host_request::operation what);

  host_port& port_;
  const clock_port& clock_;
  const city_settings settings_;
  const std::chrono::milliseconds health_interval_;
  mutable std::mutex mutex_;
  std::map<std::string, circuit_breaker> breakers_;
  std::map<std::string, bucket> buckets_;
  std::optional<std::chrono::milliseconds> outage_since_, health_failing_since_;
  std::chrono::milliseconds next_health_{0};
  bool probing_health_ = false;
};

} // namespace reserve::actors
