#include "gateway/api/router.hpp"
#include "gateway/http/text.hpp"

#include <array>
#include <list>
#include <map>
#include <stdexcept>

namespace reserve::gateway {

struct router::node {
  std::map<std::string, std::unique_ptr<node>, std::less<>> fixed;
  std::unique_ptr<node> parameter;
  struct leaf {
    const endpoint* target;
    std::vector<std::string> names; ///< Of the parameters on the way, in order.
  };
  std::map<std::string, leaf, std::less<>> methods;
};

namespace {

/// Parts of a path between its slashes.
class segments {
public:
  static constexpr std::size_t most = 16;

  std::size_t size() const noexcept { return count_; }
  std::string_view& operator[](std::size_t at) noexcept { return parts_[at]; }
  void add(std::string_view part) noexcept { parts_[count_++] = part; }
  auto begin() const noexcept { return parts_.begin(); }
  auto end() const noexcept { return parts_.begin() + static_cast<std::ptrdiff_t>(count_); }

private:
  std::array<std::string_view, most> parts_;
  std::size_t count_ = 0;
};

/// Still encoded. Nothing for a path that we have in no form: empty or dot segments, or too many of them.
std::optional<segments> split(std::string_view path) {
  segments parts;
  if (path.empty() || path.front() != '/')
    return std::nullopt;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || parts.size() == segments::most)
      return std::nullopt;
    parts.add(part);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  }
  return parts;
}

} // namespace

std::optional<std::string_view> route::parameter(std::string_view name) const noexcept {
  for (const auto& [key, value] : parameters)
    if (key == name)
      return value;
  return std::nullopt;
}

router::router(const std::vector<endpoint>& list) : root_(std::make_unique<node>()) {
  for (const auto& each : list) {
    add(std::string(base_path) + each.path, each);
    for (const auto& alias : each.root_aliases)
      add(alias, each);
  }
}

router::~router() = default;
router::router(router&&) noexcept = default;
router& router::operator=(router&&) noexcept = default;

void router::add(std::string_view path, const endpoint& target) {
  const auto parts = split(path);
  if (!parts)
    throw std::logic_error("bad path template " + std::string(path));
  node* here = root_.get();
  std::vector<std::string> names;
  for (const auto part : *parts) {
    const bool is_parameter = part.front() == '{';
    if (is_parameter)
      names.emplace_back(part.substr(1, part.size() - 2));
    auto& next = is_parameter ? here->parameter : here->fixed[std::string(part)];
    if (!next)
      next = std::make_unique<node>();
    here = next.get();
  }
  if (names.empty())
    whole_.emplace(path, here);
  if (!here->methods.emplace(target.method, node::leaf{&target, std::move(names)}).second)
    throw std::logic_error("two endpoints for " + target.method + " " + std::string(path));
}

const router::node* router::descend(const node& here, std::span<const std::string_view> left, std::vector<std::string_view>& taken) {
  if (left.empty())
    return here.methods.empty() ? nullptr : &here;
  if (const auto next = here.fixed.find(left.front()); next != here.fixed.end())
    if (const node* end = descend(*next->second, left.subspan(1), taken))
      return end;
  if (!here.parameter)
    return nullptr;
  taken.push_back(left.front());
  if (const node* end = descend(*here.parameter, left.subspan(1), taken))
    return end;
  taken.pop_back();
  return nullptr;
}

route router::choose(const node& end, std::string_view method, std::span<const std::string_view> taken) {
  route found;
  const auto leaf = end.methods.find(method);
  if (leaf == end.methods.end()) {
    found.what = route::outcome::wrong_method;
    for (const auto& [allowed, ignored] : end.methods)
      found.allow += (found.allow.empty() ? "" : ", ") + allowed;
    return found;
  }
  found.what = route::outcome::found;
  found.target = leaf->second.target;
  for (std::size_t i = 0; i < taken.size(); ++i)
    found.parameters.emplace_back(leaf->second.names[i], taken[i]);
  return found;
}

route router::find(std::string_view method, std::string_view path) const {
  if (const auto known = whole_.find(path); known != whole_.end())
    return choose(*known->second, method, {});
  route found;
  auto parts = split(path);
  if (!parts)
    return found;
  std::list<std::string> decoded; // Hardly ever anything.
  for (std::size_t i = 0; i < parts->size(); ++i) {
    auto& part = (*parts)[i];
    bool readable = false;
    if (part.find('%') == std::string_view::npos) {
      readable = !http::find_bad_utf8(part);
    } else if (auto text = http::percent_decode(part)) {
      part = decoded.emplace_back(std::move(*text));
      readable = true;
    }
    if (!readable) {
      found.what = route::outcome::malformed;
      return found;
    }
  }
  std::vector<std::string_view> taken;
  const node* end = descend(*root_, {parts->begin(), parts->end()}, taken);
  return end ? choose(*end, method, taken) : found;
}

} // namespace reserve::gateway
