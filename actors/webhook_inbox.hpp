#pragma once

#include "actors/entity.hpp"

namespace reserve::actors {

/// WEBHOOK INBOX of a city: hands each stored event to its owner and writes down that it was dealt with. At-least-once: the owner's state makes it once.
class webhook_inbox_entity final : public serial_entity {
public:
  static constexpr const char* actor_name = "webhook_inbox";
  webhook_inbox_entity(entity_actor::pointer self, city_context& city, entity_id id);

protected:
  void restore(const std::optional<entity_snapshot>&) override {}
  void fold(const record&) override {}
  void handle(const command_ptr& what) override;
  void advance() override;

private:
  struct open_event {
    handle_webhook what;
    int tries = 0;
    std::chrono::milliseconds next{0}; ///< Steady time of the next try.
    timestamp arrived{};
    bool running = false;
    bool given_up = false; ///< People know of it (F30); it is still tried now and then.
  };
  void start(uuid inbox);
  void payment_event(uuid inbox);
  /// Some providers name only their own object: it is read, and our reference in it says whose it is.
  void find_owner(uuid inbox, std::function<void()> nobody);
  void booking_event(uuid inbox);
  void availability_event(uuid inbox);
  void take_reading(uuid inbox, unit_id unit, availability_imported reading, host_steps::moment before);
  void import(uuid inbox, const host_booking& booking);
  void import_booked(uuid inbox, const indexed_unit& unit, const host_booking& booking);
  void import_cancelled(uuid inbox, unit_id unit, const host_booking& booking);
  void done(uuid inbox, std::string outcome);
  /// Failed: tried again after 5 s ... 10 min, five times; then people are told, and it is tried once an hour.
  void again(uuid inbox, const std::string& why);
  /// Not its time yet, which is no failure.
  void wait(uuid inbox);
  void give_up(uuid inbox, const std::string& why);
  exception_notice unprocessable(uuid inbox) const;

  std::map<uuid, open_event> open_;
  std::uint64_t readings_ = 0;                        ///< Asked for so far.
  std::map<unit_id, std::uint64_t> newest_reading_;   ///< Of each unit: when the one that was taken last was asked for.
};

} // namespace reserve::actors
