#include "simulation/process.hpp"

#include "actors/resume.hpp"

#include <algorithm>

namespace reserve::simulation {

namespace {

using namespace std::chrono_literals;

constexpr moment ticker_interval = 20ms; ///< As the product's ticker.
constexpr moment sweep_interval = 30s;
constexpr moment last_sweep_after = 6min; ///< By then calendars rest, too.
constexpr int sweeps_after_work = 4;     ///< What is quiet for 30 s is retired by the third.
constexpr std::chrono::seconds health_interval{10};
constexpr std::size_t due_at_once = 256;
constexpr moment inbox_interval = 60s;   ///< As the server's house-keeping: what is stored and not handled is handed on again.

} // namespace

process::process(const outside& all, agenda::owner id, generator random)
    : all_(all), id_(id), random_(random.fork("process")), order_(random.fork("order")), gate_(all.world, all.rows, random.fork("gate"), id),
      storage_(all.world, all.tables, random.fork("storage"), id), host_line_(all.world, all.host, random.fork("host"), id),
      payment_line_(all.world, all.providers, random.fork("payments"), id), vault_(all.world, all.rows, random.fork("vault"), id),
      connector_(host_line_, all.world.clock, city_settings(), health_interval), payments_(payment_line_, all.world.clock, city_settings()),
      config_(order_, all.world.log) {
  gate_.on_loss([this](const std::string&) { lost_ = true; });
}

process::~process() {
  // Nothing reaches the outside any more, nothing comes back; what the actors still do in their last moments changes nothing.
  gate_.dies();
  storage_.dies();
  vault_.dies();
  host_line_.dies();
  payment_line_.dies();
  all_.world.plan.drop(id_);
  for (auto* one : {platform_.get(), city_.get()})
    if (one != nullptr)
      one->stop();
  while (scheduler_ != nullptr && scheduler_->run_one()) {
  }
  system_.reset();
}

std::unique_ptr<actors::city_context> process::context_of(const city_lease& lease) {
  const auto position = all_.tables.at(lease.code)->position();
  auto city = std::make_unique<actors::city_context>(lease.city, lease.code, city_settings(), all_.world.clock, all_.ids, vault_, storage_, all_.zones, gate_);
  if (const auto& log = all_.rows.log(lease.code); !log.empty())
    city->time.reached(log.back()->occurred_at);
  city->host = &connector_;
  city->payments = &payments_;
  auto tail = all_.rows.log_after(lease.code, position);
  actors::wake_changed_by(tail, city->timers);
  gate_.add_city(lease, std::move(tail));
  return city;
}

void process::start() {
  for (const auto& [code, table] : all_.tables) {
    if (!all_.rows.locked(code))
      continue;
    all_.world.plan.after(50ms, id_, [this] { start(); });
    return;
  }
  auto platform = context_of(all_.rows.take(platform_code));
  auto town = context_of(all_.rows.take(town_code));
  system_ = std::make_unique<caf::actor_system>(config_);
  scheduler_ = &dynamic_cast<seeded_scheduler&>(system_->scheduler());
  platform_ = std::make_unique<actors::city_engine>(*system_, std::move(platform));
  city_ = std::make_unique<actors::city_engine>(*system_, std::move(town));
  city_->city().platform = &platform_->router();
  platform_->start();
  city_->start();
  look_at_inbox();
}

void process::look_at_inbox() {
  next_inbox_ = all_.world.clock.now() + inbox_interval;
  for (const auto& what : all_.rows.unhandled_webhooks())
    hand_webhook(what);
}

void process::hand_webhook(const handle_webhook& what) {
  auto order = std::make_shared<command>();
  order->kind = entity_kind::inbox;
  order->entity = inbox_entity(town_number);
  order->who.kind = actor_kind::network;
  order->body = what;
  order->reply = reply_function::make([](const answer&) {});
  send(std::move(order));
}

void process::there_is_work() {
  sweeps_left_ = sweeps_after_work;
  next_sweep_ = std::min(next_sweep_, all_.world.clock.now() + sweep_interval);
}

void process::send(command_ptr what) {
  there_is_work();
  city_->router().send(std::move(what));
}

bool process::serves(city_number number) const {
  return started() && !asleep_ && gate_.online(number);
}

bool process::has_job() const {
  return scheduler_ != nullptr && !asleep_ && !scheduler_->jobs.empty();
}

void process::run_one() {
  scheduler_->run_one();
}

bool process::runs(entity_id entity) const {
  return city_ && city_->router().find(entity);
}

bool process::crash_actor(entity_id entity) {
  const auto victim = city_ ? city_->router().find(entity) : std::nullopt;
  if (victim)
    actors::post_to(*victim, [] { throw std::runtime_error("a simulated crash"); }, true);
  return victim.has_value();
}

void process::falls_asleep() {
  asleep_ = true;
  gate_.falls_asleep();
  all_.world.plan.pause(id_);
}

void process::wakes_up() {
  asleep_ = false;
  all_.world.plan.resume(id_);
  gate_.wakes_up();
}

std::optional<moment> process::next_due() const {
  const auto now = all_.world.clock.now();
  std::optional<moment> out;
  const auto at = [&](moment when) { out = std::min(out.value_or(when), when); };
  for (auto* engine : {platform_.get(), city_.get()}) {
    auto& city = engine->city();
    if (const auto deadline = city.timers.next_deadline())
      at(*deadline <= city.now() ? now : now + (*deadline - all_.world.clock.wall()));
    if (const auto wake_up = city.timers.next_wake_up())
      at(now + std::max(moment(0), moment(*wake_up - city.clock.steady())));
    if (!city.index.ready() || !engine->resumed())
      at(now + ticker_interval);
  }
  if (const auto due = connector_.next_due())
    at(now + std::max(moment(0), moment(*due - all_.world.clock.steady())));
  else if (all_.host.is_down())
    at(now + health_interval); // As long as nothing goes wrong its probes tell nobody anything, and are left out.
  if (sweeps_left_ > 0)
    at(std::max(now, next_sweep_));
  if (all_.rows.has_unhandled_webhooks())
    at(std::max(now, next_inbox_));
  return out;
}

void process::plan_timers() {
  if (!started() || asleep_ || has_job())
    return;
  const auto due = next_due();
  if (!due || (planned_ && *planned_ <= *due + ticker_interval))
    return;
  auto when = *due + random_.between(0ms, ticker_interval);
  if (all_.world.strikes(fault::timers, 60, random_))
    stuck_until_ = when + random_.between(0ms, 5s); // The clock's thread does not get its turn, whatever else goes on.
  when = std::max(when, stuck_until_);
  planned_ = when;
  all_.world.plan.at(when, id_, [this, when] {
    if (planned_ == when)
      tick();
  });
}

void process::tick() {
  planned_.reset();
  const auto now = all_.world.clock.now();
  for (auto* engine : {platform_.get(), city_.get()}) {
    for (auto woken = due_at_once; woken == due_at_once;) {
      woken = engine->run_due();
      if (woken > 0)
        there_is_work();
    }
    engine->watch();
  }
  if (sweeps_left_ > 0 && now >= next_sweep_) {
    city_->sweep(); // Nobody of the platform's log is ever retired.
    --sweeps_left_;
    next_sweep_ = now + (sweeps_left_ == 1 ? last_sweep_after : sweep_interval);
  }
  if (now >= next_inbox_ && all_.rows.has_unhandled_webhooks())
    look_at_inbox();
  connector_.tick(); // Also when the Host answers: bookings may stand in line, or wait for their share of calls.
}

} // namespace reserve::simulation
