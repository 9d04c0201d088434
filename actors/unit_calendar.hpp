#pragma once

#include "actors/entity.hpp"
#include "actors/footprint.hpp"

namespace reserve::actors {

/// A UNIT CALENDAR: the only place where inventory of one unit is decided.
///
/// It pipelines: it decides on its working state (committed and pending), hands records to the writer when its mailbox is dry or every 32 commands, and lets
/// answers out in order after their commit. What a step of another entity frees counts only when that record is committed; what it takes counts at once. Readers of
/// the city index see committed nights only: the working ones with what is pending taken back.
class unit_calendar_entity final : public entity_base {
public:
  static constexpr const char* actor_name = "unit_calendar";
  unit_calendar_entity(entity_actor::pointer self, city_context& city, entity_id id);

  void on_outcomes(std::vector<outcome>& what) override;
  void on_closed() override;

protected:
  void restore(const std::optional<entity_snapshot>& from) override;
  void fold(const record& what) override;
  void handle(const command_ptr& what) override;
  void advance() override;
  void hand_in() override { flush(); }
  bool at_rest() const override;

private:
  static constexpr std::size_t waiters_max = 10000; ///< Bound of the queue behind prepared steps.

  struct pending;
  using telling = std::function<void(const pending&, verdict, position)>;
  /// A record of ours on its way, and who waits for it. Commands that changed nothing wait for the last one before them.
  struct pending {
    record_ptr record;
    command_ptr asked;
    telling told; ///< Answers `asked`; none: nobody waits.
    footprint ahead; ///< What it has done to the working nights already.
    bool deferred = false; ///< Its events are applied when it is committed (a step of another entity).
    std::vector<std::function<void()>> after;
  };
  /// A step of another entity that is not committed yet: the claim is locked, rooms it takes are counted.
  struct prepared {
    std::optional<reserve::stay> taken, freed;
    int rooms = 0;
  };
  /// Would be refused only because of what a prepared step takes or will give back: decided again when one is settled.
  struct waiter {
    command_ptr what;
  };

  // Guests (unit_calendar_holds.cpp).
  void place(const command_ptr& asked, const ask_hold& what);
  void untouched(const command_ptr& asked, const ask_untouched& what);
  void expire(const command_ptr& asked, std::uint64_t before = 0);
  std::uint64_t end_due(const command_ptr& asked, std::size_t records_max);
  void tell_hold(const pending& done, verdict how, position where);
  bool could_change(const reserve::stay& stay) const;
  void ended(const claim& gone);

  // Steps of other entities (unit_calendar_steps.cpp).
  void step(const command_ptr& asked, const ask_step& what);
  result<std::vector<event>> decide_step(const ask_step& what, prepared& lock) const;
  std::optional<hold_id> claim_of(const ask_step& what) const;
  void count_taken(const prepared& lock, int sign);
  void settle(const outcome& what);

  // The Host (unit_calendar_host.cpp).
  void readings(const command_ptr& asked, const take_readings& what);
  void end_holds_on(const std::vector<date>& nights);
  /// After a load: an earlier life may have ended between the reading that closed a night and telling its intents.
  void end_holds_on_closed();
  void import(const command_ptr& asked, const take_import& what);

  // Records and what others see.
  record_ptr make_record(const command_ptr& asked, timestamp at);
  /// Applies the record's events of ours (unless they are deferred) and hands it to the writer with the next flush.
  void hand_over(record_ptr out, const command_ptr& asked, bool deferred, telling told);
  void flush();
  /// Answers in order: now if nothing is pending, else after the last pending record.
  template <class Answer>
  void in_order(Answer what) {
    if (pending_.empty())
      what();
    else
      pending_.back().after.emplace_back(std::move(what));
  }
  void apply(const event& what);
  void decide_again();
  void count_sessions();
  void arm();

  // What readers see (unit_calendar_view.cpp).
  void changed(const footprint& by);
  std::vector<night> committed_nights(const reserve::stay& range) const;
  void publish();

  unit_calendar unit_;
  std::deque<pending> pending_;
  std::unordered_map<hold_id, prepared> prepared_;
  std::deque<waiter> waiters_;
  std::vector<record_ptr> outbox_;
  std::size_t since_flush_ = 0;
  std::optional<reserve::stay> changed_; ///< Nights that the index does not show as they are committed.
  bool everything_changed_ = true;       ///< Since it was loaded nothing has been published.
  bool readings_changed_ = false;        ///< Of these nights more than free rooms.
  std::optional<money> shown_base_;      ///< The base price that the index shows ...
  std::shared_ptr<const catalogue_view> shown_catalogue_; ///< ... and where it comes from.
  std::optional<std::uint32_t> slot_;    ///< Our place in the index.
  std::optional<timestamp> armed_;       ///< The first deadline when the timer was set ...
  bool timer_knows_ = false;             ///< ... if it has not fired since.
  bool counted_ = false;
  std::optional<std::chrono::milliseconds> used_at_; ///< Steady; when somebody last wanted something. None: it was only loaded for the index.
};

} // namespace reserve::actors
