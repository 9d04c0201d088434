#include "persistence/postgres/query_pool.hpp"

#include <spdlog/spdlog.h>

namespace reserve::persistence {

access_context access_context::service(const std::string& city_codes) {
  access_context out;
  out.app_role = "service";
  out.city_codes = city_codes;
  return out;
}

access_context access_context::writer(const std::string& city_codes) {
  access_context out;
  out.role = "reserve_writer";
  out.city_codes = city_codes;
  return out;
}

std::string begin_as(const connection& on, const access_context& who, bool read_only) {
  std::string out = read_only ? "begin isolation level repeatable read read only" : "begin";
  out += "; set local role " + who.role;
  const std::pair<const char*, const std::string&> settings[] = {
      {"app.role", who.app_role},         {"app.current_city_codes", who.city_codes}, {"app.user_id", who.user_id},
      {"app.owner_id", who.owner_id},     {"app.session_id", who.session_id},         {"app.traveler_id", who.traveler_id},
      {"app.reservation_id", who.reservation_id},
  };
  for (const auto& [name, value] : settings)
    if (!value.empty())
      out += "; set local " + std::string(name) + " = " + on.literal(value);
  return out;
}

query_pool::query_pool(options wanted) : options_(std::move(wanted)) {
  for (std::size_t i = 0; i < options_.connections; ++i)
    threads_.emplace_back([this] { run(); });
}

query_pool::~query_pool() {
  std::deque<task> left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    left.swap(queue_);
  }
  wake_.notify_all();
  for (auto& thread : threads_)
    thread.join();
  for (const auto& one : left)
    one.finish(false);
}

void query_pool::enqueue(task what) {
  {
    std::unique_lock lock(mutex_);
    if (stopping_ || queue_.size() >= options_.queue_max) {
      lock.unlock();
      what.finish(false);
      return;
    }
    queue_.push_back(std::move(what));
  }
  wake_.notify_one();
}

std::size_t query_pool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void query_pool::run() {
  std::unique_ptr<connection> session;
  for (;;) {
    task next;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_)
        return;
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    const bool ok = attempt(session, next);
    try {
      next.finish(ok);
    } catch (const std::exception& why) {
      spdlog::error("the receiver of a query's answer failed: {}", why.what());
    }
  }
}

bool query_pool::attempt(std::unique_ptr<connection>& session, const task& what) {
  // A kept connection may have died while nobody looked; a fresh one that fails is an outage.
  for (;;) {
    bool again = session != nullptr;
    if (run_once(session, what, again))
      return true;
    if (!again)
      return false;
  }
}

bool query_pool::run_once(std::unique_ptr<connection>& session, const task& what, bool& again) {
  try {
    if (!session)
      session = std::make_unique<connection>(connection_options{options_.url, "reserve query"});
    transaction work(*session, begin_as(*session, what.who, what.read_only));
    what.work(*session);
    work.commit();
    again = false;
    return true;
  } catch (const database_error& why) {
    again = again && why.lost();
    if (why.lost())
      session.reset();
    if (!again)
      spdlog::warn("query failed: {}", why.what());
  } catch (const std::exception& why) {
    again = false;
    spdlog::error("query failed: {}", why.what());
  }
  return false;
}

} // namespace reserve::persistence
