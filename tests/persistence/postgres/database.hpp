#pragma once

#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/query_pool.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>

namespace reserve::test {

/// A database of a test's own, dropped at its end. The cluster is that of RESERVE_TEST_DATABASE_URL (a superuser's); without it the test fails and says so.
class database {
public:
  explicit database(bool migrated = true);
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  ~database();

  /// URL of the login `reserve`, as the program has it.
  const std::string& url() const noexcept { return url_; }
  /// Sessions of the superuser, whom no row-level security stops.
  persistence::connection superuser() const;
  /// Sessions of the login `reserve`.
  persistence::connection login() const;

private:
  std::string name_, url_, superuser_url_, server_url_;
};

/// Waits for a condition with a deadline; false when it never came.
bool eventually(const std::function<bool()>& condition, std::chrono::seconds deadline = std::chrono::seconds(8));

/// The answer of an asynchronous call; fails the test when none comes.
template <class Answer>
Answer answer_of(const std::function<void(std::function<void(Answer)>)>& call) {
  auto promise = std::make_shared<std::promise<Answer>>();
  auto future = promise->get_future();
  call([promise](Answer what) { promise->set_value(std::move(what)); });
  if (future.wait_for(std::chrono::seconds(10)) != std::future_status::ready)
    throw std::runtime_error("no answer within ten seconds");
  return future.get();
}

/// First column of the first row as a number.
std::int64_t number(persistence::connection& on, const std::string& sql);

} // namespace reserve::test
