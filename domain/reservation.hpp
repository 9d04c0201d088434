#pragma once

#include "domain/ledger.hpp"
#include "domain/payment.hpp"
#include "domain/result.hpp"
#include "domain/settings.hpp"
#include "domain/terms.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace reserve {

// A reservation: what we said yes to (spec 10§3), from the conversion to confirmed, cancelled or refunded.

enum class reservation_status : std::uint8_t {
  absent = 0, host_commit_pending, host_commit_failed, confirmed, checkin_pending, checked_in, checked_out, completed, cancel_pending, cancelled,
  refund_pending, refunded, refund_failed, payout_pending, paid_out, no_show,
};
std::string_view name_of(reservation_status status) noexcept;

enum class reservation_payment : std::uint8_t { not_required, pending, partial, paid, partially_refunded, refunded, failed, disputed };
std::string_view name_of(reservation_payment status) noexcept;

/// Columns of the matrices of spec 10§3.
enum class reservation_step : std::uint8_t {
  create, host_success, definitive_refusal, tries_exhausted, odd_success, breaker_opened, breaker_closed, retry, manual_override, refund_due,
  cancel_requested, host_cancel_ok, host_cancel_refused, host_unreachable, host_cancelled, refund_completed, refund_failed, bank_transfer, recall_found,
};
using reservation_transition = transition<reservation_status, reservation_step>;
/// The matrix as data. Several rows of one cell where a guard chooses (R8, R9); what has no row cannot happen.
const std::vector<reservation_transition>& reservation_lifecycle();
/// All rows of a cell.
std::vector<reservation_transition> reservation_rows(reservation_status from, reservation_step on);

enum class host_commit_state : std::uint8_t { pending, queued, committed, failed, not_needed };
std::string_view name_of(host_commit_state state) noexcept;

/// State of one reservation.
struct reservation {
  reservation_id id{};
  std::string confirmation_code;
  booking_terms terms;
  contact_flags contact{};
  std::uint64_t contact_seq = 0;
  reservation_status status = reservation_status::absent;
  timestamp status_changed_at{}, booked_at{};
  std::string collect = "reserve"; ///< payment_collect
  reservation_payment pay_state = reservation_payment::paid;
  std::optional<payment_id> payment;
  money paid, refunded;
  commission_snapshot commission{};
  bool commission_posted = false;
  std::string host_booking_id, host_confirmation_code;
  std::optional<timestamp> confirmed_at, cancelled_at, cancel_requested_at, commit_failed_at, auto_refund_at;
  host_commit_state commit = host_commit_state::pending;
  int attempts = 0;     ///< Of the current run.
  int total_attempts = 0;
  std::string commit_error; ///< Code and scrubbed text.
  std::string failure_class; ///< rejected, transient
  bool recall = false;       ///< R8c: a late success is to be cancelled at the Host.
  std::string recall_booking_id; ///< Host booking found for the recall, to be cancelled.
  bool cancel_after_commit = false; ///< R23
  std::string cancel_reason, cancelled_by;
  money refund_amount;
  std::optional<refund_id> refund;
  bool refund_asked = false;   ///< The payment has taken the request.
  bool refund_now = false;     ///< R4 or R8a: R8 follows as soon as the Host was asked once.
  std::string refund_reason;   ///< 40§15, of `refund`
  bool call_open = false;      ///< host_commit_started without an answer: after a restart nobody knows what became of it.
  bool unknown_result = false; ///< Some call that ended without an answer may have had its effect.
  bool cancelled_at_host = false; ///< Host booking.cancelled was seen before R3: a repeated 201 of the same key proves nothing.
  bool retried_by_hand = false;
  std::optional<timestamp> recall_since;
  std::vector<std::string> raised; ///< Types of our exceptions that nobody has resolved here.
  std::vector<exception_notice> notices;

  bool operator==(const reservation&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.confirmation_code, self.terms, self.contact, self.contact_seq, self.status, self.status_changed_at, self.booked_at);
    visit(self.collect, self.pay_state, self.payment, self.paid, self.refunded, self.commission, self.commission_posted, self.host_booking_id);
    visit(self.host_confirmation_code, self.confirmed_at, self.cancelled_at, self.cancel_requested_at, self.commit_failed_at, self.auto_refund_at);
    visit(self.commit, self.attempts, self.total_attempts, self.commit_error, self.failure_class, self.recall, self.recall_booking_id);
    visit(self.cancel_after_commit, self.cancel_reason, self.cancelled_by, self.refund_amount, self.refund, self.refund_asked, self.refund_now);
    visit(self.refund_reason, self.call_open, self.unknown_result, self.cancelled_at_host, self.retried_by_hand, self.recall_since, self.raised);
    visit(self.notices);
  }
};

// --- events (entity = the reservation) ---

struct reservation_created { // R1; in the record of intent_converted + hold_converted
  reservation_id id{};
  std::string confirmation_code;
  booking_terms terms;
  contact_flags contact{};
  std::uint64_t contact_seq = 0;
  std::optional<payment_id> payment;
  money paid;
  commission_snapshot commission{};
  std::string collect = "reserve";
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.confirmation_code, self.terms, self.contact, self.contact_seq, self.payment, self.paid, self.commission, self.collect);
  }
};

struct reservation_imported { // R2: a booking made at the Host itself; confirmed, money at the property
  reservation_id id{};
  std::string confirmation_code;
  booking_terms terms;
  std::string host_booking_id;
  static void each(auto& self, auto&& visit) { visit(self.id, self.confirmation_code, self.terms, self.host_booking_id); }
};

struct host_commit_started { // a call to the Host is about to be made; host_commit_started of the funnel
  int attempt = 1;
  static void each(auto& self, auto&& visit) { visit(self.attempt); }
};

struct host_commit_queued { // R5b: breaker open, no attempt counted
  static void each(auto&, auto&& visit) { visit(); }
};

struct host_attempt_failed { // R5a and transient answers: the next try follows
  std::string error;
  bool unknown = false; ///< It may have had its effect.
  static void each(auto& self, auto&& visit) { visit(self.error, self.unknown); }
};

struct reservation_confirmed { // R3, R3a, R3b, R7
  std::string host_booking_id, host_confirmation_code;
  std::string via; ///< commit, lookup, report, override
  std::optional<ledger_transaction> commission, platform_tax;
  std::optional<exception_notice> mismatch; ///< dates or unit differ
  static void each(auto& self, auto&& visit) {
    visit(self.host_booking_id, self.host_confirmation_code, self.via, self.commission, self.platform_tax, self.mismatch);
  }
};

struct host_commit_failed { // R4, R4a, R5
  std::string failure_class; ///< rejected, transient
  std::string error;
  std::optional<timestamp> auto_refund_at; ///< R5 only; kept when set before.
  bool unknown_result = false;             ///< A call may still succeed: recall when we give up.
  bool cancelled_at_host = false;          ///< R4a; also alone, once, when it is seen in host_commit_failed: then nothing else changes.
  static void each(auto& self, auto&& visit) {
    visit(self.failure_class, self.error, self.auto_refund_at, self.unknown_result, self.cancelled_at_host);
  }
};

struct host_commit_retried { // R6
  bool automatic = false;
  static void each(auto& self, auto&& visit) { visit(self.automatic); }
};

struct cancellation_asked { // R23; R8a while host_commit_failed
  std::string by, reason;
  static void each(auto& self, auto&& visit) { visit(self.by, self.reason); }
};

struct reservation_given_up { // R8, R8a (refund) and R9 (nothing captured); with booking_released of the calendar
  refund_id refund{}; ///< nil with R9
  money amount;
  std::string reason; ///< refund_reason
  std::string by;     ///< system, guest, agent
  bool recall = false;
  static void each(auto& self, auto&& visit) { visit(self.refund, self.amount, self.reason, self.by, self.recall); }
};

struct cancelled_by_host { // Host booking.cancelled of a confirmed one: R22 + R24 (+ R26); with booking_released
  std::string reason = "property_cancelled";
  refund_id refund{};
  money amount;
  static void each(auto& self, auto&& visit) { visit(self.reason, self.refund, self.amount); }
};

struct refund_taken { // the payment has accepted our request
  static void each(auto&, auto&& visit) { visit(); }
};

struct reservation_refunded { // R27, R27a
  refund_id refund{};
  money amount; ///< All that was refunded of this reservation so far.
  static void each(auto& self, auto&& visit) { visit(self.refund, self.amount); }
};

struct reservation_refund_failed { // R28
  refund_id refund{};
  static void each(auto& self, auto&& visit) { visit(self.refund); }
};

struct recall_found { // R8c: the Host has it: to be cancelled there
  std::string host_booking_id;
  static void each(auto& self, auto&& visit) { visit(self.host_booking_id); }
};

struct recall_closed { // R8c: cancelled at the Host, or certainly not there
  static void each(auto&, auto&& visit) { visit(); }
};

struct reservation_noticed { // an exception that changes no state (R2a, R3c, R34)
  exception_notice notice;
  static void each(auto& self, auto&& visit) { visit(self.notice); }
};

struct reservation_notices_told {
  std::uint32_t count = 0;
  static void each(auto& self, auto&& visit) { visit(self.count); }
};

using reservation_event = std::variant<reservation_created, reservation_imported, host_commit_started, host_commit_queued, host_attempt_failed,
                                       reservation_confirmed, host_commit_failed, host_commit_retried, cancellation_asked, reservation_given_up,
                                       cancelled_by_host, refund_taken, reservation_refunded, reservation_refund_failed, recall_found, recall_closed,
                                       reservation_noticed, reservation_notices_told>;

/// Notices of spec 50§7 that follow (host_rejected, host_booking_failed, auto_healed, refund_failed ...) are added here.
void evolve(reservation& target, const reservation_event& event, timestamp at, std::uint64_t seq);

// --- what the Host said ---

/// A Host booking as far as it is compared with ours.
struct host_booking {
  std::string booking_id, external_reference, external_id, status, confirmation_code;
  std::string host_property_id, host_unit_id;
  reserve::stay stay{};
  party guests{};
};

struct host_answer {
  enum class kind : std::uint8_t {
    booked,      ///< 201/200 with a booking that carries our reference.
    odd,         ///< 2xx without id, other reference, unreadable: counts as a time-out (R5a).
    refused,     ///< Definitive (spec 10§22).
    transient,   ///< Connect error, 5xx, 408, 425, 429, 401, 403: certainly not done, or not known for time-outs (see unknown).
    breaker_open,///< Not sent.
    found,       ///< Look-up: the booking is there.
    not_found,   ///< Look-up: certainly not there.
    cancelled,   ///< Cancel: done (200, 404, already cancelled).
  };
  kind what = kind::transient;
  bool unknown = false; ///< The request may have had its effect.
  host_booking booking;
  std::string error;
};

struct reservation_context {
  timestamp now{};
  const city_settings* settings = nullptr;
  std::string host_property_id, host_unit_id; ///< Of our unit, to compare with what the Host booked.
};

using reservation_decision = result<std::vector<reservation_event>>;

/// Answer to step_commit or its look-up. `started` had been recorded before the call. A look-up that finds nothing or gets no answer changes nothing:
/// record `started` and call. breaker_open and found are told here whether or not a call was started.
reservation_decision decide_commit(const reservation& known, const host_answer& answer, const reservation_context& context);
/// A Host report (webhook, then re-read): `report.status` confirmed/created or cancelled.
reservation_decision decide_host_report(const reservation& known, const host_booking& report, bool guest_requested,
                                        const reservation_context& context);
/// R6: INVALID_STATE unless host_commit_failed and no refund started; automatic only for class transient.
reservation_decision decide_retry(const reservation& known, bool automatic, const reservation_context& context);
/// R8/R8a/R9 after the Host was asked once; `answer` found gives R3b instead.
reservation_decision decide_give_up(const reservation& known, const host_answer& answer, const reservation_context& context);
/// Deadlines: TTL 10 min (R5), a recall open for 24 h. The refund timer needs no event: next_steps has step_ask_before_refund from then on.
reservation_decision decide_due(const reservation& known, const reservation_context& context);
reservation_decision decide_cancel(const reservation& known, std::string by, std::string reason, const reservation_context& context);
/// What the payment told about refunds of this reservation.
reservation_decision decide_refund_notice(const reservation& known, const payment_notice& notice, money refunded_total,
                                          const reservation_context& context);
reservation_decision decide_recall(const reservation& known, const host_answer& answer, const reservation_context& context);

/// Does this decision give nights back? Then the record is shared with the calendar (booking_released).
bool releases_nights(const std::vector<reservation_event>& decided) noexcept;
/// Does it confirm? Then the calendar links the Host's booking id in the same record (host_booking_linked).
const reservation_confirmed* confirms(const std::vector<reservation_event>& decided) noexcept;

// --- process manager ---

struct step_commit { bool look_up_first = false; int attempt = 1; };
struct step_ask_before_refund {};                            ///< One look-up (<= 3 s), then decide_give_up.
struct step_ask_refund { payment_id payment{}; request_refund request; };
struct step_recall_look_up {};
struct step_recall_cancel { std::string host_booking_id; };
struct step_raise_reservation { std::vector<exception_notice> notices; };
using reservation_todo =
    std::variant<step_commit, step_ask_before_refund, step_ask_refund, step_recall_look_up, step_recall_cancel, step_raise_reservation>;
std::vector<reservation_todo> next_steps(const reservation& known, timestamp now);
/// The next moment at which decide_due or next_steps has something new; the refund timer lies in the past while the Host is asked.
std::optional<timestamp> next_deadline(const reservation& known, const city_settings& settings);

/// One reservation per intent, by construction (scope: intent + finalize, spec 10§25).
reservation_id reservation_of(intent_id intent);
/// One reservation per booking of the Host (R2), by construction.
reservation_id imported_reservation(city_number city, const std::string& host_booking_id);

/// "RES-2026-7K3M9Q": keyed permutation of a counter of that year (spec 00§5): a 6-round Feistel over 30 bits.
/// `round_key` is HMAC(code_key, year) made by the caller.
std::string confirmation_code(int year, std::uint32_t counter, const std::array<std::uint8_t, 32>& round_key);
/// Upper-cases, O->0, I/L->1; nullopt when it is not of our shape.
std::optional<std::string> normalized_code(std::string_view text);

} // namespace reserve
