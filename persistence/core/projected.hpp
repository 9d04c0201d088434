#pragma once

#include "persistence/core/rows.hpp"
#include "persistence/core/trace.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace reserve::persistence {

/// A stored webhook whose record is folded: its inbox row is marked.
struct inbox_mark {
  uuid inbox{};
  sequence seq = 0;
  timestamp at{};
};

/// Row changes of one projector transaction, per table. It moves the positions of its projections together.
struct projected {
  std::span<const std::string_view> projections;
  sequence from = 0, to = 0; ///< Positions before and after.
  timestamp at{};            ///< occurred_at of the last record.
  std::vector<table_change> changes;
  std::vector<inbox_mark> inbox;
  std::vector<trace> traces;
};

/// Projections whose rows come from the states of entities: `hot` and the open problems, which people must see at once.
std::span<const std::string_view> state_projections() noexcept;
/// Projections whose rows come from events and traces alone, the most wanted first: audit, catalogue, money, booking_log.
std::span<const std::string_view> log_projections() noexcept;
/// The nights of the calendars: absolute values, coalesced.
std::span<const std::string_view> night_projections() noexcept;
/// All of them (spec 40§10.3); each has a position for each city.
const std::vector<std::string_view>& projection_names();

/// Every table of class P that the projector writes, in the order in which it writes them.
const std::vector<const table*>& projected_tables();

} // namespace reserve::persistence
