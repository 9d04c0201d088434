#pragma once

#include "actors/protocols/record.hpp"
#include "persistence/postgres/connection.hpp"

#include <map>
#include <string>
#include <vector>

namespace reserve::persistence {

/// The leaf partitions that exist, by name: COPY goes to a leaf, because a parent has row-level security (commit-protocol §11).
class leaf_map {
public:
  struct range {
    sequence first = 0, past = 0;
    std::string leaf;
  };

  /// Reads them in the role that the session has, which must be one of the engine's or the service's.
  static leaf_map load(connection& from);

  /// Leaf of a table by city: the city's own, else the default one. Throws std::logic_error for a table without.
  const std::string& of_city(const std::string& table, const std::string& code) const;
  /// Leaf of a table by sequence; null when it is not there yet.
  const range* of_sequence(const std::string& table, sequence seq) const;
  /// The last range of a table by sequence; null when it has none.
  const range* last_of(const std::string& table) const;

private:
  std::map<std::string, std::vector<range>> ranges_; // ascending
  std::map<std::string, std::map<std::string, std::string>> cities_; // table -> city, or empty = default -> leaf
};

} // namespace reserve::persistence
