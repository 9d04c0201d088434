#include "gateway/http/message.hpp"

#include <algorithm>

namespace reserve::http {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

void header_list::take(header_list& from) {
  for (auto& [name, value] : from.fields_)
    add(std::move(name), std::move(value));
  from.fields_.clear();
}

void header_list::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [name](const auto& field) { return equals_ignoring_case(field.first, name); });
  fields_.emplace_back(std::string(name), std::move(value));
}

std::optional<std::string_view> header_list::get(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields_)
    if (equals_ignoring_case(key, name))
      return value;
  return std::nullopt;
}

std::size_t header_list::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(), [name](const auto& field) { return equals_ignoring_case(field.first, name); }));
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
