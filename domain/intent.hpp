#pragma once

#include "domain/calendar.hpp"
#include "domain/result.hpp"
#include "domain/settings.hpp"
#include "domain/terms.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace reserve {

// The booking intent from its first changing command on (spec 10§2). Before that it lives in its unit calendar.

enum class intent_status : std::uint8_t { absent = 0, intent_created, payment_pending, payment_confirmed, awaiting_confirmation, converted, expired, cancelled };
std::string_view name_of(intent_status status) noexcept;
std::optional<intent_status> intent_status_of(std::string_view name) noexcept;

/// Columns of the state × event matrix of spec 10§2.
enum class intent_step : std::uint8_t {
  create, traveler, start_payment, submit, not_created, declined, paid_exact, paid_over, paid_under, amount_accepted, ttl_due, grace_over, three_ds_over,
  failsafe_due, host_closed, cancel, confirm, decline, finalize, finalize_without_room, recover, reprice,
};

/// One row of the table: what is not in it cannot happen.
struct intent_transition {
  intent_status from;
  intent_step on;
  intent_status to;
  const char* row; ///< "B13": the row of spec 10§2.
};
const std::vector<intent_transition>& intent_lifecycle();
/// All rows of a cell; several where guards choose (e.g. declined: B4, B5, B4b).
std::vector<intent_transition> intent_rows(intent_status from, intent_step on);

/// A refund that an intent wants of one of its payments. Asked until the payment has taken it.
struct owed_refund {
  std::string reason; ///< 40§15 refund_reason; with the payment it names the refund (refund_of).
  money amount;
  bool asked = false; ///< The payment has taken it.

  bool operator==(const owed_refund&) const = default;
  static void each(auto& self, auto&& visit) { visit(self.reason, self.amount, self.asked); }
};

/// A payment as its intent sees it.
struct intent_payment {
  enum class standing : std::uint8_t { open, not_created, failed, superseded, counted, mismatched, late, duplicate, ended };

  payment_id id{};
  std::string method;   ///< stripe_card, stripe_pix, mercadopago_pix, openpix
  std::string provider;
  standing now = standing::open;
  std::int32_t attempt_no = 1;
  money captured;
  std::optional<timestamp> action_since; ///< Provider asked for authentication (3DS timers).
  bool close_wanted = false;             ///< Its provider object is to be cancelled; false again when it has ended.
  std::vector<owed_refund> refunds;      ///< Several when a surplus was owed before the whole had to go back.

  bool operator==(const intent_payment&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.method, self.provider, self.now, self.attempt_no, self.captured, self.action_since, self.close_wanted, self.refunds);
  }
};

/// State of one intent.
struct intent {
  booking_terms terms;
  contact_flags contact{};
  intent_status status = intent_status::absent;
  timestamp status_changed_at{};
  timestamp expires_at{};
  bool hold_live = false;
  int payment_failures = 0;
  std::string cancel_reason;
  bool availability_unverified = false;
  std::optional<timestamp> first_payment_at;
  std::vector<intent_payment> payments;
  std::optional<payment_id> current, counted;
  std::optional<reservation_id> reservation;
  std::string confirmation_code;
  std::optional<intent_id> recovered_from, recovered_by;
  std::optional<timestamp> converted_at;
  bool reservation_told = false; ///< The payment that counted knows its reservation.
  std::vector<exception_notice> notices; ///< To be raised; emptied by notices_told.
  std::optional<payment_id> recovering;  ///< A late payment whose recovery (B18) is not decided yet.
  std::uint64_t contact_seq = 0;         ///< Record whose vault rows hold the newest contact data.

  bool operator==(const intent&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.terms, self.contact, self.status, self.status_changed_at, self.expires_at, self.hold_live, self.payment_failures, self.cancel_reason,
          self.availability_unverified, self.first_payment_at, self.payments, self.current, self.counted, self.reservation, self.confirmation_code,
          self.recovered_from, self.recovered_by, self.converted_at, self.reservation_told, self.notices, self.recovering, self.contact_seq);
  }
};

// --- events (entity = the intent) ---

/// The intent has its own actor from here: hand-over (with hold_taken_over), or B18 (with hold_placed; status payment_confirmed).
struct intent_opened {
  booking_terms terms;
  contact_flags contact{};
  intent_status status = intent_status::intent_created;
  timestamp expires_at{};
  std::optional<intent_id> recovered_from;
  std::optional<intent_payment> payment; ///< B18: the payment that counted.
  std::uint64_t contact_seq = 0;         ///< Record whose vault rows hold the contact data so far; 0 = this record's.
  static void each(auto& self, auto&& visit) {
    visit(self.terms, self.contact, self.status, self.expires_at, self.recovered_from, self.payment, self.contact_seq);
  }
};

struct traveler_changed { // B21
  contact_flags contact{};
  static void each(auto& self, auto&& visit) { visit(self.contact); }
};

struct request_submitted { // B3
  timestamp expires_at{};
  static void each(auto& self, auto&& visit) { visit(self.expires_at); }
};

struct payment_started { // B2, B6
  payment_id payment{};
  std::string method, provider;
  std::int32_t attempt_no = 1;
  timestamp expires_at{};
  bool availability_unverified = false;
  std::optional<payment_id> supersedes; ///< B6: its provider object is cancelled.
  static void each(auto& self, auto&& visit) {
    visit(self.payment, self.method, self.provider, self.attempt_no, self.expires_at, self.availability_unverified, self.supersedes);
  }
};

struct payment_not_created { // B4a
  payment_id payment{};
  static void each(auto& self, auto&& visit) { visit(self.payment); }
};

struct payment_declined { // B4; with intent_ended: B5
  payment_id payment{};
  int failures = 0;
  timestamp expires_at{};
  static void each(auto& self, auto&& visit) { visit(self.payment, self.failures, self.expires_at); }
};

struct payment_ended { // B4b: a payment ended at the provider without money (superseded, cancelled, expired); not counted
  payment_id payment{};
  static void each(auto& self, auto&& visit) { visit(self.payment); }
};

struct authentication_asked { // PA2 as the intent sees it: the 3DS timers start
  payment_id payment{};
  static void each(auto& self, auto&& visit) { visit(self.payment); }
};

struct payment_counted { // B7, B7a
  payment_id payment{};
  money captured, surplus; ///< surplus > 0: B7a, to be refunded with reason overpayment.
  timestamp expires_at{};
  static void each(auto& self, auto&& visit) { visit(self.payment, self.captured, self.surplus, self.expires_at); }
};

struct payment_mismatched { // B7b
  payment_id payment{};
  money captured;
  timestamp expires_at{};
  static void each(auto& self, auto&& visit) { visit(self.payment, self.captured, self.expires_at); }
};

struct payment_late { // B17; `recover`: exactly the amount due, so B18 is tried next
  payment_id payment{};
  money captured;
  bool recover = false;
  static void each(auto& self, auto&& visit) { visit(self.payment, self.captured, self.recover); }
};

struct payment_duplicate { // B19
  payment_id payment{};
  money captured;
  static void each(auto& self, auto&& visit) { visit(self.payment, self.captured); }
};

struct intent_recovered { // B18 succeeded: the old intent points to the new one
  payment_id payment{};
  intent_id by{};
  static void each(auto& self, auto&& visit) { visit(self.payment, self.by); }
};

struct recovery_failed { // B18 impossible: full refund of the late payment
  payment_id payment{};
  std::string why; ///< no_room, closed, outage, past
  static void each(auto& self, auto&& visit) { visit(self.payment, self.why); }
};

struct intent_converted { // B8
  reservation_id reservation{};
  std::string confirmation_code;
  static void each(auto& self, auto&& visit) { visit(self.reservation, self.confirmation_code); }
};

struct intent_expired { // B14, B14b, B7c
  static void each(auto&, auto&& visit) { visit(); }
};

struct intent_cancelled { // B5, B8a, B9, B10, B12, B13, B15, B16
  std::string reason;
  static void each(auto& self, auto&& visit) { visit(self.reason); }
};

/// Bookkeeping of the process manager: something that was owed has been taken by its receiver.
struct intent_obligation_met {
  enum class kind : std::uint8_t { payment_closed, refund_asked, notices_told, reservation_told };
  kind what = kind::notices_told;
  payment_id payment{};
  std::uint32_t count = 0; ///< notices_told: how many, from the front.
  refund_id refund{};      ///< refund_asked: which; nil = the first one of that payment that was not taken yet.
  static void each(auto& self, auto&& visit) { visit(self.what, self.payment, self.count, self.refund); }
};

using intent_event = std::variant<intent_opened, traveler_changed, request_submitted, payment_started, payment_not_created, payment_declined, payment_ended,
                                  authentication_asked, payment_counted, payment_mismatched, payment_late, payment_duplicate, intent_recovered, recovery_failed,
                                  intent_converted, intent_expired, intent_cancelled, intent_obligation_met>;

/// `at` is the record's occurred_at. Never refuses. Closing follow-ups (close_wanted of open payments, refunds owed, hold_live = false on the end,
/// notices of spec 50§7) are applied here, so that every reader of the log knows them.
void evolve(intent& target, const intent_event& event, timestamp at, std::uint64_t seq);

// --- commands ---

struct set_traveler {
  contact_flags contact{};
};

struct submit_request {}; ///< B3, mode manual.

struct start_payment {
  payment_id payment{}; ///< payment_for(intent, method): the same id again is a repeat and gives no events.
  std::string method, provider;
  bool retry = false; ///< retry_failed_payment: INVALID_STATE unless payment_pending.
};

/// What a payment tells its intent; every report is repeated until acknowledged, and may come twice.
struct payment_report {
  enum class kind : std::uint8_t { not_created, needs_action, declined, ended, succeeded };
  payment_id payment{};
  kind what = kind::ended;
  money captured;
  bool same_currency = true;
  std::string failure_code;
};

struct cancel_intent {
  std::string reason = "guest_abort";
};

/// Context of a decision: the clock and the city's rules.
struct intent_context {
  timestamp now{};
  const city_settings* settings = nullptr;
};

/// Events of the intent's part of the record. When the intent ends (intent_expired, intent_cancelled) and hold_live, the record is shared with the calendar,
/// which adds hold_ended; when it converts, hold_converted (see ends_hold).
using intent_decision = result<std::vector<intent_event>>;

intent_decision decide(const intent& known, const set_traveler& command, const intent_context& context);
/// B3; repeated: no events.
intent_decision decide(const intent& known, const submit_request& command, const intent_context& context);
/// Order of checks: state (PAYMENT_ALREADY_PROCESSED, BOOKING_INTENT_EXPIRED, INVALID_STATE), due, mode instant, traveler complete (MISSING_REQUIRED_FIELD
/// with traveler.first_name ...), failures. B2's live check happens before this is called for the first payment: pass `unverified` when the Host gave no answer.
intent_decision decide(const intent& known, const start_payment& command, const intent_context& context, bool unverified);
intent_decision decide(const intent& known, const cancel_intent& command, const intent_context& context);
/// An already applied report gives no events.
intent_decision decide(const intent& known, const payment_report& report, const intent_context& context);
/// B16 after a live check that says closed.
intent_decision decide_host_closed(const intent& known, const intent_context& context);
/// B8 with a code and a reservation id; B8a when `room` is false.
intent_decision decide_finalize(const intent& known, reservation_id reservation, const std::string& confirmation_code, bool room, const intent_context& context);

/// What the re-read of the open provider objects said when the deadline came (B14, B14a, B14b): `processing` when one of them is, else `unknown` when one
/// gave no answer, `unpaid` when all are certainly unpaid (waiting for the guest counts as unpaid). A paid one is reported by its payment instead.
enum class reread : std::uint8_t { not_needed, unpaid, processing, unknown };
/// Payments whose objects are re-read before decide_due; empty = not_needed.
std::vector<payment_id> open_objects(const intent& known);
/// Deadlines: B14/B14a/B14b, B9, B15, 3DS. Empty = nothing due, or wait and read again in 15 s (B14a).
intent_decision decide_due(const intent& known, reread provider, const intent_context& context);

/// Does this decision end the claim on the nights, and how? nullopt: the calendar has no part in the record. `converted` also without a live hold: then the
/// calendar takes the nights again in the same record (B8).
enum class hold_effect : std::uint8_t { released, expired, converted };
std::optional<hold_effect> ends_hold(const intent& known, const std::vector<intent_event>& decided);

// --- process manager: what must happen next, derived from the state alone ---

struct step_finalize {};                                             ///< payment_confirmed: draw a code, convert.
struct step_close_payment { payment_id payment{}; };                 ///< Cancel its provider object.
struct step_refund { payment_id payment{}; refund_id refund{}; money amount; std::string reason; }; ///< Ask the payment for a refund.
struct step_recover { payment_id payment{}; };                       ///< B18 for a late payment.
struct step_tell_reservation { payment_id payment{}; reservation_id reservation{}; };
struct step_raise { std::vector<exception_notice> notices; };
using intent_todo = std::variant<step_finalize, step_close_payment, step_refund, step_recover, step_tell_reservation, step_raise>;
std::vector<intent_todo> next_steps(const intent& known);

/// The earliest wall-clock deadline of this intent, if any (expires_at, 3DS, failsafe). It lies in the past while B14a waits for the provider.
std::optional<timestamp> next_deadline(const intent& known, const city_settings& settings);
/// Id of the refund that an intent asks of a payment for a reason: a repeat is the same refund (spec 10§25).
refund_id refund_of(payment_id payment, std::string_view reason);
/// Id of the payment that a start command means: the current one while it is open with this method, else that of the next attempt (spec 10§25).
payment_id payment_for(const intent& known, std::string_view method);
/// Id of the intent that recovers a late payment (scope: payment id).
intent_id recovery_of(payment_id payment);

} // namespace reserve
