#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::http {

/// ASCII only and without locale, as header names and media types are compared.
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// A header field, as it stands in its list.
struct header {
  std::string_view name, value;
};

/// Header fields in the order in which they came; names are compared without case, a name may occur several times. They lie in one text, as they stand in a
/// message: what is read from the list is valid until something is added.
class header_list {
  struct place {
    std::uint32_t name, value, end; ///< Offsets in `lines_`; between name and value stand two bytes.
  };

public:
  /// A line break or U+0000 inside a value becomes a space: it would start a header of somebody else's choice. Names are ours, or were read by a parser.
  /// Nothing that is added may be a view of this list.
  void add(std::string_view name, std::string_view value) { add(name, {value}); }
  /// The same with a value in pieces.
  void add(std::string_view name, std::initializer_list<std::string_view> pieces);
  /// Adds what another list holds; not this one.
  void add(const header_list& more);
  void clear() noexcept;

  /// The first field of this name, or nothing.
  std::optional<std::string_view> get(std::string_view name) const noexcept;
  std::size_t count(std::string_view name) const noexcept;
  /// All of them, each "Name: value" and a line's end.
  std::string_view lines() const noexcept { return lines_; }

  class iterator {
  public:
    iterator(const header_list& of, std::vector<place>::const_iterator at) : of_(&of), at_(at) {}
    header operator*() const noexcept { return of_->at(*at_); }
    iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    bool operator==(const iterator& other) const noexcept { return at_ == other.at_; }

  private:
    const header_list* of_;
    std::vector<place>::const_iterator at_;
  };
  iterator begin() const noexcept { return {*this, places_.begin()}; }
  iterator end() const noexcept { return {*this, places_.end()}; }

private:
  header at(const place& where) const noexcept;

  std::string lines_;
  std::vector<place> places_;
};

/// One request as it came: nothing is decoded, so that signatures can be checked over the very bytes.
struct request {
  std::string method;
  std::string path;  ///< Raw, percent-encoded, without the query.
  std::string query; ///< Raw, without the question mark.
  header_list headers;
  std::string body;
  std::string remote_address; ///< Of the client; behind a trusted proxy the one that the proxy names.

  /// Empties it for the next one; the memory of the head is kept.
  void clear() noexcept;
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
  std::string content_type = "application/json"; ///< Ours: without line breaks.
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
