#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace reserve {

/// SHA-1 (FIPS 180-4). Only for ids that follow from names (RFC 4122 §4.3); nothing secret rests on it.
std::array<std::uint8_t, 20> sha1(std::string_view bytes);

} // namespace reserve
