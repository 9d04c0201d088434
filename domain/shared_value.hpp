#pragma once

#include <memory>
#include <utility>

namespace reserve {

/// A value that is nearly always empty, or that many have in common: a shared pointer, none for an empty value. Copies share it; it is never changed, only replaced.
template <class T>
class shared_value {
public:
  shared_value() = default;
  shared_value(T value) : held_(value == T{} ? nullptr : std::make_shared<const T>(std::move(value))) {}

  const T& operator*() const noexcept {
    static const T empty{};
    return held_ ? *held_ : empty;
  }
  const T* operator->() const noexcept { return &**this; }
  friend bool operator==(const shared_value& a, const shared_value& b) { return a.held_ == b.held_ || *a == *b; }

private:
  std::shared_ptr<const T> held_;
};

} // namespace reserve
