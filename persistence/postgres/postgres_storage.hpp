#pragma once

#include "actors/protocols/storage_port.hpp"
#include "persistence/postgres/query_pool.hpp"

#include <map>
#include <memory>
#include <mutex>

namespace reserve::persistence {

/// Projected state of entities, for actors that start: rows and the hot projection's position in one snapshot.
///
/// Whoever asks while a query is on its way is read by the next one, together with all others: a city of 5,000 units is loaded by a few queries. Each row is
/// still read after its entity was opened, because a query's snapshot is younger than every request it takes.
class postgres_storage final : public storage_port {
public:
  explicit postgres_storage(query_pool& pool) : pool_(pool), queues_(std::make_shared<queues>(pool)) {}

  void load(const std::string& city_code, entity_id entity, entity_kind kind, std::function<void(std::optional<loaded_entity>)> done) override;
  void load_all(const std::string& city_code, entity_kind kind,
                std::function<void(std::optional<std::pair<std::vector<entity_snapshot>, sequence>>)> done) override;
  void load_unfinished(const std::string& city_code, std::function<void(std::optional<std::vector<std::pair<entity_kind, entity_id>>>)> done) override;

private:
  static constexpr std::size_t group_max = 1000; ///< Entities of one query.

  struct request {
    entity_id entity{};
    entity_kind kind = entity_kind::unit;
    std::function<void(std::optional<loaded_entity>)> done;
  };
  /// Units and intents have tables of their own.
  struct group_name {
    std::string city_code;
    entity_kind source = entity_kind::unit;
    auto operator<=>(const group_name&) const = default;
  };
  struct group {
    std::vector<request> waiting;
    bool reading = false; ///< A query is queued or runs.
  };
  using entities_read = std::pair<std::map<entity_id, std::string>, sequence>;

  /// Who waits. Shared with the queries on their way: the last answer may be told to somebody who ends us before the next query is looked for.
  struct queues {
    explicit queues(query_pool& its_pool) : pool(its_pool) {}
    query_pool& pool;
    std::mutex mutex;
    std::map<group_name, group> groups;
  };

  static void read_next(const std::shared_ptr<queues>& in, const group_name& name);

  query_pool& pool_;
  std::shared_ptr<queues> queues_;
};

} // namespace reserve::persistence
