#pragma once

#include "integrations/sandbox/provider.hpp"
#include "integrations/sandbox/store.hpp"

#include <optional>
#include <string>

namespace reserve::sandbox {

/// Something that is made to go wrong. effect: latency, timeout_before, timeout_after, status, reset, garbage.
struct fault {
  std::string id, provider, operation, property_id, effect; ///< operation "*" = all; property_id empty = all.
  int status = 500;
  std::int64_t latency_ms = 0;
  std::optional<int> calls;   ///< How many more; neither calls nor percent = every one until deleted.
  std::optional<int> percent; ///< Of all matching calls, drawn from the seed.
  std::uint64_t number = 0, drawn = 0;
  static void each(auto& self, auto&& visit) {
    visit(self.id, self.provider, self.operation, self.property_id, self.effect, self.status, self.latency_ms, self.calls, self.percent, self.number,
          self.drawn);
  }
};

/// All faults that are set, oldest first.
class fault_book {
public:
  fault_book(store& home, std::uint64_t seed) : seed_(seed), faults_(home, "faults") {}

  /// Checks and keeps it under the next number.
  made<fault> add(fault what, std::uint64_t number);
  /// The fault this call meets, counted; nothing when it goes well.
  std::optional<fault> take(const std::string& provider, const std::string& operation, const std::string& property_id);
  bool remove(const std::string& id);
  void clear() { faults_.clear(); }

  const table<fault>& faults() const noexcept { return faults_; }

private:
  bool strikes(const fault& what) const;

  std::uint64_t seed_;
  table<fault> faults_;
};

std::string fault_json(const fault& what);

} // namespace reserve::sandbox
