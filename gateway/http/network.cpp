#include "gateway/http/network.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <string>

namespace reserve::http {

std::optional<address_bytes> parse_address(std::string_view text) {
  const std::string copy(text);
  address_bytes bytes{};
  if (in_addr v4{}; inet_pton(AF_INET, copy.c_str(), &v4) == 1) {
    bytes[10] = bytes[11] = 0xff;
    const auto* raw = reinterpret_cast<const std::uint8_t*>(&v4);
    std::copy(raw, raw + 4, bytes.begin() + 12);
    return bytes;
  }
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1)
    return bytes;
  return std::nullopt;
}

bool network::contains(const address_bytes& address) const noexcept {
  const unsigned whole = prefix / 8;
  if (!std::equal(base.begin(), base.begin() + whole, address.begin()))
    return false;
  const unsigned rest = prefix % 8;
  return rest == 0 || ((base[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

std::optional<network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  if (!base)
    return std::nullopt;
  const bool v6 = text.substr(0, slash).find(':') != std::string_view::npos;
  const unsigned bits = v6 ? 128 : 32;
  unsigned prefix = bits;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || prefix > bits)
      return std::nullopt;
  }
  return network{*base, v6 ? prefix : prefix + 96};
}

bool contains(const std::vector<network>& networks, std::string_view address) {
  if (networks.empty())
    return false;
  const auto bytes = parse_address(address);
  return bytes && std::any_of(networks.begin(), networks.end(), [&](const network& each) { return each.contains(*bytes); });
}

} // namespace reserve::http
