#pragma once

#include "actors/protocols/record.hpp"
#include "domain/result.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>

namespace reserve::gateway {

/// Who may still come in when a city has much to do (commit-protocol §12), least first.
/// Timers and process managers do not come through the gateway; their windows are their own.
enum class lane : std::uint8_t { new_intent, guest, staff, system };

/// Counts commands of one city that wait for an answer.
class lanes {
public:
  explicit lanes(std::size_t budget) : budget_(budget) {}

  /// Leaves the lane when it is destroyed.
  class ticket {
  public:
    ticket() = default;
    explicit ticket(lanes& of) : of_(&of) {}
    ticket(ticket&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    ticket& operator=(ticket&& other) noexcept {
      std::swap(of_, other.of_);
      return *this;
    }
    ~ticket() {
      if (of_)
        --of_->in_flight_;
    }
    explicit operator bool() const noexcept { return of_ != nullptr; }

  private:
    lanes* of_ = nullptr;
  };

  /// Empty when the lane is full. New intents get the first half of the budget, guests who have an intent four fifths, staff nine tenths; the rest is reserved for
  /// webhooks, so that a crowd of guests never keeps the news out that a payment has arrived.
  ticket enter(lane which);
  /// Whether `enter` would let somebody in now.
  bool has_room(lane which) const noexcept { return in_flight_ < share_of(which); }
  std::size_t in_flight() const noexcept { return in_flight_; }

private:
  std::size_t share_of(lane which) const noexcept;

  std::size_t budget_;
  std::size_t in_flight_ = 0;
};

/// Lets new intents in no faster than the tables of their city can follow (commit-protocol §12): freely up to half of the lag that is allowed, above it at the
/// projector's own pace, at the limit none. What is under way goes on: only new intents make work without end.
class lag_gate {
public:
  explicit lag_gate(sequence lag_max) : lag_max_(lag_max) {}

  /// `per_second`: records that the projector writes; 0 = it stands still. `now` never runs back.
  bool admits(sequence lag, double per_second, std::chrono::milliseconds now);

private:
  sequence lag_max_;
  double credit_ = 0; ///< Intents that may enter above the half.
  std::chrono::milliseconds credited_at_{-1};
};

/// Hash and order for digests as keys of maps.
struct digest_hash {
  std::size_t operator()(const digest16& digest) const noexcept;
};

/// Client keys whose commands are running (commit-protocol §7).
class key_book {
public:
  /// Gives the key back when it is destroyed.
  class reservation {
  public:
    reservation(key_book& of, const digest16& hash) : of_(&of), hash_(hash) {}
    reservation(reservation&& other) noexcept : of_(std::exchange(other.of_, nullptr)), hash_(other.hash_) {}
    reservation& operator=(reservation&&) = delete;
    ~reservation() {
      if (of_)
        of_->running_.erase(hash_);
    }

  private:
    key_book* of_;
    digest16 hash_;
  };

  /// IDEMPOTENCY_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED when it runs with another fingerprint, or the key is the caller's now.
  result<std::shared_ptr<reservation>> take(const command_key& key);

private:
  std::unordered_map<digest16, digest16, digest_hash> running_;
};

/// The first 16 bytes of the SHA-256.
digest16 digest_of(std::string_view text);
/// Key of a command: bound to city, caller and operation; the fingerprint to its validated content.
command_key key_of(std::string_view city, std::string_view caller, std::string_view operation, std::string_view client_key,
                   std::string_view canonical_text);

/// Remembers the last so many pairs; the oldest is forgotten first.
template <class Key, class Value, class Hash = std::hash<Key>>
class short_memory {
public:
  explicit short_memory(std::size_t most) : most_(most) {}

  void put(const Key& key, const Value& value) {
    const auto [found, is_new] = known_.insert_or_assign(key, value);
    if (!is_new)
      return;
    order_.push_back(key);
    if (order_.size() > most_) {
      known_.erase(order_.front());
      order_.pop_front();
    }
  }
  const Value* find(const Key& key) const {
    const auto found = known_.find(key);
    return found == known_.end() ? nullptr : &found->second;
  }

private:
  std::size_t most_;
  std::unordered_map<Key, Value, Hash> known_;
  std::deque<Key> order_;
};

} // namespace reserve::gateway
