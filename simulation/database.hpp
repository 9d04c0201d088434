#pragma once

#include "actors/protocols/journal_port.hpp"
#include "actors/protocols/messages.hpp"
#include "simulation/surroundings.hpp"

#include <deque>
#include <map>
#include <set>

namespace reserve::simulation {

/// What becomes of an append (commit-protocol §3, §4).
enum class append_fate : std::uint8_t {
  commits,
  slow,            ///< Commits after seconds.
  passing_error,   ///< Known rollback for a reason that passes.
  disconnected,    ///< Nothing was sent.
  unknown_landed,  ///< Committed, the answer got lost.
  unknown_later,   ///< The lost transaction holds the lease row for a while, then commits.
  unknown_late,    ///< It reaches the server only after everybody has given it up.
  unknown_never,   ///< Rolled back, nobody was told.
  torn,            ///< Cut in the middle of COPY: the session holds the lease row until it is ended, then nothing.
};

/// PostgreSQL as the world sees it: leases, journal, command keys, vault and inbox. Survives every process; a transaction is all or nothing.
class database {
public:
  struct known_key {
    digest16 fingerprint{};
    sequence seq = 0;
  };
  /// Sees every record at the moment of its commit.
  using witness = std::function<void(const record&)>;

  explicit database(surroundings& world, generator random) : world_(world), random_(random) {}

  void add_city(city_number number, const std::string& code);
  void watched_by(witness who) { witness_ = std::move(who); }

  /// One append transaction. Rows are copies: whoever sent them may change his own afterwards.
  append_outcome append(const std::vector<city_batch>& batches);
  /// Raises the epoch where it is still `epoch`; a lease with epoch 0: the city is lost.
  city_lease resolve(const std::string& code, std::uint64_t epoch);
  /// A start or a take-over: raises the epoch whoever had it.
  city_lease take(const std::string& code);
  std::uint64_t epoch_of(const std::string& code) const { return cities_.at(code).lease.epoch; }

  /// A session that nobody hears any more holds the lease row.
  void lock(const std::string& code, moment until) { cities_.at(code).locked_until = std::max(cities_.at(code).locked_until, until); }
  bool locked(const std::string& code) const { return world_.clock.now() < cities_.at(code).locked_until; }

  const std::vector<committed_record>& log(const std::string& code) const { return cities_.at(code).log; }
  std::vector<committed_record> log_after(const std::string& code, sequence after) const;
  std::optional<known_key> find_key(const digest16& hash) const;
  bool has_guest(intent_id stay) const { return guests_.contains(stay.value); }

  /// A webhook is stored before it is acknowledged; false: known by its dedup key.
  bool store_webhook(const std::string& dedup_key, const handle_webhook& what);
  void webhook_handled(const uuid& inbox) { inbox_.erase(inbox); }
  std::vector<handle_webhook> unhandled_webhooks() const;
  bool has_unhandled_webhooks() const noexcept { return !inbox_.empty(); }

  /// What happens to the next appends; empty: the faults that are on decide.
  std::deque<append_fate> fates;
  append_fate next_fate();
  /// Records that can never be stored (SQLSTATE 22021), by command id.
  std::set<uuid> bad_records;
  std::function<bool(const record&)> refuses; ///< The same, by what stands in them.
  /// Takes the fence away, to see that the simulator notices.
  bool fenced = true;

private:
  struct stored_city {
    city_lease lease;
    std::vector<committed_record> log;
    moment locked_until{0};
  };
  void store(const city_batch& batch);

  surroundings& world_;
  generator random_;
  witness witness_;
  std::map<std::string, stored_city> cities_;
  std::map<digest16, known_key> keys_;
  std::set<uuid> guests_;
  std::map<uuid, handle_webhook> inbox_;
  std::set<std::string> dedup_keys_;
};

/// The batches as rows of their own.
std::vector<city_batch> copy_of(const std::vector<city_batch>& batches);

} // namespace reserve::simulation
