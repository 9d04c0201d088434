#pragma once

#include "actors/entity.hpp"

#include "domain/reservation.hpp"

namespace reserve::actors {

/// A RESERVATION: commits itself to the property's system through the HOST GATE, and gives money and nights back when that cannot be.
class reservation_entity final : public value_entity<reservation> {
public:
  static constexpr const char* actor_name = "reservation";
  reservation_entity(entity_actor::pointer self, city_context& city, entity_id id);

protected:
  void handle(const command_ptr& what) override;
  void advance() override;

private:
  void read(const command_ptr& asked);
  void wake(const command_ptr& asked);
  void reported(const command_ptr& asked, const look_at_host& what);
  void retry(const command_ptr& asked, const retry_commit& what);
  void refund_told(const command_ptr& asked, const tell_refund& what);
  void cancel(const command_ptr& asked, const cancel_reservation& what);

  void run(const reservation_todo& todo);
  void commit_at_host(const step_commit& step);
  void look_up(std::chrono::milliseconds timeout, std::function<void(host_answer)> then);
  void create_at_host(std::function<void(host_answer)> then);
  void committed_or_not(const host_answer& heard);
  std::chrono::milliseconds pause_before_retry() const;
  /// To whom reads this unit at the Host (host_steps).
  void show_host_step();
  void recalled(const host_answer& heard);
  void give_up();
  void recall_cancel(const std::string& booking_id);
  /// Commits what was decided; with the calendar when nights are given back or the Host's booking id becomes known.
  void commit_decided(std::vector<reservation_event> decided, const command_ptr& asked, std::optional<uuid> inbox, after then);
  host_request request_for(host_request::operation what) const;
  reservation_context context() const;
  void answer_waiting();
  /// R6 and R8c: what waits for the property's breakers to close is tried at once when they do.
  void wait_for_breaker();

  city_settings settings_;
  std::vector<command_ptr> waiting_; ///< Who waits for the end of a commit run (internal host-commit, create_booking).
};

} // namespace reserve::actors
