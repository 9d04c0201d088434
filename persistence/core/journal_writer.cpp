#include "persistence/core/journal_writer.hpp"

#include <pthread.h>

#include <ctime>

namespace reserve::persistence {

namespace {

/// Runs on while the machine sleeps, so a paused owner knows that its lease is over.
std::int64_t boot_time_ms() noexcept {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

} // namespace

journal_writer::journal_writer(journal_port& port, options numbers, follower follow, loss lost)
    : port_(port), options_(numbers), follow_(std::move(follow)), lost_(std::move(lost)), core_(journal_core::limits{.batch_max = numbers.batch_max}) {
  // nop
}

journal_writer::~journal_writer() {
  stop(std::chrono::milliseconds(0));
}

void journal_writer::add_city(const city_lease& lease, std::vector<committed_record> tail) {
  confirmed(boot_time_ms());
  post([lease, tail = std::move(tail)](journal_core& core) { core.add_city(lease, tail); });
}

void journal_writer::start() {
  // Its cities are online when this returns: whoever starts next may ask for them at once.
  take_inbox();
  publish();
  renew_at_ = std::chrono::steady_clock::now() + options_.renew_every;
  thread_ = std::thread([this] { run(); });
}

void journal_writer::stop(std::chrono::milliseconds patience) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_by_ = std::chrono::steady_clock::now() + patience;
  }
  wake_.notify_one();
  if (thread_.joinable())
    thread_.join();
}

void journal_writer::post(job what) {
  {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(what));
  }
  wake_.notify_one();
}

void journal_writer::open(city_number city, entity_id entity, std::shared_ptr<entity_port> port) {
  post([=](journal_core& core) { core.open(city, entity, port); });
}

void journal_writer::close(entity_id entity, incarnation which) {
  post([=](journal_core& core) { core.close(entity, which); });
}

void journal_writer::submit(std::vector<record_ptr>& records) {
  {
    const std::lock_guard lock(mutex_);
    for (auto& one : records)
      inbox_.emplace_back(std::move(one));
  }
  records.clear();
  wake_.notify_one();
}

void journal_writer::withdraw(entity_id asker, incarnation which) {
  post([=](journal_core& core) { core.withdraw(asker, which); });
}

void journal_writer::applied(city_number city, sequence seq) {
  post([=](journal_core& core) { core.applied(city, seq); });
}

bool journal_writer::online(city_number city) const noexcept {
  const std::shared_lock lock(face_mutex_);
  const auto found = faces_.find(city);
  return found != faces_.end() && found->second.online && boot_time_ms() < trusted_until_ms_.load(std::memory_order_relaxed);
}

std::pair<std::uint64_t, sequence> journal_writer::head(city_number city) const noexcept {
  const std::shared_lock lock(face_mutex_);
  const auto found = faces_.find(city);
  return found == faces_.end() ? std::pair<std::uint64_t, sequence>{} : std::pair{found->second.epoch, found->second.head};
}

bool journal_writer::take_inbox() {
  taken_.clear(); // The two lists change places and keep their memory.
  {
    const std::lock_guard lock(mutex_);
    taken_.swap(inbox_);
  }
  for (auto& one : taken_)
    if (auto* record = std::get_if<record_ptr>(&one)) {
      port_.prepare(**record);
      core_.submit(std::move(*record));
    } else {
      std::get<job>(one)(core_);
    }
  return !taken_.empty();
}

bool journal_writer::step() {
  bool worked = take_inbox();
  if (!core_.unresolved().empty()) {
    resolve();
    deliver(); // Who was in doubt hears it before anything else is begun: a withdrawal that comes meanwhile must not overtake it.
  }
  if (core_.unresolved().empty()) {
    if (const auto& batch = core_.next_batch(); !batch.empty()) {
      const auto sent_at = boot_time_ms();
      const auto outcome = port_.append_while(batch, [this] {
        const bool some = take_inbox();
        deliver();
        copy_ahead();
        return some;
      });
      // It may prolong our trust and not restore it: after a pause a renewal must say which cities are lost.
      if (outcome.what == append_outcome::kind::committed && sent_at < trusted_until_ms_.load(std::memory_order_relaxed))
        confirmed(sent_at);
      connected_ = outcome.what != append_outcome::kind::disconnected && outcome.what != append_outcome::kind::unknown;
      core_.completed(outcome);
      worked = !journal_core::may_pass(outcome);
    }
  }
  deliver();
  publish();
  return worked;
}

void journal_writer::copy_ahead() {
  if (const auto& next = core_.plan_ahead(); !next.empty())
    port_.copy_ahead(next);
}

void journal_writer::deliver() {
  const auto committed = core_.deliver();
  if (!committed.empty())
    follow_(committed);
}

void journal_writer::resolve() {
  for (const auto& [code, epoch] : core_.unresolved()) {
    const auto lease = port_.resolve(code, epoch);
    connected_ = lease.has_value();
    if (!lease)
      return;
    core_.resolved(code, *lease);
  }
}

void journal_writer::renew() {
  const auto sent_at = boot_time_ms();
  const auto lost = port_.renew(core_.leases());
  connected_ = lost.has_value();
  // A session that died while nothing was to be written is found here: the next try is not far off.
  renew_at_ = std::chrono::steady_clock::now() + (connected_ ? options_.renew_every : options_.retry_after);
  if (lost)
    confirmed(sent_at);
  if (lost)
    for (const auto& code : *lost)
      core_.lose_city(code);
}

void journal_writer::confirmed(std::int64_t sent_at_ms) {
  trusted_until_ms_.store(sent_at_ms + options_.trust_for.count(), std::memory_order_relaxed);
}

void journal_writer::publish() {
  std::vector<std::pair<city_number, std::string>> gone;
  {
    const std::unique_lock lock(face_mutex_);
    std::map<city_number, face> next;
    for (const auto& lease : core_.leases())
      next[lease.city] = {lease.epoch, lease.head, connected_, lease.code};
    for (const auto& [number, old] : faces_)
      if (!next.contains(number))
        gone.emplace_back(number, old.code);
    faces_ = std::move(next);
  }
  for (const auto& [number, code] : gone)
    lost_(number, code);
}

void journal_writer::run() {
  pthread_setname_np(pthread_self(), "journal");
  for (;;) {
    // Renewed first: after a pause it must be known which cities are lost before an append of another city prolongs our trust in all of them.
    if (std::chrono::steady_clock::now() >= renew_at_ && !core_.in_flight())
      renew();
    const bool worked = step();
    std::unique_lock lock(mutex_);
    if (stopping_ && ((inbox_.empty() && core_.idle()) || std::chrono::steady_clock::now() >= stop_by_))
      break;
    if (!inbox_.empty() || (worked && !core_.idle()))
      continue;
    // Nothing to do, or no connection: wait for work, for the renewal, or for the next try.
    const auto wait_until = core_.idle() ? renew_at_ : std::chrono::steady_clock::now() + options_.retry_after;
    wake_.wait_until(lock, wait_until, [&] { return stopping_ || (!inbox_.empty() && core_.idle()); });
  }
  for (const auto& lease : core_.leases())
    port_.release(lease.code, lease.epoch);
}

} // namespace reserve::persistence
