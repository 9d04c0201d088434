#pragma once

#include "app/engine.hpp"
#include "app/load/tally.hpp"

#include <vector>

namespace reserve::app::load {

/// Sends holds of one run into the engine. One thread.
class hold_sender {
public:
  static constexpr int nights = 3; ///< Of every stay.

  /// `days`: arrivals are 0 .. days - 1 days after tomorrow.
  hold_sender(engine& with, const std::vector<unit_id>& units, const run_mark& mark, int days);

  command_ptr make(std::size_t unit, int day, std::size_t number) const;
  /// The same with a time to live of its own.
  command_ptr make(std::size_t unit, int day, std::size_t number, millis lives) const;
  void send(command_ptr what, std::uint32_t number, steady::time_point due, tally& into);

  timestamp city_now() const { return owner_.city().now(); }

private:
  engine& with_;
  actors::city_engine& owner_;
  const std::vector<unit_id>& units_;
  const run_mark& mark_;
  std::shared_ptr<const catalogue_view> catalogue_;
  date tomorrow_;
  std::vector<timestamp> arrivals_; ///< Check-in of each day: the generator is to cost little beside what it drives.
};

} // namespace reserve::app::load
