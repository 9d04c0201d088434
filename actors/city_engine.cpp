#include "actors/city_engine.hpp"

#include <spdlog/spdlog.h>

namespace reserve::actors {

namespace {

constexpr std::size_t due_at_once = 256; ///< Window of a sweep (commit-protocol §12).
constexpr int turns_per_sweep = 500;
constexpr std::chrono::seconds resume_again_after{1};
constexpr std::size_t units_at_once = 1024; ///< Calendars that load at the same time: the queue of the storage has a bound.
constexpr std::chrono::seconds unit_again_after{5};

} // namespace

actor_config::actor_config(std::size_t threads) {
  // caf-notes §3: sharing has the better latency and costs nothing idle; unlimited throughput would let one busy actor starve the others.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", threads);
  set("scheduler.max-throughput", std::size_t{25});
  set("logger.verbosity", caf::atom("quiet"));
}

city_engine::city_engine(caf::actor_system& system, std::unique_ptr<city_context> city) : system_(system), city_(std::move(city)) {
  city_->router = &table_;
  supervisor_ = system_.spawn(city_supervisor, city_.get(), &table_);
  table_.supervised_by(supervisor_);
}

city_engine::~city_engine() {
  stop();
}

void city_engine::start() {
  if (city_->code == "~") {
    city_->timers.after(entity_kind::platform, platform_entity(), {});
    city_->starting = false;
    city_->index.stands();
    resumed_ = true;
    return;
  }
  city_->timers.after(entity_kind::city, city_entity(city_->number), {});
  city_->timers.after(entity_kind::inbox, inbox_entity(city_->number), {});
}

void city_engine::resume_unfinished() {
  if (resumed_ || !city_->index.catalogue() || city_->clock.steady() < resume_at_.load() || resuming_.exchange(true))
    return;
  city_->storage.load_unfinished(city_->code, [this](std::optional<std::vector<std::pair<entity_kind, entity_id>>> found) {
    if (!found) {
      spdlog::error("unfinished work could not be read, trying again city={}", city_->code);
      resume_at_ = city_->clock.steady() + resume_again_after;
      resuming_ = false;
      return;
    }
    for (const auto& [kind, entity] : *found)
      city_->timers.after(kind, entity, {});
    resumed_ = true;
    spdlog::info("unfinished work resumes city={} entities={}", city_->code, found->size());
  });
}

void city_engine::stop() {
  if (std::exchange(stopped_, true))
    return;
  caf::anon_send(supervisor_, stop_message{});
  table_.forget_all();
  supervisor_ = nullptr;
}

void city_engine::wake(entity_kind kind, entity_id entity) {
  auto due = std::make_shared<command>();
  due->kind = kind;
  due->entity = entity;
  due->who.kind = actor_kind::system;
  due->body = expire_due{};
  due->reply = reply_function::make([](answer) {});
  table_.send(std::move(due));
}

std::size_t city_engine::run_due() {
  if (!city_->journal.online(city_->number))
    return 0; // Nothing could be opened: whoever is due stays in the heap.
  std::size_t woken = 0;
  const auto due = city_->timers.due(city_->now(), city_->clock.steady(), due_at_once);
  for (const auto& [kind, entity] : due) {
    wake(kind, entity);
    ++woken;
  }
  return woken;
}

void city_engine::watch() {
  resume_unfinished();
  watch_index();
}

void city_engine::watch_index() {
  if (city_->index.ready())
    return;
  const auto catalogue = city_->index.catalogue();
  if (!catalogue || catalogue->city.code.empty())
    return;
  // One after the other finishes; one whose load failed is started again.
  const auto now = city_->clock.steady();
  bool stands = true;
  for (const auto& unit : catalogue->units) {
    const auto id = unit.content->id;
    if (city_->index.nights().shows(unit.slot)) {
      woken_.erase(id);
      continue;
    }
    stands = false;
    const auto found = woken_.find(id);
    if (found == woken_.end() ? woken_.size() >= units_at_once : now < found->second + unit_again_after)
      continue;
    woken_.insert_or_assign(id, now);
    wake(entity_kind::unit, id.value);
  }
  if (!stands)
    return;
  city_->starting = false;
  city_->index.stands();
  spdlog::info("city index stands city={} properties={} units={}", city_->code, catalogue->properties.size(), catalogue->units.size());
}

void city_engine::sweep() {
  caf::anon_send(supervisor_, sweep_message{});
}

ticker::ticker(std::vector<city_engine*> cities, host_connector* host, std::chrono::milliseconds interval, std::function<void()> every_turn)
    : cities_(std::move(cities)), host_(host), interval_(interval), every_turn_(std::move(every_turn)), thread_([this] { run(); }) {
  // nop
}

ticker::~ticker() {
  stop();
}

void ticker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable())
    thread_.join();
}

std::chrono::milliseconds ticker::silent_for(std::chrono::steady_clock::time_point now) const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - last_turn_.load());
}

void ticker::turn(int number) {
  for (auto* one : cities_) {
    while (one->run_due() == due_at_once) {
    }
    one->watch();
    if (number % turns_per_sweep == turns_per_sweep - 1)
      one->sweep();
  }
  if (host_ != nullptr)
    host_->tick();
  if (every_turn_)
    every_turn_();
  last_turn_ = std::chrono::steady_clock::now();
}

void ticker::run() {
  pthread_setname_np(pthread_self(), "clock");
  for (int number = 0;; ++number) {
    try {
      turn(number);
    } catch (const std::exception& error) {
      // Time must go on for everybody else.
      spdlog::error("a turn of the clock failed reason={}", error.what());
    }
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, interval_, [&] { return stopping_; }))
      return;
  }
}

} // namespace reserve::actors
