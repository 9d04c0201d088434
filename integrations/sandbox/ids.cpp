#include "integrations/sandbox/ids.hpp"

namespace reserve::sandbox {

std::uint64_t mixed(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

std::uint64_t mixed(std::uint64_t seed, std::string_view name) noexcept {
  std::uint64_t hash = mixed(seed);
  for (const char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mixed(hash);
}

std::uint64_t id_maker::next_number() {
  const auto* last = counters_.find("number");
  return counters_.put("number", (last ? *last : 0) + 1);
}

std::string id_maker::spell(std::string_view alphabet, std::size_t length, timestamp now) {
  auto state = mixed(seed_ ^ mixed(next_number())) ^ static_cast<std::uint64_t>(now.time_since_epoch().count());
  std::string out;
  while (out.size() < length) {
    state = mixed(state);
    out += alphabet[state % alphabet.size()];
  }
  return out;
}

std::string id_maker::token(std::string_view prefix, std::size_t length, timestamp now) {
  return std::string(prefix) + spell("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length, now);
}

std::string id_maker::hex(std::size_t length, timestamp now) {
  return spell("0123456789abcdef", length, now);
}

std::string id_maker::digits(std::size_t length, timestamp now) {
  auto out = spell("0123456789", length, now);
  if (out.front() == '0')
    out.front() = '1';
  return out;
}

std::string id_maker::uuid_text(timestamp now) {
  auto out = hex(36, now);
  for (const std::size_t dash : {8U, 13U, 18U, 23U})
    out[dash] = '-';
  out[14] = '4';
  out[19] = "89ab"[mixed(static_cast<unsigned char>(out[19])) % 4];
  return out;
}

} // namespace reserve::sandbox
