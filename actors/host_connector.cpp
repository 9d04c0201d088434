#include "actors/host_connector.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace reserve::actors {

namespace {

constexpr std::chrono::seconds trip_after{30}; ///< BR1: health check failing so long opens the breakers.
constexpr std::chrono::seconds health_timeout{2};

host_reply not_sent() {
  host_reply out;
  out.booking.what = host_answer::kind::breaker_open;
  out.error = "breaker_open";
  return out;
}

} // namespace

host_connector::host_connector(host_port& port, const clock_port& clock, const city_settings& settings, std::chrono::milliseconds health_interval)
    : port_(port), clock_(clock), settings_(settings), health_interval_(health_interval) {
  // nop
}

std::string host_connector::group_of(host_request::operation what) {
  switch (what) {
    case host_request::operation::availability: return "availability";
    case host_request::operation::properties:
    case host_request::operation::room_types: return "sync";
    case host_request::operation::health: return "health";
    default: return "booking";
  }
}

circuit_breaker& host_connector::breaker(const std::string& key) {
  const circuit_breaker::limits numbers{settings_.host.breaker_failures, settings_.host.breaker_window, settings_.host.breaker_open};
  return breakers_.try_emplace(key, numbers).first->second;
}

host_connector::admission host_connector::admit(const host_request& request) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  admission out;
  auto& group = breaker(group_of(request.what));
  out.group_probe = group.now_is(now) == circuit_breaker::state::half_open;
  if (!request.host_property_id.empty()) {
    auto& tokens = buckets_.try_emplace(request.host_property_id, bucket{static_cast<double>(settings_.host.rate_per_property), now}).first->second;
    const double per_ms = static_cast<double>(settings_.host.rate_per_property) / 60000.0;
    tokens.tokens = std::min(static_cast<double>(settings_.host.rate_per_property), tokens.tokens + per_ms * static_cast<double>((now - tokens.at).count()));
    tokens.at = now;
    if (tokens.tokens < 1.0)
      return out;
    auto& own = breaker("property " + request.host_property_id);
    out.property_probe = own.now_is(now) == circuit_breaker::state::half_open;
    if (own.is_open(now) || !group.admit(now) || !own.admit(now))
      return out;
    tokens.tokens -= 1.0;
    out.allowed = true;
    return out;
  }
  out.allowed = group.admit(now);
  return out;
}

void host_connector::heard(const host_request& request, const admission& how, const host_reply& reply) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  const auto tell = [&](const std::string& key, bool probe) {
    auto& one = breaker(key);
    const auto change = reply.failure ? one.failed(now, probe) : one.succeeded(now, probe);
    if (change.opened) {
      spdlog::warn("host.breaker_opened key={}", key);
      if (!outage_since_ && key == "booking")
        outage_since_ = now;
    }
    if (change.closed) {
      spdlog::info("host.breaker_closed key={}", key);
      if (key == "booking" && !health_failing_since_)
        outage_since_.reset();
    }
  };
  tell(group_of(request.what), how.group_probe);
  if (!request.host_property_id.empty())
    tell("property " + request.host_property_id, how.property_probe);
}

void host_connector::call(host_request request, std::function<void(host_reply)> done) {
  const auto how = admit(request);
  if (!how.allowed) {
    done(not_sent());
    return;
  }
  port_.call(request, [this, request, how, done = std::move(done)](host_reply reply) {
    heard(request, how, reply);
    done(std::move(reply));
  });
}

void host_connector::tick() {
  {
    const std::lock_guard lock(mutex_);
    if (probing_health_ || clock_.steady() < next_health_)
      return;
    probing_health_ = true;
    next_health_ = clock_.steady() + health_interval_;
  }
  host_request probe;
  probe.what = host_request::operation::health;
  probe.timeout = health_timeout;
  probe.now = clock_.wall();
  port_.call(probe, [this](host_reply reply) {
    const std::lock_guard lock(mutex_);
    probing_health_ = false;
    const auto now = clock_.steady();
    if (!reply.failure && reply.answered) {
      health_failing_since_.reset();
      outage_since_.reset(); // BR4: the outage clock stops.
      return;
    }
    if (!health_failing_since_)
      health_failing_since_ = now;
    if (!outage_since_)
      outage_since_ = now;
    if (now - *health_failing_since_ >= trip_after)
      for (const auto* key : {"availability", "booking", "sync"})
        breaker(key).trip(now);
  });
}

std::chrono::milliseconds host_connector::outage() const {
  const std::lock_guard lock(mutex_);
  return outage_since_ ? clock_.steady() - *outage_since_ : std::chrono::milliseconds(0);
}

bool host_connector::property_open(const std::string& host_property_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = breakers_.find("property " + host_property_id);
  return found != breakers_.end() && found->second.is_open(clock_.steady());
}

bool host_connector::admits(const std::string& host_property_id) const {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  const auto open = [&](const std::string& key) {
    const auto found = breakers_.find(key);
    return found != breakers_.end() && found->second.is_open(now);
  };
  return !open("booking") && !open("property " + host_property_id);
}

std::vector<host_connector::breaker_row> host_connector::breakers() const {
  const std::lock_guard lock(mutex_);
  std::vector<breaker_row> out;
  for (const auto& [key, one] : breakers_)
    out.push_back({key, std::string(name_of(one.now_is(clock_.steady())))});
  return out;
}

} // namespace reserve::actors
