#pragma once

#include "gateway/api/endpoint.hpp"
#include "gateway/http/message.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace reserve::gateway {

/// How often something may happen, and whose count it is.
struct rate_rule {
  enum class scope : std::uint8_t { address, session, source };
  scope whose;
  unsigned count;
  std::chrono::seconds window;
};

/// One letter, as spec 30§1.5 names it; '-' for none.
char letter_of(rate_class what) noexcept;
const std::vector<rate_rule>& rules_of(rate_class what);

/// Who asks.
struct rate_subject {
  std::string address;
  std::string session;    ///< Empty: the session's limits count for the address.
  std::string source;     ///< Of a webhook: its operation.
  bool is_exempt = false; ///< Inside limits.exempt_networks: no limits per address, none for polls.
};

/// What became of one request, and what the client is told about its allowance.
struct rate_decision {
  bool allowed = true;
  char letter = '-';
  unsigned limit = 0; ///< 0: nothing to tell.
  unsigned remaining = 0;
  unsigned reset_seconds = 0; ///< Until the bucket is full again.
  unsigned retry_seconds = 0; ///< Until one more fits; only when refused.
  unsigned window_seconds = 0;

  /// Adds RateLimit-Policy, RateLimit, RateLimit-Limit, -Remaining, -Reset, and Retry-After when refused.
  void tell(http::header_list& headers) const;
};

/// Token buckets of one node. Memory is bounded: the bucket that was not used for longest goes first, and it is the fullest.
class rate_limiter {
public:
  using time = std::chrono::steady_clock::time_point;

  explicit rate_limiter(std::size_t buckets_max = 200'000) : buckets_max_(buckets_max) {}

  /// Takes one token from every bucket that the class has, or from none.
  rate_decision take(rate_class what, const rate_subject& who, time now);

  std::size_t size() const noexcept { return buckets_.size(); }

private:
  struct bucket {
    std::string key;
    double tokens;
    time filled;
  };
  using position = std::list<bucket>::iterator;

  bucket& find(const std::string& key, const rate_rule& rule, time now);

  std::size_t buckets_max_;
  std::list<bucket> used_; ///< Last used first.
  std::unordered_map<std::string, position> buckets_;
};

} // namespace reserve::gateway
