#pragma once

#include "actors/protocols/journal_port.hpp"
#include "persistence/postgres/binary_copy.hpp"
#include "persistence/postgres/leaves.hpp"

#include <span>
#include <string>
#include <vector>

namespace reserve::persistence {

/// Everything that one append writes: what is deleted, and one COPY for each leaf that is met.
struct journal_batch {
  std::string deletes; ///< Statements, each with its semicolon; empty = none.
  struct copy {
    std::string statement, data;
  };
  std::vector<copy> copies; ///< Never empty for a batch with records; the journal first.
};

/// The columns of a record's row that do not depend on where it will stand in the log: record::row.
std::string prepared_row(const record& one);
/// Rows of the records as COPY wants them, from record::row where it was prepared. `on` only quotes text.
journal_batch encode_batch(std::span<const city_batch> batches, const leaf_map& leaves, const connection& on);

/// Columns of a SELECT on the journal that read_records() understands.
inline constexpr std::string_view record_columns =
    "seq, epoch, command_id, actor_type, actor_id, correlation_id, causation_id, occurred_at, inbox_id, entities, events";

/// Records from rows of record_columns. Throws decode_error on events that this release does not know.
std::vector<committed_record> read_records(const query_result& rows);

} // namespace reserve::persistence
