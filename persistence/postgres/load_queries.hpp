#pragma once

#include "persistence/postgres/connection.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace reserve::persistence {

/// What `reserve load` asks the database before and after a run. A session of its own; blocking.
class load_queries {
public:
  explicit load_queries(const std::string& url);

  /// Of the intents whose session is `prefix` and a number: the numbers.
  std::vector<std::int64_t> intents_of(const std::string& city, const std::string& prefix);
  std::int64_t count_intents_of(const std::string& city, const std::string& prefix);
  /// Nights of the city that are sold more often than they may be.
  std::int64_t overbooked_nights(const std::string& city);
  /// How the intents of a run have ended.
  struct endings {
    std::int64_t released = 0, early = 0;  ///< Expired; of these before their time.
    std::int64_t up_to_head = 0;           ///< Whose end is in a record up to the given one.
    std::int64_t due_within_us = 0, latest_us = 0; ///< From the first deadline to the last; from a deadline to its end, at most.
  };
  endings ends_of(const std::string& city, const std::string& prefix, std::int64_t head);
  /// Last record of the city's journal.
  std::int64_t head(const std::string& city);

  /// Process and application_name of each session that this login may see.
  std::vector<std::pair<int, std::string>> sessions();
  /// Process of our own session.
  int backend_pid() const noexcept { return on_.backend_pid(); }

private:
  query_result ask(const std::string& city, const std::string& sql, const std::vector<parameter>& values);

  connection on_;
};

} // namespace reserve::persistence
