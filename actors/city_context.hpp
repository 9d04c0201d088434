#pragma once

#include "actors/city_timers.hpp"
#include "actors/host_steps.hpp"
#include "actors/protocols/city_index.hpp"
#include "actors/protocols/journal_gate.hpp"
#include "actors/protocols/messages.hpp"
#include "actors/protocols/ports.hpp"
#include "actors/protocols/storage_port.hpp"
#include "actors/session_limits.hpp"
#include "domain/mutant.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace reserve::actors {

/// Delivers a command to the actor that owns its entity, activating it if need be. Any thread.
class command_router {
public:
  virtual ~command_router() = default;
  virtual void send(command_ptr what) = 0;
  /// The actor of `entity` was asked to retire and is not idle.
  virtual void still_busy(entity_id entity) = 0;
};

/// The outside systems as a city's actors see them: behind breakers, rate limits and queues.
class host_gate {
public:
  virtual ~host_gate() = default;
  /// `done` comes on any thread, once. A call over the property's rate limit waits, at most its own time-out; behind an open breaker, or with too many waiting,
  /// it is answered breaker_open at once.
  virtual void call(host_request request, std::function<void(host_reply)> done) = 0;
  /// How long the Host has been away; zero = it answers.
  virtual std::chrono::milliseconds outage() const = 0;
  virtual bool property_open(const std::string& host_property_id) const = 0; ///< Its own breaker is open.

  /// A booking's turn (BR6, BR7). true: send it now. false: its breakers are open or others are first; it stands in the property's queue, where it stood before or
  /// at the end, and `wake` is called when its turn has come: first in, first out, at most 5 a second. The queue is memory and has a bound: ask again now and then.
  virtual bool take_turn(const std::string& host_property_id, entity_id who, std::function<void()> wake) = 0;
  /// Its turn has come and it has not taken it.
  virtual bool has_turn(const std::string& host_property_id, entity_id who) const = 0;
  /// It stands in the queue.
  virtual bool queued(const std::string& host_property_id, entity_id who) const = 0;
  /// `wake` is called once, in the same order and pace, after the property's breakers have closed again (R6, R8c).
  virtual void when_closed(const std::string& host_property_id, entity_id who, std::function<void()> wake) = 0;
};

class payment_gate {
public:
  virtual ~payment_gate() = default;
  virtual bool offers(std::string_view provider) const = 0;
  /// Answers now: configured, breaker not open.
  virtual bool available(std::string_view provider) const = 0;
  virtual void call(provider_request request, std::function<void(provider_reply)> done) = 0;
};

/// City time: never runs back, not even across restarts and owners (commit-protocol §6).
class city_clock {
public:
  explicit city_clock(const clock_port& clock) : clock_(clock) {}

  timestamp now() const {
    const auto wall = clock_.wall().time_since_epoch().count();
    auto seen = last_.load(std::memory_order_relaxed);
    while (seen < wall && !last_.compare_exchange_weak(seen, wall, std::memory_order_relaxed)) {
    }
    return timestamp(std::chrono::microseconds(std::max(seen, wall)));
  }
  /// A committed record is as old as `at`: now() is never before it.
  void reached(timestamp at) const {
    const auto micros = at.time_since_epoch().count();
    auto seen = last_.load(std::memory_order_relaxed);
    while (seen < micros && !mutant(bug::clock_runs_back) && !last_.compare_exchange_weak(seen, micros, std::memory_order_relaxed)) {
    }
  }

private:
  const clock_port& clock_;
  mutable std::atomic<std::int64_t> last_{0};
};

/// Everything the actors of one city share. Outlives them.
struct city_context {
  city_context(city_number n, std::string c, city_settings d, clock_port& clk, random_port& rnd, vault_port& vlt, storage_port& sto, zone_port& zon,
               journal_gate& jrn)
      : number(n), code(std::move(c)), defaults(std::move(d)), clock(clk), random(rnd), vault(vlt), storage(sto), zones(zon), journal(jrn), time(clk),
        timers(clk) {}

  const city_number number;
  const std::string code;
  const city_settings defaults;
  clock_port& clock;
  random_port& random;
  vault_port& vault;
  storage_port& storage;
  zone_port& zones;
  journal_gate& journal;
  city_clock time;
  city_timers timers;
  city_index index;
  session_limits sessions;
  reserve::actors::host_steps host_steps;
  command_router* router = nullptr;
  command_router* platform = nullptr; ///< Router of the log `~`; null in that log itself.
  host_gate* host = nullptr;
  payment_gate* payments = nullptr;
  std::array<std::uint8_t, 32> code_key{}; ///< Of confirmation codes.
  std::atomic<bool> starting{true};        ///< Until the index stands.

  timestamp now() const { return time.now(); }
  uuid new_id() { return make_uuid(number, random.bytes16(), now()); }
  city_settings settings() const {
    const auto catalogue = index.catalogue();
    return catalogue ? catalogue->settings : defaults;
  }
};

} // namespace reserve::actors
