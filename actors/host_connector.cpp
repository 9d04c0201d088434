#include "actors/host_connector.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

namespace reserve::actors {

namespace {

constexpr std::chrono::seconds trip_after{30}; ///< BR1: health check failing so long opens the breakers.
constexpr std::chrono::seconds health_timeout{2};
constexpr std::size_t held_max = 500; ///< Requests of one property that wait for its rate limit.

std::string key_of(const std::string& host_property_id) {
  return "property " + host_property_id;
}

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

host_connector::bucket& host_connector::bucket_of(const std::string& host_property_id) {
  const auto now = clock_.steady();
  const auto full = static_cast<double>(settings_.host.rate_per_property);
  auto& out = buckets_.try_emplace(host_property_id, bucket{full, now, {}, {}}).first->second;
  out.tokens = std::min(full, out.tokens + full / 60000.0 * static_cast<double>((now - out.at).count()));
  out.at = now;
  return out;
}

host_connector::admission host_connector::admit(const host_request& request) {
  const auto now = clock_.steady();
  admission out;
  auto& group = breaker(group_of(request.what));
  auto* const own = request.host_property_id.empty() ? nullptr : &breaker(key_of(request.host_property_id));
  // Both are asked before either gives its probe away: a probe that is never sent would keep its breaker half open for ever.
  if (!group.can_admit(now) || (own != nullptr && !own->can_admit(now)))
    return out;
  if (own != nullptr) {
    auto& limit = bucket_of(request.host_property_id);
    if (limit.tokens < 1.0 || now < limit.not_before) {
      out.what = admission::kind::wait;
      return out;
    }
    limit.tokens -= 1.0;
    out.property_probe = own->now_is(now) == circuit_breaker::state::half_open;
    own->admit(now);
  }
  out.group_probe = group.now_is(now) == circuit_breaker::state::half_open;
  group.admit(now);
  out.what = admission::kind::go;
  return out;
}

void host_connector::heard(const host_request& request, const admission& how, const host_reply& reply) {
  const auto now = clock_.steady();
  const auto tell = [&](const std::string& key, bool probe) {
    auto& one = breaker(key);
    const auto change = reply.failure ? one.failed(now, probe) : one.succeeded(now, probe);
    if (key != group_of(request.what))
      properties_away_ += static_cast<int>(change.opened) - static_cast<int>(change.closed);
    if (change.opened) {
      spdlog::warn("host.breaker_opened key={}", key);
      if (!outage_since_ && key == "booking")
        outage_since_ = now;
    }
    if (change.closed) {
      spdlog::info("host.breaker_closed key={}", key);
      if (key == "booking" && !health_failing_since_)
        outage_since_.reset();
      // BR7. Of the group's: for all properties whose own is not open.
      for (const auto& property : queue_.properties())
        if ((key == "booking" || key == key_of(property)) && gate_of(property) == host_queue::gate::free)
          queue_.closed(property);
    }
  };
  if (how.group_probe)
    next_group_probe_ = std::chrono::milliseconds(0);
  if (how.group_probe || how.property_probe)
    queue_.answered(request.host_property_id);
  tell(group_of(request.what), how.group_probe);
  if (request.host_property_id.empty())
    return;
  if (reply.retry_after)
    bucket_of(request.host_property_id).not_before = now + *reply.retry_after;
  tell(key_of(request.host_property_id), how.property_probe);
}

/// How much longer than its time-out a call waits for the Host's Retry-After. A creation follows the look-up that was told to come again: it would never be made.
std::chrono::milliseconds host_connector::patience_of(const host_request& request, std::chrono::milliseconds pause) {
  constexpr std::chrono::milliseconds none{0}, most = std::chrono::minutes(1);
  return request.what == host_request::operation::create_booking ? std::clamp(pause, none, most) : none;
}

void host_connector::call(host_request request, done_function done) {
  admission how;
  {
    const std::lock_guard lock(mutex_);
    const bool others_wait = !request.host_property_id.empty() && !bucket_of(request.host_property_id).waiting.empty();
    how = others_wait ? admission{admission::kind::wait} : admit(request);
    if (how.what == admission::kind::wait) {
      auto& waiting = bucket_of(request.host_property_id).waiting;
      if (waiting.size() < held_max) {
        const auto until = clock_.steady() + request.timeout + patience_of(request, bucket_of(request.host_property_id).not_before - clock_.steady());
        waiting.push_back({std::move(request), std::move(done), until});
        return;
      }
    }
  }
  if (how.what == admission::kind::go)
    send(std::move(request), how, std::move(done));
  else
    done(not_sent());
}

void host_connector::send(host_request request, const admission& how, done_function done) {
  port_.call(request, [this, request, how, done = std::move(done)](host_reply reply) {
    {
      const std::lock_guard lock(mutex_);
      heard(request, how, reply);
    }
    done(std::move(reply));
  });
}

void host_connector::release_held() {
  struct next {
    bucket::held what;
    admission how;
  };
  std::vector<next> ready;
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.steady();
    for (auto& [property, limit] : buckets_) {
      // Each waits as long as it wants to, whoever stands before it.
      const auto late = std::stable_partition(limit.waiting.begin(), limit.waiting.end(), [&](const bucket::held& one) { return now <= one.until; });
      for (auto one = late; one != limit.waiting.end(); ++one)
        ready.push_back({std::move(*one), admission{}});
      limit.waiting.erase(late, limit.waiting.end());
      while (!limit.waiting.empty()) {
        const auto how = admit(limit.waiting.front().request);
        if (how.what == admission::kind::wait)
          break;
        ready.push_back({std::move(limit.waiting.front()), how});
        limit.waiting.pop_front();
      }
    }
  }
  for (auto& one : ready) {
    if (one.how.what == admission::kind::go)
      send(std::move(one.what.request), one.how, std::move(one.what.done));
    else
      one.what.done(not_sent());
  }
}

void host_connector::wake_queue() {
  std::vector<host_queue::wake> ready;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.empty())
      return;
    const auto now = clock_.steady();
    const bool one_probe = state_of("booking") == circuit_breaker::state::half_open;
    for (const auto& property : queue_.properties()) {
      if (one_probe && now < next_group_probe_)
        break;
      for (auto& one : queue_.due(property, now, gate_of(property))) {
        ready.push_back(std::move(one));
        if (one_probe)
          next_group_probe_ = now + host_queue::probe_answer;
      }
    }
  }
  for (const auto& one : ready)
    one();
}

void host_connector::tick() {
  release_held();
  wake_queue();
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

std::optional<std::chrono::milliseconds> host_connector::next_due() const {
  using std::chrono::milliseconds;
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  std::optional<milliseconds> out;
  const auto at = [&](milliseconds when) { out = std::min(out.value_or(when), when); };
  const double per_millisecond = static_cast<double>(settings_.host.rate_per_property) / 60000.0;
  for (const auto& [property, limit] : buckets_) {
    if (limit.waiting.empty())
      continue;
    const auto full_token = limit.at + milliseconds(std::llround(std::ceil(std::max(0.0, 1.0 - limit.tokens) / per_millisecond)));
    const auto first_late = std::min_element(limit.waiting.begin(), limit.waiting.end(), [](const auto& one, const auto& other) { return one.until < other.until; })->until;
    at(std::clamp(std::max(full_token, limit.not_before), now, std::max(now, first_late + milliseconds(1))));
  }
  if (!queue_.empty()) {
    const bool one_probe = state_of("booking") == circuit_breaker::state::half_open;
    for (const auto& property : queue_.properties())
      if (const auto when = queue_.next_due(property, now, gate_of(property)))
        at(one_probe ? std::max(*when, next_group_probe_) : *when);
  }
  if (outage_since_ && !probing_health_)
    at(next_health_);
  return out;
}

std::chrono::milliseconds host_connector::outage() const {
  const std::lock_guard lock(mutex_);
  return outage_since_ ? clock_.steady() - *outage_since_ : std::chrono::milliseconds(0);
}

bool host_connector::property_open(const std::string& host_property_id) const {
  if (properties_away_.load() == 0)
    return false;
  const std::lock_guard lock(mutex_);
  const auto found = breakers_.find(key_of(host_property_id));
  return found != breakers_.end() && found->second.is_open(clock_.steady());
}

circuit_breaker::state host_connector::state_of(const std::string& key) const {
  const auto found = breakers_.find(key);
  return found == breakers_.end() ? circuit_breaker::state::closed : found->second.now_is(clock_.steady());
}

host_queue::gate host_connector::gate_of(const std::string& host_property_id) const {
  using state = circuit_breaker::state;
  const auto group = state_of("booking"), own = state_of(key_of(host_property_id));
  if (group == state::open || own == state::open)
    return host_queue::gate::open_breaker;
  return group == state::closed && own == state::closed ? host_queue::gate::free : host_queue::gate::one_probe;
}

bool host_connector::take_turn(const std::string& host_property_id, entity_id who, std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  return queue_.take_turn(host_property_id, who, std::move(wake), gate_of(host_property_id));
}

bool host_connector::has_turn(const std::string& host_property_id, entity_id who) const {
  const std::lock_guard lock(mutex_);
  return queue_.has_turn(host_property_id, who);
}

bool host_connector::queued(const std::string& host_property_id, entity_id who) const {
  const std::lock_guard lock(mutex_);
  return queue_.queued(host_property_id, who);
}

void host_connector::when_closed(const std::string& host_property_id, entity_id who, std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  queue_.when_closed(host_property_id, who, std::move(wake));
}

std::vector<host_connector::breaker_row> host_connector::breakers() const {
  const std::lock_guard lock(mutex_);
  std::vector<breaker_row> out;
  for (const auto& [key, one] : breakers_)
    out.push_back({key, std::string(name_of(one.now_is(clock_.steady())))});
  return out;
}

} // namespace reserve::actors
