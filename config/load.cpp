#include "config/load.hpp"

#include "config/check.hpp"
#include "config/keys.hpp"
#include "config/raw.hpp"
#include "config/values.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace reserve::config {
namespace {

constexpr const char* local_file = ".local/reserve.toml";
constexpr const char* system_file = "/etc/reserve-connect/reserve.toml";
constexpr std::string_view file_suffix = "_file";

std::optional<std::string> read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Collects what all sources say, key by key; a later source replaces an earlier one.
class merger {
public:
  merger() {
    config all;
    all.stripe.emplace();
    all.mercadopago.emplace();
    all.openpix.emplace();
    each_key(all, [&](const std::string& key, const auto& value) { known_.emplace(key, is_secret<std::decay_t<decltype(value)>>); });
  }

  void add_file(const std::string& name) {
    begin_source();
    file_ = name;
    const auto text = read_whole(name);
    if (!text) {
      found.push_back({"file", std::string("cannot be read: ") + std::strerror(errno == 0 ? EISDIR : errno), name});
      return;
    }
    auto content = read_toml(*text, name);
    if (content.error)
      found.push_back({"file", "is not TOML: " + *content.error, content.error_where});
    for (auto& leaf : content.leaves)
      add(leaf);
  }

  void add_environment(std::vector<std::pair<std::string, std::string>> variables) {
    begin_source();
    // In this order RESERVE_DATABASE__URL comes after its other name and wins.
    std::sort(variables.begin(), variables.end());
    for (const auto& [name, value] : variables)
      if (const auto key = key_of_variable(name))
        add_text(*key, value, "environment " + name);
  }

  void add_flags(const std::vector<std::pair<std::string, std::string>>& flags) {
    for (const auto& [key, value] : flags) {
      begin_source();
      add_text(key, value, "flag --" + key);
    }
  }

  const placed* find(const std::string& key) const {
    const auto at = merged_.find(key);
    return at == merged_.end() ? nullptr : &at->second;
  }

  bool has_section(const std::string& prefix) const {
    const auto at = merged_.lower_bound(prefix);
    return at != merged_.end() && at->first.starts_with(prefix);
  }

  std::string where(const std::string& key) const {
    if (const auto* given = find(key))
      return given->where;
    return file_.empty() ? "default; no configuration file" : "default; not in " + file_;
  }

  /// The key was given as a file that cannot be read: that is already a problem.
  bool is_unreadable(const std::string& key) const { return unreadable_.count(key) != 0; }

  std::vector<problem> found;

private:
  void begin_source() {
    given_.clear();
    given_as_file_.clear();
  }

  /// The key of RESERVE_<SECTION>__<KEY>; nothing for variables that are not ours.
  static std::optional<std::string> key_of_variable(const std::string& name) {
    if (name == "RESERVE_ENV")
      return "env";
    if (name == "RESERVE_DATABASE_URL" || name == "RESERVE_DATABASE_URL_FILE")
      return name.ends_with("_FILE") ? "database.url_file" : "database.url";
    constexpr std::string_view prefix = "RESERVE_";
    if (!name.starts_with(prefix) || name.find("__") == std::string::npos)
      return std::nullopt;
    std::string key;
    for (std::size_t at = prefix.size(); at < name.size(); ++at) {
      if (name.compare(at, 2, "__") == 0) {
        key += '.';
        ++at;
      } else {
        key += name[at] >= 'A' && name[at] <= 'Z' ? static_cast<char>(name[at] - 'A' + 'a') : name[at];
      }
    }
    return key;
  }

  void add_text(const std::string& key, const std::string& text, const std::string& where) {
    raw value;
    value.text = text;
    // A whole section may be given as a table.
    if (known_.count(key) == 0 && text.starts_with('{'))
      if (auto table = parse_toml_value(text))
        value = std::move(*table);
    for (auto& leaf : flatten(key, value, where))
      add(leaf);
  }

  void add(placed& leaf) {
    const auto known = known_.find(leaf.key);
    if (known != known_.end()) {
      if (given_as_file_.count(leaf.key) != 0)
        found.push_back({leaf.key, "must not stand beside " + leaf.key + std::string(file_suffix), leaf.where});
      given_.insert(leaf.key);
      merged_.insert_or_assign(leaf.key, std::move(leaf));
      return;
    }
    if (leaf.key.ends_with(file_suffix)) {
      const auto stem = leaf.key.substr(0, leaf.key.size() - file_suffix.size());
      const auto secret = known_.find(stem);
      if (secret != known_.end() && secret->second) {
        add_secret_file(stem, leaf);
        return;
      }
    }
    found.push_back({leaf.key, "unknown key", leaf.where});
  }

  void add_secret_file(const std::string& key, placed& leaf) {
    if (given_.count(key) != 0)
      found.push_back({leaf.key, "must not stand beside " + key, leaf.where});
    given_as_file_.insert(key);
    errno = 0;
    auto text = read_whole(leaf.value.text);
    if (!text) {
      found.push_back({leaf.key, "cannot be read: " + leaf.value.text + ": " + std::strerror(errno == 0 ? EISDIR : errno), leaf.where});
      unreadable_.insert(key);
      return;
    }
    while (text->ends_with('\n') || text->ends_with('\r'))
      text->pop_back();
    leaf.value = {.is = raw::shape::scalar, .text = std::move(*text), .items = {}, .members = {}};
    merged_.insert_or_assign(key, placed{key, std::move(leaf.value), leaf.where});
  }

  std::map<std::string, bool> known_; ///< Key -> is a secret.
  std::map<std::string, placed> merged_;
  std::string file_;
  std::set<std::string> given_, given_as_file_; ///< Keys of the source that is being read.
  std::set<std::string> unreadable_;
};

/// Which file to read; empty = none.
std::string choose_file(const sources& from) {
  if (!from.file.empty())
    return from.file;
  for (const auto& [name, value] : from.environment)
    if (name == "RESERVE_CONFIG" && !value.empty())
      return value;
  for (const auto* candidate : {local_file, system_file})
    if (std::filesystem::exists(candidate))
      return candidate;
  return {};
}

/// Addresses end without a slash, so that paths can be put behind them; those that follow from others are filled in.
void complete_addresses(config& values) {
  each_key(values, [](const std::string& key, auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
      while (key.ends_with("_url") && value.ends_with('/'))
        value.pop_back();
  });
  if (values.http.public_url.empty())
    values.http.public_url = "http://" + to_string(values.http.listen);
  if (values.sandbox.server_url.empty())
    values.sandbox.server_url = values.http.public_url;
}

} // namespace

std::vector<std::pair<std::string, std::string>> process_environment() {
  std::vector<std::pair<std::string, std::string>> all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

std::string to_string(const problem& found) {
  return "reserve: config: " + found.key + ": " + found.what + " (" + found.where + ")";
}

loaded load(const sources& from, purpose use) {
  merger merged;
  if (const auto file = choose_file(from); !file.empty())
    merged.add_file(file);
  merged.add_environment(from.environment);
  merged.add_flags(from.flags);

  loaded made;
  auto& values = made.values;
  if (merged.has_section("stripe."))
    values.stripe.emplace();
  if (merged.has_section("mercadopago."))
    values.mercadopago.emplace();
  if (merged.has_section("openpix."))
    values.openpix.emplace();
  made.problems = std::move(merged.found);

  std::set<std::string> wrong;
  each_key(values, [&](const std::string& key, auto& value) {
    const auto* given = merged.find(key);
    if (given == nullptr)
      return;
    if (const auto what = read(given->value, value)) {
      made.problems.push_back({key, *what, given->where});
      wrong.insert(key);
    }
  });
  complete_addresses(values);
  // With an unreadable environment nobody can tell what production would refuse.
  if (wrong.count("env") != 0)
    values.env = environment::dev;
  // A value that could not be read is already named; it is not missing as well.
  for (auto& found : check(values, use, [&](const std::string& key) { return merged.where(key); }))
    if (wrong.count(found.key) == 0 && !merged.is_unreadable(found.key))
      made.problems.push_back(std::move(found));
  return made;
}

} // namespace reserve::config
