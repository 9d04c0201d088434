#pragma once

#include "actors/protocols/journal_gate.hpp"
#include "domain/growing_map.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace reserve::persistence {

/// The rules of committing, without I/O (commit-protocol §2-§5): who is open, what waits, which batch goes next, what an outcome means for whom.
///
/// Not thread-safe: one caller, the journal writer's thread or a test. Answers to actors are collected and handed over by deliver().
class journal_core {
public:
  struct limits {
    std::size_t batch_max = 500; ///< Records per transaction (of a disk that is not slow) ...
    std::size_t mentions_max = 4096; ///< ... and entities that they name: a record that ends many holds is as long as many records, and others wait behind it.
    /// Of a commit for the disk. One that waits n times as long makes the next batch n times as large, `stretch_max` times at most: who waits stands behind fewer
    /// slow commits then.
    std::chrono::milliseconds usual_wait{10};
    std::size_t stretch_max = 8;
  };

  journal_core() : journal_core(limits{}) {}
  explicit journal_core(limits numbers) : limits_(numbers), batch_limit_(numbers.batch_max) {}

  /// A city of ours: its lease and the committed records that are not projected yet.
  void add_city(const city_lease& lease, std::vector<committed_record> tail);
  /// The city is not ours any more: everybody in doubt hears unknown, everybody else is closed.
  void lose_city(const std::string& code);

  void open(city_number city, entity_id entity, std::shared_ptr<entity_port> port);
  void close(entity_id entity, incarnation which);
  void submit(record_ptr record);
  void withdraw(entity_id asker, incarnation which);
  void applied(city_number city, sequence seq);

  /// The next transaction, or empty: nothing waits, or one is in flight. Seqs are given here. Valid until its outcome is told.
  const std::vector<city_batch>& next_batch();
  /// The transaction after the one in flight, so that its rows can be on their way already; empty: it was told before, nothing is in flight, or less waits than fills
  /// it. Its seqs are right only if the one in flight is committed: then next_batch() is this one, else its records wait again.
  const std::vector<city_batch>& plan_ahead();
  /// Something outside keeps a batch from being committed and may pass: a full disk, a lock, an outage. Then another try at once is no use.
  static bool may_pass(const append_outcome& outcome);
  /// The outcome of the batch in flight. After `unknown` the batch stays in flight until every city of it is resolved.
  void completed(const append_outcome& outcome);
  /// Cities whose head must be asked for before anything goes on, with the epoch we wrote under.
  std::vector<std::pair<std::string, std::uint64_t>> unresolved() const;
  void resolved(const std::string& code, const city_lease& lease);
  void renewed_epoch(const std::string& code, std::uint64_t epoch);

  /// Hands over what actors must hear since the last call, and returns the records that were committed, in order, for projector and followers.
  std::vector<committed_record> deliver();

  bool in_flight() const noexcept { return !flight_.empty(); }
  bool idle() const noexcept { return flight_.empty() && ahead_.empty() && queue_.empty(); }
  std::size_t queued() const noexcept { return queue_.size(); }
  bool has_city(city_number city) const { return by_number_.contains(city); }
  std::pair<std::uint64_t, sequence> head(city_number city) const;
  std::vector<city_lease> leases() const;

private:
  /// A committed record that is not projected yet. For each of its participants the seq of the older record of the tail that names the same entity, 0 = none: the
  /// entity's tail is a chain, so that a record costs no list of its own for each entity it names.
  struct tail_record {
    committed_record record;
    std::array<sequence, 2> older{}; ///< Of the first two participants.
    std::vector<sequence> more;      ///< Of the others.

    sequence& older_of(std::size_t participant) { return participant < 2 ? older[participant] : more[participant - 2]; }
  };
  struct owned_city {
    std::string code;
    std::uint64_t epoch = 0;
    sequence head = 0;
    std::deque<tail_record> tail; ///< Consecutive seqs.
    bool in_doubt = false;
  };
  struct waiting_open {
    city_number city = 0;
    std::shared_ptr<entity_port> port;
  };
  /// An entity that is open, waits to be opened, or is named by a record that is queued, in flight or in the tail.
  struct known_entity {
    incarnation current = 0; ///< 0 = not open.
    std::shared_ptr<entity_port> port;
    std::size_t outstanding = 0; ///< Records naming it that are queued or in flight.
    sequence newest = 0;         ///< The newest record of the tail that names it; 0 = none.
    std::unique_ptr<waiting_open> waits;
    std::uint64_t round = 0; ///< In which deliver() its `group` of told_ counts.
    std::size_t group = 0;

    bool is_open() const noexcept { return current != 0; }
    bool forgettable() const noexcept { return current == 0 && outstanding == 0 && newest == 0 && !waits; }
  };
  using entity_place = growing_map<entity_id, known_entity>::iterator;

  bool acceptable(const record& what) const;
  void answer_open(entity_id entity, const waiting_open& asked);
  void add_to_tail(owned_city& owner, committed_record what);
  std::vector<committed_record> tail_of(city_number city, entity_id entity, sequence newest);
  void settle(const record_ptr& what, verdict how, const std::string& sqlstate = {});
  void commit(const record_ptr& what);
  void refuse_record(const record_ptr& guilty, const std::string& sqlstate);
  void shut(known_entity& which) noexcept;
  void close_entity(entity_id entity);
  void tell(known_entity& whom, outcome what);
  void tell_at_once(known_entity& whom);
  bool decides(const record_ptr& what, entity_id entity, incarnation which) const;
  std::size_t stretch() const noexcept;
  bool fills_a_batch() const noexcept;
  void fill(std::vector<city_batch>& batches);
  sequence next_of(const owned_city& owner) const noexcept;
  static std::vector<record_ptr> take(std::vector<city_batch>& batches);
  void requeue(std::vector<record_ptr> first);
  void drop_from_queue(const std::function<bool(const record_ptr&)>& which, std::vector<record_ptr>& into);
  void forget_if_unused(entity_place place);

  limits limits_;
  std::size_t batch_limit_; ///< batch_max, or less while a bad record is looked for.
  std::size_t stretch_ = 1;
  incarnation last_incarnation_ = 0;
  std::unordered_map<city_number, owned_city> by_number_;
  growing_map<entity_id, known_entity> entities_;
  std::deque<record_ptr> queue_;
  std::vector<city_batch> flight_;
  std::vector<city_batch> ahead_; ///< Follows the one in flight, if that is committed.
  std::vector<city_batch> nothing_; ///< What next_batch() returns when there is nothing to send.
  std::uint64_t round_ = 1;
  std::vector<std::pair<std::shared_ptr<entity_port>, std::vector<outcome>>> told_; ///< One group an entity, in order of their first outcomes.
  std::vector<committed_record> committed_;
};

} // namespace reserve::persistence
