#pragma once

#include "actors/protocols/host_port.hpp"
#include "integrations/json.hpp"

#include <optional>
#include <vector>

/// The objects of Host Connect, as they stand in answers and in webhooks (spec 30§18.1).
namespace reserve::integrations::host {

/// Nothing when it has no booking_id or its dates are no stay.
std::optional<host_booking> read_booking(const json_value& json);

/// A list of nights, grouped by room type in the order they come. A night without date, room type or `available` is left out: what is not there counts as
/// closed. `room_type` is for lists that leave it out (webhooks).
std::vector<unit_readings> read_availability(const json_value& list, const std::string& room_type = {});

std::optional<host_property> read_property(const json_value& json);
std::optional<host_room_type> read_room_type(const json_value& json);

} // namespace reserve::integrations::host
