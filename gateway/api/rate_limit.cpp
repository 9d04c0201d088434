#include "gateway/api/rate_limit.hpp"
#include "gateway/http/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace reserve::gateway {
namespace {

using std::chrono::seconds;
constexpr seconds minute{60};

double per_second(const rate_rule& rule) {
  return static_cast<double>(rule.count) / static_cast<double>(rule.window.count());
}

unsigned up(double value) {
  return static_cast<unsigned>(std::ceil(std::max(0.0, value)));
}

bool is_exempt(const rate_rule& rule, rate_class what, const rate_subject& who) {
  return who.is_exempt && (rule.whose != rate_rule::scope::session || what == rate_class::poll);
}

std::string key_of(rate_class what, const rate_rule& rule, const rate_subject& who) {
  std::string key(1, letter_of(what));
  switch (rule.whose) {
  case rate_rule::scope::address: return key + "a:" + who.address;
  case rate_rule::scope::session: return who.session.empty() ? key + "n:" + who.address : key + "s:" + who.session;
  // A stranger without a signature must not use up what a partner has.
  case rate_rule::scope::source: return key + "w:" + who.source + ":" + who.address;
  }
  return key;
}

} // namespace

char letter_of(rate_class what) noexcept {
  switch (what) {
  case rate_class::none: return '-';
  case rate_class::search: return 'S';
  case rate_class::public_read: return 'P';
  case rate_class::booking_write: return 'B';
  case rate_class::payment_write: return 'Y';
  case rate_class::poll: return 'Q';
  case rate_class::webhook: return 'W';
  }
  return '-';
}

const std::vector<rate_rule>& rules_of(rate_class what) {
  using scope = rate_rule::scope;
  static const std::vector<rate_rule> none;
  static const std::vector<rate_rule> search{{scope::address, 100, minute}};
  static const std::vector<rate_rule> public_read{{scope::address, 300, minute}};
  static const std::vector<rate_rule> booking{{scope::session, 30, minute}, {scope::address, 60, minute}};
  static const std::vector<rate_rule> payment{{scope::session, 10, minute}};
  static const std::vector<rate_rule> poll{{scope::session, 30, minute}};
  static const std::vector<rate_rule> webhook{{scope::source, 1000, minute}};
  switch (what) {
  case rate_class::none: return none;
  case rate_class::search: return search;
  case rate_class::public_read: return public_read;
  case rate_class::booking_write: return booking;
  case rate_class::payment_write: return payment;
  case rate_class::poll: return poll;
  case rate_class::webhook: return webhook;
  }
  return none;
}

void rate_decision::tell(http::header_list& headers) const {
  if (limit == 0)
    return;
  const std::array<char, 3> quoted{'"', letter, '"'};
  const std::string_view name(quoted.data(), quoted.size());
  const http::decimal count(limit), left(remaining), window(window_seconds), reset(reset_seconds);
  headers.add("RateLimit-Policy", {name, ";q=", count.text(), ";w=", window.text()});
  headers.add("RateLimit", {name, ";r=", left.text(), ";t=", reset.text()});
  headers.add("RateLimit-Limit", count.text());
  headers.add("RateLimit-Remaining", left.text());
  headers.add("RateLimit-Reset", reset.text());
  if (!allowed)
    headers.add("Retry-After", http::decimal(retry_seconds).text());
}

rate_limiter::bucket& rate_limiter::find(const std::string& key, const rate_rule& rule, time now) {
  if (const auto known = buckets_.find(key); known != buckets_.end()) {
    used_.splice(used_.begin(), used_, known->second);
    bucket& found = used_.front();
    const double passed = std::chrono::duration<double>(std::max(now, found.filled) - found.filled).count();
    found.tokens = std::min(static_cast<double>(rule.count), found.tokens + passed * per_second(rule));
    found.filled = std::max(now, found.filled);
    return found;
  }
  if (buckets_.size() >= buckets_max_) {
    buckets_.erase(used_.back().key);
    used_.pop_back();
  }
  used_.push_front({key, static_cast<double>(rule.count), now});
  buckets_.emplace(key, used_.begin());
  return used_.front();
}

rate_decision rate_limiter::take(rate_class what, const rate_subject& who, time now) {
  rate_decision decision;
  decision.letter = letter_of(what);
  std::vector<bucket*> taken;
  for (const auto& rule : rules_of(what)) {
    double tokens = rule.count;
    if (!is_exempt(rule, what, who)) {
      bucket& found = find(key_of(what, rule, who), rule, now);
      taken.push_back(&found);
      tokens = found.tokens - 1;
    }
    const bool fits = tokens >= 0;
    const auto remaining = static_cast<unsigned>(std::max(0.0, tokens));
    // The tightest bucket is the one to tell about; one that refuses is tighter than any.
    if (decision.limit == 0 || (decision.allowed && (!fits || remaining < decision.remaining))) {
      decision.limit = rule.count;
      decision.remaining = remaining;
      decision.window_seconds = static_cast<unsigned>(rule.window.count());
      decision.reset_seconds = up((rule.count - std::max(0.0, tokens)) / per_second(rule));
    }
    if (!fits) {
      decision.allowed = false;
      decision.retry_seconds = std::max({1u, decision.retry_seconds, up(-tokens / per_second(rule))});
    }
  }
  if (decision.allowed)
    for (bucket* each : taken)
      each->tokens -= 1;
  return decision;
}

} // namespace reserve::gateway
