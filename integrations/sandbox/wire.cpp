#include "integrations/sandbox/wire.hpp"

#include "integrations/sandbox/json_text.hpp"

#include <algorithm>
#include <charconv>

namespace reserve::sandbox {

std::string url_decoded(std::string_view text, bool plus) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += plus && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string url_encoded(std::string_view text) {
  static constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

fields fields::parse(std::string_view encoded) {
  fields out;
  while (!encoded.empty()) {
    const auto end = std::min(encoded.find('&'), encoded.size());
    const auto pair = encoded.substr(0, end);
    encoded.remove_prefix(std::min(end + 1, encoded.size()));
    if (pair.empty())
      continue;
    const auto equals = std::min(pair.find('='), pair.size());
    out.pairs.emplace_back(url_decoded(pair.substr(0, equals), true), url_decoded(pair.substr(std::min(equals + 1, pair.size())), true));
  }
  return out;
}

std::optional<std::string> fields::get(std::string_view name) const {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
  if (found == pairs.end())
    return std::nullopt;
  return found->second;
}

std::map<std::string, std::string> fields::children(std::string_view name) const {
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : pairs)
    if (key.size() > name.size() + 2 && key.starts_with(name) && key[name.size()] == '[' && key.back() == ']')
      out[key.substr(name.size() + 1, key.size() - name.size() - 2)] = value;
  return out;
}

std::vector<std::string> fields::list(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : pairs)
    if (key.size() > name.size() && key.starts_with(name) && key[name.size()] == '[')
      out.push_back(value);
  return out;
}

std::string fields::canonical() const {
  auto sorted = pairs;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out;
  for (const auto& [key, value] : sorted)
    out += url_encoded(key) + '=' + url_encoded(value) + '&';
  return out;
}

std::string fields::json() const {
  json_object out;
  for (const auto& [key, value] : pairs)
    out.text(key, value);
  return out.done();
}

std::string request::header(std::string_view name) const {
  const auto found = headers.find(std::string(name));
  return found == headers.end() ? std::string() : found->second;
}

std::vector<std::string> request::segments() const {
  std::vector<std::string> out;
  std::string_view rest = path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('/'), rest.size());
    if (end > 0)
      out.push_back(url_decoded(rest.substr(0, end), false));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

} // namespace reserve::sandbox
