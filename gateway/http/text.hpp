#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::http {

/// A number as text, without memory of its own.
class decimal {
public:
  explicit decimal(std::uint64_t number) noexcept : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr) {}
  decimal(const decimal&) = delete;
  decimal& operator=(const decimal&) = delete;
  /// Valid as long as this object.
  std::string_view text() const noexcept { return {digits_.data(), end_}; }

private:
  std::array<char, 20> digits_;
  const char* end_;
};

/// Whether a byte below 0x20 stands in the text.
bool has_control(std::string_view text) noexcept;

/// Length of the part that stands between the quotes of JSON as it is: without quote, backslash and bytes below 0x20.
std::size_t plain_run(std::string_view text) noexcept;

/// Offset of the first byte that is not valid UTF-8 (or is U+0000), nothing when the text is fine.
std::optional<std::size_t> find_bad_utf8(std::string_view text) noexcept;

/// Number of code points of valid UTF-8.
std::size_t count_code_points(std::string_view text) noexcept;

/// Nothing when an escape is not two hexadecimal digits, or the result is not UTF-8, or holds U+0000.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Everything but unreserved characters (RFC 3986) becomes %XX.
std::string percent_encode(std::string_view text);

using pairs = std::vector<std::pair<std::string, std::string>>;

/// "a=1&b=x%20y" in order, repeated names kept; a name alone has an empty value. Nothing when any part cannot be decoded. The same form is used by
/// application/x-www-form-urlencoded bodies.
std::optional<pairs> parse_query(std::string_view text);

/// Parts between the slashes, decoded; "/a/b" = {"a", "b"}. Nothing when a part cannot be decoded or is empty, "." or "..".
std::optional<std::vector<std::string>> parse_path(std::string_view path);

} // namespace reserve::http
