#pragma once

#include "actors/protocols/host_port.hpp"
#include "actors/protocols/messages.hpp"
#include "simulation/surroundings.hpp"

#include <deque>
#include <map>
#include <set>

namespace reserve::simulation {

/// A room type at the Host: how many rooms, which nights are closed.
struct host_room {
  std::string property, id;
  std::int16_t rooms = 1;
  std::int32_t price = 30000;
  std::set<date> closed;
};

/// How a call to an outside system goes.
enum class call_fate : std::uint8_t {
  answered,
  no_connection,   ///< Certainly no effect.
  lost_request,    ///< Time-out before the effect.
  lost_answer,     ///< Time-out after the effect.
  broken,          ///< 5xx without effect.
  broken_after,    ///< 5xx after the effect.
  refused,         ///< A definitive 4xx.
};

/// What an outside system answers, and when; `reply` is empty when nothing ever comes.
template <class Reply>
struct outside_answer {
  Reply reply;
  moment after{0};
};

/// Host Connect with a state of its own: rooms, closed nights, bookings of ours (once per key) and of others; tells us by webhooks.
class host_world {
public:
  struct booking {
    std::string id, reference, external_id, property, room;
    reserve::stay stay{};
    bool cancelled = false;
    bool by_guest = false; ///< Cancelled because the guest asked for it at the Host.
  };
  /// Sends a webhook: dedup key of the body, and what it says.
  using messenger = std::function<void(const std::string& dedup_key, handle_webhook what)>;

  host_world(surroundings& world, generator random) : world_(world), random_(random) {}
  void tells(messenger how) { send_ = std::move(how); }
  void add(host_room room) { rooms_.emplace(room.id, std::move(room)); }

  /// The call as the network and the Host treat it: its effect happens now, its answer later.
  outside_answer<host_reply> call(const host_request& request);

  /// Everything fails until then.
  void goes_down(moment until) { down_until_ = std::max(down_until_, until); }
  bool is_down() const { return world_.clock.now() < down_until_; }
  /// What happens to the next bookings and cancellations; empty: the faults that are on decide.
  std::deque<call_fate> fates;

  int left(const std::string& room, date night) const;
  /// Somebody books at the property's desk; nothing when it is full.
  std::optional<std::string> walks_in(const std::string& room, reserve::stay stay);
  void cancel(const std::string& booking_id, bool by_guest);
  void close(const std::string& room, date night, bool closed);
  /// The room type has so many rooms from now on; the Host tells it of these nights.
  void sells(const std::string& room, std::int16_t rooms, const reserve::stay& nights);

  const std::map<std::string, booking>& bookings() const noexcept { return bookings_; }
  /// Live bookings that carry this reference.
  std::vector<const booking*> live_with(const std::string& reference) const;
  std::vector<night_reading> readings(const std::string& room, date from, date to) const;
  const std::map<std::string, host_room>& rooms() const noexcept { return rooms_; }
  std::uint64_t calls() const noexcept { return calls_; }

private:
  call_fate fate_of(const host_request& request);
  host_reply effect(const host_request& request);
  host_reply create(const host_request& request);
  host_reply find(const host_request& request) const;
  host_reply cancel_asked(const host_request& request);
  host_reply availability(const host_request& request) const;
  void report(const booking& what, const char* event);
  void report_nights(const std::string& room, date from, date to);
  host_booking shown(const booking& what) const;
  void say(const booking& what, const char* happened) const;

  surroundings& world_;
  generator random_;
  messenger send_;
  std::map<std::string, host_room> rooms_;
  std::map<std::string, booking> bookings_;
  std::map<std::string, std::string> by_key_;
  std::multimap<std::string, std::string> by_reference_;
  std::map<std::pair<std::string, date>, int> taken_;
  moment down_until_{0};
  std::uint64_t made_ = 0, told_ = 0, calls_ = 0;
};

} // namespace reserve::simulation
