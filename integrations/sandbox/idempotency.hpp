#pragma once

#include "integrations/sandbox/store.hpp"
#include "integrations/sandbox/wire.hpp"

#include <string>

namespace reserve::sandbox {

/// What was answered to a key.
struct kept_answer {
  std::string fingerprint; ///< Of the parameters.
  std::string object_id;   ///< What the call made; empty when the answer alone is kept.
  int status = 200;
  std::string body;
  timestamp at{};
  static void each(auto& self, auto&& visit) { visit(self.fingerprint, self.object_id, self.status, self.body, self.at); }
};

/// Idempotency keys of one provider, each known for 24 hours.
class key_book {
public:
  key_book(store& home, std::string name);

  /// What a key has brought, unless it is older than 24 h.
  const kept_answer* known(const std::string& key, timestamp now) const;
  void keep(const std::string& key, kept_answer what);
  void clear() { keys_.clear(); }

private:
  table<kept_answer> keys_;
  std::multimap<timestamp, std::string> by_age_; ///< To drop the old ones; follows keys_.
};

/// Equal for equal calls: method, path and parameters.
std::string fingerprint_of(const request& call);

} // namespace reserve::sandbox
