#include "actors/city_engine.hpp"
#include "persistence/core/journal_writer.hpp"

#include <catch2/catch.hpp>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <random>

// Actors that die while their timers are pending, on real threads. CAF 0.17.6 has a clock thread that can lock itself when the last reference to an
// actor is dropped inside it; then no timer of the process ever fires again, and only under load. So no actor of ours uses it: deadlines live in
// city_timers, and the ticker wakes who is due. Here that ticker is put under the load that broke the other one. RESERVE_STRESS_SECONDS: as long as
// that (`./dev stress`), else one round.

using namespace reserve;
using namespace reserve::actors;
using namespace std::chrono_literals;

namespace {

using real_clock = std::chrono::steady_clock;

constexpr city_number city = 7;
constexpr std::size_t entities = 20'000;
constexpr int faster = 100; ///< Steady time of the city: an actor that is quiet for half a minute is retired after 0.3 s.
constexpr std::chrono::seconds patience{60};

class fast_clock final : public clock_port {
public:
  timestamp wall() const override { return timestamp(std::chrono::sys_days(std::chrono::year(2026) / 5 / 1)) + steady(); }
  std::chrono::milliseconds steady() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>((real_clock::now() - begin_) * faster);
  }

private:
  const real_clock::time_point begin_ = real_clock::now();
};

class dice final : public random_port {
public:
  std::array<std::uint8_t, 16> bytes16() override {
    const std::lock_guard lock(mutex_);
    std::array<std::uint8_t, 16> out{};
    for (auto& one : out)
      one = static_cast<std::uint8_t>(source_());
    return out;
  }

private:
  std::mutex mutex_;
  std::mt19937 source_{1};
};

/// A journal that always commits.
class willing_journal final : public journal_port {
public:
  append_outcome append(std::span<const city_batch>) override { return {append_outcome::kind::committed, {}, {}}; }
  std::optional<city_lease> resolve(const std::string& code, std::uint64_t epoch) override { return city_lease{city, code, epoch, 0}; }
  std::optional<city_lease> take(const std::string& code) override { return city_lease{city, code, 1, 0}; }
  std::optional<std::vector<std::string>> renew(std::span<const city_lease>) override { return std::vector<std::string>{}; }
  void release(const std::string&, std::uint64_t) override {}
  std::vector<committed_record> read(const std::string&, sequence, std::size_t) override { return {}; }
};

/// Knows nobody, and counts how often each entity was loaded: once in each life.
class counting_storage final : public storage_port {
public:
  explicit counting_storage(const std::vector<entity_id>& all) {
    for (const auto& one : all)
      lives_.try_emplace(one);
  }
  void load(const std::string&, entity_id entity, entity_kind, std::function<void(std::optional<loaded_entity>)> done) override {
    if (const auto found = lives_.find(entity); found != lives_.end())
      ++found->second;
    done(loaded_entity{});
  }
  void load_all(const std::string&, entity_kind,
                std::function<void(std::optional<std::pair<std::vector<entity_snapshot>, sequence>>)> done) override {
    done(std::pair<std::vector<entity_snapshot>, sequence>{});
  }
  void load_unfinished(const std::string&, std::function<void(std::optional<std::vector<std::pair<entity_kind, entity_id>>>)> done) override {
    done(std::vector<std::pair<entity_kind, entity_id>>{});
  }
  int lives(entity_id entity) const { return lives_.at(entity).load(); }

private:
  std::unordered_map<entity_id, std::atomic<int>> lives_; ///< Its entries are made before anybody asks.
};

/// Nobody here has personal data or a time zone.
class closed_vault final : public vault_port {
public:
  sealed_guest seal_guest(city_number, intent_id, const guest_details&) override { throw std::logic_error("nobody is sealed"); }
  std::vector<vault_row> seal_payment(city_number, payment_id, const provider_secrets&) override { throw std::logic_error("nothing is sealed"); }
  void open_guest(const std::string&, intent_id, std::function<void(std::optional<guest_details>)> done) override { done(std::nullopt); }
  void open_payment(const std::string&, payment_id, std::function<void(std::optional<provider_secrets>)> done) override { done(std::nullopt); }
};

class utc final : public zone_port {
public:
  local_time local(const std::string&, timestamp at) const override {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    return {day, std::chrono::floor<std::chrono::minutes>(at - day)};
  }
  timestamp instant(const std::string&, date day, std::chrono::minutes time_of_day) const override { return day + time_of_day; }
};

/// A city of many entities on real threads: scheduler, journal writer, ticker.
class crowd {
public:
  crowd() : storage_(ids_) {
    writer_.add_city({city, "URB", 1, 0}, {});
    writer_.start();
    auto context = std::make_unique<city_context>(city, "URB", city_settings{}, clock_, dice_, vault_, storage_, zones_, writer_);
    context->index.publish(make_catalogue({}, city_settings{})); // Who belongs to a booking waits for one.
    engine_ = std::make_unique<city_engine>(*system_, std::move(context));
    ticker_ = std::make_unique<ticker>(std::vector<city_engine*>{engine_.get()}, nullptr, 1ms, [this] {
      const std::lock_guard lock(mutex_);
      turned_.notify_one();
    });
  }
  ~crowd() {
    ticker_->stop();
    engine_->stop();
    writer_.stop(5s);
    system_.reset(); // Waits for the actors, which still look at their city.
  }

  /// Everybody lives, arms a timer and dies before it fires. Empty: each timer has brought its entity back to life, and nobody is armed any more.
  std::string round() {
    std::vector<int> before(entities);
    std::vector<bool> lived(entities);
    for (std::size_t n = 0; n < entities; ++n) {
      before[n] = storage_.lives(ids_[n]);
      lived[n] = handle_of(n).has_value(); // Since the round before.
      engine_->wake(kind_of(n), ids_[n]);
    }
    const auto has_come = [&](std::size_t n) { return lived[n] || storage_.lives(ids_[n]) > before[n]; };
    if (!becomes([&] { return all(has_come); }))
      return missing("has not come to life", has_come);
    std::vector<bool> left_alone(entities);
    for (std::size_t n = 0; n < entities; ++n) {
      const auto who = handle_of(n); // None: it is being retired at this moment, or asked whether it can be.
      left_alone[n] = n % 4 == 0 || !who;
      before[n] = storage_.lives(ids_[n]);
      arm(n, left_alone[n] ? std::chrono::milliseconds(1h) : soon(n));
      if (!left_alone[n])
        kill(*who, n % 4);
    }
    // Who is left alone dies of being quiet; its timer was to fire much later.
    const auto is_retired = [&](std::size_t n) { return !left_alone[n] || !handle_of(n); };
    if (!becomes([&] { return all(is_retired); }))
      return missing("has not been retired", is_retired);
    for (std::size_t n = 0; n < entities; ++n)
      if (left_alone[n])
        arm(n, soon(n));
    const auto is_back = [&](std::size_t n) { return storage_.lives(ids_[n]) > before[n]; };
    if (!becomes([&] { return engine_->city().timers.armed() == 0 && all(is_back); }))
      return missing("has not been woken", is_back);
    return {};
  }
  std::chrono::milliseconds longest_silence() const { return longest_silence_; }

private:
  static entity_kind kind_of(std::size_t n) {
    constexpr std::array kinds{entity_kind::intent, entity_kind::payment, entity_kind::reservation};
    return kinds[n % kinds.size()];
  }
  static std::vector<entity_id> made_ids() {
    std::vector<entity_id> out;
    for (std::size_t n = 0; n < entities; ++n)
      out.push_back(derive_uuid(city, std::to_string(n)));
    return out;
  }
  std::optional<entity_actor> handle_of(std::size_t n) { return engine_->router().find(ids_[n]); }

  static std::chrono::milliseconds soon(std::size_t n) { return 1s + std::chrono::milliseconds(n); }

  void arm(std::size_t n, std::chrono::milliseconds wait) {
    if (n % 2 == 0)
      engine_->city().timers.after(kind_of(n), ids_[n], wait);
    else
      engine_->city().timers.at(kind_of(n), ids_[n], engine_->city().now() + wait);
  }

  static void kill(const entity_actor& who, std::size_t way) {
    switch (way) {
    case 1: caf::anon_send_exit(who, caf::exit_reason::kill); break;
    case 2: caf::anon_send_exit(who, caf::exit_reason::unhandled_exception); break;
    default: caf::anon_send(who, closed_message{}); break; // As the writer does when a record is refused.
    }
  }

  template <class Predicate>
  static bool all(const Predicate& is_so) {
    for (std::size_t n = 0; n < entities; ++n)
      if (!is_so(n))
        return false;
    return true;
  }

  template <class Predicate>
  std::string missing(const char* what, const Predicate& is_so) {
    std::array<std::size_t, 4> of_each_way{};
    for (std::size_t n = 0; n < entities; ++n)
      of_each_way[n % 4] += is_so(n) ? 0 : 1;
    std::string out = std::to_string(engine_->city().timers.armed()) + " are armed; who " + what + ", by way of death:";
    for (const auto count : of_each_way)
      out += ' ' + std::to_string(count);
    return out;
  }

  /// Looks after turns of the ticker, which is what is tested: when it is silent the patience ends.
  template <class Predicate>
  bool becomes(const Predicate& is_so) {
    const auto until = real_clock::now() + patience;
    std::unique_lock lock(mutex_);
    while (real_clock::now() < until) {
      turned_.wait_for(lock, 100ms);
      longest_silence_ = std::max(longest_silence_, ticker_->silent_for());
      lock.unlock();
      if (is_so())
        return true;
      lock.lock();
    }
    return false;
  }

  const std::vector<entity_id> ids_ = made_ids();
  fast_clock clock_;
  dice dice_;
  willing_journal journal_;
  closed_vault vault_;
  utc zones_;
  counting_storage storage_;
  persistence::journal_writer writer_{journal_,
                                      {},
                                      [this](const std::vector<committed_record>& done) { writer_.applied(city, done.back()->seq); },
                                      [](city_number, const std::string&) {}};
  actor_config config_{2};
  std::unique_ptr<caf::actor_system> system_ = std::make_unique<caf::actor_system>(config_);
  std::unique_ptr<city_engine> engine_;
  std::mutex mutex_;
  std::condition_variable turned_;
  std::chrono::milliseconds longest_silence_{0};
  std::unique_ptr<ticker> ticker_; ///< Its turns look at what stands above.
};

/// Thousands of crashes are no news here.
struct quiet {
  quiet() { spdlog::set_level(spdlog::level::off); }
  ~quiet() { spdlog::set_level(spdlog::level::info); }
};

} // namespace

TEST_CASE("tens of thousands of actors die with pending timers, and every timer fires", "[actors][stress]") {
  const quiet nothing_is_logged;
  const char* wanted = std::getenv("RESERVE_STRESS_SECONDS");
  const auto until = real_clock::now() + std::chrono::seconds(wanted == nullptr ? 0 : std::atoi(wanted));
  crowd all;
  int rounds = 0;
  do {
    INFO("round " << rounds);
    REQUIRE(all.round() == "");
    ++rounds;
  } while (real_clock::now() < until);
  CHECK(all.longest_silence() < ticker::silence_max);
  if (wanted != nullptr)
    WARN(rounds << " rounds of " << entities << " actors, longest silence of the ticker " << all.longest_silence().count() << " ms");
}

TEST_CASE("a clock that stands still is noticed, and so is that it goes on", "[actors][clock]") {
  std::mutex mutex;
  std::condition_variable changed;
  int turns = 0;
  bool hangs = false;
  ticker clock({}, nullptr, 1ms, [&] {
    std::unique_lock lock(mutex);
    ++turns;
    changed.notify_all();
    changed.wait(lock, [&] { return !hangs; });
  });
  const auto turns_on = [&] {
    std::unique_lock lock(mutex);
    const int seen = turns;
    return changed.wait_for(lock, patience, [&] { return turns > seen + 1; });
  };
  REQUIRE(turns_on());
  CHECK(clock.turns());
  {
    std::unique_lock lock(mutex);
    hangs = true;
    const int seen = turns;
    REQUIRE(changed.wait_for(lock, patience, [&] { return turns > seen; })); // It is in its last turn now.
  }
  CHECK(clock.turns());
  CHECK_FALSE(clock.turns(real_clock::now() + ticker::silence_max));
  {
    const std::lock_guard lock(mutex);
    hangs = false;
  }
  changed.notify_all();
  REQUIRE(turns_on());
  CHECK(clock.turns());
}

TEST_CASE("a turn of the clock that fails does not stop it", "[actors][clock]") {
  const quiet nothing_is_logged;
  std::mutex mutex;
  std::condition_variable changed;
  int turns = 0;
  ticker clock({}, nullptr, 1ms, [&] {
    const std::lock_guard lock(mutex);
    ++turns;
    changed.notify_all();
    if (turns < 5)
      throw std::runtime_error("thrown on purpose");
  });
  std::unique_lock lock(mutex);
  CHECK(changed.wait_for(lock, patience, [&] { return turns > 6; }));
}

TEST_CASE("nobody uses CAF's own clock", "[actors][clock]") {
  int files = 0;
  for (const char* folder : {"actors", "app", "gateway", "integrations", "persistence"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(RESERVE_SOURCE_DIR) + "/" + folder)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp")
        continue;
      ++files;
      std::ifstream file(entry.path());
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      INFO(entry.path().string());
      for (const char* timer :
           {"delayed_send", "delayed_anon_send", "schedule_send", "receive_timeout", "->request(", ".request<", "caf::after", "scoped_actor"})
        CHECK(text.find(timer) == std::string::npos);
    }
  CHECK(files > 50);
}
