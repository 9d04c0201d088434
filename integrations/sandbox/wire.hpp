#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::sandbox {

/// Names and values of a query or a form, decoded, in the order they came.
class fields {
public:
  fields() = default;
  /// Reads "a=1&b=2"; `+` and %XX are decoded.
  static fields parse(std::string_view encoded);

  std::optional<std::string> get(std::string_view name) const;
  /// `metadata[a]=1` as {"a": "1"}.
  std::map<std::string, std::string> children(std::string_view name) const;
  /// `types[]=a&types[]=b` or `types[0]=a`.
  std::vector<std::string> list(std::string_view name) const;
  /// All pairs sorted by name: equal for equal parameters.
  std::string canonical() const;
  std::string json() const;

  std::vector<std::pair<std::string, std::string>> pairs;
};

/// %XX decoded; `plus` says whether a plus is a space.
std::string url_decoded(std::string_view text, bool plus);
std::string url_encoded(std::string_view text);

/// What arrived, without anything of a socket.
struct request {
  std::string method;
  std::string path; ///< Without query; behind the provider's prefix once the provider is known.
  fields query;
  std::map<std::string, std::string> headers; ///< Names in lower case.
  std::string body;

  std::string header(std::string_view name) const;
  /// "a/b" of "/a/b/".
  std::vector<std::string> segments() const;
};

/// What goes back.
struct answer {
  int status = 200;
  std::string body = "{}";
  std::map<std::string, std::string> headers;
};

/// How the answer reaches the caller.
enum class delivery { sent, never, closed };

struct outcome {
  answer content;
  delivery how = delivery::sent;
  std::chrono::milliseconds delay{0};
};

} // namespace reserve::sandbox
