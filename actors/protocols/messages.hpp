#pragma once

#include "actors/protocols/ports.hpp"
#include "actors/protocols/storage_port.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace reserve {

// Commands to the entities of a city and their answers. Values only; an answer goes to a reply port, so that no request/response pair of CAF and none of its
// time-outs are involved (docs/architecture.md).

/// Who asks. Checked against what is asked for before anything is answered (spec 40§2).
struct caller {
  actor_kind kind = actor_kind::guest;
  std::string session; ///< Guests.
  std::string id;      ///< For the record: service name, user id; empty for guests.

  bool may_see(const std::string& owner_session) const noexcept {
    return kind == actor_kind::service || kind == actor_kind::system || (!session.empty() && session == owner_session);
  }
};

/// Place in a city's log that an answer reflects (header X-Position).
struct position {
  std::uint64_t epoch = 0;
  sequence seq = 0;
};

/// A payment with what must never be stored in clear: shown to its own guest once more.
struct payment_answer {
  reserve::payment payment;
  provider_secrets secrets;
  reserve::intent intent; ///< As far as known when it was answered (retries_left, expires_at).
};

struct code_answer {
  std::string code;
};

struct block_answer {
  code_block_given block;
};

struct done_answer {
  std::string note;
};

/// The natural key is known: this intent lives already.
struct existing_answer {
  intent_id intent{};
};

/// A hold was placed: the intent as its calendar keeps it. Who asked makes the whole intent of it if it needs one: the calendar's time is everybody's.
struct placed_answer {
  intent_created created;
  timestamp at{};
};

/// What a re-read of a payment's provider object found (B14).
struct reread_answer {
  reread what = reread::unknown;
};

struct live_check_answer {
  enum class kind : std::uint8_t { open, closed, no_answer };
  kind what = kind::no_answer;
  std::vector<date> closed_nights;
};

struct due_answer {
  std::uint64_t handled = 0;
};

/// A refusal, or what was asked for.
using any_content = std::variant<refusal, intent, payment_answer, reservation, code_answer, block_answer, done_answer, existing_answer, placed_answer, reread_answer,
                                 live_check_answer, due_answer, host_reply>;

/// A type of its own, so that its copies and moves are compiled once (messages.cpp).
struct answer_content : any_content {
  using any_content::any_content;
  using any_content::operator=;
  answer_content();
  answer_content(const answer_content&);
  answer_content(answer_content&&) noexcept;
  answer_content& operator=(const answer_content&);
  answer_content& operator=(answer_content&&) noexcept;
  ~answer_content();
};

/// An answer to a command.
struct answer {
  answer_content content;
  position at{};
  bool replay = false;

  bool refused() const noexcept { return content.index() == 0; }
  const refusal& why() const { return std::get<refusal>(content); }
};

/// Receives answers, on any thread. `slot` is the receiver's own.
class reply_port {
public:
  virtual ~reply_port() = default;
  virtual void deliver(std::uint64_t slot, answer what) noexcept = 0;
};

/// A way back to who asked. When the last copy goes unanswered (its actor died, the message was dropped) the asker hears SERVICE_UNAVAILABLE, effect unknown.
class reply_to {
public:
  reply_to() = default;
  reply_to(std::shared_ptr<reply_port> port, std::uint64_t slot) : pending_(std::make_shared<pending>(std::move(port), slot)) {}

  explicit operator bool() const noexcept { return pending_ != nullptr; }
  /// The first answer counts; later ones are dropped.
  void operator()(answer what) const {
    if (pending_)
      pending_->give(std::move(what));
  }
  void refuse(refusal why) const { (*this)(answer{std::move(why), {}, false}); }

private:
  struct pending {
    pending(std::shared_ptr<reply_port> to, std::uint64_t at) : port(std::move(to)), slot(at) {}
    pending(const pending&) = delete;
    pending& operator=(const pending&) = delete;
    ~pending() {
      if (!given.exchange(true)) {
        refusal why(errc::service_unavailable, "the command was not finished; repeat it with the same key");
        why.effect = effect::unknown;
        port->deliver(slot, answer{std::move(why), {}, false});
      }
    }
    void give(answer what) {
      if (!given.exchange(true))
        port->deliver(slot, std::move(what));
    }
    std::shared_ptr<reply_port> port;
    std::uint64_t slot;
    std::atomic<bool> given{false};
  };
  std::shared_ptr<pending> pending_;
};

/// A reply port from a function, for tests, tools and actors that continue with a message to themselves.
class reply_function final : public reply_port {
public:
  explicit reply_function(std::function<void(answer)> then) : then_(std::move(then)) {}
  void deliver(std::uint64_t, answer what) noexcept override { then_(std::move(what)); }
  static reply_to make(std::function<void(answer)> then) { return {std::make_shared<reply_function>(std::move(then)), 0}; }

private:
  std::function<void(answer)> then_;
};

// --- to a unit calendar ---

/// A place among the live intents of a session, on its way with the command: given back with the last copy of it, however that ends, unless an intent has taken it.
class live_place {
public:
  explicit live_place(std::function<void()> give_back) : give_back_(std::move(give_back)) {}
  live_place(const live_place&) = delete;
  live_place& operator=(const live_place&) = delete;
  ~live_place() {
    if (!taken_.load())
      give_back_();
  }
  /// An intent lives: who ends it gives the place back.
  void take() noexcept { taken_ = true; }

private:
  std::function<void()> give_back_;
  std::atomic<bool> taken_{false};
};

/// Place a hold for a guest (B1). Answer: placed_answer, existing_answer, or a refusal.
struct ask_hold {
  place_hold command;
  std::shared_ptr<live_place> place{}; ///< Of the session; null in tools.
  /// The session has no place left among its live intents: only the intent of the same natural key is answered, everything else is RATE_LIMIT_EXCEEDED
  /// (spec 10§14.7: check 2 before check 4).
  bool over_limit = false;
};
/// Read or cancel an intent nobody has touched. Sent by the intent's own actor, which knows its unit. Answer: intent.
struct ask_untouched {
  intent_id intent{};
  std::optional<std::string> cancel_reason;
};
/// What a step wants of the calendar.
namespace calendar_step {
struct take_over {
  intent_id intent{};
};
struct end_hold {
  intent_id intent{};
  hold_id hold{};
  bool expired = false;
};
struct convert {
  intent_id intent{};
  hold_id hold{};
  reserve::stay stay{};
  std::uint8_t rooms = 1;
  reservation_id reservation{};
};
struct place {
  intent_id intent{};
  hold_id hold{};
  reserve::stay stay{};
  std::uint8_t rooms = 1;
};
struct release {
  reservation_id reservation{};
  hold_id hold{};
  date from{};
};
struct link {
  reservation_id reservation{};
  hold_id hold{};
  std::string host_booking_id;
};
} // namespace calendar_step

/// The asker's part of a record that changes nights too (commit-protocol §5): its events, its incarnation, what it wants of the calendar.
struct ask_step {
  std::variant<calendar_step::take_over, calendar_step::end_hold, calendar_step::convert, calendar_step::place, calendar_step::release, calendar_step::link> what;
  participant asker{};
  std::vector<entity_event> events; ///< The asker's and those of entities it creates.
  std::vector<entity_id> fresh;     ///< Entities that this record creates.
  std::vector<vault_row> vault;
  std::optional<digest16> released_key;
  std::optional<uuid> inbox;
};
/// Readings of the Host's availability.
struct take_readings {
  availability_imported reading;
};
/// A booking at the Host that is not ours (R2), or its cancellation.
struct take_import {
  host_booking booking;
  bool cancelled = false;
  std::optional<reservation_imported> reservation{}; ///< The reservation that comes with a new one.
  std::optional<uuid> inbox;
};
/// End what is due. Answer: due_answer.
struct expire_due {};

// --- to a booking intent ---

struct read_intent {};
struct change_traveler {
  contact_flags contact{};
};
/// Start, or start again, a payment. The answer comes from the payment when the provider has answered: payment_answer.
struct begin_payment {
  payment_id payment{};
  std::string method, provider;
  bool retry = false;
  payment_request request{};
};
struct cancel_booking_intent {
  std::string reason = "guest_abort";
};
/// From a payment; answered done when it has been applied.
struct report_payment {
  payment_report report;
};
/// B8 (also by hand through the internal route). Answer: intent.
struct finalize_intent {};

// --- to a payment ---

/// Sent by the intent after the record that created it: begin, and answer the guest when the provider has answered.
struct open_payment {};
struct read_payment {};
/// Something happened at the provider: read the object again. Answer: payment_answer.
struct look_at_provider {
  std::optional<uuid> inbox;
  std::string event; ///< For the log.
};
/// Is it certainly unpaid? (B14) Answer: reread_answer.
struct confirm_unpaid {};
struct close_payment {
  std::optional<timestamp> watch_until;
};
struct ask_refund {
  request_refund request;
};
struct move_payment {
  std::optional<intent_id> intent;
  std::optional<reservation_id> reservation;
};

// --- to a reservation ---

struct begin_reservation {};
struct read_reservation {};
/// A Host report with our reference: read the booking again, then decide.
struct look_at_host {
  host_booking hint;
  bool guest_requested = false;
  std::optional<uuid> inbox;
};
/// R6 by hand. Answer: reservation when the run is over.
struct retry_commit {
  bool automatic = false;
};
struct tell_refund {
  payment_notice notice;
  money refunded_total;
};
struct cancel_reservation {
  std::string by, reason;
};

// --- to the city's small actors ---

struct raise_exceptions {
  std::vector<exception_notice> notices;
  uuid cause{};
};
/// Answer: code_answer. The same purpose gets the same code while the actor lives; codes need no gapless series.
struct draw_code {
  uuid purpose{};
};
struct configure_city {
  city_content city;
};
struct import_property {
  property_content property;
};
/// A stored webhook to be handed to its owner.
struct handle_webhook {
  uuid inbox{};
  std::string provider, event_type;
  /// Our reference in the object (payment id, intent id, reservation id or confirmation code) and what else the event says; filled by the integration's parser.
  std::string payment_ref, intent_ref, reservation_ref, code_ref;
  host_booking booking;
  bool guest_requested = false;
  std::vector<night_reading> readings;
  std::string host_property_id, host_unit_id;
  std::string object;
};
// --- to the platform log ---
struct add_city {
  city_added city;
};
struct draw_block {
  int year = 0;
  std::string city_code;
};

using any_body = std::variant<ask_hold, ask_untouched, ask_step, take_readings, take_import, expire_due, read_intent, change_traveler, begin_payment,
                              cancel_booking_intent, report_payment, finalize_intent, open_payment, read_payment, look_at_provider, confirm_unpaid,
                              close_payment, ask_refund, move_payment, begin_reservation, read_reservation, look_at_host, retry_commit, tell_refund,
                              cancel_reservation, raise_exceptions, draw_code, configure_city, import_property, handle_webhook, add_city, draw_block>;

/// A type of its own, so that its copies and moves are compiled once (messages.cpp).
struct command_body : any_body {
  using any_body::any_body;
  using any_body::operator=;
  command_body();
  command_body(const command_body&);
  command_body(command_body&&) noexcept;
  command_body& operator=(const command_body&);
  command_body& operator=(command_body&&) noexcept;
  ~command_body();
};

/// One command on its way to the actor that owns `entity`.
struct command {
  entity_kind kind = entity_kind::unit;
  entity_id entity{};
  caller who{};
  std::string correlation_id;
  std::optional<command_key> key;
  std::vector<vault_row> vault;   ///< Written in the record's transaction when the command is accepted.
  std::chrono::milliseconds deadline{}; ///< Steady; 0 = none. `decide` refuses after it, effect none.
  reply_to reply;
  command_body body;
};
using command_ptr = std::shared_ptr<command>;

} // namespace reserve
