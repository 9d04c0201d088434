#pragma once

#include "domain/catalogue.hpp"
#include "domain/civil.hpp"
#include "domain/growing_map.hpp"
#include "domain/id.hpp"
#include "domain/result.hpp"
#include "domain/settings.hpp"
#include "domain/terms.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reserve {

// The unit calendar: the only place where inventory is decided (spec 10§14).

/// One night of a unit: what the Host allows, what is claimed, what it costs.
struct night {
  std::int16_t host_allotment = 0;
  std::int16_t cap = -1; ///< Bulk cap; -1 = none. Effective limit h = min(host_allotment, cap).
  std::int16_t booked = 0;
  std::int16_t held = 0;
  std::int32_t price = -1; ///< Minor units; -1 = none: not sellable unless the unit has a base price.
  std::uint8_t min_stay = 0, max_stay = 0; ///< 0 = not set here.
  bool closed = true;      ///< Host says closed, or no reading of this night yet.
  bool closed_to_arrival = false, closed_to_departure = false;
  bool blocked = false; ///< A block of ours covers it.

  bool operator==(const night&) const = default;
  int limit() const noexcept { return cap < 0 ? host_allotment : std::min(host_allotment, cap); }
  int available() const noexcept { return closed || blocked ? 0 : std::max(0, limit() - booked - held); }
  static void each(auto& self, auto&& visit) {
    visit(self.host_allotment, self.cap, self.booked, self.held, self.price, self.min_stay, self.max_stay, self.closed, self.closed_to_arrival,
          self.closed_to_departure, self.blocked);
  }
};

/// What the Host says of one night (spec 30§18.1).
struct night_reading {
  date day{};
  std::int16_t allotment = 0;
  std::int32_t price = -1;
  std::uint8_t min_stay = 0, max_stay = 0;
  bool closed = false, closed_to_arrival = false, closed_to_departure = false;

  bool operator==(const night_reading&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.day, self.allotment, self.price, self.min_stay, self.max_stay, self.closed, self.closed_to_arrival, self.closed_to_departure);
  }
};

enum class claim_kind : std::uint8_t {
  untouched, ///< A hold whose intent lives here: this calendar owns its deadline (commit-protocol §6).
  held,      ///< A hold that its booking_intent owns: ends only by an explicit event.
  booked,    ///< Hard block of a reservation.
  imported,  ///< A booking made at the Host itself.
};

/// A claim on rooms for a stay; the stay is cut short when its last nights were given back.
struct claim {
  claim_kind kind = claim_kind::untouched;
  std::uint8_t rooms = 1;
  hold_id hold{}; ///< Also of bookings: the hold they came from; of imports: UUIDv5(host booking id).
  intent_id intent{};
  reservation_id reservation{};
  std::string host_booking_id; ///< Known after R3, or of imports.
  reserve::stay stay{};
  timestamp expires_at{};      ///< Untouched only.
  uuid scope{};                ///< natural_scope while its intent lives.
  std::string session;     ///< Once its intent has an actor of its own; before, the terms say it.
  shared_terms terms;      ///< Untouched only.
  shared_value<contact_flags> contact; ///< Untouched only.

  const std::string& guest_session() const noexcept { return terms ? terms->session : session; }
};

/// State of one unit. Claims are found by hold id; what else finds them is derived from them.
struct unit_calendar {
  unit_id id{};
  property_id property{};
  date first{};              ///< Date of nights[0]; nights are consecutive.
  std::vector<night> nights;
  growing_map<hold_id, claim> claims;
  std::vector<std::string> cancelled_imports; ///< Tombstones: host booking ids whose cancellation was seen. Sorted.

  slot_index by_intent;                        ///< Slots of claims; also of what became a booking.
  slot_index by_scope;                         ///< While the intent lives.
  std::multimap<timestamp, hold_id> deadlines; ///< Of untouched holds.

  const night* find(date day) const noexcept;
  /// The claim of this intent, of several the one that was placed or changed last; null: none.
  const claim* of_intent(intent_id intent) const noexcept;
  /// The same by natural key, while its intent lives.
  const claim* of_scope(const uuid& scope) const noexcept;
};

/// Snapshot of a calendar for `unit_snapshots` and back. What is derived is not stored. Deterministic: equal states give equal bytes.
std::string encode_calendar(const unit_calendar& unit);
unit_calendar decode_calendar(std::string_view bytes);

// --- events (entity = the unit, unless said otherwise) ---

/// A guest's intent with its soft hold (B1). Entities of the record: unit and intent.
struct intent_created {
  shared_terms terms;
  timestamp expires_at{};
  contact_flags contact{};
  static void each(auto& self, auto&& visit) { visit(self.terms, self.expires_at, self.contact); }
};

/// The hold of an untouched intent, and the intent with it, ran out (B14, HO5).
struct untouched_expired {
  intent_id intent{};
  hold_id hold{};
  static void each(auto& self, auto&& visit) { visit(self.intent, self.hold); }
};

/// An untouched intent was cancelled (B13, B16): its hold is released.
struct untouched_cancelled {
  intent_id intent{};
  hold_id hold{};
  std::string reason; ///< guest_abort, inventory_lost
  static void each(auto& self, auto&& visit) { visit(self.intent, self.hold, self.reason); }
};

/// The intent's own actor owns hold and deadline from now on (in one record with intent_opened).
struct hold_taken_over {
  intent_id intent{};
  hold_id hold{};
  static void each(auto& self, auto&& visit) { visit(self.intent, self.hold); }
};

/// A hold placed for an intent that has its own actor already (B18; B8 when the hold was lost): t + rooms.
struct hold_placed {
  intent_id intent{};
  hold_id hold{};
  reserve::stay stay{};
  std::uint8_t rooms = 1;
  static void each(auto& self, auto&& visit) { visit(self.intent, self.hold, self.stay.check_in, self.stay.check_out, self.rooms); }
};

/// A handed-over hold ended with its intent: t - rooms (HO4, HO5).
struct hold_ended {
  intent_id intent{};
  hold_id hold{};
  bool expired = false; ///< false: released.
  static void each(auto& self, auto&& visit) { visit(self.intent, self.hold, self.expired); }
};

/// Hold became hard block: t - rooms, b + rooms (HO3).
struct hold_converted {
  intent_id intent{};
  hold_id hold{};
  reservation_id reservation{};
  static void each(auto& self, auto&& visit) { visit(self.intent, self.hold, self.reservation); }
};

/// Nights of a reservation are given back from `from` on (HO6): b - rooms.
struct booking_released {
  reservation_id reservation{};
  hold_id hold{};
  date from{};
  static void each(auto& self, auto&& visit) { visit(self.reservation, self.hold, self.from); }
};

/// R3: the Host's booking id of a claim of ours, by which the Host's own reports are recognised.
struct host_booking_linked {
  reservation_id reservation{};
  hold_id hold{};
  std::string host_booking_id;
  static void each(auto& self, auto&& visit) { visit(self.reservation, self.hold, self.host_booking_id); }
};

/// The Host's availability of some nights, only those that differ from what we knew.
struct availability_imported {
  property_id property{};
  std::vector<night_reading> nights;
  timestamp read_at{};
  static void each(auto& self, auto&& visit) { visit(self.property, self.nights, self.read_at); }
};

/// A booking made at the Host itself (R2): b + rooms, no precondition.
struct import_booked {
  hold_id claim{};
  std::string host_booking_id;
  reserve::stay stay{};
  std::uint8_t rooms = 1;
  static void each(auto& self, auto&& visit) { visit(self.claim, self.host_booking_id, self.stay.check_in, self.stay.check_out, self.rooms); }
};

/// The Host cancelled a booking of its own; remembered also when it was never imported.
struct import_cancelled {
  hold_id claim{};
  std::string host_booking_id;
  static void each(auto& self, auto&& visit) { visit(self.claim, self.host_booking_id); }
};

void evolve(unit_calendar& unit, const intent_created& event);
void evolve(unit_calendar& unit, const untouched_expired& event);
void evolve(unit_calendar& unit, const untouched_cancelled& event);
void evolve(unit_calendar& unit, const hold_taken_over& event);
void evolve(unit_calendar& unit, const hold_placed& event);
void evolve(unit_calendar& unit, const hold_ended& event);
void evolve(unit_calendar& unit, const hold_converted& event);
void evolve(unit_calendar& unit, const booking_released& event);
void evolve(unit_calendar& unit, const host_booking_linked& event);
void evolve(unit_calendar& unit, const availability_imported& event);
void evolve(unit_calendar& unit, const import_booked& event);
void evolve(unit_calendar& unit, const import_cancelled& event);

// --- decisions ---

/// What the city and the property say about a sale; made from the catalogue by who asks. Shared by many commands, never changed.
struct sale_rules {
  property_id property{};
  unit_id unit{};
  std::uint8_t max_occupancy = 2, base_capacity = 2;
  std::optional<money> base_price;
  money extra_adult, extra_child;
  std::vector<fee> fees;
  std::vector<tax_rule> booking_taxes;
  policy_snapshot policy{}; ///< free_until not filled in.
  reserve::currency currency{};
  std::string confirmation_mode = "instant";
  int horizon_days = 365, max_nights = 30, min_advance_hours = 0;
  std::chrono::minutes same_day_cutoff{20 * 60};
  millis hold_ttl = std::chrono::minutes(15);
};

/// Ask for a price, or for a hold: the checks 7-13 of spec 10§14.7 in that order.
struct stay_question {
  reserve::stay stay{};
  party guests{};
  std::uint8_t rooms = 1;
  std::optional<money> expected_total;
  local_time city_now{};          ///< The city's wall clock.
  timestamp check_in_instant{};   ///< check_in at the property's check-in time, as an instant.
};

/// Price of a stay (spec 10§16.1), or the first refusal of checks 7-11 (13 when expected_total is set). `ignore_inventory` skips check 11.
result<price> quote(const unit_calendar& unit, const sale_rules& rules, const stay_question& question, bool ignore_inventory = false);
/// The same where untouched holds that are due at `now` block nothing. Used by quotes that write nothing.
result<price> quote(const unit_calendar& unit, const sale_rules& rules, const stay_question& question, timestamp now);

struct place_hold {
  booking_terms terms; ///< Without price, policy.free_until, created_at: decided here.
  contact_flags contact{};
  std::shared_ptr<const sale_rules> rules;
  stay_question question{};
};

/// What a calendar decided: events of one record, or nothing to do because `existing` answers the command (natural key).
struct calendar_decision {
  std::vector<intent_created> created; ///< At most one.
  std::vector<untouched_expired> expired; ///< Due holds met on the way, written first.
  std::optional<hold_id> existing;
};

/// B1. Expired untouched holds are ended first (in the same record). A refusal with INSUFFICIENT_INVENTORY names `conflicting_dates`.
result<calendar_decision> decide(const unit_calendar& unit, const place_hold& command, timestamp now);

/// The untouched holds that are due at `now`, in order of their deadlines, at most `limit`.
std::vector<untouched_expired> due(const unit_calendar& unit, timestamp now, std::size_t limit);

/// May the intent's own actor take this hold over? BOOKING_INTENT_EXPIRED when it is due, INVALID_STATE when it is not untouched.
result<hold_taken_over> decide_take_over(const unit_calendar& unit, intent_id intent, timestamp now);
/// B13 for an untouched intent. `expired` is not checked: a cancel of a due hold is a cancel.
result<untouched_cancelled> decide_cancel(const unit_calendar& unit, intent_id intent, std::string reason);
/// Free rooms on every night? Used by B18 and B8 without a live hold. Closed nights count as none. Due untouched holds count as ended.
bool can_take(const unit_calendar& unit, const reserve::stay& stay, int rooms, timestamp now);
/// Only the nights that differ from what we know, in order of their dates; empty nights = nothing to write. Readings far from `read_at` (a slip of the Host)
/// are left out: nights are kept without gaps, so one of them would fill the memory.
availability_imported difference(const unit_calendar& unit, const availability_imported& reading);
/// Property test and rebuild check: recomputes booked/held of each night from the claims and compares. Empty = consistent.
std::vector<date> inconsistent_nights(const unit_calendar& unit);

} // namespace reserve
