#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::integrations {

/// Name and value pairs in order: headers, form fields, query parameters.
using fields = std::vector<std::pair<std::string, std::string>>;

/// Lower-case hex.
std::string to_hex(std::string_view bytes);

/// Standard alphabet with padding.
std::string to_base64(std::string_view bytes);
/// Strict: standard alphabet, right padding, nothing else around it.
std::optional<std::string> from_base64(std::string_view text);
/// URL alphabet without padding, as JWT wants it.
std::string to_base64url(std::string_view bytes);

/// Everything but RFC 3986 unreserved characters becomes %XX.
std::string percent_encoded(std::string_view text);
/// "a=1&b=2" with both sides percent-encoded; the order is the given one.
std::string form_encoded(const fields& values);

std::string lower(std::string_view text);
std::string_view trimmed(std::string_view text);
/// Value of the first field of that name, compared without case; nothing when it is absent.
std::optional<std::string_view> find_field(const fields& values, std::string_view name);
/// Decimal digits only, at most 18; nothing else.
std::optional<long long> parse_digits(std::string_view text);

} // namespace reserve::integrations
