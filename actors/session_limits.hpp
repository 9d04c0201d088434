#pragma once

#include "domain/mutant.hpp"

#include <mutex>
#include <string>
#include <unordered_map>

namespace reserve::actors {

/// Live intents of each session (spec 10§14.7 check 4): counted in memory, rebuilt from the live intents at a start. Any thread.
class session_limits {
public:
  /// Takes a place before the hold is decided; false: the session has `limit` live intents already.
  bool take(const std::string& session, int limit) {
    const std::lock_guard lock(mutex_);
    auto& live = live_[session];
    if (live >= limit && !mutant(bug::limit_by_splitting))
      return false;
    ++live;
    return true;
  }
  /// An intent that is known to live, met while the city starts.
  void found(const std::string& session) {
    const std::lock_guard lock(mutex_);
    ++live_[session];
  }
  /// A place is free again: refused, or the intent has ended.
  void free(const std::string& session) {
    const std::lock_guard lock(mutex_);
    const auto found = live_.find(session);
    if (found != live_.end() && --found->second <= 0)
      live_.erase(found);
  }

private:
  std::mutex mutex_;
  std::unordered_map<std::string, int> live_;
};

} // namespace reserve::actors
