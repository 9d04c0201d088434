#pragma once

#include "actors/protocols/ports.hpp"
#include "persistence/core/journal_core.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <variant>

namespace reserve::persistence {

/// The journal writer: one thread, one transaction at a time, made of all that waited meanwhile (commit-protocol §3). When more waits than one takes, the rows of the
/// next are copied while it commits.
///
/// What arrives is put into an inbox under one mutex (a message to an actor per record costs more than the commit); it outlives its connection.
class journal_writer final : public journal_gate {
public:
  struct options {
    std::size_t batch_max = 500;
    std::chrono::milliseconds renew_every{3000};
    std::chrono::milliseconds retry_after{200};
    /// The owner's own limit: lease duration minus a second, counted from the sending of the last confirmed renewal or append (commit-protocol §4).
    std::chrono::milliseconds trust_for{14000};
  };
  /// Called on the writer's thread with each committed batch: the projector, and whoever follows the log.
  using follower = std::function<void(const std::vector<committed_record>&)>;
  /// Called when a city is lost (its lease went to somebody else).
  using loss = std::function<void(city_number, const std::string&)>;

  journal_writer(journal_port& port, options numbers, follower follow, loss lost);
  ~journal_writer() override;

  /// Before start(): a city whose lease was taken.
  void add_city(const city_lease& lease, std::vector<committed_record> tail);
  void start();
  /// Writes what waits (at most `patience`), gives the leases back, ends the thread.
  void stop(std::chrono::milliseconds patience);

  void open(city_number city, entity_id entity, std::shared_ptr<entity_port> port) override;
  void close(entity_id entity, incarnation which) override;
  void submit(std::vector<record_ptr>& records) override;
  void withdraw(entity_id asker, incarnation which) override;
  void applied(city_number city, sequence seq) override;
  bool online(city_number city) const noexcept override;
  std::pair<std::uint64_t, sequence> head(city_number city) const noexcept override;

  /// One round by hand, for deterministic tests: takes the inbox, commits one batch. true: something was done.
  bool step();

private:
  using job = std::function<void(journal_core&)>;
  /// What the inbox holds: records, which are most of it, need no function around them.
  using message = std::variant<record_ptr, job>;
  void post(job what);
  void run();
  bool take_inbox();
  void copy_ahead();
  void deliver();
  void resolve();
  void renew();
  void publish();
  void confirmed(std::int64_t sent_at_ms);

  journal_port& port_;
  options options_;
  follower follow_;
  loss lost_;
  journal_core core_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<message> inbox_, taken_;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point stop_by_{};
  std::thread thread_;
  std::chrono::steady_clock::time_point renew_at_{};

  /// What other threads may ask without waiting for the writer.
  struct face {
    std::uint64_t epoch = 0;
    sequence head = 0;
    bool online = false;
    std::string code;
  };
  mutable std::shared_mutex face_mutex_;
  std::map<city_number, face> faces_;
  bool connected_ = true;
  std::atomic<std::int64_t> trusted_until_ms_{0}; ///< CLOCK_BOOTTIME; past it every answer is 503.
};

} // namespace reserve::persistence
