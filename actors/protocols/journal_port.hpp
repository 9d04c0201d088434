#pragma once

#include "actors/protocols/record.hpp"

#include <functional>
#include <span>
#include <string>

namespace reserve {

/// What a city's lease row said when it was taken: where the log stands and under which epoch we write from now on.
struct city_lease {
  city_number city = 0;
  std::string code;
  std::uint64_t epoch = 0;
  sequence head = 0;
};

/// The records of one city in a batch, in order, seq assigned without a gap.
struct city_batch {
  std::string code;
  std::uint64_t epoch = 0;
  sequence first = 0, last = 0;
  std::vector<record_ptr> records;
};

/// Outcome of one append transaction.
struct append_outcome {
  enum class kind : std::uint8_t {
    committed,
    rolled_back,  ///< Known: nothing of it happened. `sqlstate` says why.
    fence_lost,   ///< Known rollback; the cities in `lost` are not ours any more.
    unknown,      ///< COMMIT was sent and not answered.
    disconnected, ///< No connection; nothing was sent.
  };
  kind what = kind::disconnected;
  std::string sqlstate;
  std::vector<std::string> lost;
  std::chrono::milliseconds disk_wait{}; ///< Committed: from when everything was sent until the answer was noticed, less what the caller did meanwhile.
};

/// The journal as the writer sees it: PostgreSQL, or simulated. One caller, blocking calls.
///
/// append() runs fence, binary COPY of journal rows, keys and vault, and COMMIT in one transaction (commit-protocol §4).
class journal_port {
public:
  virtual ~journal_port() = default;

  /// Commits `batches` (cities in ascending code) in one transaction.
  virtual append_outcome append(std::span<const city_batch> batches) = 0;
  /// The same. While the database works, the caller does: `meanwhile` is called from time to time; false = there was nothing to do. It leaves the batches alone.
  virtual append_outcome append_while(std::span<const city_batch> batches, const std::function<bool()>& meanwhile) {
    meanwhile();
    return append(batches);
  }
  /// What append() will get next if the batches that are being appended are committed. Does with their rows what can be done before: nothing of it counts until that
  /// append(), which also tells what went wrong here. Batches that are not appended then leave nothing behind.
  virtual void copy_ahead(std::span<const city_batch>) {}
  /// Does what can be done for a record before it has a number.
  virtual void prepare(record&) {}

  /// After unknown: on a fresh connection raises our epoch where it is still ours, waits for the lost transaction, and says where the head is.
  /// nullopt: cannot reach the database yet. A lease with epoch 0: the city is lost.
  virtual std::optional<city_lease> resolve(const std::string& code, std::uint64_t epoch) = 0;

  /// Takes a city (expired lease, or our own node's): raises the epoch, then reads the head. nullopt: somebody else holds it, or no connection.
  virtual std::optional<city_lease> take(const std::string& code) = 0;

  /// Prolongs our leases; returns those that were lost. Empty optional: no connection.
  virtual std::optional<std::vector<std::string>> renew(std::span<const city_lease> leases) = 0;

  /// Gives the city back on a clean stop.
  virtual void release(const std::string& code, std::uint64_t epoch) = 0;

  /// Committed records with a seq above `after`, in order, at most `limit`. Throws std::runtime_error when the database cannot be read.
  virtual std::vector<committed_record> read(const std::string& code, sequence after, std::size_t limit) = 0;
};

} // namespace reserve
