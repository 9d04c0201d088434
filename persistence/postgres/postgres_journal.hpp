#pragma once

#include "actors/protocols/journal_port.hpp"
#include "persistence/postgres/leaves.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace reserve::persistence {

class journal_exchange;

struct journal_options {
  std::string url;
  /// Who we are in the lease rows; a restarted process with the same name may take its own cities at once.
  std::string node_id;
  std::chrono::milliseconds lease{15'000};
  /// A session that does not answer an append for so long is given up: what it was doing counts as lost or unknown.
  std::chrono::milliseconds answer_timeout{20'000};
  /// How long a lease row may be locked by somebody else before his session is ended (commit-protocol §4).
  std::chrono::milliseconds row_patience{1'000};
};

/// The journal in PostgreSQL. One session, opened when it is needed and again after it was lost; while its transaction commits, a second one may copy the rows of the
/// next. The two change places then.
class postgres_journal final : public journal_port {
public:
  explicit postgres_journal(journal_options options);
  ~postgres_journal() override;

  /// Makes the lease row of a city, if it is not there, with the number that its ids carry.
  void add_city(const std::string& code, city_number number);

  append_outcome append(std::span<const city_batch> batches) override;
  append_outcome append_while(std::span<const city_batch> batches, const std::function<bool()>& meanwhile) override;
  void copy_ahead(std::span<const city_batch> next) override;
  void prepare(record& what) override;
  std::optional<city_lease> resolve(const std::string& code, std::uint64_t epoch) override;
  std::optional<city_lease> take(const std::string& code) override;
  std::optional<std::vector<std::string>> renew(std::span<const city_lease> leases) override;
  void release(const std::string& code, std::uint64_t epoch) override;
  std::vector<committed_record> read(const std::string& code, sequence after, std::size_t limit) override;

  /// The session's socket, or -1; for fault tests.
  int socket() const noexcept;

private:
  /// A transaction that has the rows of `batches` and lacks fence and COMMIT.
  struct copied_ahead {
    std::unique_ptr<connection> session;
    std::vector<city_batch> batches;
    std::unique_ptr<journal_exchange> rows;

    bool is(std::span<const city_batch> wanted) const;
  };

  connection& session();
  std::unique_ptr<connection> open_session() const;
  void load_leaves();
  append_outcome append_and_mend(std::span<const city_batch> batches);
  append_outcome append_once(std::span<const city_batch> batches);
  std::optional<append_outcome> append_ahead(std::span<const city_batch> batches);
  std::string fences(std::span<const city_batch> batches) const;
  append_outcome conclude(journal_exchange& sending);
  std::chrono::milliseconds finish(journal_exchange& sending);
  bool has_any(const city_batch& of);
  append_outcome tell_taken(append_outcome outcome, std::span<const city_batch> batches);
  void make_room(std::span<const city_batch> batches);
  void look_ahead(std::span<const city_batch> batches);
  void make_next_leaf();
  /// Runs an UPDATE ... RETURNING epoch, head, number of one lease row; ends the session that keeps it locked.
  std::optional<city_lease> change_lease(const std::string& code, const std::string& sql, const std::vector<parameter>& values);
  void end_holder(const std::string& code);
  void end_holders(std::span<const city_batch> batches);
  void end_copies_ahead(const std::string& code);

  journal_options options_;
  std::unique_ptr<connection> session_, spare_;
  std::optional<copied_ahead> ahead_;
  std::chrono::steady_clock::time_point no_spare_until_{};
  leaf_map leaves_;
  const std::function<bool()>* meanwhile_ = nullptr; ///< Of the append that runs.
};

} // namespace reserve::persistence
