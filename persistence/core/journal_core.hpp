#pragma once

#include "actors/protocols/journal_gate.hpp"

#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

namespace reserve::persistence {

/// The rules of committing, without I/O (commit-protocol §2-§5): who is open, what waits, which batch goes next, what an outcome means for whom.
///
/// Not thread-safe: one caller, the journal writer's thread or a test. Answers to actors are collected and handed over by deliver().
class journal_core {
public:
  struct limits {
    std::size_t batch_max = 500; ///< Records per transaction.
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

  /// The next transaction, or empty: nothing waits, or one is in flight. Seqs are given here.
  std::vector<city_batch> next_batch();
  /// The outcome of the batch in flight. After `unknown` the batch stays in flight until every city of it is resolved.
  void completed(const append_outcome& outcome);
  /// Cities whose head must be asked for before anything goes on, with the epoch we wrote under.
  std::vector<std::pair<std::string, std::uint64_t>> unresolved() const;
  void resolved(const std::string& code, const city_lease& lease);
  void renewed_epoch(const std::string& code, std::uint64_t epoch);

  /// Hands over what actors must hear since the last call, and returns the records that were committed, in order, for projector and followers.
  std::vector<committed_record> deliver();

  bool in_flight() const noexcept { return !flight_.empty(); }
  bool idle() const noexcept { return flight_.empty() && queue_.empty(); }
  std::size_t queued() const noexcept { return queue_.size(); }
  bool has_city(city_number city) const { return by_number_.contains(city); }
  std::pair<std::uint64_t, sequence> head(city_number city) const;
  std::vector<city_lease> leases() const;

private:
  struct owned_city {
    std::string code;
    std::uint64_t epoch = 0;
    sequence head = 0;
    std::deque<committed_record> tail;
    bool in_doubt = false;
  };
  struct open_entity {
    incarnation current = 0;
    std::shared_ptr<entity_port> port;
  };
  struct waiting_open {
    city_number city = 0;
    std::shared_ptr<entity_port> port;
  };

  bool acceptable(const record& what) const;
  void count(const record& what, int by);
  void answer_open(entity_id entity, const waiting_open& asked);
  void settle(const record_ptr& what, verdict how, const std::string& sqlstate = {});
  void commit(const record_ptr& what);
  void refuse_record(const record_ptr& guilty, const std::string& sqlstate);
  void close_entity(entity_id entity);
  void requeue_flight();
  void release_waiting(const record& what);
  std::vector<record_ptr> take_flight();

  limits limits_;
  std::size_t batch_limit_;
  incarnation last_incarnation_ = 0;
  std::unordered_map<city_number, owned_city> by_number_;
  std::unordered_map<entity_id, open_entity> open_;
  std::unordered_map<entity_id, int> outstanding_; ///< Records naming the entity that are queued or in flight.
  std::unordered_map<entity_id, waiting_open> waiting_;
  std::unordered_map<entity_id, std::vector<committed_record>> tail_of_;
  std::deque<record_ptr> queue_;
  std::vector<city_batch> flight_;
  std::vector<std::pair<std::shared_ptr<entity_port>, outcome>> told_;
  std::vector<committed_record> committed_;
};

} // namespace reserve::persistence
