#pragma once

#include "actors/protocols/storage_port.hpp"
#include "persistence/postgres/query_pool.hpp"

namespace reserve::persistence {

/// Projected state of entities, for actors that start: rows and the hot projection's position in one snapshot.
class postgres_storage final : public storage_port {
public:
  explicit postgres_storage(query_pool& pool) : pool_(pool) {}

  void load(const std::string& city_code, entity_id entity, entity_kind kind, std::function<void(std::optional<loaded_entity>)> done) override;
  void load_all(const std::string& city_code, entity_kind kind,
                std::function<void(std::optional<std::pair<std::vector<entity_snapshot>, sequence>>)> done) override;
  void load_unfinished(const std::string& city_code, std::function<void(std::optional<std::vector<std::pair<entity_kind, entity_id>>>)> done) override;

private:
  query_pool& pool_;
};

} // namespace reserve::persistence
