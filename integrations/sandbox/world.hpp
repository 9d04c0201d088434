#pragma once

#include "integrations/sandbox/call_log.hpp"
#include "integrations/sandbox/catalogue.hpp"
#include "integrations/sandbox/faults.hpp"
#include "integrations/sandbox/host_face.hpp"
#include "integrations/sandbox/mercadopago_face.hpp"
#include "integrations/sandbox/openpix_face.hpp"
#include "integrations/sandbox/stripe_face.hpp"
#include "integrations/sandbox/webhook_queue.hpp"

#include <map>
#include <string>

namespace reserve::sandbox {

/// What the outside systems check and publish. An empty credential is not checked.
struct world_settings {
  std::uint64_t seed = 1;
  host_keys host;
  std::string stripe_key, mercadopago_token, openpix_app_id;
  published_key openpix_key;
};

/// Offset of the sandbox's clock, and what only its signatures are off by.
struct clock_state {
  std::int64_t offset_seconds = 0, skew_seconds = 0;
  static void each(auto& self, auto&& visit) { visit(self.offset_seconds, self.skew_seconds); }
};

/// Every outside system in one place. Pure: requests in, answers out, webhooks to be fetched; the machine's time is an argument, so a simulator can
/// own it.
class world {
public:
  world(store& home, world_settings settings, br_code_maker br_code);

  /// A call of a provider ("/stripe/v1/…") or of the control API ("/control/…").
  outcome handle(request call, timestamp machine_now);
  /// Lets everything happen that is due.
  void settle(timestamp machine_now);
  /// When settle or take_webhooks have something to do next, in machine time.
  std::optional<timestamp> next_due(timestamp machine_now) const;

  std::vector<webhook_send> take_webhooks(timestamp machine_now);
  void webhook_finished(std::uint64_t delivery, int status, const header_pairs& headers, timestamp machine_now);
  /// Time that webhooks are signed with.
  timestamp signing_time(timestamp machine_now) const;

  timestamp now(timestamp machine_now) const;
  clock_state clock() const;
  /// Time never goes back: a smaller offset than now is passed over.
  void set_offset(std::int64_t seconds);
  void set_skew(std::int64_t seconds);

  // What the control API works on.
  store& home() noexcept { return home_; }
  const world_settings& settings() const noexcept { return settings_; }
  host_model& host() noexcept { return host_; }
  payment_model* payments(const std::string& provider);
  const std::map<std::string, payment_model*>& payment_models() const noexcept { return payments_; }
  stripe_model& stripe() noexcept { return stripe_; }
  mercadopago_model& mercadopago() noexcept { return mercadopago_; }
  openpix_model& openpix() noexcept { return openpix_; }
  fault_book& faults() noexcept { return faults_; }
  webhook_queue& webhooks() noexcept { return webhooks_; }
  call_log& calls() noexcept { return calls_; }
  std::uint64_t next_number() { return ids_.next_number(); }
  /// Forgets bookings, payments, calls, faults and rules, and with `catalogue` the changed nights; never the clock.
  void reset(bool catalogue);

  /// Runs `work` with its events made but not sent; answers the id of its first event.
  template <class Work>
  auto collecting_events(bool drop, Work&& work, std::string& first_event) {
    drop_events_ = drop;
    first_event_.clear();
    auto result = work();
    drop_events_ = false;
    first_event = first_event_;
    return result;
  }

private:
  outcome call_provider(const std::string& provider, face& target, const request& call, timestamp now);
  outcome meet_fault(const fault& what, face& target, const request& call, timestamp now);
  void take_event(event_draft draft, timestamp now);

  store& home_;
  world_settings settings_;
  id_maker ids_;
  catalogue catalogue_;
  table<clock_state> clock_;
  webhook_queue webhooks_;
  fault_book faults_;
  call_log calls_;
  key_book host_keys_, stripe_keys_, mercadopago_keys_, openpix_keys_;
  host_model host_;
  stripe_model stripe_;
  mercadopago_model mercadopago_;
  openpix_model openpix_;
  host_face host_face_;
  stripe_face stripe_face_;
  mercadopago_face mercadopago_face_;
  openpix_face openpix_face_;
  std::map<std::string, face*> faces_;
  std::map<std::string, payment_model*> payments_;
  bool drop_events_ = false;
  std::string first_event_;
};

/// The control API (spec 50§13.7) except its clock, which also moves the server. `call.path` is behind "/control".
answer control(world& all, const request& call, timestamp now);

/// {now, offset_seconds, skew_seconds}.
std::string clock_json(const world& all, timestamp machine_now);

} // namespace reserve::sandbox
