#include "gateway/http/message.hpp"
#include "gateway/http/text.hpp"

#include <algorithm>

namespace reserve::http {
namespace {

/// What most heads have at most: the list does not grow piece by piece.
constexpr std::size_t usual_size = 1024, usual_count = 20;

bool breaks_a_line(char c) noexcept {
  return c == '\r' || c == '\n' || c == '\0';
}

void clean_value(char* value, std::size_t length) noexcept {
  if (has_control({value, length}))
    std::replace_if(value, value + length, breaks_a_line, ' ');
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

void header_list::add(std::string_view name, std::initializer_list<std::string_view> pieces) {
  if (places_.empty()) {
    lines_.reserve(usual_size);
    places_.reserve(usual_count);
  }
  std::size_t length = 0;
  for (const auto piece : pieces)
    length += piece.size();
  place where{};
  where.name = static_cast<std::uint32_t>(lines_.size());
  where.value = static_cast<std::uint32_t>(where.name + name.size() + 2);
  where.end = static_cast<std::uint32_t>(where.value + length);
  lines_.resize(where.end + 2);
  char* to = std::copy(name.begin(), name.end(), lines_.data() + where.name);
  *to++ = ':';
  *to++ = ' ';
  for (const auto piece : pieces)
    to = std::copy(piece.begin(), piece.end(), to);
  clean_value(lines_.data() + where.value, length);
  *to++ = '\r';
  *to = '\n';
  places_.push_back(where);
}

void header_list::add(const header_list& more) {
  const auto behind = static_cast<std::uint32_t>(lines_.size());
  lines_.append(more.lines_);
  for (const auto& each : more.places_)
    places_.push_back({each.name + behind, each.value + behind, each.end + behind});
}

void header_list::clear() noexcept {
  // An idle connection keeps its lists: the memory of an unusual head goes back.
  if (lines_.capacity() > 4 * usual_size)
    lines_ = std::string();
  if (places_.capacity() > 4 * usual_count)
    places_ = std::vector<place>();
  lines_.clear();
  places_.clear();
}

header header_list::at(const place& where) const noexcept {
  const std::string_view all(lines_);
  return {all.substr(where.name, where.value - 2 - where.name), all.substr(where.value, where.end - where.value)};
}

std::optional<std::string_view> header_list::get(std::string_view name) const noexcept {
  for (const auto& [key, value] : *this)
    if (equals_ignoring_case(key, name))
      return value;
  return std::nullopt;
}

std::size_t header_list::count(std::string_view name) const noexcept {
  std::size_t found = 0;
  for (const auto& [key, value] : *this)
    found += equals_ignoring_case(key, name) ? 1 : 0;
  return found;
}

void request::clear() noexcept {
  method.clear();
  path.clear();
  query.clear();
  headers.clear();
  body = std::string();
  remote_address.clear();
}

response response::close_without_answer() {
  response answer;
  answer.delivery = http::delivery::close_without_answer;
  return answer;
}

response response::never_answer() {
  response answer;
  answer.delivery = http::delivery::never_answer;
  return answer;
}

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
  case 200: return "OK";
  case 201: return "Created";
  case 202: return "Accepted";
  case 204: return "No Content";
  case 302: return "Found";
  case 304: return "Not Modified";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 402: return "Payment Required";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 406: return "Not Acceptable";
  case 408: return "Request Timeout";
  case 409: return "Conflict";
  case 410: return "Gone";
  case 412: return "Precondition Failed";
  case 413: return "Content Too Large";
  case 415: return "Unsupported Media Type";
  case 422: return "Unprocessable Entity";
  case 429: return "Too Many Requests";
  case 431: return "Request Header Fields Too Large";
  case 500: return "Internal Server Error";
  case 502: return "Bad Gateway";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  default: return "Status";
  }
}

} // namespace reserve::http
