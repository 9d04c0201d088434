#include "gateway/http/session.hpp"

#include <algorithm>
#include <ctime>

namespace reserve::http {
namespace {

/// The Date header, made once a second.
const std::string& date_header() {
  thread_local std::time_t made = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now == made)
    return text;
  std::tm parts{};
  gmtime_r(&now, &parts);
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char line[64];
  const int length = std::snprintf(line, sizeof line, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[parts.tm_wday], parts.tm_mday,
                                   months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  text.assign(line, static_cast<std::size_t>(length));
  made = now;
  return text;
}

bool breaks_a_line(char c) noexcept {
  return c == '\r' || c == '\n' || c == '\0';
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  const auto at = out.size();
  out.resize(at + name.size() + value.size() + 4);
  char* to = std::copy(name.begin(), name.end(), out.data() + at);
  *to++ = ':';
  *to++ = ' ';
  // A line break inside a value would start a header of the attacker's choice. Names are ours.
  for (const char c : value)
    *to++ = breaks_a_line(c) ? ' ' : c;
  *to++ = '\r';
  *to = '\n';
}

} // namespace

std::string render_head(const response& answer, bool keep_alive, unsigned http_version) {
  std::string out;
  out.reserve(1024);
  out += "HTTP/1.1 ";
  out += std::to_string(answer.status);
  out += ' ';
  out += reason_phrase(answer.status);
  out += "\r\n";
  out += date_header();
  const bool bodyless = answer.status == 204 || answer.status == 304;
  if (!bodyless) {
    if (!answer.content_type.empty())
      append_header(out, "Content-Type", answer.content_type);
    append_header(out, "Content-Length", std::to_string(answer.body.size()));
  }
  for (const auto& [name, value] : answer.headers)
    append_header(out, name, value);
  if (!keep_alive)
    out += "Connection: close\r\n";
  else if (http_version < 11)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
  return out;
}

} // namespace reserve::http
