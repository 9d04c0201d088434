#pragma once

#include "config/config.hpp"

#include <string>
#include <string_view>

namespace reserve::app {

enum class log_stream : std::uint8_t { standard_output, standard_error };

/// Makes spdlog's default logger write one JSON object per line: timestamp, level, service, message, and what stands behind the message as `key=value`:
///
///   spdlog::info("inventory stopped resource={} reason={}", id, "timeout")
///   {"timestamp":"…","level":"info","service":"reserve","message":"inventory stopped","resource":"…","reason":"timeout"}
///
/// A value ends where the next ` key=` begins; one that holds such text itself stands in double quotes. Plain numbers become JSON numbers.
void start_logging(const std::string& service, config::log_level level, log_stream target);

/// The members for a text of the form `message key=value …`, each with its comma in front. Always valid JSON, whatever the text is.
std::string json_members_of(std::string_view text);

} // namespace reserve::app
