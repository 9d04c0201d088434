#include "gateway/admission.hpp"

#include "domain/mutant.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace reserve::gateway {

std::size_t lanes::share_of(lane which) const noexcept {
  switch (which) {
    case lane::new_intent: return budget_ / 2;
    case lane::guest: return budget_ * 4 / 5;
    case lane::staff: return budget_ * 9 / 10;
    case lane::system: break;
  }
  return budget_;
}

lanes::ticket lanes::enter(lane which) {
  if (!has_room(which))
    return {};
  ++in_flight_;
  return ticket(*this);
}

bool lag_gate::admits(sequence lag, double per_second, std::chrono::milliseconds now) {
  constexpr double burst_seconds = 0.1; // What may be saved up; more would be a crowd.
  if (lag <= lag_max_ / 2) {
    credited_at_ = std::chrono::milliseconds(-1);
    return true;
  }
  // Nothing is saved up for a projector that stands still, nor from a time when it did not.
  if (credited_at_.count() < 0 || per_second <= 0) {
    credit_ = 0;
    credited_at_ = now;
  }
  const double seconds = static_cast<double>((now - credited_at_).count()) / 1000.0;
  credit_ = std::min(credit_ + seconds * per_second, std::max(1.0, burst_seconds * per_second));
  credited_at_ = now;
  if (lag >= lag_max_ || credit_ < 1.0)
    return false;
  credit_ -= 1.0;
  return true;
}

std::size_t digest_hash::operator()(const digest16& digest) const noexcept {
  std::size_t out = 0; // It is a digest already.
  std::memcpy(&out, digest.data(), sizeof out);
  return out;
}

result<std::shared_ptr<key_book::reservation>> key_book::take(const command_key& key) {
  const auto [found, is_new] = running_.emplace(key.hash, key.fingerprint);
  if (is_new || mutant(bug::key_not_reserved))
    return std::make_shared<reservation>(*this, key.hash);
  if (found->second == key.fingerprint)
    return refusal(errc::idempotency_in_progress, "the command with this Idempotency-Key is still running");
  return refusal(errc::idempotency_key_reused, "this Idempotency-Key was used with other content");
}

digest16 digest_of(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> whole{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), whole.data());
  digest16 out{};
  std::copy_n(whole.begin(), out.size(), out.begin());
  return out;
}

command_key key_of(std::string_view city, std::string_view caller, std::string_view operation, std::string_view client_key,
                   std::string_view canonical_text) {
  std::string text;
  for (const auto part : {city, caller, operation, client_key}) {
    text += part;
    text += '\n'; // In none of the parts.
  }
  return {digest_of(text), digest_of(canonical_text)};
}

} // namespace reserve::gateway
