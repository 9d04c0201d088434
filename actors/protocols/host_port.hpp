#pragma once

#include "domain/calendar.hpp"
#include "domain/catalogue.hpp"
#include "domain/reservation.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reserve {

/// A guest as opened from the vault for one outside call. Lives in memory only, never in a log, record or error.
struct guest_details {
  std::string first_name, last_name, email, phone, document, special_requests, country, locale;
};

/// A call to Host Connect (spec 30§18.1). Everything the request is rendered from is here, so a repeat is byte-identical.
struct host_request {
  enum class operation : std::uint8_t { availability, create_booking, find_booking, get_booking, cancel_booking, properties, room_types, health };
  operation what = operation::health;
  std::string host_property_id, host_unit_id; ///< host_unit_id empty = all units (availability).
  reserve::stay range{};
  /// create_booking
  std::string idempotency_key;    ///< reservation id
  std::string external_reference; ///< confirmation code; also of find_booking
  std::string external_id;        ///< reservation id
  std::string traveler_id;
  party guests{};
  money total;
  std::shared_ptr<const guest_details> guest;
  std::string booking_id; ///< get_booking, cancel_booking
  std::string reason;     ///< cancel_booking
  money refund;           ///< cancel_booking
  millis timeout = std::chrono::seconds(10);
  std::string correlation_id;
  timestamp now{}; ///< For the token of the call.
};

/// A property as the Host describes it; ids of ours are made by who imports.
struct host_property {
  property_content content; ///< id nil, units empty.
};
struct host_room_type {
  unit_content content; ///< id nil.
};
struct unit_readings {
  std::string host_unit_id;
  std::vector<night_reading> nights;
  /// What the live check looks at (spec 10§14.5): rooms left there a night, our committed bookings taken off; same order as nights.
  std::vector<int> available;
};

struct host_reply {
  bool answered = false;   ///< A readable answer of the operation.
  host_answer booking;     ///< create, find, get, cancel.
  std::vector<unit_readings> availability;
  std::vector<host_property> properties;
  std::vector<host_room_type> room_types;
  bool failure = false;    ///< Counts for the breaker: connect error, time-out, 5xx, 429 (spec 10§11).
  std::optional<millis> retry_after;
  std::string error;       ///< Code and scrubbed text.
  millis took{};
};

/// Host Connect over HTTP, or simulated. `done` is called once, on a thread of the port.
class host_port {
public:
  virtual ~host_port() = default;
  virtual void call(host_request request, std::function<void(host_reply)> done) = 0;
};

} // namespace reserve
