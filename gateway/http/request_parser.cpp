#include "gateway/http/request_parser.hpp"

#include <algorithm>

namespace reserve::http {
namespace {

/// What is reserved for a body that was announced; a longer one grows as it arrives.
constexpr std::uint64_t believed_length = 64 * 1024;

std::string_view view(boost::beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

} // namespace

void request_parser::on_request_impl(boost::beast::http::verb, text method, text target, int version, error_code&) {
  into_.method = view(method);
  target_ = view(target);
  version_ = static_cast<unsigned>(version);
}

void request_parser::on_response_impl(int, text, int, error_code&) {}

void request_parser::on_field_impl(boost::beast::http::field, text name, text value, error_code&) {
  // What follows the last chunk of a body has been checked by nobody: admission and signatures have seen the head.
  if (!is_header_done())
    into_.headers.add(view(name), view(value));
}

void request_parser::on_header_impl(error_code&) {}

void request_parser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
  into_.body.reserve(static_cast<std::size_t>(std::min(length.value_or(0), believed_length)));
}

std::size_t request_parser::on_body_impl(text part, error_code&) {
  into_.body.append(view(part));
  return part.size();
}

void request_parser::on_chunk_header_impl(std::uint64_t, text, error_code&) {}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, text part, error_code&) {
  into_.body.append(view(part));
  return part.size();
}

void request_parser::on_finish_impl(error_code&) {}

} // namespace reserve::http
