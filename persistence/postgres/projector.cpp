#include "persistence/postgres/projector.hpp"

#include "persistence/postgres/postgres_journal.hpp"
#include "persistence/postgres/table_store.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace reserve::persistence {

namespace {

/// What another try may find better: PostgreSQL is away, busy or being looked after. The rest is wrong with the data or with us.
bool is_passing(const database_error& why) {
  static constexpr std::string_view classes[] = {"08", "25", "40", "53", "55", "57", "58"};
  return why.lost() || std::any_of(std::begin(classes), std::end(classes), [&](std::string_view one) { return why.sqlstate().starts_with(one); });
}

} // namespace

/// What the projector knows of a city. The first part is guarded by the mutex, the second one belongs to the thread.
struct projector::city {
  city_number number = 0;
  std::string code;
  sequence position = 0, head = 0;
  bool stopped = false, removed = false;
  std::deque<committed_record> queue;
  std::deque<std::pair<sequence, steady::time_point>> fed; ///< First seq of what was fed, and when; only with a delay.

  projection_core core;
  bool placed = false; ///< The position was read.
  int refused = 0;
  std::chrono::milliseconds wait{0};
  steady::time_point next_at{};

  city(city_number its_number, std::string its_code) : number(its_number), code(its_code), core(its_number, its_code) {}
};

journal_reader journal_reader_for(const std::string& url) {
  journal_options wanted;
  wanted.url = url;
  auto journal = std::make_shared<postgres_journal>(wanted);
  return [journal](const std::string& code, sequence after, std::size_t limit) { return journal->read(code, after, limit); };
}

projector::projector(options wanted, journal_reader read, follower applied)
    : options_(std::move(wanted)), read_(std::move(read)), applied_(std::move(applied)) {}

projector::~projector() {
  stop(std::chrono::milliseconds(0));
}

void projector::add_city(city_number number, const std::string& code, sequence head) {
  auto added = std::make_shared<city>(number, code);
  added->head = head;
  {
    const std::lock_guard lock(mutex_);
    cities_[number] = std::move(added);
  }
  wake_.notify_one();
}

void projector::remove_city(city_number number) {
  const std::lock_guard lock(mutex_);
  const auto found = cities_.find(number);
  if (found == cities_.end())
    return;
  found->second->removed = true;
  cities_.erase(found);
  moved_.notify_all();
}

void projector::feed(const std::vector<committed_record>& records) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& one : records) {
      const auto found = cities_.find(one->city);
      if (found == cities_.end())
        continue;
      auto& of = *found->second;
      if (one->seq <= of.head)
        continue;
      if (options_.delay.count() > 0)
        of.fed.emplace_back(one->seq, steady::now());
      // A gap, or too much to keep: the journal has it all.
      if (of.stopped || of.queue.size() >= options_.queue_max || (!of.queue.empty() && of.queue.back()->seq + 1 != one->seq)) {
        of.queue.clear();
      } else {
        of.queue.push_back(one);
      }
      of.head = one->seq;
    }
  }
  wake_.notify_one();
}

void projector::start() {
  thread_ = std::thread([this] { run(); });
}

void projector::stop(std::chrono::milliseconds patience) {
  if (!thread_.joinable())
    return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_by_ = steady::now() + patience;
  }
  wake_.notify_one();
  moved_.notify_all();
  thread_.join();
}

std::shared_ptr<projector::city> projector::find(city_number number) const {
  const auto found = cities_.find(number);
  return found == cities_.end() ? nullptr : found->second;
}

sequence projector::position(city_number number) const {
  const std::lock_guard lock(mutex_);
  const auto of = find(number);
  return of ? of->position : 0;
}

sequence projector::lag(city_number number) const {
  const std::lock_guard lock(mutex_);
  const auto of = find(number);
  return of && of->head > of->position ? of->head - of->position : 0;
}

bool projector::stopped(city_number number) const {
  const std::lock_guard lock(mutex_);
  const auto of = find(number);
  return of && of->stopped;
}

bool projector::wait_until(city_number number, sequence seq, std::chrono::milliseconds patience) const {
  std::unique_lock lock(mutex_);
  const auto reached = [&] {
    const auto of = find(number);
    return of && of->position >= seq;
  };
  moved_.wait_for(lock, patience, [&] { return reached() || stopping_ || !find(number); });
  return reached();
}

/// The last record that may be projected now. Under the mutex.
sequence projector::allowed(city& of) const {
  if (options_.delay.count() == 0 || stopping_)
    return of.head;
  while (!of.fed.empty() && of.fed.front().second + options_.delay <= steady::now())
    of.fed.pop_front();
  return of.fed.empty() ? of.head : of.fed.front().first - 1;
}

bool projector::behind(const city& of) const {
  return !of.stopped && (!of.placed || of.head > of.position);
}

bool projector::due(const city& of, steady::time_point now) const {
  if (!behind(of))
    return false;
  const bool hurry = of.wait.count() == 0 && (stopping_ || of.head - of.position > options_.hurry_above) && options_.delay.count() == 0;
  return hurry || now >= of.next_at;
}

void projector::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto now = steady::now();
    std::vector<std::shared_ptr<city>> ready;
    auto next = now + std::chrono::seconds(1);
    bool waits = false;
    for (const auto& [number, of] : cities_) {
      waits = waits || behind(*of);
      if (due(*of, now))
        ready.push_back(of);
      else if (behind(*of))
        next = std::min(next, of->next_at);
    }
    if (stopping_ && (!waits || now >= stop_by_ || options_.delay.count() > 0))
      return;
    if (ready.empty()) {
      wake_.wait_until(lock, stopping_ ? std::min(next, stop_by_) : next);
      continue;
    }
    lock.unlock();
    for (const auto& of : ready)
      round(of);
    lock.lock();
  }
}

/// One transaction of a city. Its failure is its own.
bool projector::round(const std::shared_ptr<city>& of) {
  of->next_at = steady::now() + options_.pace;
  try {
    if (!of->placed) {
      const auto position = tables_of().position(of->code);
      of->core.forget();
      of->core.start_at(position);
      of->placed = true;
      reach(*of, position);
    }
    const auto records = take(*of);
    if (!records.empty())
      project(*of, records);
    of->refused = 0;
    of->wait = std::chrono::milliseconds(0);
    return !records.empty();
  } catch (const database_error& why) {
    failed(*of, "sqlstate " + why.sqlstate() + ", " + why.what(), is_passing(why));
  } catch (const std::exception& why) {
    failed(*of, why.what(), false);
  }
  return false;
}

/// The records that follow the position: of the queue, or of the journal where the queue begins too late.
std::vector<committed_record> projector::take(city& of) {
  sequence after = 0, last = 0;
  {
    const std::lock_guard lock(mutex_);
    after = of.core.position();
    last = allowed(of);
    if (of.removed || last <= after)
      return {};
    auto records = from_queue(of);
    if (!records.empty())
      return records;
  }
  auto records = read_(of.code, after, std::min<sequence>(options_.batch_max, last - after));
  ensure(!records.empty(), "a record that was committed is in the journal");
  return records;
}

/// Under the mutex.
std::vector<committed_record> projector::from_queue(city& of) {
  auto& queue = of.queue;
  while (!queue.empty() && queue.front()->seq <= of.core.position())
    queue.pop_front();
  std::vector<committed_record> out;
  if (queue.empty() || queue.front()->seq != of.core.position() + 1)
    return out;
  const auto last = allowed(of);
  while (!queue.empty() && out.size() < options_.batch_max && queue.front()->seq <= last) {
    out.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  return out;
}

void projector::project(city& of, const std::vector<committed_record>& records) {
  const auto asked = of.core.missing(records);
  if (!asked.empty())
    of.core.provide(asked, tables_of().load(of.code, asked));
  const auto rows = of.core.fold(records);
  {
    const std::lock_guard lock(mutex_);
    if (of.removed)
      return;
  }
  tables_of().apply(of.code, rows);
  of.core.trim(options_.states_max);
  reach(of, rows.to);
}

void projector::reach(city& of, sequence seq) {
  {
    const std::lock_guard lock(mutex_);
    of.position = seq;
    of.head = std::max(of.head, seq);
    if (of.removed)
      return;
  }
  moved_.notify_all();
  if (seq > 0)
    applied_(of.number, seq);
}

/// Nothing of the round happened, or nobody knows: states and position are read again before the next one.
void projector::failed(city& of, const std::string& why, bool passing) {
  tables_.reset();
  session_.reset();
  of.core.forget();
  of.placed = false;
  of.refused += passing ? 0 : 1;
  of.wait = of.wait.count() == 0 ? options_.retry_first : std::min(of.wait * 2, options_.retry_most);
  of.next_at = steady::now() + of.wait;
  if (of.refused < options_.tries) {
    spdlog::warn("projection failed, will be tried again city={} position={} error={}", of.code, of.core.position(), why);
    return;
  }
  const std::lock_guard lock(mutex_);
  of.stopped = true;
  of.queue.clear();
  of.fed.clear();
  spdlog::error("projection stopped city={} position={} error={}", of.code, of.position, why);
}

table_store& projector::tables_of() {
  if (!session_ || !session_->alive()) {
    tables_.reset();
    session_ = std::make_unique<connection>(connection_options{.url = options_.url, .application_name = "reserve projector"});
    tables_ = std::make_unique<table_store>(*session_);
  }
  return *tables_;
}

} // namespace reserve::persistence
