#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace reserve {

/// Why a command was refused. The names are those of the API (spec 30§1.4); zero means "no error", so we start at one.
enum class errc : std::uint8_t {
  unauthorized = 1,               ///< No or wrong credentials.
  forbidden,                      ///< Known caller, not allowed; or a function is switched off.
  not_found,                      ///< Does not exist, or the caller may not see it.
  booking_intent_not_found,       ///< Unknown intent, or of another session.
  booking_intent_expired,         ///< Expired, cancelled or due.
  invalid_parameter,              ///< A value that cannot be accepted; `refusal::fields` names it.
  missing_required_field,         ///< `refusal::fields` names what is missing.
  min_stay_violation,             ///< Shorter than min_stay or longer than max_stay.
  capacity_exceeded,              ///< More guests than the unit holds.
  dates_closed,                   ///< A night is blocked or has no price, or arrival or departure is closed.
  insufficient_inventory,         ///< Not enough rooms on a night.
  price_changed,                  ///< The client's expected_total is not our total.
  conflict,                       ///< Clash with something that exists.
  invalid_state,                  ///< The state machine has no such transition.
  payment_failed,                 ///< Declined by the provider; a result, not an accident.
  payment_already_processed,      ///< The intent is paid.
  payment_provider_unavailable,   ///< Provider refused, timed out or its breaker is open; nothing payable remains.
  host_commit_failed,             ///< The Host refused, or all tries were used up.
  host_unavailable,               ///< Host outage of a minute or more, or the property is temporarily unavailable.
  rate_limit_exceeded,            ///< Too many; `refusal::detail` names the limit.
  idempotency_key_reused,         ///< Known client key, other content.
  idempotency_in_progress,        ///< Known client key, still running.
  service_unavailable,            ///< Overload, database away, deadline passed. `refusal::effect` says what happened.
  internal_error,                 ///< A bug.
};

/// What a 503 means for the command that got it (spec 30§1.4).
enum class effect : std::uint8_t {
  none,    ///< Nothing of it will happen.
  unknown, ///< Decided, but not known to be committed: repeat with the same key.
};

/// A refusal with what the caller needs to act on it. Texts are for people, members for programs.
struct refusal {
  errc code = errc::internal_error;
  std::string message;                                       ///< One English sentence; empty = the code says it all.
  std::vector<std::pair<std::string, std::string>> fields;   ///< (field, problem of spec 30§1.9), e.g. ("check_out", "not_after").
  std::vector<std::pair<std::string, std::string>> details;  ///< Further members of error.details; a value starting with `[`, `{`, a digit or a quote is JSON.
  reserve::effect effect = effect::none;

  refusal() = default;
  refusal(errc why) : code(why) {}
  refusal(errc why, std::string text) : code(why), message(std::move(text)) {}
};

} // namespace reserve
