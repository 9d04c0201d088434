#pragma once

#include "actors/protocols/record.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reserve {

/// What kind of state an entity snapshot holds.
enum class entity_kind : std::uint8_t { unit = 1, intent, payment, reservation, exceptions, numbering, city, property, platform, inbox };

/// Encoded state of an entity as of `seq`, the last record folded into it.
struct entity_snapshot {
  entity_id entity{};
  entity_kind kind = entity_kind::unit;
  sequence seq = 0;
  std::string data;
};

/// A snapshot (none when the entity has no row yet) together with the hot projection's position, read in one database snapshot (commit-protocol §2).
struct loaded_entity {
  std::optional<entity_snapshot> snapshot;
  sequence applied_seq = 0;
};

/// Reading of projected state, without blocking the caller: `done` runs on a thread of the storage, with nullopt when the database could not be read.
class storage_port {
public:
  virtual ~storage_port() = default;

  virtual void load(const std::string& city_code, entity_id entity, entity_kind kind, std::function<void(std::optional<loaded_entity>)> done) = 0;

  /// Every snapshot of one kind of a city, with the position. Used at the start (units for the index, properties, open work).
  virtual void load_all(const std::string& city_code, entity_kind kind, std::function<void(std::optional<std::pair<std::vector<entity_snapshot>, sequence>>)> done) = 0;

  /// Entities of a kind with unfinished work (live intents, open payments, reservations that wait): to be activated after a start.
  virtual void load_unfinished(const std::string& city_code, std::function<void(std::optional<std::vector<std::pair<entity_kind, entity_id>>>)> done) = 0;
};

} // namespace reserve
