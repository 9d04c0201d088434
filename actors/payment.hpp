#pragma once

#include "actors/entity.hpp"

#include "domain/payment.hpp"

namespace reserve::actors {

/// A PAYMENT: one owner for life of what is captured and refunded. Talks to its provider through the PAYMENT GATE, tells its intent and its reservation.
class payment_entity final : public value_entity<payment> {
public:
  static constexpr const char* actor_name = "payment";
  payment_entity(entity_actor::pointer self, city_context& city, entity_id id);

protected:
  void handle(const command_ptr& what) override;
  void advance() override;

private:
  void open(const command_ptr& asked);
  void look(const command_ptr& asked, const look_at_provider& what);
  void look_again();
  void confirm(const command_ptr& asked);
  void close(const command_ptr& asked, const close_payment& what);
  void refund_asked(const command_ptr& asked, const ask_refund& what);
  void move(const command_ptr& asked, const move_payment& what);
  void wake(const command_ptr& asked);

  void run(const payment_todo& todo);
  void create_object();
  void created(const provider_reply& heard);
  void cancel_object();
  void send_refund(const step_send_refund& step);
  void tell(const payment_notice& notice);
  void read_object(std::function<void(const provider_reply&)> then);
  /// Applies a reading; `then` hears when it is committed, or at once when there is nothing new.
  void apply_reading(const provider_reply& heard, std::optional<uuid> inbox, std::function<void(verdict)> then);
  void call(provider_request request, std::function<void(provider_reply)> then);
  provider_request request_for(provider_request::operation what) const;
  void commit_own(std::vector<payment_event> decided, std::optional<uuid> inbox, std::vector<vault_row> vault, after then);
  /// Those who wait for the provider's first answer are answered when the intent has heard it.
  void answer_waiting();
  payment_context context() const;

  city_settings settings_;
  std::vector<command_ptr> waiting_; ///< Guests of open_payment.
  provider_secrets secrets_;         ///< Of the last creation in this life: given to the guest, never stored in clear.
  intent intent_seen_;               ///< As the intent answered our last report.
  timestamp last_read_{};
  std::vector<command_ptr> lookers_; ///< Asked while a re-read was running: one more answers them.
  int create_tries_ = 0;
  std::set<refund_id> sent_here_;    ///< Refunds this life has called for; others found open begin with a look-up.
};

} // namespace reserve::actors
