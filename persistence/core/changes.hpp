#pragma once

#include "persistence/core/projected.hpp"

#include <map>

namespace reserve::persistence {

/// Collects what one transaction does to the tables.
class change_set {
public:
  table_change& of(const table& which);
  /// In the order of projected_tables(), each key once: the last version wins, as it does in the log; only created_at is the first one's, whatever the batch.
  std::vector<table_change> take();

private:
  std::map<const table*, table_change> changes_;
};

} // namespace reserve::persistence
