#pragma once

#include "domain/errc.hpp"

#include <stdexcept>
#include <utility>
#include <variant>

namespace reserve {

/// A value, or the reason why there is none. Shaped like C++23's std::expected, which GCC 12 does not have in C++20.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  result(refusal why) : content_(std::in_place_index<1>, std::move(why)) {}
  result(errc code) : content_(std::in_place_index<1>, refusal{code}) {}

  bool has_value() const noexcept { return content_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  const T& operator*() const& { return std::get<0>(content_); }
  T& operator*() & { return std::get<0>(content_); }
  T&& operator*() && { return std::get<0>(std::move(content_)); }
  const T* operator->() const { return &std::get<0>(content_); }
  T* operator->() { return &std::get<0>(content_); }

  const refusal& error() const { return std::get<1>(content_); }

private:
  std::variant<T, refusal> content_;
};

/// Stops the actor that meets a bug or corrupt data. Never used for refusals.
inline void ensure(bool condition, const char* what) {
  if (!condition)
    throw std::logic_error(what);
}

} // namespace reserve
