#include "domain/breaker.hpp"

namespace reserve {

circuit_breaker::state circuit_breaker::now_is(instant now) const noexcept {
  return state_ == state::open && now - opened_at_ >= limits_.open_for ? state::half_open : state_;
}

bool circuit_breaker::can_admit(instant now) const noexcept {
  const state is = now_is(now);
  return is == state::closed || (is == state::half_open && !probing_);
}

bool circuit_breaker::admit(instant now) {
  if (!can_admit(now))
    return false;
  probing_ = now_is(now) == state::half_open;
  return true;
}

circuit_breaker::change circuit_breaker::succeeded(instant now, bool was_probe) {
  if (!was_probe || !probing_ || now_is(now) != state::half_open)
    return {}; // BR2; BR5: a call from before it opened says nothing about now.
  state_ = state::closed;
  probing_ = false;
  failures_.clear();
  return {false, true};
}

circuit_breaker::change circuit_breaker::failed(instant now, bool was_probe) {
  if (now_is(now) == state::half_open && was_probe && probing_) {
    opened_at_ = now; // BR8
    probing_ = false;
    return {};
  }
  if (state_ != state::closed)
    return {}; // BR5
  while (!failures_.empty() && now - failures_.front() > limits_.window)
    failures_.pop_front();
  failures_.push_back(now);
  return static_cast<int>(failures_.size()) < limits_.failures ? change{} : trip(now);
}

circuit_breaker::change circuit_breaker::trip(instant now) {
  if (state_ != state::closed)
    return {};
  state_ = state::open;
  opened_at_ = now;
  probing_ = false;
  failures_.clear();
  return {true, false};
}

std::string_view name_of(circuit_breaker::state state) noexcept {
  switch (state) {
  case circuit_breaker::state::closed: return "closed";
  case circuit_breaker::state::open: return "open";
  case circuit_breaker::state::half_open: return "half_open";
  }
  return "";
}

} // namespace reserve
