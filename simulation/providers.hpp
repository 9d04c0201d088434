#pragma once

#include "actors/protocols/messages.hpp"
#include "actors/protocols/payment_port.hpp"
#include "simulation/host.hpp"

namespace reserve::simulation {

/// Stripe, Mercado Pago and OpenPix with a state of their own: objects (once per key), captures, refunds; they tell us by webhooks.
class provider_world {
public:
  struct refund {
    refund_id id{};
    money amount;
    bool done = false, failed = false;
    std::string gateway_id;
  };
  struct object {
    std::string id, provider, method;
    payment_id payment{};
    intent_id intent{};
    money asked, captured;
    reserve::currency unit{};
    object_status status = object_status::requires_payment_method;
    std::string failure_code;
    std::optional<timestamp> expires_at;
    std::optional<timestamp> captured_at; ///< By the wall clock.
    std::vector<refund> refunds;

    money refunded() const {
      money sum;
      for (const auto& one : refunds)
        if (one.done)
          sum += one.amount;
      return sum;
    }
  };
  using messenger = host_world::messenger;

  provider_world(surroundings& world, generator random) : world_(world), random_(random) {}
  void tells(messenger how) { send_ = std::move(how); }
  /// What a card of this name does when it is charged: empty code = accepted. Others ask for authentication ("pm_3ds").
  static std::string decline_of(const std::string& card);

  outside_answer<provider_reply> call(const provider_request& request);
  void goes_down(const std::string& provider, moment until) { down_until_[provider] = until; }
  /// Half of all calls fail until then.
  void has_a_bad_hour(const std::string& provider, moment until) { bad_until_[provider] = until; }
  std::deque<call_fate> fates; ///< Of the next creations and refunds.

  /// The guest's bank sends money: PIX, or a card's authentication that succeeds. false: the object takes none any more.
  bool pay(payment_id payment, std::optional<money> amount = {}, reserve::currency unit = {});
  bool decline(payment_id payment, const std::string& code);
  const object* find(payment_id payment) const;
  const std::map<payment_id, object>& objects() const noexcept { return objects_; }
  /// No webhook of these is sent.
  bool silent = false;
  /// A refund is accepted first and completed later.
  bool slow_refunds = false;
  /// The next refunds are refused for good.
  int refuse_refunds = 0;

private:
  call_fate fate_of(const provider_request& request);
  provider_reply effect(const provider_request& request);
  provider_reply create(const provider_request& request);
  provider_reply create_refund(const provider_request& request);
  provider_reply read_refund(const provider_request& request) const;
  provider_reply shown(const provider_request& request, object& one);
  object* find_for(const provider_request& request);
  void tick(object& one) const;
  void captures(object& one, const char* event);
  void report(const object& one, const char* event);
  static provider_reply said_of(const refund& one);

  surroundings& world_;
  generator random_;
  messenger send_;
  std::map<payment_id, object> objects_;
  std::map<std::string, payment_id> by_object_;
  std::map<std::string, moment> down_until_, bad_until_;
  std::uint64_t made_ = 0, told_ = 0;
};

} // namespace reserve::simulation
