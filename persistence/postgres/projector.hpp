#pragma once

#include "persistence/core/projected.hpp"

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

/// Committed records of a city above `after`, in order, at most `limit`; throws when the journal cannot be read. Called on the projector's threads, one at a time.
using journal_reader = std::function<std::vector<committed_record>(const std::string& code, sequence after, std::size_t limit)>;
/// One with a session of its own.
journal_reader journal_reader_for(const std::string& url);

/// Writes the projections of all cities of this process (commit-protocol §11). Two threads with a session each: the first one writes what comes from states (`hot` and
/// the open problems), because admission, restarts and the journal writer's memory depend on it; the second one, behind it, what comes from events alone, and the
/// nights. Each projection has its own position for each city, moved by compare-and-set.
///
/// Fed with what the journal writer commits; at the start, and after a queue was full, it reads the journal from where it stands.
class projector {
public:
  struct options {
    std::string url;
    std::chrono::milliseconds pace{200};    ///< One transaction of a projection in this time ...
    std::size_t hurry_above = 2'000;        ///< ... unless more records wait.
    std::size_t batch_max = 50'000;         ///< Records of a transaction.
    double busy_above = 5'000;              ///< While more records a second are committed we give way to that ...
    std::chrono::milliseconds busy_for{500};      ///< ... and so long afterwards: a commit that waits for the disk ends no burst ...
    std::chrono::milliseconds gather_most{5'000}; ///< ... for so long at most, unless somebody waits (wait_until) ...
    std::size_t gather_records = 100'000;   ///< ... and until so many records wait. A burst is answered first; fewer, larger transactions cost less, too.
    std::size_t queue_max = 250'000;        ///< Records of a city kept in memory for the first thread; half as many for the second.
    std::size_t states_max = 100'000;       ///< States of a city kept in memory ...
    std::chrono::seconds states_for{30};    ///< ... so long after the last record.
    std::chrono::milliseconds nights_most{10'000}; ///< Nights are written at the latest after this time, and the sooner the fewer they are.
    std::chrono::milliseconds patience_of_log{5'000}; ///< So long the booking log gives way to the other projections.
    std::chrono::milliseconds retry_first{200}, retry_most{10'000};
    int tries = 5;                          ///< Of a transaction that PostgreSQL refuses for its data, before the city's projection stops.
    std::chrono::milliseconds delay{0};     ///< For tests: stays so far behind what it was fed.
  };
  /// What happens to a city's projections; called on the projector's threads. Each may be empty.
  struct followers {
    std::function<void(city_number, sequence)> applied;                    ///< The hot projection has reached `seq`: journal_gate::applied.
    std::function<void(city_number, const std::string& reason)> stopped;   ///< A record cannot be projected: the city's projection stands still.
    std::function<void(city_number)> goes_on;                              ///< The first time that it was written here.
  };

  projector(options wanted, journal_reader read, followers told);
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
  /// Projects what waits, at most for `patience`, and ends the threads.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(2));

  /// Where the hot projection stands; 0 for a city that is not here.
  sequence position(city_number number) const;
  /// Records that are committed and not in the hot tables.
  sequence lag(city_number number) const;
  /// What is to be projected of a city, as admission counts it (commit-protocol §12).
  struct backlog {
    sequence records = 0;
    double per_second = 0; ///< How many are written when there is enough to do; 0 = not measured yet.
  };
  /// Of the first thread, or of the audit behind it, whichever has more to do.
  backlog backlog_of(city_number number) const;
  /// A projection of it stopped at a record that cannot be projected; people must look at the log.
  bool stopped(city_number number) const;
  /// Waits until the hot tables have reached `seq`; false when they have not within `patience`.
  bool wait_until(city_number number, sequence seq, std::chrono::milliseconds patience) { return wait_until(number, seq, patience, {"hot"}); }
  /// The same for some projections, by name. Nights that somebody waits for are written as soon as the states are there.
  bool wait_until(city_number number, sequence seq, std::chrono::milliseconds patience, const std::vector<std::string_view>& projections);

private:
  using steady = std::chrono::steady_clock;
  struct city;
  struct behind_one;
  /// A session with its tables, made again after an error.
  struct desk {
    std::unique_ptr<connection> session;
    std::unique_ptr<table_store> tables;
    const char* name = "";
  };

  static backlog backlog_of(const city& of);
  static void measure(double& rate, std::size_t records, steady::duration took);

  // The first thread.
  void run_states();
  void round(city& of);
  void place(city& of);
  void place_nights(city& of, sequence nights);
  std::vector<committed_record> take(city& of);
  std::vector<committed_record> from_queue(city& of);
  void project(city& of, const std::vector<committed_record>& records);
  void offer_nights(city& of, steady::time_point now);
  std::optional<steady::time_point> states_next(const city& of, steady::time_point now) const;
  std::optional<steady::time_point> nights_next(const city& of, steady::time_point now) const;

  // The second one.
  void run_behind();
  bool due(const city& of, const behind_one& which, steady::time_point now) const;
  void write_log(city& of, behind_one& which);
  void write_nights(city& of, behind_one& which);
  std::vector<committed_record> records_behind(city& of, sequence after);

  // Both.
  void count(city& of, steady::time_point now) const;
  sequence allowed(city& of) const;
  bool is_behind(const city& of) const;
  bool gives_way(const city& of, sequence position, steady::time_point since, sequence lag, steady::time_point now) const;
  void failed(city& of, const std::string& projection, int& refused, std::chrono::milliseconds& wait, const std::exception& why);
  void reach(city& of, std::span<const std::string_view> projections, sequence seq);
  table_store& tables_of(desk& at);
  static void close(desk& at);
  std::vector<std::shared_ptr<city>> all() const;
  std::shared_ptr<city> find(city_number number) const;
  std::vector<committed_record> read_journal(const std::string& code, sequence after, std::size_t limit);

  options options_;
  journal_reader read_;
  std::mutex reading_; ///< Guards read_.
  followers told_;
  mutable std::mutex mutex_;
  mutable std::condition_variable moved_;
  std::condition_variable wake_states_, wake_behind_;
  std::map<city_number, std::shared_ptr<city>> cities_;
  bool stopping_ = false, states_ended_ = false;
  steady::time_point stop_by_{};
  desk states_desk_{nullptr, nullptr, "reserve projector"}, behind_desk_{nullptr, nullptr, "reserve projector behind"};
  std::thread states_thread_, behind_thread_;
};

} // namespace reserve::persistence
