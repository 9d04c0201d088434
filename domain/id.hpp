#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace reserve {

/// 16 bytes, v4-shaped. The first two carry the number of the city, so any node routes any id without a look-up (spec 00§5).
struct uuid {
  std::array<std::uint8_t, 16> bytes{};

  // Ids are compared with every message: as two words, in the order of their bytes.
  constexpr bool operator==(const uuid& other) const noexcept { return std::bit_cast<words>(bytes) == std::bit_cast<words>(other.bytes); }
  constexpr std::strong_ordering operator<=>(const uuid& other) const noexcept {
    const auto mine = std::bit_cast<words>(bytes), its = std::bit_cast<words>(other.bytes);
    return mine.first != its.first ? big_endian(mine.first) <=> big_endian(its.first) : big_endian(mine.second) <=> big_endian(its.second);
  }
  constexpr bool is_nil() const noexcept { return std::bit_cast<words>(bytes) == words{}; }

private:
  struct words {
    std::uint64_t first, second;
    constexpr bool operator==(const words& other) const noexcept { return ((first ^ other.first) | (second ^ other.second)) == 0; }
  };
  static constexpr std::uint64_t big_endian(std::uint64_t word) noexcept {
    return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
  }
};

/// Number of the city an id belongs to; 0 is the platform log.
using city_number = std::uint16_t;

city_number city_of(const uuid& id) noexcept;

inline constexpr std::size_t uuid_text_size = 36;

/// Lower-case text form.
void write_uuid(const uuid& id, std::span<char, uuid_text_size> into) noexcept;
std::string to_string(const uuid& id);

/// Parses the 36-character form, upper or lower case. Nothing else is accepted.
std::optional<uuid> parse_uuid(std::string_view text);

/// Makes a v4-shaped id of `city` from 16 random bytes.
uuid make_uuid(city_number city, const std::array<std::uint8_t, 16>& random) noexcept;

/// The same, with the quarter of a second in which it was made behind the city: ids that are made together lie together in an index, so that writing their rows
/// touches few of its pages. 74 bits stay random.
uuid make_uuid(city_number city, const std::array<std::uint8_t, 16>& random, std::chrono::sys_time<std::chrono::microseconds> made_at) noexcept;

/// The id that follows from another one and a name: UUIDv5 (RFC 4122) with the city bits and v4 shape put in. The same input gives the same id for ever.
uuid derive_uuid(const uuid& cause, std::string_view name);
uuid derive_uuid(city_number city, std::string_view name);

/// Id of the n-th row that record `seq` of a city causes (commit-protocol §11). Unique by construction.
uuid row_uuid(city_number city, std::uint64_t seq, std::uint32_t n) noexcept;

/// An id that cannot be swapped with one of another kind.
template <class Tag>
struct strong_id {
  uuid value;

  auto operator<=>(const strong_id&) const = default;
  bool is_nil() const noexcept { return value.is_nil(); }
};

template <class Tag>
std::string to_string(const strong_id<Tag>& id) {
  return to_string(id.value);
}

using property_id = strong_id<struct property_tag>;
using unit_id = strong_id<struct unit_tag>;
using intent_id = strong_id<struct intent_tag>;
using hold_id = strong_id<struct hold_tag>;
using reservation_id = strong_id<struct reservation_tag>;
using payment_id = strong_id<struct payment_tag>;
using attempt_id = strong_id<struct attempt_tag>;
using pix_charge_id = strong_id<struct pix_charge_tag>;
using refund_id = strong_id<struct refund_tag>;
using traveler_id = strong_id<struct traveler_tag>;
using exception_id = strong_id<struct exception_tag>;
/// Whatever one actor owns: a unit, an intent, a payment, ... (commit-protocol §1).
using entity_id = uuid;

struct uuid_hash {
  std::size_t operator()(const uuid& id) const noexcept {
    std::uint64_t low = 0;
    std::memcpy(&low, id.bytes.data() + 8, 8);
    std::uint64_t high = 0;
    std::memcpy(&high, id.bytes.data(), 8);
    return static_cast<std::size_t>(low ^ (high * 0x9e3779b97f4a7c15ULL));
  }
};

} // namespace reserve

template <>
struct std::hash<reserve::uuid> : reserve::uuid_hash {};

template <class Tag>
struct std::hash<reserve::strong_id<Tag>> {
  std::size_t operator()(const reserve::strong_id<Tag>& id) const noexcept { return reserve::uuid_hash{}(id.value); }
};
