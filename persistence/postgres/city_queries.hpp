#pragma once

#include "actors/protocols/record.hpp"
#include "persistence/postgres/query_pool.hpp"

#include <string>
#include <vector>

namespace reserve::persistence {

// What commands ask about cities before an engine runs, or beside one: each on a connection of its own. They throw when the database cannot be read.

/// Cities that have a lease row: those that were ever added here. The platform log is not among them.
std::vector<std::string> known_cities(const std::string& url);

/// Where a city's hot tables stand: the records above it are the writer's tail.
sequence projected_position(const std::string& url, const std::string& city_code);

/// Has the city a log, and does somebody hold its lease now?
bool is_served(const std::string& url, const std::string& city_code);

/// PostgreSQL's clock; nullopt: it cannot be read now.
void read_clock(query_pool& pool, std::function<void(std::optional<timestamp>)> done);

} // namespace reserve::persistence
