#pragma once

#include "domain/money.hpp"
#include "integrations/sandbox/provider.hpp"

#include <map>
#include <string>
#include <vector>

namespace reserve::sandbox {

/// What the control API needs of every payment provider.
class payment_model {
public:
  virtual ~payment_model() = default;

  /// By the provider's id, our payment id or the intent's id (of those the newest open object, else the newest).
  virtual std::optional<payment_found> find_payment(const std::string& ref) const = 0;
  virtual made<payment_view> act(const std::string& ref, payer_action action, const payer_options& options, timestamp now) = 0;
  /// The provider's id of a refund, found by that id or by ours; empty = none.
  virtual std::string find_refund(const std::string& ref) const = 0;
  /// Ends an open refund, or fails one that was completed.
  virtual made<payment_view> end_refund(const std::string& refund_id, bool success, timestamp now) = 0;
  /// Ends what is due.
  virtual void settle(timestamp now) = 0;
  /// When settle has something to do next.
  virtual std::optional<timestamp> next_due() const = 0;
  virtual void forget() = 0;

  /// The next refunds stay open until the control API ends them.
  void open_refunds(int count) noexcept { open_refunds_ = count; }

protected:
  bool take_open_refund() noexcept { return open_refunds_ > 0 && open_refunds_-- > 0; }

private:
  int open_refunds_ = 0;
};

/// Takes one entry out of an index.
template <class Key>
void drop_entry(std::multimap<Key, std::string>& index, const Key& key, const std::string& id) {
  const auto [first, last] = index.equal_range(key);
  for (auto at = first; at != last; ++at)
    if (at->second == id) {
      index.erase(at);
      return;
    }
}

/// Our references to a provider's objects: payment ids and intent ids. `number` orders them by age.
class reference_index {
public:
  void add(const std::string& reference, const std::string& id) {
    if (!reference.empty())
      ids_.emplace(reference, id);
  }
  void remove(const std::string& reference, const std::string& id) { drop_entry(ids_, reference, id); }
  std::vector<std::string> find(const std::string& reference) const {
    std::vector<std::string> out;
    const auto [first, last] = ids_.equal_range(reference);
    for (auto at = first; at != last; ++at)
      out.push_back(at->second);
    return out;
  }

private:
  std::multimap<std::string, std::string> ids_;
};

/// Objects that end by themselves, by time.
using due_index = std::multimap<timestamp, std::string>;

/// Fee a provider keeps, rounded half-even: share in parts of ten thousand plus a fixed part.
inline money provider_fee(money amount, std::int64_t share, std::int64_t fixed) {
  return share_of(amount, rate{share}) + money{fixed};
}

} // namespace reserve::sandbox
