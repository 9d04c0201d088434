#pragma once

#include "domain/event.hpp"

#include <boost/container/small_vector.hpp>

#include <vector>

namespace reserve::actors {

/// What a record does to the nights of a calendar. Readers see committed nights only, but a calendar decides on its working ones: those with every pending
/// footprint taken back are the committed ones.
struct footprint {
  struct moved {
    stay nights{};
    std::int16_t held = 0, booked = 0; ///< Rooms taken; below zero: given back.
  };
  boost::container::small_vector<moved, 1> rooms; ///< Most records move one stay.
  std::vector<night_reading> before; ///< The nights that its reading changes, as they were.

  /// Adds what `what` will do to `unit`; asked before it is applied.
  void add(const unit_calendar& unit, const event& what);
  /// Takes it back on consecutive nights from `first` on. Of several footprints the newest is taken back first.
  void take_back(std::vector<night>& nights, date first) const;
  /// The nights it changes lie within this stay; none: it changes no night.
  std::optional<stay> range() const;
};

} // namespace reserve::actors
