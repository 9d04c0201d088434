#include "app/engine.hpp"

#include "actors/resume.hpp"
#include "app/version.hpp"
#include "domain/codec.hpp"
#include "persistence/postgres/city_queries.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <date/tz.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <algorithm>
#include <future>
#include <stdexcept>

namespace reserve::app {

// --- the machine ---

std::array<std::uint8_t, 16> system_random::bytes16() {
  // A call of the generator costs as much for 4 KiB as for 16 bytes. Each thread has its own; what was given out is not kept.
  thread_local std::array<std::uint8_t, 4096> ahead{};
  thread_local std::size_t used = ahead.size();
  if (used == ahead.size()) {
    ensure(RAND_bytes(ahead.data(), static_cast<int>(ahead.size())) == 1, "the system gives no random bytes");
    used = 0;
  }
  std::array<std::uint8_t, 16> out{};
  std::copy_n(ahead.begin() + static_cast<std::ptrdiff_t>(used), out.size(), out.begin());
  std::fill_n(ahead.begin() + static_cast<std::ptrdiff_t>(used), out.size(), std::uint8_t{0});
  used += out.size();
  return out;
}

namespace {

/// The time between two changes of a zone's offset. Whoever asks mostly asks for the zone and the season he asked for before, and to look them up costs more than
/// all else that a search does with them.
struct season {
  std::string zone;
  std::chrono::microseconds begin{}, end{}, offset{}; ///< Since the epoch.

  bool holds(const std::string& name, std::chrono::microseconds at) const { return at >= begin && at < end && name == zone; }
};

const season& season_of(const std::string& zone, std::chrono::microseconds at) {
  thread_local season known;
  if (known.holds(zone, at))
    return known;
  const auto info = ::date::locate_zone(zone)->get_info(timestamp(at));
  // tzdata has years far outside of what microseconds can count.
  constexpr std::chrono::seconds farthest = std::chrono::hours(24 * 365 * 10'000);
  known.begin = std::max<std::chrono::seconds>(info.begin.time_since_epoch(), -farthest);
  known.end = std::min<std::chrono::seconds>(info.end.time_since_epoch(), farthest);
  known.offset = info.offset;
  known.zone = zone;
  return known;
}

} // namespace

local_time system_zones::local(const std::string& zone, timestamp at) const {
  const auto wall = at + season_of(zone, at.time_since_epoch()).offset;
  const auto day = std::chrono::floor<std::chrono::days>(wall);
  return {day, std::chrono::floor<std::chrono::minutes>(wall - day)};
}

timestamp system_zones::instant(const std::string& zone, date day, std::chrono::minutes time_of_day) const {
  const ::date::local_time<std::chrono::microseconds> wall{day.time_since_epoch() + time_of_day};
  const auto& known = season_of(zone, wall.time_since_epoch());
  const auto guess = wall.time_since_epoch() - known.offset;
  constexpr std::chrono::hours safe{24}; // So far from a change no time of day is left out or comes twice.
  if (known.holds(zone, guess - safe) && known.holds(zone, guess + safe))
    return timestamp(guess);
  return timestamp(::date::locate_zone(zone)->to_sys(wall, ::date::choose::latest).time_since_epoch());
}

// --- the engine ---

namespace {

integrations::payment_accounts accounts_of(const config::config& values) {
  integrations::payment_accounts out;
  if (values.stripe)
    out.stripe = {values.stripe->base_url, values.stripe->secret_key.value, values.stripe->api_version};
  if (values.mercadopago)
    out.mercadopago = {values.mercadopago->base_url, values.mercadopago->access_token.value};
  if (values.openpix)
    out.openpix = {values.openpix->base_url, values.openpix->app_id.value};
  return out;
}

persistence::vault_keys keys_of(const config::config& values) {
  persistence::vault_keys out;
  for (const auto& key : values.security.vault_keys)
    out.masters.push_back({key.id, key.key});
  out.hash_key = values.security.hash_key.value;
  return out;
}

/// A key of any length as the 32 bytes that the permutation of the codes wants.
std::array<std::uint8_t, 32> code_key_of(const config::config& values) {
  std::array<std::uint8_t, 32> out{};
  const auto& text = values.security.code_key.value;
  ensure(EVP_Digest(text.data(), text.size(), out.data(), nullptr, EVP_sha256(), nullptr) == 1, "SHA-256 is there");
  return out;
}

/// Host, role and address: the same after a restart, another for every program that could run beside us.
std::string node_id(const std::string& role, const config::config& values) {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  constexpr std::size_t column_width = 100;
  return (role + " " + to_string(values.http.listen) + " " + name.data()).substr(0, column_width);
}

/// For tests of lag: the projector stays this far behind on purpose.
std::chrono::milliseconds projector_delay() {
  const char* text = std::getenv("RESERVE_TEST_PROJECTOR_DELAY_MS");
  return std::chrono::milliseconds(text == nullptr ? 0 : std::atoi(text));
}

} // namespace

engine::engine(const config::config& values, options wanted)
    : values_(values), clock_(values.clock.offset), actor_config_(static_cast<std::size_t>(values.actors.threads)) {
  integrations::http_client_settings http;
  http.user_agent = "reserve-connect/" + version_text();
  http.ca_file = values_.tls.ca_file;
  client_ = std::make_unique<integrations::http_client>(io_, std::move(http));
  host_port_ = std::make_unique<integrations::host_adapter>(*client_, integrations::host_account{values_.host.base_url, values_.host.api_key.value, values_.host.jwt_secret.value});
  payment_port_ = std::make_unique<integrations::payment_adapter>(*client_, accounts_of(values_));
  io_thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "outside");
    const auto work = boost::asio::make_work_guard(io_);
    io_.run();
  });

  pool_ = std::make_unique<persistence::query_pool>(persistence::query_pool::options{.url = values_.database.url.value, .connections = static_cast<std::size_t>(values_.database.pool)});
  vault_ = std::make_unique<persistence::vault>(persistence::sealer(keys_of(values_)), *pool_);
  storage_ = std::make_unique<persistence::postgres_storage>(*pool_);
  journal_ = std::make_unique<persistence::postgres_journal>(persistence::journal_options{.url = values_.database.url.value, .node_id = node_id(wanted.role, values_)});

  persistence::projector::options tables;
  tables.url = values_.database.url.value;
  tables.delay = projector_delay();
  // New guests are slowed down from half of lag_max on: what is gathered on purpose stays below.
  tables.gather_records = std::min(tables.gather_records, static_cast<std::size_t>(values_.admission.lag_max * 2 / 5));
  persistence::projector::followers told;
  told.applied = [this](city_number city, sequence seq) { writer_->applied(city, seq); };
  told.stopped = [this](city_number city, const std::string& reason) { tell_projection(city, reason); };
  told.goes_on = [this](city_number city) { tell_projection(city, std::nullopt); };
  projector_ = std::make_unique<persistence::projector>(tables, persistence::journal_reader_for(values_.database.url.value), std::move(told));
  persistence::journal_writer::options batches;
  batches.batch_max = static_cast<std::size_t>(values_.journal.batch_max);
  writer_ = std::make_unique<persistence::journal_writer>(
      *journal_, batches, [this](const std::vector<committed_record>& committed) { projector_->feed(committed); },
      [](city_number, const std::string& code) { spdlog::error("city lost: its lease went to somebody else city={}", code); });

  host_ = std::make_unique<actors::host_connector>(*host_port_, clock_, values_.city_defaults, values_.host.health_interval);
  payments_ = std::make_unique<actors::payment_gateway>(*payment_port_, clock_, values_.city_defaults);
  system_ = std::make_unique<caf::actor_system>(actor_config_);
  try {
    take_cities(wanted.cities);
  } catch (...) {
    stop(); // The threads that run already must end before they are destroyed.
    throw;
  }

  std::vector<actors::city_engine*> all;
  for (const auto& one : cities_)
    all.push_back(one.get());
  for (auto* one : all)
    one->start();
  projector_->start(); // Its first news go to the platform log's actors.
  ticker_ = std::make_unique<actors::ticker>(all, wanted.outside ? host_.get() : nullptr, std::chrono::milliseconds(20),
                                              [this] { compare_clocks(); });
}

void engine::compare_clocks() {
  constexpr std::chrono::seconds every{5}; // About as often as a lease is renewed.
  clock_.observe();
  if (clock_.steady() < database_clock_at_)
    return;
  database_clock_at_ = clock_.steady() + every;
  persistence::read_clock(*pool_, [this, asked_at = system_clock::machine()](std::optional<timestamp> said) {
    if (said)
      clock_.database_said(*said, asked_at);
  });
}

bool engine::time_passes() const {
  return ticker_ && ticker_->turns();
}

void engine::take_cities(const std::vector<std::string>& wanted) {
  journal_->add_city(platform_code, platform_number);
  std::vector<std::string> codes{platform_code};
  codes.insert(codes.end(), wanted.begin(), wanted.end());
  std::vector<std::unique_ptr<actors::city_context>> contexts;
  for (const auto& code : codes)
    if (auto city = take_city(code))
      contexts.push_back(std::move(city));
  writer_->start();
  for (auto& one : contexts)
    cities_.push_back(std::make_unique<actors::city_engine>(*system_, std::move(one)));
  for (std::size_t i = 1; i < cities_.size(); ++i)
    cities_[i]->city().platform = &cities_.front()->router();
}

/// Nothing for a city of which a record cannot be read: nothing is skipped (commit-protocol §13), and the other cities do without it. It needs a program that can read it.
std::unique_ptr<actors::city_context> engine::take_city(const std::string& code) {
  const auto lease = journal_->take(code);
  if (!lease)
    throw std::runtime_error("city " + code + " is served by another process, or the database is away");
  const auto position = persistence::projected_position(values_.database.url.value, code);
  std::vector<committed_record> tail, last;
  try {
    for (auto from = position;;) {
      auto more = journal_->read(code, from, 10000);
      if (more.empty())
        break;
      from = more.back()->seq;
      tail.insert(tail.end(), more.begin(), more.end());
    }
    if (lease->head > 0)
      last = journal_->read(code, lease->head - 1, 1);
  } catch (const decode_error& why) {
    if (code == platform_code)
      throw;
    spdlog::error("city not served: a record of its journal cannot be read city={} after={} reason={}", code, position, why.what());
    journal_->release(code, lease->epoch);
    unread_.emplace_back(lease->city, code);
    return nullptr;
  }
  projector_->add_city(lease->city, code, lease->head);
  spdlog::info("city taken city={} epoch={} head={} projected={}", code, lease->epoch, lease->head, position);
  auto city = std::make_unique<actors::city_context>(lease->city, code, values_.city_defaults, clock_, random_, *vault_, *storage_, zones_, *writer_);
  // City time goes on where the last record was, whatever the machine's clock says today.
  if (!last.empty())
    city->time.reached(last.front()->occurred_at);
  actors::wake_changed_by(tail, city->timers);
  city->host = host_.get();
  city->payments = payments_.get();
  city->code_key = code_key_of(values_);
  writer_->add_city(*lease, std::move(tail));
  return city;
}

engine::~engine() {
  stop();
}

void engine::stop() {
  if (std::exchange(stopped_, true))
    return;
  if (ticker_)
    ticker_->stop();
  for (const auto& one : cities_)
    one->stop();
  if (writer_)
    writer_->stop(std::chrono::seconds(5));
  if (projector_)
    projector_->stop();
  if (client_)
    client_->shutdown();
  io_.stop();
  if (io_thread_.joinable())
    io_thread_.join();
  pool_.reset();
  system_.reset(); // Waits for the actors, which still look at their city.
  cities_.clear();
}

actors::city_engine* engine::find(const std::string& code) {
  for (const auto& one : cities_)
    if (one->city().code == code)
      return one.get();
  return nullptr;
}

actors::city_engine* engine::find(city_number number) {
  for (const auto& one : cities_)
    if (one->city().number == number)
      return one.get();
  return nullptr;
}

std::vector<actors::city_engine*> engine::cities() {
  std::vector<actors::city_engine*> out;
  for (const auto& one : cities_)
    if (one->city().code != platform_code)
      out.push_back(one.get());
  return out;
}

/// A city whose projection stands still is a problem of the platform log: the city's own tables could not show it. Without a reason it is over.
void engine::tell_projection(city_number number, const std::optional<std::string>& reason) {
  auto* city = find(number);
  auto* platform = find(std::string(platform_code));
  if (city == nullptr || platform == nullptr)
    return;
  exception_notice notice;
  notice.type = "projection_stopped";
  notice.severity = "critical";
  notice.entity_key = "city:" + city->city().code;
  notice.context = {{"city", city->city().code}};
  notice.resolve = !reason;
  notice.resolution = reason ? "" : "auto_healed";
  notice.error_message = reason.value_or("");
  auto what = std::make_shared<command>();
  what->kind = entity_kind::exceptions;
  what->entity = exceptions_entity(platform_number);
  what->who.kind = actor_kind::system;
  what->body = raise_exceptions{{std::move(notice)}, platform->city().new_id()};
  what->reply = reply_function::make([code = city->city().code](const answer& said) {
    if (said.refused())
      spdlog::error("the state of a projection could not be told city={}", code);
  });
  platform->router().send(std::move(what));
}

answer engine::ask(command_ptr what, std::chrono::milliseconds patience) {
  auto* owner = what->kind == entity_kind::platform ? find(std::string(platform_code)) : find(city_of(what->entity));
  if (owner == nullptr)
    return {refusal{errc::service_unavailable, "this city is not served here"}, {}, false};
  const auto heard = std::make_shared<std::promise<answer>>();
  auto coming = heard->get_future();
  what->reply = reply_function::make([heard](answer said) { heard->set_value(std::move(said)); });
  owner->router().send(std::move(what));
  if (coming.wait_for(patience) != std::future_status::ready) {
    refusal why(errc::service_unavailable, "no answer in time");
    why.effect = effect::unknown;
    return {why, {}, false};
  }
  return coming.get();
}

} // namespace reserve::app
