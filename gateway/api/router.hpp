#pragma once

#include "gateway/api/endpoint.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reserve::gateway {

/// Where a method and a path lead.
struct route {
  enum class outcome : std::uint8_t {
    found,
    malformed,   ///< Percent-encoding or UTF-8 of the path cannot be read: 400.
    unknown,     ///< 404.
    wrong_method ///< 405, see `allow`.
  };
  outcome what = outcome::unknown;
  const endpoint* target = nullptr;
  std::vector<std::pair<std::string, std::string>> parameters; ///< Path parameters, decoded, not yet checked.
  std::string allow;                                           ///< "GET, POST"

  std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};

/// A tree of path segments. A fixed segment is preferred to a parameter.
class router {
public:
  /// The endpoints must outlive the router.
  explicit router(const std::vector<endpoint>& list);
  ~router();
  router(router&&) noexcept;
  router& operator=(router&&) noexcept;

  /// `path` is raw, percent-encoded.
  route find(std::string_view method, std::string_view path) const;

private:
  struct node;
  void add(std::string_view path, const endpoint& target);
  static const node* descend(const node& here, std::span<const std::string_view> left, std::vector<std::string_view>& taken);

  std::unique_ptr<node> root_;
};

} // namespace reserve::gateway
