#pragma once

#include "domain/civil.hpp"
#include "integrations/sandbox/store.hpp"
#include "integrations/sandbox/wire.hpp"

#include <optional>
#include <string>

namespace reserve::sandbox {

/// A call that a provider received.
struct call_record {
  std::uint64_t number = 0;
  timestamp at{};
  std::string provider, operation, property_id, idempotency_key, request, fault_id; ///< request: JSON.
  std::optional<int> status;                                                        ///< Nothing = never answered.
  static void each(auto& self, auto&& visit) {
    visit(self.number, self.at, self.provider, self.operation, self.property_id, self.idempotency_key, self.request, self.fault_id, self.status);
  }
};

struct call_filter {
  std::string provider, operation, property_id;
  std::uint64_t after = 0;
  std::size_t limit = 100;
};

/// The last calls, oldest first.
class call_log {
public:
  explicit call_log(store& home) : calls_(home, "calls") {}

  void add(const call_record& call);
  /// JSON list of those that fit.
  std::string list(const call_filter& filter) const;
  void clear() { calls_.clear(); }

private:
  table<call_record> calls_; ///< By number with leading zeros, so in order.
};

/// Method, path, query and body of a call as JSON; a body that is no JSON is shown as its fields or as text.
std::string request_json(const request& call);

} // namespace reserve::sandbox
