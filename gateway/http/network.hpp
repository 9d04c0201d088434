#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace reserve::http {

/// An IPv4 or IPv6 address as 16 bytes; IPv4 is mapped into IPv6.
using address_bytes = std::array<std::uint8_t, 16>;

std::optional<address_bytes> parse_address(std::string_view text);

/// A block of addresses: "127.0.0.0/8", "::1/128", or one address alone.
struct network {
  address_bytes base{};
  unsigned prefix = 128; ///< Significant bits of the mapped form.

  bool contains(const address_bytes& address) const noexcept;
};

std::optional<network> parse_network(std::string_view text);

/// Whether any of the networks holds the address; what is no address is in none.
bool contains(const std::vector<network>& networks, std::string_view address);

} // namespace reserve::http
