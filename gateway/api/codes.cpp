#include "gateway/api/codes.hpp"

namespace reserve::gateway {

const std::vector<error_code>& error_codes() {
  static const std::vector<error_code> codes{
      {"UNAUTHORIZED", 401},
      {"TOKEN_EXPIRED", 401},
      {"SIGNATURE_INVALID", 401},
      {"FORBIDDEN", 403},
      {"INVALID_REQUEST", 400},
      {"MISSING_REQUIRED_FIELD", 400},
      {"INVALID_PARAMETER", 422},
      {"MIN_STAY_VIOLATION", 422},
      {"CAPACITY_EXCEEDED", 422},
      {"PROMO_CODE_INVALID", 422},
      {"NOT_FOUND", 404},
      {"BOOKING_INTENT_NOT_FOUND", 404},
      {"BOOKING_INTENT_EXPIRED", 410},
      {"INSUFFICIENT_INVENTORY", 409},
      {"DATES_CLOSED", 409},
      {"PRICE_CHANGED", 409},
      {"CONFLICT", 409},
      {"INVALID_STATE", 409},
      {"PAYMENT_FAILED", 402},
      {"PAYMENT_ALREADY_PROCESSED", 409},
      {"PAYMENT_PROVIDER_UNAVAILABLE", 503},
      {"HOST_COMMIT_FAILED", 502},
      {"HOST_UNAVAILABLE", 503},
      {"IDEMPOTENCY_KEY_REUSED", 422},
      {"IDEMPOTENCY_IN_PROGRESS", 409},
      {"PAYLOAD_TOO_LARGE", 413},
      {"UNSUPPORTED_MEDIA_TYPE", 415},
      {"METHOD_NOT_ALLOWED", 405},
      {"NOT_ACCEPTABLE", 406},
      {"RATE_LIMIT_EXCEEDED", 429},
      {"SERVICE_UNAVAILABLE", 503},
      {"INTERNAL_ERROR", 500},
  };
  return codes;
}

std::string_view name_of(errc code) noexcept {
  switch (code) {
  case errc::unauthorized: return "UNAUTHORIZED";
  case errc::forbidden: return "FORBIDDEN";
  case errc::not_found: return "NOT_FOUND";
  case errc::booking_intent_not_found: return "BOOKING_INTENT_NOT_FOUND";
  case errc::booking_intent_expired: return "BOOKING_INTENT_EXPIRED";
  case errc::invalid_parameter: return "INVALID_PARAMETER";
  case errc::missing_required_field: return "MISSING_REQUIRED_FIELD";
  case errc::min_stay_violation: return "MIN_STAY_VIOLATION";
  case errc::capacity_exceeded: return "CAPACITY_EXCEEDED";
  case errc::dates_closed: return "DATES_CLOSED";
  case errc::insufficient_inventory: return "INSUFFICIENT_INVENTORY";
  case errc::price_changed: return "PRICE_CHANGED";
  case errc::conflict: return "CONFLICT";
  case errc::invalid_state: return "INVALID_STATE";
  case errc::payment_failed: return "PAYMENT_FAILED";
  case errc::payment_already_processed: return "PAYMENT_ALREADY_PROCESSED";
  case errc::payment_provider_unavailable: return "PAYMENT_PROVIDER_UNAVAILABLE";
  case errc::host_commit_failed: return "HOST_COMMIT_FAILED";
  case errc::host_unavailable: return "HOST_UNAVAILABLE";
  case errc::rate_limit_exceeded: return "RATE_LIMIT_EXCEEDED";
  case errc::idempotency_key_reused: return "IDEMPOTENCY_KEY_REUSED";
  case errc::idempotency_in_progress: return "IDEMPOTENCY_IN_PROGRESS";
  case errc::service_unavailable: return "SERVICE_UNAVAILABLE";
  case errc::internal_error: return "INTERNAL_ERROR";
  }
  return "INTERNAL_ERROR";
}

unsigned error_status(errc code) noexcept {
  return error_status(name_of(code));
}

unsigned error_status(std::string_view code) noexcept {
  for (const auto& each : error_codes())
    if (each.name == code)
      return each.status;
  return 500;
}

std::string hyphenated(std::string_view code) {
  std::string out(code);
  for (char& c : out)
    c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string in_words(std::string_view code) {
  std::string out = hyphenated(code);
  for (char& c : out)
    c = c == '-' ? ' ' : c;
  if (!out.empty())
    out.front() = code.front();
  return out;
}

} // namespace reserve::gateway
