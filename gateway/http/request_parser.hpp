#pragma once

#include "gateway/http/message.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <string>
#include <string_view>

namespace reserve::http {

/// Reads a request (RFC 9112) from pieces into `into`: method and headers of the head, then the body. Beast's own parser would keep another copy of each
/// header, and search for each in its own list.
class request_parser : public boost::beast::http::basic_parser<true> {
public:
  /// `into` is empty and outlives the parser.
  explicit request_parser(request& into) : into_(into) {}

  /// The request's target as it came; empty before the first line is read.
  std::string_view target() const noexcept { return target_; }
  /// 10 or 11; 11 before the first line is read.
  unsigned version() const noexcept { return version_; }

private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb verb, text method, text target, int version, error_code& failure) override;
  void on_response_impl(int status, text reason, int version, error_code& failure) override;
  void on_field_impl(boost::beast::http::field known, text name, text value, error_code& failure) override;
  void on_header_impl(error_code& failure) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& failure) override;
  std::size_t on_body_impl(text part, error_code& failure) override;
  void on_chunk_header_impl(std::uint64_t size, text extensions, error_code& failure) override;
  std::size_t on_chunk_body_impl(std::uint64_t left, text part, error_code& failure) override;
  void on_finish_impl(error_code& failure) override;

  request& into_;
  std::string target_;
  unsigned version_ = 11;
};

} // namespace reserve::http
