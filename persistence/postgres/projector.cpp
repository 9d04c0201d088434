#include "persistence/postgres/projector.hpp"

#include "persistence/postgres/postgres_journal.hpp"
#include "persistence/postgres/projector_city.hpp"
#include "persistence/postgres/table_store.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace reserve::persistence {

namespace {

/// What another try may find better: PostgreSQL is away, busy or being looked after. The rest is wrong with the data or with us.
bool is_passing(const std::exception& why) {
  const auto* refused = dynamic_cast<const database_error*>(&why);
  static constexpr std::string_view classes[] = {"08", "25", "40", "53", "55", "57", "58"};
  return refused != nullptr && (refused->lost() || std::any_of(std::begin(classes), std::end(classes), [&](std::string_view one) { return refused->sqlstate().starts_with(one); }));
}

/// So long the records are counted that say whether much is being committed; a shorter time when there are many at once.
constexpr std::chrono::milliseconds count_for{100}, count_many_for{20};
constexpr std::size_t many = 500;

std::string reason_of(const std::exception& why) {
  const auto* refused = dynamic_cast<const database_error*>(&why);
  return refused == nullptr ? why.what() : "sqlstate " + refused->sqlstate() + ", " + why.what();
}

} // namespace

journal_reader journal_reader_for(const std::string& url) {
  journal_options wanted;
  wanted.url = url;
  auto journal = std::make_shared<postgres_journal>(wanted);
  return [journal](const std::string& code, sequence after, std::size_t limit) { return journal->read(code, after, limit); };
}

projector::projector(options wanted, journal_reader read, followers told) : options_(std::move(wanted)), read_(std::move(read)), told_(std::move(told)) {}

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
  wake_states_.notify_one();
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

/// One more record was fed: is much being committed? Under the mutex.
void projector::count(city& of, steady::time_point now) const {
  ++of.counted;
  const std::chrono::duration<double> took = now - of.counted_from;
  if (took < (of.counted < many ? count_for : count_many_for))
    return;
  if (static_cast<double>(of.counted) > options_.busy_above * took.count())
    of.busy_until = now + options_.busy_for;
  of.counted = 0;
  of.counted_from = now;
}

void projector::feed(const std::vector<committed_record>& records) {
  {
    const std::lock_guard lock(mutex_);
    const auto now = steady::now();
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
      if (of.states_stopped || of.queue.size() >= options_.queue_max || (!of.queue.empty() && of.queue.back()->seq + 1 != one->seq)) {
        of.queue.clear();
      } else {
        of.queue.push_back(one);
      }
      of.head = one->seq;
      count(of, now);
    }
  }
  wake_states_.notify_one();
}

void projector::start() {
  states_thread_ = std::thread([this] { run_states(); });
  behind_thread_ = std::thread([this] { run_behind(); });
}

void projector::stop(std::chrono::milliseconds patience) {
  if (!states_thread_.joinable())
    return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_by_ = steady::now() + patience;
  }
  wake_states_.notify_one();
  wake_behind_.notify_one();
  moved_.notify_all();
  states_thread_.join();
  behind_thread_.join();
}

std::vector<std::shared_ptr<projector::city>> projector::all() const {
  std::vector<std::shared_ptr<city>> out;
  for (const auto& [number, one] : cities_)
    out.push_back(one);
  return out;
}

std::shared_ptr<projector::city> projector::find(city_number number) const {
  const auto found = cities_.find(number);
  return found == cities_.end() ? nullptr : found->second;
}

sequence projector::position(city_number number) const {
  const std::lock_guard lock(mutex_);
  const auto of = find(number);
  return of ? of->hot() : 0;
}

sequence projector::lag(city_number number) const {
  const std::lock_guard lock(mutex_);
  const auto of = find(number);
  return of && of->head > of->hot() ? of->head - of->hot() : 0;
}

projector::backlog projector::backlog_of(city_number number) const {
  const std::lock_guard lock(mutex_);
  const auto of = find(number);
  return of ? backlog_of(*of) : backlog{};
}

/// Under the mutex. An audit that has stopped keeps nobody out: people must look at it.
projector::backlog projector::backlog_of(const city& of) {
  const backlog states{of.head - std::min(of.head, of.hot()), of.rate};
  if (of.behind_stopped.contains("audit"))
    return states;
  const backlog audit{of.hot() - std::min(of.hot(), of.at.at("audit")), of.audit_rate};
  return audit.records > states.records ? audit : states;
}

/// Small batches say nothing: their cost is the transaction's.
void projector::measure(double& rate, std::size_t records, steady::duration took) {
  constexpr std::size_t small = 500;
  if (records < small)
    return;
  const double now = static_cast<double>(records) / std::chrono::duration<double>(took).count();
  rate = rate == 0 ? now : 0.7 * rate + 0.3 * now;
}

bool projector::stopped(city_number number) const {
  const std::lock_guard lock(mutex_);
  const auto of = find(number);
  return of && of->stopped;
}

bool projector::wait_until(city_number number, sequence seq, std::chrono::milliseconds patience, const std::vector<std::string_view>& projections) {
  std::unique_lock lock(mutex_);
  const auto reached = [&] {
    const auto of = find(number);
    return of && std::all_of(projections.begin(), projections.end(), [&](std::string_view name) { return of->at.at(name) >= seq; });
  };
  const auto waited_for = find(number);
  if (const auto& of = waited_for) {
    of->wishes.insert(seq);
    if (std::find(projections.begin(), projections.end(), "nights") != projections.end())
      of->nights_wanted = std::max(of->nights_wanted, seq);
    wake_states_.notify_one();
    wake_behind_.notify_one();
  }
  moved_.wait_for(lock, patience, [&] { return reached() || stopping_ || !find(number); });
  if (waited_for)
    waited_for->wishes.erase(waited_for->wishes.find(seq)); // Perhaps it never comes: bursts are gathered again.
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

void projector::reach(city& of, std::span<const std::string_view> projections, sequence seq) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto name : projections)
      of.at[name] = seq;
    of.head = std::max(of.head, seq);
  }
  moved_.notify_all();
}

std::vector<committed_record> projector::read_journal(const std::string& code, sequence after, std::size_t limit) {
  const std::lock_guard lock(reading_);
  auto records = read_(code, after, limit);
  ensure(!records.empty(), "a record that was committed is in the journal");
  return records;
}

table_store& projector::tables_of(desk& at) {
  if (!at.session || !at.session->alive()) {
    close(at);
    at.session = std::make_unique<connection>(connection_options{.url = options_.url, .application_name = at.name});
    at.tables = std::make_unique<table_store>(*at.session);
  }
  return *at.tables;
}

void projector::close(desk& at) {
  at.tables.reset();
  at.session.reset();
}

/// Nothing of the transaction happened, or nobody knows. Counts it, and stops the projection of the city when it is no passing trouble.
void projector::failed(city& of, const std::string& projection, int& refused, std::chrono::milliseconds& wait, const std::exception& why) {
  refused += is_passing(why) ? 0 : 1;
  wait = wait.count() == 0 ? options_.retry_first : std::min(wait * 2, options_.retry_most);
  const auto reason = reason_of(why);
  sequence position = 0;
  bool stops = false;
  {
    const std::lock_guard lock(mutex_);
    position = of.at.at(projection);
    if (!of.removed && refused >= options_.tries) {
      stops = !std::exchange(of.stopped, true);
      for (const auto name : projection_names())
        if (name == projection)
          of.behind_stopped[name] = true;
      if (projection == "hot") {
        of.states_stopped = true;
        of.placed = true; // What is behind goes on to where the states stand.
        of.queue.clear();
        of.fed.clear();
      }
    }
  }
  if (refused < options_.tries) {
    spdlog::warn("projection failed, will be tried again city={} projection={} position={} error={}", of.code, projection, position, reason);
    return;
  }
  spdlog::error("projection stopped city={} projection={} position={} error={}", of.code, projection, position, reason);
  if (stops && told_.stopped)
    told_.stopped(of.number, projection + " at " + std::to_string(position) + ": " + reason);
}

// --- the first thread: states ---

bool projector::is_behind(const city& of) const {
  return !of.states_stopped && (!of.placed || of.head > of.hot());
}

/// Commits come first while there are many of them, unless somebody waits for what is beyond `position`. `since`: when we last wrote what waits now.
bool projector::gives_way(const city& of, sequence position, steady::time_point since, sequence lag, steady::time_point now) const {
  return !stopping_ && of.wanted() <= position && now < of.busy_until && lag < options_.gather_records && now < since + options_.gather_most;
}

/// When the next transaction of the states is due; none: there is nothing to write.
std::optional<projector::steady::time_point> projector::states_next(const city& of, steady::time_point now) const {
  if (!is_behind(of))
    return std::nullopt;
  if (of.wait.count() != 0 || options_.delay.count() != 0)
    return of.next_at;
  const auto lag = of.head - std::min(of.head, of.hot());
  if (gives_way(of, of.hot(), of.begun_at, lag, now))
    return std::min(of.busy_until, of.begun_at + options_.gather_most);
  return stopping_ || lag > options_.hurry_above || of.wanted() > of.hot() ? now : of.next_at;
}

/// The same for the rows of the nights.
std::optional<projector::steady::time_point> projector::nights_next(const city& of, steady::time_point now) const {
  if (of.states_stopped || !of.placed || of.nights || of.behind_stopped.contains("nights"))
    return std::nullopt;
  const bool wanted = of.core.nights_position() < of.nights_wanted && of.nights_wanted <= of.core.position();
  if (of.nights_lost || wanted)
    return now;
  if (of.core.nights_position() >= of.core.position())
    return std::nullopt;
  return stopping_ ? now : of.nights_next_at;
}

void projector::run_states() {
  pthread_setname_np(pthread_self(), "projector");
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto now = steady::now();
    std::vector<std::shared_ptr<city>> ready, quiet;
    auto next = now + std::chrono::seconds(1);
    bool waits = false;
    for (const auto& of : all()) {
      const auto states = states_next(*of, now), nights = nights_next(*of, now);
      // At a stop the last nights wait until those before them are written.
      waits = waits || states || nights || (stopping_ && of->nights && !of->states_stopped && of->core.nights_position() < of->core.position());
      if (!states && !nights && of->placed && !of->nights && now > of->begun_at + options_.states_for && of->core.holds_states())
        quiet.push_back(of);
      const auto due = std::min(states.value_or(next), nights.value_or(next));
      if (due <= now)
        ready.push_back(of);
      else
        next = std::min(next, due);
    }
    if (stopping_ && (!waits || now >= stop_by_ || options_.delay.count() > 0))
      break;
    if (!quiet.empty()) {
      lock.unlock(); // Letting go of many states takes a while, and others feed us meanwhile.
      for (const auto& of : quiet)
        of->core.trim(0);
      lock.lock();
      continue;
    }
    if (ready.empty()) {
      wake_states_.wait_until(lock, stopping_ ? std::min(next, stop_by_) : next);
      continue;
    }
    lock.unlock();
    for (const auto& of : ready)
      round(*of);
    lock.lock();
  }
  states_ended_ = true;
  wake_behind_.notify_one();
}

/// One transaction of a city. Its failure is its own.
void projector::round(city& of) {
  try {
    bool due = false;
    {
      const std::lock_guard lock(mutex_);
      const auto now = steady::now();
      const auto next = states_next(of, now);
      due = next && *next <= now;
    }
    if (!of.placed)
      place(of);
    if (due) {
      of.begun_at = steady::now();
      of.next_at = of.begun_at + options_.pace;
      if (const auto records = take(of); !records.empty())
        project(of, records);
    }
    offer_nights(of, steady::now());
    of.refused = 0;
    of.wait = std::chrono::milliseconds(0);
    if (!std::exchange(of.goes_on_told, true) && told_.goes_on)
      told_.goes_on(of.number);
  } catch (const std::exception& why) {
    close(states_desk_);
    of.core.forget();
    {
      const std::lock_guard lock(mutex_);
      of.placed = false;
    }
    failed(of, "hot", of.refused, of.wait, why);
    of.next_at = steady::now() + of.wait;
  }
  wake_behind_.notify_one();
}

/// Reads where the city's projections stand.
void projector::place(city& of) {
  const auto found = tables_of(states_desk_).positions(of.code);
  of.core.forget();
  of.core.start_at(found.at("hot"));
  {
    const std::lock_guard lock(mutex_);
    for (auto& [name, at] : of.at)
      at = found.at(std::string(name));
    of.head = std::max(of.head, of.hot());
    of.passed.clear();
    of.nights.reset();
    of.nights_lost = false;
  }
  place_nights(of, found.at("nights"));
  {
    const std::lock_guard lock(mutex_);
    of.placed = true;
  }
  moved_.notify_all();
  if (of.core.position() > 0 && told_.applied)
    told_.applied(of.number, of.core.position());
}

/// Nights behind the states: which ones have changed in between is read from the journal.
void projector::place_nights(city& of, sequence nights) {
  of.core.nights_start_at(nights);
  for (auto at = nights; at < of.core.position();) {
    const auto records = read_journal(of.code, at, std::min<sequence>(options_.batch_max, of.core.position() - at));
    const auto upto = records.back()->seq;
    of.core.note_nights(records, tables_of(states_desk_).traces(of.code, at, upto));
    at = upto;
  }
}

/// The records that follow the position: of the queue, or of the journal where the queue begins too late.
std::vector<committed_record> projector::take(city& of) {
  sequence last = 0;
  {
    const std::lock_guard lock(mutex_);
    last = allowed(of);
    if (of.removed || last <= of.core.position())
      return {};
    auto records = from_queue(of);
    if (!records.empty())
      return records;
  }
  return read_journal(of.code, of.core.position(), std::min<sequence>(options_.batch_max, last - of.core.position()));
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
  const auto begun = steady::now();
  auto& tables = tables_of(states_desk_);
  const auto asked = of.core.missing(records);
  if (!asked.empty())
    of.core.provide(asked, tables.load(of.code, asked));
  const auto rows = of.core.fold(records);
  {
    const std::lock_guard lock(mutex_);
    if (of.removed)
      return;
  }
  tables.apply(of.code, rows);
  of.core.trim(options_.states_max);
  reach(of, rows.projections, rows.to);
  {
    const std::lock_guard lock(mutex_);
    of.passed.insert(of.passed.end(), records.begin(), records.end());
    while (of.passed.size() > options_.queue_max / 2)
      of.passed.pop_front();
    measure(of.rate, records.size(), steady::now() - begun);
  }
  if (told_.applied)
    told_.applied(of.number, rows.to);
}

/// Makes the rows of the nights when it is time, for the second thread to write. The more there are, the longer they are gathered: about a tenth of the time goes to them.
void projector::offer_nights(city& of, steady::time_point now) {
  constexpr std::chrono::microseconds pause_per_night{85};
  bool lost = false;
  {
    const std::lock_guard lock(mutex_);
    const auto next = nights_next(of, now);
    if (!next || *next > now || of.removed)
      return;
    lost = std::exchange(of.nights_lost, false);
  }
  auto& tables = tables_of(states_desk_);
  if (lost)
    place_nights(of, tables.positions(of.code).at("nights"));
  const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(pause_per_night * of.core.nights_waiting());
  of.nights_next_at = now + std::clamp(pause, options_.pace, std::max(options_.pace, options_.nights_most));
  if (of.core.nights_position() == of.core.position())
    return;
  const auto asked = of.core.missing_for_nights();
  if (!asked.empty())
    of.core.provide(asked, tables.load(of.code, asked));
  auto rows = of.core.fold_nights();
  const std::lock_guard lock(mutex_);
  of.nights = std::move(rows);
}

} // namespace reserve::persistence
