#pragma once

#include "gateway/api/field.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::gateway {

/// Who may call (spec 30§1.1).
enum class caller : std::uint8_t {
  anyone,  ///< pub
  session, ///< ses: a guest session; without one 401.
  service, ///< svc: the bearer token of the service; 404 while none is configured.
  partner  ///< A webhook: proved by the signature over its bytes.
};

/// Rate classes of spec 30§1.5 that exist so far; `none` is not limited.
enum class rate_class : std::uint8_t { none, search, public_read, booking_write, payment_write, poll, webhook };

/// What a repeat means (spec 30§1.10).
enum class repeats : std::uint8_t {
  none,    ///< A read, or last write wins.
  natural, ///< The natural key answers; a client key may be sent.
  required ///< A client key must be sent.
};

enum class body_kind : std::uint8_t {
  none,     ///< Not read.
  optional, ///< Nothing to say; what is sent must be an object.
  json,     ///< An object.
  raw       ///< Bytes, kept for their signature.
};

/// A condition between fields.
struct rule {
  enum class kind : std::uint8_t {
    after,        ///< `second` is after `first`, by at most `limit` days (0 = any number).
    one_of,       ///< Exactly one of both; when none is there, `first` is missing.
    together,     ///< Both or none.
    not_less,     ///< `second` ≥ `first` (money).
    at_least_one, ///< When none is there, both are named as missing.
    equal_if_both ///< A number of guests said in two ways.
  };
  kind what;
  std::string first;
  std::string second;
  std::int64_t limit = 0;
};

/// An answer: its status and the type of `data` in the notation of spec 30§1.7.
struct answer {
  unsigned status;
  std::string type;
};

/// Everything that is known about an endpoint before it is asked. Router, validation, API document and bad requests are made of it.
struct endpoint {
  std::string operation_id;
  std::string method;
  std::string path;                      ///< Under /api/v1, "/booking-intents/{id}".
  std::vector<std::string> root_aliases; ///< Further paths, from the root of the site.
  std::vector<std::string> synonyms;     ///< Other names of the operation (x-aliases).
  std::string summary;
  std::string tag;
  gateway::caller caller = caller::anyone;
  bool service_may = false;      ///< `svc` may call it without a session.
  bool session_is_field = false; ///< No session at all is a missing field, not 401 (create_booking_intent).
  rate_class rate = rate_class::none;
  body_kind body = body_kind::none;
  std::uint64_t body_limit = 1024 * 1024;
  std::vector<field> fields;
  std::vector<rule> rules;
  std::vector<answer> answers;
  bool enveloped = true;
  std::vector<std::string> errors; ///< Codes of its own; those that every endpoint may answer are added by the document.
  repeats repeat = repeats::none;
  int max_age_seconds = 0;    ///< 0 = no-store.
  bool is_switchable = false; ///< 404 unless configured (service token, clock.control).
  std::string example_body;   ///< JSON of the request body.
  std::string example_query;  ///< Without the question mark.
  std::string example_data;   ///< JSON of `data` (or of the whole answer when not enveloped).

  bool is_command() const noexcept { return method != "GET"; }
  const field* find(std::string_view name) const noexcept;
};

/// Root of all paths.
inline constexpr std::string_view base_path = "/api/v1";

/// All endpoints, made once. Their addresses are stable.
const std::vector<endpoint>& endpoints();
/// By operation id; it must exist.
const endpoint& endpoint_of(std::string_view operation_id);

} // namespace reserve::gateway
