#pragma once

#include "persistence/core/projection_core.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace reserve::persistence {

class connection;
class table_store;

/// Committed records of a city above `after`, in order, at most `limit`; throws when the journal cannot be read. Called on the projector's thread.
using journal_reader = std::function<std::vector<committed_record>(const std::string& code, sequence after, std::size_t limit)>;
/// One with a session of its own.
journal_reader journal_reader_for(const std::string& url);

/// Writes the projections of all cities of this process (commit-protocol §11): one thread, one session. Fed with what the journal writer commits; at the start,
/// and after its queue was full, it reads the journal from where it stands.
class projector {
public:
  struct options {
    std::string url;
    std::chrono::milliseconds pace{200};    ///< One transaction of a city in this time ...
    std::size_t hurry_above = 2'000;        ///< ... unless more records wait.
    std::size_t batch_max = 20'000;         ///< Records of a transaction.
    std::size_t queue_max = 200'000;        ///< Records of a city kept in memory.
    std::size_t states_max = 100'000;       ///< States of a city kept in memory.
    std::chrono::milliseconds retry_first{200}, retry_most{10'000};
    int tries = 5;                          ///< Of a transaction that PostgreSQL refuses for its data, before the city's projection stops.
    std::chrono::milliseconds delay{0};     ///< For tests: stays so far behind what it was fed.
  };
  /// Called on the projector's thread when the tables of a city have reached `seq`: journal_gate::applied.
  using follower = std::function<void(city_number, sequence)>;

  projector(options wanted, journal_reader read, follower applied);
  projector(const projector&) = delete;
  projector& operator=(const projector&) = delete;
  ~projector();

  /// A city whose lease was taken; `head` is where its log stands. Any time.
  void add_city(city_number number, const std::string& code, sequence head);
  /// The city was lost: nothing more is written for it.
  void remove_city(city_number number);
  /// Committed records, of several cities, each city in order. Never blocks.
  void feed(const std::vector<committed_record>& records);

  void start();
  /// Projects what waits, at most for `patience`, and ends the thread.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(2));

  /// Where the tables stand; 0 for a city that is not here.
  sequence position(city_number number) const;
  /// Records that are committed and not in the tables.
  sequence lag(city_number number) const;
  /// Its projection stopped at a record that cannot be projected; people must look at the log.
  bool stopped(city_number number) const;
  /// Waits until the tables have reached `seq`; false when they have not within `patience`.
  bool wait_until(city_number number, sequence seq, std::chrono::milliseconds patience) const;

private:
  using steady = std::chrono::steady_clock;
  struct city;

  void run();
  bool round(const std::shared_ptr<city>& of);
  std::vector<committed_record> take(city& of);
  std::vector<committed_record> from_queue(city& of);
  sequence allowed(city& of) const;
  bool due(const city& of, steady::time_point now) const;
  bool behind(const city& of) const;
  void project(city& of, const std::vector<committed_record>& records);
  void failed(city& of, const std::string& why, bool passing);
  void reach(city& of, sequence seq);
  table_store& tables_of();
  std::shared_ptr<city> find(city_number number) const;

  options options_;
  journal_reader read_;
  follower applied_;
  mutable std::mutex mutex_;
  mutable std::condition_variable moved_;
  std::condition_variable wake_;
  std::map<city_number, std::shared_ptr<city>> cities_;
  bool stopping_ = false;
  steady::time_point stop_by_{};
  std::unique_ptr<connection> session_;
  std::unique_ptr<table_store> tables_;
  std::thread thread_;
};

} // namespace reserve::persistence
