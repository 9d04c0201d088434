#include "integrations/wire.hpp"

#include <algorithm>

namespace reserve::integrations {

namespace {

constexpr std::size_t line_max = 200;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool could_be_personal(std::string_view word) {
  return word.find('@') != std::string_view::npos || std::count_if(word.begin(), word.end(), is_digit) >= 4 || word.size() > 40;
}

} // namespace

status_class classify(int status) {
  switch (status) {
    case 401:
    case 403:
    case 425:
    case 429: return status_class::busy;
    case 408: return status_class::unknown;
    default: break;
  }
  if (status >= 200 && status < 300)
    return status_class::done;
  return status >= 400 && status < 500 ? status_class::refused : status_class::unknown;
}

bool counts_as_failure(const outbound_result& result) {
  return result.kind != outbound_kind::answered || result.status >= 500 || result.status == 429;
}

std::optional<std::chrono::milliseconds> retry_after(const outbound_result& result) {
  const auto header = find_field(result.headers, "retry-after");
  const auto seconds = header ? parse_digits(*header) : std::nullopt;
  if (!seconds)
    return std::nullopt;
  return std::chrono::seconds(std::min(*seconds, 3600LL));
}

std::string scrubbed(std::string_view text) {
  std::string out;
  while (!text.empty() && out.size() < line_max) {
    const auto end = std::min(text.find_first_of(" \t\r\n"), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty() || std::any_of(word.begin(), word.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
      continue;
    if (!out.empty())
      out.push_back(' ');
    out += could_be_personal(word) ? "***" : word;
  }
  if (out.size() > line_max) // Words are short, so this cuts one word; never in the middle of a character.
    out.resize(out.rfind(' '));
  return out;
}

std::string code_text(std::string_view text) {
  const auto fits = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.'; };
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), fits) ? std::string(text) : std::string();
}

std::string error_line(const outbound_result& result, std::string_view code, std::string_view message) {
  if (result.kind != outbound_kind::answered)
    return std::string(name_of(result.kind)) + (result.problem.empty() ? "" : ": " + scrubbed(result.problem));
  auto out = std::to_string(result.status);
  if (const auto plain = code_text(code); !plain.empty())
    out += " " + plain;
  if (const auto plain = scrubbed(message); !plain.empty())
    out += ": " + plain;
  return out;
}

outbound_request addressed(wire_request request, const std::string& base_url, fields credentials, std::chrono::milliseconds timeout, std::string correlation_id) {
  outbound_request out;
  out.method = std::move(request.method);
  const std::string_view base = base_url;
  out.url = std::string(base.ends_with('/') ? base.substr(0, base.size() - 1) : base) + request.target;
  out.headers = std::move(credentials);
  out.headers.insert(out.headers.end(), request.headers.begin(), request.headers.end());
  out.body = std::move(request.body);
  out.timeout = timeout;
  out.correlation_id = std::move(correlation_id);
  return out;
}

} // namespace reserve::integrations
