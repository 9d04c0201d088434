#pragma once

#include "gateway/api/endpoint.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
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

/// A tree of path segments. A fixed segment is preferred to a parameter, so a path without parameters is found as a whole.
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
  static route choose(const node& end, std::string_view method, std::span<const std::string_view> taken);

  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unique_ptr<node> root_;
  std::unordered_map<std::string, const node*, text_hash, std::equal_to<>> whole_; ///< Ends of the paths without parameters.
};

} // namespace reserve::gateway
