#pragma once

#include "actors/protocols/record.hpp"
#include "persistence/postgres/query_pool.hpp"

namespace reserve::persistence {

/// A client key that a committed record holds.
struct known_key {
  digest16 fingerprint{};
  sequence seq = 0;
};

/// Reads of class J beside the writer: never behind, because the writer fills these tables itself. In every answer the outer nullopt means that the database
/// could not be read.
class journal_queries {
public:
  explicit journal_queries(query_pool& pool) : pool_(pool) {}

  /// Looks a client key up (commit-protocol §7). Inner nullopt: nobody has used it.
  void find_key(const std::string& city_code, digest16 hash, std::function<void(std::optional<std::optional<known_key>>)> done);
  /// One record. Inner null: there is none with this number.
  void read_record(const std::string& city_code, sequence seq, std::function<void(std::optional<committed_record>)> done);

private:
  query_pool& pool_;
};

} // namespace reserve::persistence
