#pragma once

#include "integrations/http_client.hpp"
#include "integrations/json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reserve::integrations {

/// A request as bytes, still without address and credentials: made only from what the record holds, so a repeat is byte-identical.
struct wire_request {
  std::string method = "GET";
  std::string target; ///< Path and query behind the provider's base URL.
  fields headers;
  std::string body;

  bool operator==(const wire_request&) const = default;
};

/// What a status says about the effect of a call (spec 10§22).
enum class status_class : std::uint8_t {
  done,    ///< 2xx.
  refused, ///< A definitive 4xx: nothing was done, and a repeat would change nothing.
  busy,    ///< 401, 403, 425, 429: certainly not done; may be tried again.
  unknown, ///< 408, 5xx and whatever is no answer to the question: may have been done.
};
status_class classify(int status);

/// Does this result count for a breaker: connect error, time-out, 5xx, 429 (spec 10§11)?
bool counts_as_failure(const outbound_result& result);

/// Retry-After in seconds, at most an hour.
std::optional<std::chrono::milliseconds> retry_after(const outbound_result& result);

/// Without words that could be an address, a number of a person or of a card; one line of at most 200 bytes.
std::string scrubbed(std::string_view text);
/// Letters, digits and "_-." of a provider's error code, at most 64; empty when it is anything else.
std::string code_text(std::string_view text);
/// "409 room_type_unavailable" or "time-out": the line for logs and records.
std::string error_line(const outbound_result& result, std::string_view code = {}, std::string_view message = {});

/// Adds the address, the credentials and what every call carries.
outbound_request addressed(wire_request request, const std::string& base_url, fields credentials, std::chrono::milliseconds timeout, std::string correlation_id);

} // namespace reserve::integrations
