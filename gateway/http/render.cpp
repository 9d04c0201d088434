#include "gateway/http/session.hpp"
#include "gateway/http/text.hpp"

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

} // namespace

void render_head(std::string& out, const response& answer, bool keep_alive, unsigned http_version) {
  out.assign("HTTP/1.1 ").append(decimal(answer.status).text()).append(" ").append(reason_phrase(answer.status)).append("\r\n").append(date_header());
  const bool bodyless = answer.status == 204 || answer.status == 304;
  if (!bodyless) {
    if (!answer.content_type.empty())
      out.append("Content-Type: ").append(answer.content_type).append("\r\n");
    out.append("Content-Length: ").append(decimal(answer.body.size()).text()).append("\r\n");
  }
  out.append(answer.headers.lines());
  if (!keep_alive)
    out.append("Connection: close\r\n");
  else if (http_version < 11)
    out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
}

} // namespace reserve::http
