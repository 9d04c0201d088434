#pragma once

#include "persistence/postgres/connection.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace reserve::persistence {

/// In whose name a request reads: the role it takes and the settings that the row-level policies look at (docs/database.md). Lives for one transaction.
struct access_context {
  std::string role = "reserve_service";
  std::string app_role;     ///< app.role
  std::string city_codes;   ///< app.current_city_codes: a list with commas, or "*"
  std::string user_id, owner_id, session_id, traveler_id, reservation_id;

  /// The program itself, for the cities named.
  static access_context service(const std::string& city_codes);
  /// The journal writer's role, to make partitions and to erase vault rows.
  static access_context writer(const std::string& city_codes);
};

/// "begin ...; set local role ...; select set_config(...)": one round trip.
std::string begin_as(const connection& on, const access_context& who, bool read_only);

/// Connections on threads of their own that work off a bounded queue. A job may run twice (once more on a fresh connection when its own was lost), so jobs that
/// write are idempotent.
class query_pool {
public:
  struct options {
    std::string url;
    std::size_t connections = 8;
    std::size_t queue_max = 4096;
  };

  explicit query_pool(options wanted);
  query_pool(const query_pool&) = delete;
  query_pool& operator=(const query_pool&) = delete;
  /// What is still queued is answered with nullopt.
  ~query_pool();

  /// Reads in one snapshot and a transaction of its own, then calls `done` on a thread of the pool: nullopt when the database could not be read. With a full queue
  /// `done` is called at once, on the caller's thread.
  template <class Answer>
  void read(access_context who, std::function<Answer(connection&)> work, std::function<void(std::optional<Answer>)> done) {
    submit(std::move(who), true, std::move(work), std::move(done));
  }
  /// The same for a job that writes; it sees what others committed meanwhile.
  template <class Answer>
  void write(access_context who, std::function<Answer(connection&)> work, std::function<void(std::optional<Answer>)> done) {
    submit(std::move(who), false, std::move(work), std::move(done));
  }

  std::size_t waiting() const;

private:
  struct task {
    access_context who;
    bool read_only = true;
    std::function<void(connection&)> work;
    std::function<void(bool)> finish;
  };

  template <class Answer>
  void submit(access_context who, bool read_only, std::function<Answer(connection&)> work, std::function<void(std::optional<Answer>)> done) {
    auto answer = std::make_shared<std::optional<Answer>>();
    enqueue({std::move(who), read_only, [answer, work = std::move(work)](connection& on) { *answer = work(on); },
             [answer, done = std::move(done)](bool ok) { done(ok ? std::move(*answer) : std::nullopt); }});
  }
  void enqueue(task what);
  void run();
  bool attempt(std::unique_ptr<connection>& session, const task& what);
  bool run_once(std::unique_ptr<connection>& session, const task& what, bool& again);

  options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<task> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace reserve::persistence
