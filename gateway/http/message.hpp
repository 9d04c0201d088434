#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::http {

/// ASCII only and without locale, as header names and media types are compared.
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// Header fields in the order in which they came; names are compared without case, a name may occur several times.
class header_list {
public:
  void add(std::string name, std::string value) {
    if (fields_.capacity() == 0)
      fields_.reserve(usual);
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// Adds what another list holds, and leaves that one empty.
  void take(header_list& from);
  /// Replaces every field of this name.
  void set(std::string_view name, std::string value);
  /// The first field of this name, or nothing.
  std::optional<std::string_view> get(std::string_view name) const noexcept;
  std::size_t count(std::string_view name) const noexcept;

  auto begin() const noexcept { return fields_.begin(); }
  auto end() const noexcept { return fields_.end(); }
  std::size_t size() const noexcept { return fields_.size(); }

private:
  static constexpr std::size_t usual = 16; ///< Most messages have no more: the list does not grow piece by piece.

  std::vector<std::pair<std::string, std::string>> fields_;
};

/// One request as it came: nothing is decoded, so that signatures can be checked over the very bytes.
struct request {
  std::string method;
  std::string path;  ///< Raw, percent-encoded, without the query.
  std::string query; ///< Raw, without the question mark.
  header_list headers;
  std::string body;
  std::string remote_address; ///< Of the client; behind a trusted proxy the one that the proxy names.
};

/// What the server does with an answer.
enum class delivery : std::uint8_t {
  send,                 ///< The normal case.
  close_without_answer, ///< The connection is closed; the client cannot know what happened.
  never_answer,         ///< The connection stays open and silent until the client closes it.
};

struct response {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  header_list headers;
  http::delivery delivery = http::delivery::send;
  bool close = false; ///< Close the connection after this answer.

  response() = default;
  response(unsigned code, std::string text) : status(code), body(std::move(text)) {}
  response(unsigned code, std::string text, std::string type) : status(code), body(std::move(text)), content_type(std::move(type)) {}

  /// For the sandbox: a partner that breaks the connection, or one that is silent.
  static response close_without_answer();
  static response never_answer();
};

/// "Not Found" for 404.
std::string_view reason_phrase(unsigned status) noexcept;

} // namespace reserve::http
