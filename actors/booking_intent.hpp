#pragma once

#include "actors/entity.hpp"

#include "domain/intent.hpp"

namespace reserve::actors {

/// A BOOKING INTENT from its first changing command on: the process manager from hold to reservation.
///
/// Before that its calendar owns it: then this actor only finds the way there (its row or tail names the unit) and forwards.
class booking_intent_entity final : public serial_entity {
public:
  static constexpr const char* actor_name = "booking_intent";
  booking_intent_entity(entity_actor::pointer self, city_context& city, entity_id id);

protected:
  bool at_rest() const override { return serial_entity::at_rest() && unsettled_.empty(); }
  void restore(const std::optional<entity_snapshot>& from) override;
  void fold(const record& what) override;
  void handle(const command_ptr& what) override;
  void advance() override;

private:
  void read(const command_ptr& asked);
  /// An untouched intent is its calendar's: read there, or cancelled there.
  void ask_calendar(const command_ptr& asked, std::optional<std::string> cancel_reason);
  /// The calendar has ended it, and its record is on its way to us: nobody is told the old state.
  void wait_for_outcome(const command_ptr& asked);
  void decide_waiting();
  void change_traveler_of(const command_ptr& asked, const change_traveler& what);
  void start(const command_ptr& asked, const begin_payment& what);
  void start_checked(const command_ptr& asked, const begin_payment& what, bool unverified);
  void cancel(const command_ptr& asked, const cancel_booking_intent& what);
  void reported(const command_ptr& asked, const report_payment& what);
  void expire(const command_ptr& asked);
  void finalize(const command_ptr& asked);

  /// Commits what was decided, with the calendar when it is concerned; answers the view.
  void commit_decided(const command_ptr& asked, std::vector<intent_event> decided, std::function<void(verdict, position)> then, draft extra = {});
  /// The first changing command of an untouched intent: take it over with these events, in one record.
  void take_over(const command_ptr& asked, const std::vector<intent_event>& decided, std::function<void(verdict, position)> then, draft extra = {});
  void answer_view(const command_ptr& asked, verdict how, position at) const;
  void live_check(std::function<void(live_check_answer)> then);
  void reread_then_expire(const std::vector<payment_id>& open);
  void expire_decided(reread provider);
  void convert(const std::string& code);
  void recover(payment_id payment);
  /// `guest` is sealed again for the new intent, so that it needs nothing of this one.
  void recover_with(payment_id payment, const std::optional<guest_details>& guest);
  void give_up_recovery(payment_id payment, std::string why);
  /// Starts the reservation, also when the first message is lost.
  void begin_at(reservation_id reservation);
  /// Once in a life: wakes whom a record of the life before has created.
  void wake_created();
  /// A step has been answered: `then` when its receiver took it, else it is tried again later.
  void taken(const std::string& step, bool ok, const std::function<void()>& then);
  void met(intent_obligation_met::kind what, payment_id payment, std::uint32_t count = 0, refund_id refund = {});
  void run(const intent_todo& todo);
  intent_context context() const;
  bool is_live() const noexcept;
  bool untouched() const noexcept { return state_.status != intent_status::absent && !opened_; }

  intent state_;
  bool opened_ = false; ///< intent_opened has been committed: we own hold and deadline.
  sequence seq_ = 0;
  bool was_live_ = false, created_woken_ = false;
  city_settings settings_;
  int unreadable_ = 0; ///< Tries to open the guest for a recovery.
  std::vector<command_ptr> unsettled_; ///< Wait for the outcome of what the calendar has decided about this untouched intent.
};

} // namespace reserve::actors
