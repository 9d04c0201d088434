#pragma once

#include "integrations/sandbox/catalogue.hpp"
#include "integrations/sandbox/ids.hpp"
#include "integrations/sandbox/provider.hpp"
#include "integrations/sandbox/store.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reserve::sandbox {

struct host_guest {
  std::string first_name, last_name, email, phone, external_id;
  static void each(auto& self, auto&& visit) { visit(self.first_name, self.last_name, self.email, self.phone, self.external_id); }
};

/// A booking as the Host keeps it. Status: confirmed, cancelled, checked_in, checked_out, no_show.
struct host_booking {
  std::string id, external_reference, external_id, status, confirmation_code, property_id, room_type_id;
  date check_in{}, check_out{};
  int adults = 1, children = 0;
  host_guest guest;
  std::optional<money> total_amount;
  std::string special_requests, cancel_reason;
  timestamp created{}, updated{};
  std::optional<timestamp> checked_in, checked_out, cancelled;
  std::uint64_t number = 0;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.external_reference, self.external_id, self.status, self.confirmation_code, self.property_id, self.room_type_id, self.check_in,
          self.check_out, self.adults, self.children, self.guest, self.total_amount, self.special_requests, self.cancel_reason, self.created,
          self.updated, self.checked_in, self.checked_out, self.cancelled, self.number);
  }
};

/// What someone changed of a night at the Host.
struct night_change {
  std::optional<int> allotment;
  std::optional<money> price;
  std::optional<bool> closed;
  static void each(auto& self, auto&& visit) { visit(self.allotment, self.price, self.closed); }
};

/// What a caller wants booked, or changed: members that are absent stay.
struct booking_wish {
  std::string property_id, room_type_id, external_reference, external_id;
  std::optional<date> check_in, check_out;
  std::optional<int> adults, children;
  std::optional<host_guest> guest;
  std::optional<money> total_amount;
  std::optional<std::string> special_requests, status;
};

/// One night as availability shows it.
struct night_view {
  date day{};
  int available = 0;
  night of;
};

/// What a property does with a booking at its own desk.
enum class desk_action { cancel, checkin, checkout, no_show };

/// The property management system: catalogue, availability, bookings. No I/O; time is an argument.
class host_model {
public:
  host_model(store& home, id_maker& ids, const catalogue& content, event_sink emit);

  std::vector<night_view> nights(const room_type& room, date from, date to) const;
  made<host_booking> book(const booking_wish& wish, timestamp now);
  made<host_booking> change(const std::string& id, const booking_wish& wish, timestamp now);
  made<host_booking> cancel(const std::string& id, const std::string& reason, timestamp now);
  made<host_booking> at_desk(const std::string& id, desk_action action, const std::string& reason, timestamp now);
  /// Changes nights [from, to) and reports them by `availability.changed`, or only changes them.
  void change_nights(const room_type& room, date from, date to, const night_change& change, bool report, timestamp now);

  const host_booking* find(const std::string& id) const { return bookings_.find(id); }
  std::vector<const host_booking*> by_reference(const std::string& external_reference) const;
  const table<host_booking>& bookings() const noexcept { return bookings_; }
  const catalogue& content() const noexcept { return content_; }

  void forget_bookings() { bookings_.clear(); }
  void forget_changes() { changes_.clear(); }

private:
  night night_now(const room_type& room, date day) const;
  /// Nights of the stay that are closed or full; `ignored` is the booking that moves.
  std::vector<std::string> conflicts(const room_type& room, stay nights, const host_booking* ignored) const;
  std::optional<refused> check_fit(const host_booking& wanted, const host_booking* before) const;
  host_booking settled(host_booking booking, const char* event, timestamp now);
  void report(const host_booking& booking, const char* event, timestamp now);
  void count(const host_booking& booking, int by);

  id_maker& ids_;
  const catalogue& content_;
  event_sink emit_;
  table<host_booking> bookings_;
  table<night_change> changes_;                          ///< Key: room type and day.
  std::map<std::string, std::map<date, int>> booked_;    ///< By room type: rooms taken per night. Follows bookings_.
  std::multimap<std::string, std::string> by_reference_; ///< External reference to id. Follows bookings_.
};

/// The JSON of a booking, the same in answers and webhooks.
std::string booking_json(const host_booking& booking);
std::string night_json(const room_type& room, const night_view& night);
std::string property_json(const property& one, timestamp updated);
std::string room_type_json(const room_type& room);

} // namespace reserve::sandbox
