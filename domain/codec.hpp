#pragma once

#include "domain/civil.hpp"
#include "domain/id.hpp"
#include "domain/money.hpp"
#include "domain/shared_value.hpp"

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace reserve {

/// Binary form of values: little endian, fixed width, no padding; strings and lists with a 32-bit count in front.
///
/// A struct takes part by naming its members once, in order:
///
///     struct point { int x; int y;
///       static void each(auto& self, auto&& visit) { visit(self.x, self.y); } };
///
/// The order is the format: a released struct only grows by a new version of the event it belongs to.
class encoder {
public:
  template <class... Ts>
  void operator()(const Ts&... values) {
    (put(values), ...);
  }

  std::string take() && {
    out_.resize(used_);
    return std::move(out_);
  }
  std::string_view bytes() const noexcept { return std::string_view(out_).substr(0, used_); }

  void put(bool value) { *room(1) = value ? '\1' : '\0'; }
  template <std::integral T>
  void put(T value) {
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(room(sizeof(T)), &value, sizeof(T));
    } else {
      auto bits = static_cast<std::make_unsigned_t<T>>(value);
      char* to = room(sizeof(T));
      for (std::size_t i = 0; i < sizeof(T); ++i, bits = static_cast<decltype(bits)>(sizeof(T) > 1 ? bits >> 8 : 0))
        to[i] = static_cast<char>(bits & 0xff);
    }
  }
  template <class T>
    requires std::is_enum_v<T>
  void put(T value) {
    put(static_cast<std::underlying_type_t<T>>(value));
  }
  void put(const std::string& text) {
    put(static_cast<std::uint32_t>(text.size()));
    raw(text.data(), text.size());
  }
  void put(const uuid& id) { raw(id.bytes.data(), id.bytes.size()); }
  template <class Tag>
  void put(const strong_id<Tag>& id) {
    put(id.value);
  }
  void put(money amount) { put(amount.minor_units); }
  void put(rate share) { put(share.per_ten_thousand); }
  void put(const currency& unit) { raw(unit.code.data(), unit.code.size()); }
  void put(date day) { put(static_cast<std::int32_t>(day.time_since_epoch().count())); }
  void put(timestamp instant) { put(static_cast<std::int64_t>(instant.time_since_epoch().count())); }
  template <class Rep, class Period>
  void put(std::chrono::duration<Rep, Period> length) {
    put(static_cast<std::int64_t>(length.count()));
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value)
      put(*value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(static_cast<std::uint32_t>(values.size()));
    for (const auto& value : values)
      put(value);
  }
  template <class K, class V>
  void put(const std::map<K, V>& values) {
    put(static_cast<std::uint32_t>(values.size()));
    for (const auto& [key, value] : values) {
      put(key);
      put(value);
    }
  }
  template <class A, class B>
  void put(const std::pair<A, B>& value) {
    put(value.first);
    put(value.second);
  }
  template <std::size_t N>
  void put(const std::array<std::uint8_t, N>& bytes) {
    raw(bytes.data(), N);
  }
  /// A value that several hold is written like the value; none, like an empty one.
  template <class T>
  void put(const std::shared_ptr<const T>& value) {
    put(value ? *value : T{});
  }
  template <class T>
  void put(const shared_value<T>& value) {
    put(*value);
  }
  template <class T>
    requires requires(const T& value, encoder& out) { T::each(value, out); }
  void put(const T& value) {
    T::each(value, *this);
  }

private:
  /// Where the next `count` bytes go. The string is longer than what is used, so that a number costs no call.
  char* room(std::size_t count) {
    if (out_.size() - used_ < count)
      out_.resize(std::max({out_.size() * 2, used_ + count, std::size_t{256}}));
    return out_.data() + std::exchange(used_, used_ + count);
  }
  void raw(const void* from, std::size_t count) {
    if (count != 0)
      std::memcpy(room(count), from, count);
  }

  std::string out_;
  std::size_t used_ = 0;
};

/// Thrown when bytes are not what the format says: corrupt data, never user input.
struct decode_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class decoder {
public:
  explicit decoder(std::string_view bytes) : in_(bytes) {}

  template <class... Ts>
  void operator()(Ts&... values) {
    (get(values), ...);
  }

  bool at_end() const noexcept { return in_.empty(); }

  std::string_view raw(std::size_t count) {
    if (count > in_.size())
      throw decode_error("decode: bytes end early");
    const auto out = in_.substr(0, count);
    in_.remove_prefix(count);
    return out;
  }

  void get(bool& value) { value = raw(1)[0] != '\0'; }
  template <std::integral T>
  void get(T& value) {
    const auto bytes = raw(sizeof(T));
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&value, bytes.data(), sizeof(T));
      return;
    }
    std::make_unsigned_t<T> bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      bits = static_cast<decltype(bits)>(bits | static_cast<decltype(bits)>(static_cast<std::uint8_t>(bytes[i])) << (8 * i));
    value = static_cast<T>(bits);
  }
  template <class T>
    requires std::is_enum_v<T>
  void get(T& value) {
    std::underlying_type_t<T> bits{};
    get(bits);
    value = static_cast<T>(bits);
  }
  void get(std::string& text) {
    std::uint32_t size = 0;
    get(size);
    text = raw(size);
  }
  void get(uuid& id) { std::memcpy(id.bytes.data(), raw(16).data(), 16); }
  template <class Tag>
  void get(strong_id<Tag>& id) {
    get(id.value);
  }
  void get(money& amount) { get(amount.minor_units); }
  void get(rate& share) { get(share.per_ten_thousand); }
  void get(currency& unit) { std::memcpy(unit.code.data(), raw(3).data(), 3); }
  void get(date& day) {
    std::int32_t days = 0;
    get(days);
    day = date(std::chrono::days(days));
  }
  void get(timestamp& instant) {
    std::int64_t micros = 0;
    get(micros);
    instant = timestamp(std::chrono::microseconds(micros));
  }
  template <class Rep, class Period>
  void get(std::chrono::duration<Rep, Period>& length) {
    std::int64_t count = 0;
    get(count);
    length = std::chrono::duration<Rep, Period>(static_cast<Rep>(count));
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool present = false;
    get(present);
    value.reset();
    if (present)
      get(value.emplace());
  }
  template <class T>
  void get(std::vector<T>& values) {
    std::uint32_t size = 0;
    get(size);
    if (size > in_.size())
      throw decode_error("decode: list longer than its bytes");
    values.clear();
    values.reserve(size);
    for (std::uint32_t i = 0; i < size; ++i)
      get(values.emplace_back());
  }
  template <class K, class V>
  void get(std::map<K, V>& values) {
    std::uint32_t size = 0;
    get(size);
    values.clear();
    for (std::uint32_t i = 0; i < size; ++i) {
      K key{};
      get(key);
      get(values[key]);
    }
  }
  template <class A, class B>
  void get(std::pair<A, B>& value) {
    get(value.first);
    get(value.second);
  }
  template <std::size_t N>
  void get(std::array<std::uint8_t, N>& bytes) {
    std::memcpy(bytes.data(), raw(N).data(), N);
  }
  template <class T>
  void get(std::shared_ptr<const T>& value) {
    auto made = std::make_shared<T>();
    get(*made);
    value = std::move(made);
  }
  template <class T>
  void get(shared_value<T>& value) {
    T read{};
    get(read);
    value = std::move(read);
  }
  template <class T>
    requires requires(T& value, decoder& in) { T::each(value, in); }
  void get(T& value) {
    T::each(value, *this);
  }

private:
  std::string_view in_;
};

template <class T>
std::string encoded(const T& value) {
  encoder out;
  out(value);
  return std::move(out).take();
}

template <class T>
T decoded(std::string_view bytes) {
  T value{};
  decoder in(bytes);
  in(value);
  if (!in.at_end())
    throw decode_error("decode: bytes left over");
  return value;
}

} // namespace reserve
