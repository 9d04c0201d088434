#pragma once

#include "app/commands.hpp"
#include "app/engine.hpp"

#include <vector>

namespace reserve::app::load {

/// The city that a load in this process is aimed at. It has no Host; its properties, units and nights are ours, and the same for the same options.
inline constexpr city_number city_number_of_load = 900;
inline constexpr const char* city_of_load = "LOAD";

/// Its lease row, so that an engine can take it.
void register_city(const config::config& values);
/// Brings catalogue and calendars to what the options want; safe to repeat. Throws std::runtime_error when a command is refused.
std::vector<unit_id> make_city(engine& with, const load_options& options);

} // namespace reserve::app::load
