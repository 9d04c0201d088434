#pragma once

#include "domain/ledger.hpp"
#include "domain/result.hpp"
#include "domain/settings.hpp"
#include "domain/terms.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace reserve {

// A payment: one owner for life of what is captured, refunded and disputed (spec 10§4-6). One provider object each.

enum class payment_status : std::uint8_t { absent = 0, pending, processing, succeeded, failed, cancelled, expired, refund_pending, refunded, partially_refunded, disputed };
enum class attempt_status : std::uint8_t { pending, requires_action, succeeded, failed, abandoned };
enum class pix_status : std::uint8_t { pending, paid, expired, cancelled };
enum class refund_status : std::uint8_t { absent = 0, pending_approval, pending, processing, completed, failed, rejected };
std::string_view name_of(payment_status status) noexcept;
std::string_view name_of(attempt_status status) noexcept;
std::string_view name_of(pix_status status) noexcept;
std::string_view name_of(refund_status status) noexcept;

enum class payment_step : std::uint8_t {
  create, not_created, processing, succeeded, declined, cancelled, expired, refund_requested, refunds_done_all, refunds_done_part, refund_failed,
  provider_refund_seen, refund_taken_back, dispute_created, dispute_won, dispute_lost,
};
enum class refund_step : std::uint8_t { request, request_approval, approve, reject, start, accepted, completed, retry_later, failed, taken_back, retry, manual };
enum class pix_step : std::uint8_t { create, paid, expired, cancelled };
enum class attempt_step : std::uint8_t { create, authentication_asked, succeeded, declined, waited_too_long, superseded };

template <class Status, class Step>
struct transition {
  Status from;
  Step on;
  Status to;
  const char* row;
};
const std::vector<transition<payment_status, payment_step>>& payment_lifecycle();
const std::vector<transition<refund_status, refund_step>>& refund_lifecycle();
const std::vector<transition<pix_status, pix_step>>& pix_lifecycle();
const std::vector<transition<attempt_status, attempt_step>>& attempt_lifecycle();

/// A refund of this payment.
struct refund {
  refund_id id{};
  money amount;
  std::string reason; ///< 40§15 refund_reason
  refund_status status = refund_status::absent;
  timestamp requested_at{}, status_changed_at{};
  std::optional<timestamp> first_sent_at; ///< A request older than 20 h is never sent without a look-up.
  timestamp next_at{};                    ///< While processing: when the provider is called again.
  bool uncertain = false;                 ///< The last call had no certain answer: look up before it is sent again.
  int attempts = 0;                       ///< Provider calls that ended in an error.
  int reads = 0;                          ///< Re-reads of an accepted one.
  int paid_times = 0;                     ///< Cash legs posted (a taken back refund posts again under :2).
  std::string gateway_refund_id, failure_message;
  reservation_id reservation{};
  std::optional<commission_snapshot> commission; ///< Reversed with it when set.
  money platform_taxes;

  bool open() const noexcept { return status == refund_status::pending || status == refund_status::processing || status == refund_status::pending_approval; }
  bool operator==(const refund&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.amount, self.reason, self.status, self.requested_at, self.status_changed_at, self.first_sent_at, self.next_at, self.uncertain,
          self.attempts, self.reads, self.paid_times, self.gateway_refund_id, self.failure_message, self.reservation, self.commission, self.platform_taxes);
  }
};

/// Everything the provider call is rendered from (commit-protocol §8): a repeat is byte-identical. E-mail and payer come from the vault by `contact_seq`.
struct payment_request {
  std::string payment_method_id; ///< Token of the provider's own form (pm_...), never card data.
  std::string return_url;
  timestamp created_at{};
  std::optional<timestamp> expires_at; ///< PIX: ours.
  std::uint64_t contact_seq = 0;       ///< Vault version of the traveler's data, 0 = none sent.
  std::string description;

  bool operator==(const payment_request&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.payment_method_id, self.return_url, self.created_at, self.expires_at, self.contact_seq, self.description);
  }
};

/// What a payment owes to others, told until acknowledged, in order.
struct payment_notice {
  enum class kind : std::uint8_t { not_created, needs_action, declined, ended, succeeded, refund_completed, refund_failed };
  kind what = kind::ended;
  money captured;
  std::string failure_code;
  refund_id refund{};

  bool operator==(const payment_notice&) const = default;
  static void each(auto& self, auto&& visit) { visit(self.what, self.captured, self.failure_code, self.refund); }
};

/// State of one payment.
struct payment {
  payment_id id{};
  intent_id intent{};           ///< The one it belongs to now (B18 moves it).
  reservation_id reservation{}; ///< From R1 on.
  property_id property{};
  std::string purpose = "booking";
  std::string method, provider;
  payment_status status = payment_status::absent;
  timestamp status_changed_at{}, created_at{};
  money amount;
  money captured, refunded, refund_open;
  reserve::currency currency{};
  bool foreign_currency = false; ///< Paid in another currency: not posted, exception only.
  payment_request request{};
  std::int32_t attempt_no = 1;
  attempt_id attempt{};
  attempt_status attempt_state = attempt_status::pending;
  std::string action_type; ///< redirect_to_url ...; the URL itself is re-read from the provider, never stored.
  std::optional<timestamp> action_since;
  std::string provider_object, charge; ///< pi_..., ch_... / provider's ids
  std::string card_last4, card_brand;
  std::string failure_code, failure_message;
  bool late = false;
  bool close_wanted = false; ///< Cancel the provider object; a success found then counts (PM8).
  money fee, fee_real; ///< Accrued at the capture; what the provider kept, zero until it is known.
  std::optional<timestamp> processed_at;
  /// PIX only.
  pix_charge_id pix{};
  pix_status pix_state = pix_status::pending;
  std::string pix_text, pix_txid;
  money iof;
  money pix_paid;
  std::optional<timestamp> pix_expires_at, pix_paid_at;
  std::vector<refund> refunds;
  std::vector<payment_notice> notices;      ///< For the intent (first five kinds) or the reservation (refund_*).
  std::vector<exception_notice> exceptions; ///< To be raised.
  std::optional<timestamp> watch_until;     ///< Object polled until then although we gave it up (PX6, B14b).
  std::uint64_t secret_seq = 0;             ///< Record whose payment_vault row holds client_secret, payer.

  bool is_pix() const noexcept { return method != "stripe_card"; }
  bool object_open() const noexcept { return status == payment_status::pending || status == payment_status::processing; }
  bool operator==(const payment&) const = default;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.intent, self.reservation, self.property, self.purpose, self.method, self.provider, self.status, self.status_changed_at, self.created_at,
          self.amount, self.captured, self.refunded, self.refund_open, self.currency, self.foreign_currency, self.request, self.attempt_no, self.attempt,
          self.attempt_state, self.action_type, self.action_since, self.provider_object, self.charge, self.card_last4, self.card_brand, self.failure_code,
          self.failure_message, self.late, self.close_wanted, self.fee, self.fee_real, self.processed_at, self.pix, self.pix_state, self.pix_text,
          self.pix_txid, self.iof, self.pix_paid, self.pix_expires_at, self.pix_paid_at, self.refunds, self.notices, self.exceptions, self.watch_until,
          self.secret_seq);
  }
};

// --- events (entity = the payment) ---

struct payment_created { // PM1, PA1; in the record of payment_started
  payment_id payment{};
  intent_id intent{};
  property_id property{};
  std::string method, provider;
  money amount;
  reserve::currency currency{};
  std::int32_t attempt_no = 1;
  attempt_id attempt{};
  pix_charge_id pix{}; ///< nil for cards
  payment_request request{};
  static void each(auto& self, auto&& visit) {
    visit(self.payment, self.intent, self.property, self.method, self.provider, self.amount, self.currency, self.attempt_no, self.attempt, self.pix, self.request);
  }
};

struct payment_object_created { // PX1 for PIX; PM3/PA2 follow as events of their own
  std::string provider_object, charge;
  std::string pix_text, pix_txid;
  money iof;
  std::optional<timestamp> pix_expires_at; ///< Ours, never later than the request's.
  bool has_secret = false;                 ///< A payment_vault row goes with this record.
  static void each(auto& self, auto&& visit) {
    visit(self.provider_object, self.charge, self.pix_text, self.pix_txid, self.iof, self.pix_expires_at, self.has_secret);
  }
};

struct payment_object_refused { // PM2
  std::string failure_code; ///< provider_unavailable
  static void each(auto& self, auto&& visit) { visit(self.failure_code); }
};

struct payment_processing { // PM3, PA2
  bool requires_action = false;
  std::string action_type;
  static void each(auto& self, auto&& visit) { visit(self.requires_action, self.action_type); }
};

struct attempt_abandoned { // PA5
  static void each(auto&, auto&& visit) { visit(); }
};

struct payment_succeeded { // PM4, PM5, PM8, PM10; PX3, PX4, PX10
  money captured;
  bool foreign_currency = false;
  std::string charge, card_last4, card_brand;
  std::optional<ledger_transaction> ledger; ///< none in a foreign currency
  money fee;
  bool has_payer = false; ///< A payment_vault row (payer, receipt) goes with this record.
  static void each(auto& self, auto&& visit) {
    visit(self.captured, self.foreign_currency, self.charge, self.card_last4, self.card_brand, self.ledger, self.fee, self.has_payer);
  }
};

struct payment_failed { // PM6, PA4
  std::string failure_code, failure_message; ///< Message scrubbed, of the provider's own list.
  static void each(auto& self, auto&& visit) { visit(self.failure_code, self.failure_message); }
};

struct payment_cancelled { // PM7, PX7, PX8
  static void each(auto&, auto&& visit) { visit(); }
};

struct payment_expired { // PM9, PX5
  static void each(auto&, auto&& visit) { visit(); }
};

struct payment_close_asked { // intent ended or method switched: the object is to be cancelled; watched until `watch_until` when given
  std::optional<timestamp> watch_until;
  static void each(auto& self, auto&& visit) { visit(self.watch_until); }
};

struct payment_moved { // B18: belongs to the recovery intent now; R1: has a reservation
  std::optional<intent_id> intent;
  std::optional<reservation_id> reservation;
  static void each(auto& self, auto&& visit) { visit(self.intent, self.reservation); }
};

struct refund_requested { // PM11, PM12, RF1
  reserve::refund refund;
  std::optional<ledger_transaction> ledger; ///< accrual
  static void each(auto& self, auto&& visit) { visit(self.refund, self.ledger); }
};

struct refund_started { // RF4; again when a look-up has shown that the provider knows nothing of it
  refund_id refund{};
  static void each(auto& self, auto&& visit) { visit(self.refund); }
};

struct refund_accepted { // RF5; again for every re-read that is still open
  refund_id refund{};
  std::string gateway_refund_id;
  timestamp next_at{}; ///< Of the next re-read.
  static void each(auto& self, auto&& visit) { visit(self.refund, self.gateway_refund_id, self.next_at); }
};

struct refund_attempt_failed { // RF7, RF8
  refund_id refund{};
  std::string message;
  timestamp next_at{}; ///< Of the next try.
  static void each(auto& self, auto&& visit) { visit(self.refund, self.message, self.next_at); }
};

struct refund_completed { // RF6, RF10, RF15; PM13, PM14
  refund_id refund{};
  std::string gateway_refund_id;
  std::optional<ledger_transaction> ledger;
  static void each(auto& self, auto&& visit) { visit(self.refund, self.gateway_refund_id, self.ledger); }
};

struct refund_failed { // RF9, RF11, PM15; RF12, PM17
  refund_id refund{};
  std::string message;
  std::optional<ledger_transaction> ledger{}; ///< RF12: the cash leg turned round.
  static void each(auto& self, auto&& visit) { visit(self.refund, self.message, self.ledger); }
};

struct payment_fee_settled { // spec 20§5.3: the provider's own fee replaces the accrual
  money fee;
  std::optional<ledger_transaction> ledger;
  static void each(auto& self, auto&& visit) { visit(self.fee, self.ledger); }
};

struct payment_notice_told {
  std::uint32_t notices = 0, exceptions = 0; ///< How many, from the front.
  static void each(auto& self, auto&& visit) { visit(self.notices, self.exceptions); }
};

using payment_event = std::variant<payment_created, payment_object_created, payment_object_refused, payment_processing, attempt_abandoned, payment_succeeded,
                                   payment_failed, payment_cancelled, payment_expired, payment_close_asked, payment_moved, refund_requested, refund_started,
                                   refund_accepted, refund_attempt_failed, refund_completed, refund_failed, payment_notice_told, payment_fee_settled>;

/// Notices and exceptions that follow from an event are added here.
void evolve(payment& target, const payment_event& event, timestamp at, std::uint64_t seq);

// --- what the provider's object looks like when it was read (or created, cancelled) ---

enum class object_status : std::uint8_t { requires_payment_method, requires_action, processing, succeeded, failed, cancelled, expired };

/// Provider-neutral view of a provider object. A PIX charge that waits for the guest is `requires_action`; `processing` means that money is on its way, and
/// `requires_payment_method` with a failure_code is a decline. Personal parts are
/// already sealed away by the adapter's caller.
struct provider_view {
  object_status status = object_status::processing;
  std::string object, charge;
  money captured;               ///< With succeeded: what was really received.
  reserve::currency currency{};
  std::string action_type;
  std::string failure_code, failure_message;
  std::string card_last4, card_brand;
  std::string pix_text, pix_txid;
  std::optional<timestamp> pix_expires_at;
  std::optional<money> fee;
  bool reference_matches = true; ///< Our payment id is in the object.
};

struct payment_context {
  timestamp now{};
  const city_settings* settings = nullptr;
  std::map<std::string, rate> iof; ///< city_content::iof
};

using payment_decision = result<std::vector<payment_event>>;

/// Answer to our create call.
payment_decision decide_created(const payment& known, const provider_view& view, const payment_context& context);
/// Refused, retries exhausted or breaker open (PM2).
payment_decision decide_not_created(const payment& known, std::string failure_code, const payment_context& context);
/// Any later reading: webhook, poll, cancel answer. No events when nothing is new (PM21, PM22).
payment_decision decide_read(const payment& known, const provider_view& view, const payment_context& context);
/// Asked by the intent, or because an object turned up after PM2. A declined card payment is closed too: its object could still be paid.
payment_decision decide_close(const payment& known, std::optional<timestamp> watch_until, const payment_context& context);

struct request_refund {
  refund_id refund{};
  money amount;
  std::string reason;
  reservation_id reservation{};
  std::optional<commission_snapshot> commission; ///< 5.4 was posted: reversed with this refund.
  money platform_taxes;
};
/// PM11/PM12: open refunds + refunded + this <= captured, else CONFLICT. The same refund id again gives no events.
payment_decision decide(const payment& known, const request_refund& command, const payment_context& context);

/// What the provider said about a refund.
struct refund_view {
  enum class kind : std::uint8_t { completed, accepted, refused, error, unknown_to_provider };
  refund_id refund{};
  kind what = kind::error;
  std::string gateway_refund_id, message;
};
payment_decision decide_refund(const payment& known, const refund_view& view, const payment_context& context);

/// What next_deadline names: PA5, the end of PX6's waiting, the end of watching an object we gave up. Empty = nothing is due.
payment_decision decide_due(const payment& known, const payment_context& context);

// --- process manager ---

struct step_create_object {};
struct step_cancel_object {};
/// Pending: write refund_started, then call. Found processing when the actor opens: look up first, whatever `look_up_first` says (RF8).
struct step_send_refund { refund_id refund{}; bool look_up_first = false; };
struct step_tell { payment_notice notice; };
struct step_raise_payment { std::vector<exception_notice> notices; };
using payment_todo = std::variant<step_create_object, step_cancel_object, step_send_refund, step_tell, step_raise_payment>;
std::vector<payment_todo> next_steps(const payment& known, timestamp now);

/// When the open object is read again by polling (spec 50§2 payment_poll), from `last_read`; nullopt: not polled. A PIX charge is read at its expiry (PX5).
std::optional<timestamp> next_poll(const payment& known, timestamp last_read, const city_settings& settings);
/// Earliest wall-clock deadline: 3DS abandonment (PA5), end of PX6, watch_until, the next call for a refund (then next_steps has it). The last one lies in the
/// past while that call is under way.
std::optional<timestamp> next_deadline(const payment& known, const city_settings& settings);

} // namespace reserve
