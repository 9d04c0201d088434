#include "persistence/core/log_fold.hpp"
#include "persistence/postgres/projector_city.hpp"
#include "persistence/postgres/table_store.hpp"

#include <pthread.h>

#include <algorithm>

// The projector's second thread: projections that need no state, and the nights. It has lower priority: what it writes decides nothing.
namespace reserve::persistence {

/// Under the mutex.
bool projector::due(const city& of, const behind_one& which, steady::time_point now) const {
  if (!of.placed || of.behind_stopped.contains(which.name) || now < which.next_at)
    return false;
  if (which.name == "nights")
    return of.nights.has_value();
  const auto position = of.at.at(which.name);
  const auto lag = of.hot() - std::min(of.hot(), position);
  if (lag == 0 || gives_way(of, position, which.last_at, lag, now))
    return false;
  // The booking log is the widest and the least wanted: it gives way while the others have much to do.
  const bool others_busy = of.head - of.hot() > options_.hurry_above || of.hot() - std::min(of.hot(), of.at.at("audit")) > options_.hurry_above;
  if (which.name == "booking_log" && others_busy && !stopping_ && of.wanted() <= position && now < which.last_at + options_.patience_of_log)
    return false;
  return stopping_ || lag > options_.hurry_above || now >= which.last_at + options_.pace;
}

void projector::run_behind() {
  pthread_setname_np(pthread_self(), "projector log");
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto now = steady::now();
    bool worked = false, waits = false;
    for (const auto& of : all()) {
      for (auto& which : of->behind) {
        const bool lagging = which.name == "nights" ? of->nights.has_value() : of->at.at(which.name) < of->hot();
        waits = waits || (of->placed && lagging && !of->behind_stopped.contains(which.name));
        if (!due(*of, which, now))
          continue;
        worked = true;
        lock.unlock();
        which.last_at = now;
        which.name == "nights" ? write_nights(*of, which) : write_log(*of, which);
        lock.lock();
      }
    }
    if (stopping_ && states_ended_ && (!waits || now >= stop_by_))
      return;
    if (!worked)
      wake_behind_.wait_for(lock, stopping_ ? std::chrono::milliseconds(5) : waits ? options_.pace : std::chrono::milliseconds(1'000));
  }
}

/// Records that the hot projection has passed: as long as they are in memory from there, else of the journal.
std::vector<committed_record> projector::records_behind(city& of, sequence after) {
  sequence upto = 0;
  {
    const std::lock_guard lock(mutex_);
    upto = of.hot();
    // What every projection has passed is not needed any more.
    sequence least = upto;
    for (const auto name : log_projections())
      least = std::min(least, of.behind_stopped.contains(name) ? upto : of.at.at(name));
    while (!of.passed.empty() && of.passed.front()->seq <= least)
      of.passed.pop_front();
    if (!of.passed.empty() && of.passed.front()->seq <= after + 1 && of.passed.back()->seq > after) {
      const auto first = of.passed.begin() + static_cast<std::ptrdiff_t>(after + 1 - of.passed.front()->seq);
      const auto count = std::min<std::ptrdiff_t>(of.passed.end() - first, static_cast<std::ptrdiff_t>(options_.batch_max));
      return {first, first + count};
    }
  }
  return read_journal(of.code, after, std::min<sequence>(options_.batch_max, upto - after));
}

void projector::write_log(city& of, behind_one& which) {
  try {
    const auto begun = steady::now();
    sequence from = 0;
    {
      const std::lock_guard lock(mutex_);
      if (of.removed)
        return;
      from = of.at.at(which.name);
    }
    auto& tables = tables_of(behind_desk_);
    const auto records = records_behind(of, from);
    const bool needs_traces = which.name == "audit" || which.name == "booking_log";
    const auto traces = needs_traces ? tables.traces(of.code, from, records.back()->seq) : std::vector<trace>();
    const auto rows = fold_log(which.name, of.number, of.code, from, records, traces);
    tables.apply(of.code, rows);
    reach(of, rows.projections, rows.to);
    if (which.name == "audit") {
      const std::lock_guard lock(mutex_);
      measure(of.audit_rate, records.size(), steady::now() - begun);
    }
    if (needs_traces)
      tables.forget_traces(of.code);
    which.refused = 0;
    which.wait = std::chrono::milliseconds(0);
  } catch (const std::exception& why) {
    close(behind_desk_);
    failed(of, std::string(which.name), which.refused, which.wait, why);
    which.next_at = steady::now() + which.wait;
    // Perhaps it was written after all: the positions say so.
    try {
      const auto found = tables_of(behind_desk_).positions(of.code).at(std::string(which.name));
      const std::lock_guard lock(mutex_);
      of.at[which.name] = found;
    } catch (const std::exception&) {
      close(behind_desk_); // The next try finds out.
    }
  }
}

void projector::write_nights(city& of, behind_one& which) {
  projected rows;
  {
    const std::lock_guard lock(mutex_);
    if (of.removed || !of.nights)
      return;
    rows = std::move(*of.nights); // Stays taken until we are done.
  }
  try {
    tables_of(behind_desk_).apply(of.code, rows);
    tables_of(behind_desk_).forget_traces(of.code);
    which.refused = 0;
    which.wait = std::chrono::milliseconds(0);
    reach(of, rows.projections, rows.to);
    const std::lock_guard lock(mutex_);
    of.nights.reset();
  } catch (const std::exception& why) {
    close(behind_desk_);
    failed(of, "nights", which.refused, which.wait, why);
    which.next_at = steady::now() + which.wait;
    const std::lock_guard lock(mutex_);
    of.nights.reset();
    of.nights_lost = true;
  }
  wake_states_.notify_one();
}

} // namespace reserve::persistence
