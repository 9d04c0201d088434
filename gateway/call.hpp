#pragma once

#include "gateway/admission.hpp"
#include "gateway/api/envelope.hpp"
#include "gateway/api/validated.hpp"
#include "gateway/ask.hpp"
#include "gateway/city_plan.hpp"
#include "gateway/services.hpp"

#include <map>
#include <memory>
#include <string>

namespace reserve::gateway {

/// A page of a search as it was found last, without its metadata. It is exact while neither catalogue, nights nor an outage of the Host have changed; what else it
/// shows (properties behind a breaker) may be a second old.
struct found_page {
  std::shared_ptr<const city_plan> plan;
  std::uint64_t changes = 0; ///< Of the city's nights, before they were read.
  bool degraded = false;     ///< The Host was away.
  std::chrono::steady_clock::time_point made{};
  std::string text;

  static constexpr std::chrono::seconds lives{1};
};

/// What all requests share. Of the io_context's thread only.
struct hall {
  hall(services from, settings config, boost::asio::any_io_executor executor)
      : outside(from), how(std::move(config)), port(std::make_shared<ask_port>(std::move(executor))) {}

  services outside;
  settings how;
  std::shared_ptr<ask_port> port;
  key_book keys;
  std::map<city_number, lanes> lanes_of;
  std::string document; ///< The API document, made when it is first asked for.
  /// Natural keys of holds that were placed here lately: a repeat is answered before the checks that it might fail now (spec 10§14.7).
  short_memory<uuid, intent_id> holds{50'000};
  /// Payments by the ids of their provider objects, as they were answered here lately.
  short_memory<std::string, payment_id> objects{50'000};
  /// Reservations by the confirmation codes that were answered here lately: the tables may not show them yet.
  short_memory<std::string, reservation_id> codes{50'000};

  /// Pages of searches by city and question: most guests ask for the same few weekends.
  short_memory<std::string, std::shared_ptr<const found_page>> pages{512};

  std::map<city_number, lag_gate> lag_gates;

  std::size_t pausing = 0; ///< Guests who wait for their refusal (refuse_in_a_moment).

  lag_gate& lag_gate_for(city_number city) { return lag_gates.try_emplace(city, how.lag_max).first->second; }
  std::map<city_number, std::shared_ptr<const city_plan>> plans;

  lanes& lanes_for(city_number city) { return lanes_of.try_emplace(city, how.in_flight_max).first->second; }
  /// Of the city's catalogue as it is now; null while it has none.
  std::shared_ptr<const city_plan> known_plan(const city_door& city);
};

/// One request on its way through its handler.
struct call {
  hall& shared;
  const http::request& what;
  const request_context& context;
  const validated& values;
  /// Shown in X-Position once a city is known.
  city_door* city = nullptr;
  position at{};
  bool is_replay = false;
  bool was_sent = false;                                ///< The last command went to its actor; else nothing of it can have happened.
  std::shared_ptr<key_book::reservation> running_key{}; ///< Held until the answer is made.

  const services& outside() const noexcept { return shared.outside; }
  reserve::caller who() const;

  /// `data` may end in `rest`: a long text that is kept need not be copied to get its end.
  http::response answer(unsigned status, std::string_view data, std::string_view rest = {}) const;
  http::response refuse(const refusal& why) const;
  http::response refuse(const failure& why) const;

  /// Whether the guest reads Portuguese (Accept-Language, else the city's locale).
  bool speaks_portuguese() const;

private:
  http::response finished(http::response made) const;
};

template <class T>
using task = boost::asio::awaitable<T>;

/// A command with caller, deadline and correlation id filled in.
command_ptr command_for(const call& from, entity_kind kind, entity_id entity, command_body body);

/// Why a command of this lane would not be sent now: whoever is refused should be refused before he has cost anything. `ask` checks again.
std::optional<refusal> no_room(call& from, lane share);

/// Sends a command through its lane and waits. Remembers the position for X-Position.
task<reserve::answer> ask(call& from, lane share, command_ptr what);

/// The refusal of a guest for whom there is no room in the lane, after a pause: a connection that was refused asks again at once, and refusing it again and again costs
/// as much as serving others. Of the server's connections no more than `overload_pauses_max` wait here: the rest is for those who have an intent.
task<http::response> refuse_in_a_moment(call& from, refusal why);

/// The city of an id, when it is served here; NOT_FOUND with `code` else.
result<city_door*> city_of_id(call& from, const uuid& id, errc code);
/// By code; NOT_FOUND.
result<city_door*> city_by_code(call& from, std::string_view code);
/// SERVICE_UNAVAILABLE until the city's index stands.
result<std::shared_ptr<const catalogue_view>> catalogue_of(city_door& city);

/// The same as search walks over it.
result<std::shared_ptr<const city_plan>> plan_of(call& from, const city_door& city);

/// SERVICE_UNAVAILABLE when the X-Position of the request (spec 30§1.10) lies beyond the city's log: this node has not heard of it yet. What is answered from the
/// index shows every position of the log at once.
std::optional<refusal> reach_position(const call& from, const city_door& city);

/// Looks the client key up and reserves it: nothing = decide; else the number of the record that holds it.
task<result<std::optional<sequence>>> claim_key(call& from, city_door& city, std::optional<command_key>& key, std::string_view operation);

/// The record of a known key.
task<result<committed_record>> record_of(call& from, city_door& city, sequence seq);

} // namespace reserve::gateway
