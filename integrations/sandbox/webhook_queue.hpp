#pragma once

#include "integrations/sandbox/provider.hpp"
#include "integrations/sandbox/store.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reserve::sandbox {

using header_pairs = std::vector<std::pair<std::string, std::string>>;

/// An event a provider made. Status: waiting, held (by a reorder rule), delivered, dropped, failed.
struct webhook_event {
  event_draft draft;
  std::string status;
  timestamp created{};
  int attempts = 0, last_status = 0;
  header_pairs first_headers; ///< As first sent.
  std::uint64_t number = 0;
  static void each(auto& self, auto&& visit) {
    visit(self.draft.id, self.draft.provider, self.draft.type, self.draft.object_id, self.draft.path, self.draft.query, self.draft.body, self.status,
          self.created, self.attempts, self.last_status, self.first_headers, self.number);
  }
};

/// One way of an event to the server, with its retries. mode: how it is signed (normal, bad_signature, no_signature, old_signature, original).
struct webhook_delivery {
  std::string event_id, provider, mode;
  std::uint64_t number = 0;
  std::uint64_t after = 0; ///< Waits until that delivery has been tried; 0 = none.
  int tries = 0;
  timestamp due{};
  static void each(auto& self, auto&& visit) { visit(self.event_id, self.provider, self.mode, self.number, self.after, self.tries, self.due); }
};

/// What happens to the next `count` events. mode: drop, duplicate, delay, reorder, bad_signature, no_signature, old_signature.
struct webhook_rule {
  std::string id, provider, mode; ///< provider "*" = all.
  int count = 1;                  ///< Still to come.
  std::int64_t delay_ms = 0;
  std::vector<std::string> held; ///< reorder: what waits.
  static void each(auto& self, auto&& visit) { visit(self.id, self.provider, self.mode, self.count, self.delay_ms, self.held); }
};

/// What is to be sent now.
struct webhook_send {
  std::uint64_t delivery = 0;
  std::string mode;
  webhook_event event;
};

/// Webhooks on their way out: rules, retries after 1, 5 and 15 minutes, order. All times are the sandbox's. No I/O: the face sends what take_due
/// gives and tells by finished what became of it.
class webhook_queue {
public:
  explicit webhook_queue(store& home);

  /// `numbers` gives fresh numbers. With `drop` the event is made but not sent.
  void push(event_draft draft, bool drop, const std::function<std::uint64_t()>& numbers, timestamp now);
  made<webhook_rule> add_rule(webhook_rule rule, std::uint64_t number);
  /// Ends all rules; what they held is sent in its first order.
  void clear_rules(const std::function<std::uint64_t()>& numbers, timestamp now);
  /// Sends an event again, `original` with its first headers; false = no such event.
  bool send_again(const std::string& event_id, bool original, std::uint64_t number, timestamp now);

  /// What is due, one delivery at a time of each provider; it counts as under way until finished.
  std::vector<webhook_send> take_due(timestamp now);
  /// `headers` are those it was sent with; status 0 = no answer.
  void finished(std::uint64_t delivery, int status, const header_pairs& headers, timestamp now);
  /// When take_due has something to give; nothing while all that is due is under way.
  std::optional<timestamp> next_due() const;
  void forget();

  const table<webhook_event>& events() const noexcept { return events_; }
  const table<webhook_rule>& rules() const noexcept { return rules_; }
  /// Events of a provider, oldest first.
  std::vector<const webhook_event*> of_provider(const std::string& provider) const;
  std::size_t waiting() const noexcept { return deliveries_.rows().size(); }

private:
  std::uint64_t enqueue(const std::string& event_id, const std::string& mode, std::uint64_t number, std::uint64_t after, timestamp due);
  void hold(webhook_rule rule, const std::string& event_id, const std::function<std::uint64_t()>& numbers, timestamp now);
  void set_status(const std::string& event_id, const char* status);
  /// The first delivery of a provider that may go now; null = none, or one is under way.
  const webhook_delivery* next_of(const std::string& provider) const;
  void prune();

  table<webhook_event> events_;
  table<webhook_delivery> deliveries_;
  table<webhook_rule> rules_;
  std::map<std::string, std::set<std::pair<timestamp, std::uint64_t>>> by_due_; ///< Per provider; follows deliveries_.
  std::map<std::string, int> pending_;                                          ///< Deliveries of an event; follows deliveries_.
  std::map<std::uint64_t, std::string> by_number_;                              ///< Events by age; follows events_.
  std::map<std::string, std::uint64_t> under_way_;                              ///< Provider to delivery.
};

std::string event_json(const webhook_event& event);
std::string rule_json(const webhook_rule& rule);

} // namespace reserve::sandbox
