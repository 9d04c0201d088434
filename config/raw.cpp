#include "config/raw.hpp"

#include <array>
#include <charconv>
#include <sstream>

#include <toml++/toml.h>

namespace reserve::config {
namespace {

/// The shortest digits that give this number again, so that 0.30 never becomes 0.299999.
std::string text_of(double number) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed).ptr;
  return {buffer.data(), end};
}

raw from_node(const toml::node& node) {
  raw made;
  if (const auto* list = node.as_array()) {
    made.is = raw::shape::list;
    for (const auto& item : *list)
      made.items.push_back(from_node(item));
  } else if (const auto* table = node.as_table()) {
    made.is = raw::shape::table;
    for (const auto& [name, member] : *table)
      made.members.emplace(std::string(name.str()), from_node(member));
  } else if (const auto* text = node.as_string()) {
    made.text = text->get();
  } else if (const auto* number = node.as_floating_point()) {
    made.text = text_of(number->get());
  } else if (const auto* whole = node.as_integer()) {
    made.text = std::to_string(whole->get());
  } else if (const auto* yes = node.as_boolean()) {
    made.text = yes->get() ? "true" : "false";
  } else {
    std::ostringstream shown;
    node.visit([&](const auto& value) { shown << value; });
    made.text = shown.str();
  }
  return made;
}

void collect(const toml::table& table, const std::string& prefix, const std::string& file_name, std::vector<placed>& into) {
  for (const auto& [name, node] : table) {
    const auto key = prefix + std::string(name.str());
    if (const auto* inner = node.as_table())
      collect(*inner, key + ".", file_name, into);
    else
      into.push_back({key, from_node(node), file_name + ":" + std::to_string(node.source().begin.line)});
  }
}

} // namespace

toml_content read_toml(std::string_view text, const std::string& file_name) {
  toml_content read;
  try {
    collect(toml::parse(text, file_name), "", file_name, read.leaves);
  } catch (const toml::parse_error& why) {
    read.error = std::string(why.description());
    read.error_where = file_name + ":" + std::to_string(why.source().begin.line);
  }
  return read;
}

std::optional<raw> parse_toml_value(std::string_view text) {
  try {
    const auto parsed = toml::parse("value = " + std::string(text));
    if (parsed.size() == 1)
      return from_node(*parsed.get("value"));
  } catch (const toml::parse_error&) {
    // The caller says what the value should have been.
  }
  return std::nullopt;
}

std::vector<placed> flatten(const std::string& key, const raw& value, const std::string& where) {
  if (value.is != raw::shape::table)
    return {{key, value, where}};
  std::vector<placed> leaves;
  for (const auto& [name, member] : value.members)
    for (auto& leaf : flatten(key + "." + name, member, where))
      leaves.push_back(std::move(leaf));
  return leaves;
}

} // namespace reserve::config
