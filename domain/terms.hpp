#pragma once

#include "domain/civil.hpp"
#include "domain/id.hpp"
#include "domain/money.hpp"
#include "domain/shared_value.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reserve {

/// Who stays. Infants (under 2) do not count towards occupancy (spec 00§11).
struct party {
  std::uint8_t adults = 1;
  std::uint8_t children = 0;
  std::uint8_t infants = 0;

  auto operator<=>(const party&) const = default;
  int occupancy() const noexcept { return adults + children; }
  static void each(auto& self, auto&& visit) { visit(self.adults, self.children, self.infants); }
};

/// A fee, tax or extra of a price, as shown to the guest.
struct price_line {
  std::string code;
  std::string name;
  money amount;

  bool operator==(const price_line&) const = default;
  static void each(auto& self, auto&& visit) { visit(self.code, self.name, self.amount); }
};

/// What a stay costs, fixed when the hold is placed (spec 10§16.1). `total = base + extras + fees + taxes - discount`.
struct price {
  std::vector<money> nights; ///< One amount a night, summing to base.
  money base, extras, fees, taxes, discount, total;
  money due_now;
  money platform_taxes; ///< Part of `taxes` that we remit (spec 20§5.4 4b).
  std::vector<price_line> fee_lines, tax_lines;

  bool operator==(const price&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.nights, self.base, self.extras, self.fees, self.taxes, self.discount, self.total, self.due_now, self.platform_taxes, self.fee_lines, self.tax_lines);
  }
};

/// Cancellation policy as it was when the guest booked; never changes afterwards (spec 10§18.1).
struct policy_snapshot {
  std::string type = "moderate"; ///< flexible, moderate, strict, non_refundable
  std::optional<int> free_hours = 48;
  int percent_before = 100;
  int percent_after = 50;
  std::optional<int> no_show_percent;
  std::chrono::minutes check_in_time{15 * 60};
  std::optional<timestamp> free_until; ///< nullopt: never free.

  bool operator==(const policy_snapshot&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.type, self.free_hours, self.percent_before, self.percent_after, self.no_show_percent, self.check_in_time, self.free_until);
  }
};

/// The policy as a stay carries it: free_until = check_in_instant - free_hours (spec 10§18.2).
policy_snapshot policy_for(policy_snapshot policy, timestamp check_in_instant);

/// What we may say about a traveler outside the vault (spec 40§5): an id and flags.
struct contact_flags {
  traveler_id traveler{};
  bool has_first_name = false;
  bool has_last_name = false;
  bool has_email = false;
  bool has_phone = false;
  bool has_requests = false;
  std::string country; ///< ISO-3166 alpha-2 or empty; not personal by itself.
  std::string locale;

  bool operator==(const contact_flags&) const = default;
  bool complete() const noexcept { return has_first_name && has_last_name && has_email && has_phone; }
  static void each(auto& self, auto&& visit) {
    visit(self.traveler, self.has_first_name, self.has_last_name, self.has_email, self.has_phone, self.has_requests, self.country, self.locale);
  }
};

/// Where a booking came from (spec 30§3, §13).
struct campaign {
  std::string source, medium, name, content, term;

  bool operator==(const campaign&) const = default;
  static void each(auto& self, auto&& visit) { visit(self.source, self.medium, self.name, self.content, self.term); }
};

/// What a guest asked for and what was promised: fixed when the hold is placed, carried along for life.
struct booking_terms {
  intent_id intent{};
  hold_id hold{};
  property_id property{};
  unit_id unit{};
  std::string session; ///< The guest's credential; compared, never shown to others.
  reserve::stay stay{};
  party guests{};
  std::uint8_t rooms = 1;
  reserve::currency currency{};
  reserve::price price{};
  policy_snapshot policy{};
  std::string confirmation_mode = "instant";
  std::string source = "direct";
  shared_value<campaign> utm;
  timestamp created_at{};

  bool operator==(const booking_terms&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.intent, self.hold, self.property, self.unit, self.session, self.stay.check_in, self.stay.check_out, self.guests, self.rooms, self.currency,
          self.price, self.policy, self.confirmation_mode, self.source, self.utm, self.created_at);
  }
};

/// Terms that event, claim and answer of a hold have in common: immutable, so they are shared and not copied.
using shared_terms = std::shared_ptr<const booking_terms>;

/// 16 bytes that are equal for the same session, property, unit, dates and party: the natural key of create_booking_intent (spec 10§25). The same on every machine.
uuid natural_scope(const booking_terms& terms);

/// Who caused a record (spec 10§1): letters of the state tables, spelled out.
enum class actor_kind : std::uint8_t { system = 0, guest, agent, supervisor, property, host, channel, network, service };
std::string_view name_of(actor_kind kind) noexcept;

/// A problem for people, to be opened by the exceptions actor of the city (spec 10§9, 50§7).
struct exception_notice {
  std::string type;
  std::string severity; ///< critical, high, medium, low
  std::string entity_key; ///< With the type the natural key while open, e.g. "reservation:<id>".
  bool resolve = false;   ///< true: close it instead.
  std::string resolution; ///< With resolve: auto_healed, auto_refunded, retried, manual_override ...
  std::string error_code;
  std::string error_message; ///< Scrubbed.
  intent_id intent{};
  reservation_id reservation{};
  payment_id payment{};
  refund_id refund{};
  property_id property{};
  std::vector<std::pair<std::string, std::string>> context; ///< Ids, codes, amounts.

  bool operator==(const exception_notice&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.type, self.severity, self.entity_key, self.resolve, self.resolution, self.error_code, self.error_message, self.intent, self.reservation,
          self.payment, self.refund, self.property, self.context);
  }
};

} // namespace reserve
