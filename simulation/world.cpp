#include "simulation/world.hpp"

#include "simulation/process.hpp"

namespace reserve::simulation {

namespace {

using namespace std::chrono_literals;

constexpr moment lease_runs_out = 15s;

} // namespace

world::world(options wanted)
    : random(wanted.seed), rows(env, random.fork("database")), host(env, random.fork("host")), providers(env, random.fork("providers")),
      door(env, rows, random.fork("door")), ids(random.fork("ids")), options_(wanted), town_tables_(env, rows, random.fork("tables"), town_number, town_code),
      platform_tables_(env, rows, random.fork("platform tables"), 0, platform_code), order_(random.fork("order")), network_(random.fork("network")) {
  rows.add_city(0, platform_code);
  rows.add_city(town_number, town_code);
  rows.watched_by([this](const record& what) {
    env.log.add(what.command_id);
    env.log.add(what.seq);
    env.log.add(static_cast<std::uint64_t>(what.occurred_at.time_since_epoch().count()));
    (what.city == town_number ? town_tables_ : platform_tables_).wake();
    if (on_record)
      on_record(what);
  });
  const auto applied = [this](city_number number) {
    return [this, number](sequence seq) {
      for (auto* one : {serving_.get(), sleeper_.get()})
        if (one != nullptr)
          one->journal().applied(number, seq);
    };
  };
  town_tables_.on_applied(applied(town_number));
  platform_tables_.on_applied(applied(0));
  for (auto& room : host_rooms_of(options_.town))
    host.add(std::move(room));
  found_town();
  host.tells([this](const std::string& key, handle_webhook what) { webhook(key, std::move(what)); });
  providers.tells([this](const std::string& key, handle_webhook what) { webhook(key, std::move(what)); });
  env.faults = options_.faults;
}

world::~world() {
  // Their last answers still find the door.
  serving_.reset();
  sleeper_.reset();
}

std::unique_ptr<process> world::make_process() {
  const process::outside all{env, rows, host, providers, {{town_code, &town_tables_}, {platform_code, &platform_tables_}}, ids, zones};
  auto out = std::make_unique<process>(all, ++last_process_, random.fork("process"));
  town_tables_.forget();
  platform_tables_.forget();
  out->start();
  return out;
}

command_ptr world::order(entity_kind kind, entity_id entity, command_body body, caller who) {
  auto out = std::make_shared<command>();
  out->kind = kind;
  out->entity = entity;
  out->who = std::move(who);
  out->body = std::move(body);
  return out;
}

void world::found_town() {
  start();
  const auto do_it = [&](command_ptr what) {
    const auto said = ask(std::move(what));
    ensure(!said.refused(), "the town is founded");
  };
  // The platform's own command: its router is another one.
  auto add = order(entity_kind::platform, platform_entity(), add_city{added_town()});
  add->reply = reply_function::make([](const answer&) {});
  serving_->platform()->router().send(std::move(add));
  do_it(order(entity_kind::city, city_entity(town_number), configure_city{town_content()}));
  for (int p = 0; p < options_.town.properties; ++p)
    do_it(order(entity_kind::city, city_entity(town_number), import_property{property_content_of(options_.town, p)}));
  for (int p = 0; p < options_.town.properties; ++p) {
    for (int r = 0; r < options_.town.rooms_each; ++r) {
      take_readings take{{property_of(p), host.readings(host_unit_of(p, r), first_night(), first_night() + std::chrono::days(options_.town.nights)), now()}};
      do_it(order(entity_kind::unit, unit_of(p, r).value, std::move(take)));
    }
  }
  ensure(run_until([&] { return city().index.ready(); }), "the index stands");
}

process* world::serving() noexcept {
  return serving_.get();
}

actors::city_context& world::city() {
  return serving_->city()->city();
}

bool world::runs(entity_id entity) const {
  return serving_ && serving_->runs(entity);
}

bool world::crash_actor(entity_id entity) {
  return serving_ && serving_->crash_actor(entity);
}

void world::cut_off(moment span) {
  if (serving_)
    serving_->journal().cut_off(env.clock.now() + span);
}

bool world::serves() const {
  return serving_ && serving_->serves(town_number);
}

void world::start() {
  if (!serving_)
    serving_ = make_process();
}

void world::crash() {
  if (!serving_)
    return;
  door.lost(serving_->id());
  serving_.reset();
}

void world::take_over() {
  if (!serving_ || sleeper_)
    return;
  serving_->falls_asleep();
  sleeper_ = std::move(serving_);
  env.plan.after(lease_runs_out, agenda::nobody, [this] { start(); });
}

void world::wake_sleeper() {
  if (sleeper_)
    sleeper_->wakes_up();
}

/// A process that has lost its city ends, as the service manager sees to.
void world::bury_lost() {
  for (auto* one : {&serving_, &sleeper_}) {
    if (!*one || !(*one)->has_lost())
      continue;
    door.lost((*one)->id());
    one->reset();
  }
}

bool world::overtakes(moment next) {
  // Now and then something happens before the actors have dealt with what they have: a scheduler that is late.
  constexpr moment near = 3ms;
  constexpr unsigned often = 100;
  return next - env.clock.now() <= near && order_.per_mille(often);
}

bool world::step(moment until) {
  const auto next = env.plan.next();
  const bool mine = serving_ && serving_->has_job(), its = sleeper_ && sleeper_->has_job();
  if ((mine || its) && !(next && *next <= until && overtakes(*next))) {
    auto& chosen = mine && (!its || order_.per_mille(500)) ? *serving_ : *sleeper_;
    chosen.run_one();
    chosen.plan_timers();
    ++steps_;
    return true;
  }
  if (!next || *next > until)
    return false;
  env.plan.run_next();
  ++steps_;
  bury_lost();
  for (auto* one : {serving_.get(), sleeper_.get()})
    if (one != nullptr)
      one->plan_timers();
  return true;
}

void world::run_until(moment when) {
  while (step(when)) {
  }
  env.clock.reach(when);
}

void world::run_for(moment span) {
  run_until(env.clock.now() + span);
}

bool world::run_until(const std::function<bool()>& is_so, moment patience) {
  const auto until = env.clock.now() + patience;
  while (!is_so())
    if (!step(until))
      return is_so();
  return true;
}

void world::tell(command_ptr what, front_door::listener then) {
  door.ask(serving_.get(), std::move(what), std::move(then));
}

answer world::ask(command_ptr what) {
  std::optional<answer> heard;
  tell(std::move(what), [&](const answer& said) { heard = said; });
  ensure(run_until([&] { return heard.has_value(); }), "every command is answered");
  return *heard;
}

void world::catch_up() {
  town_tables_.catch_up();
  platform_tables_.catch_up();
}

void world::webhook(const std::string& dedup_key, handle_webhook what) {
  if (!deliver_webhooks)
    return;
  auto wait = network_.between(webhook_delay / 2, webhook_delay * 2);
  int copies = 1;
  if (env.strikes(fault::webhooks, 300, network_)) {
    switch (network_.below(3)) {
      // The Host sends again what was not acknowledged, and nothing else tells us of its own bookings; providers are polled.
      case 0: copies = what.provider == "host" ? 1 : 0; break;
      case 1: copies = 2; break;
      default: wait += network_.between(1s, 20min); break;
    }
  }
  if (env.log.wants_lines())
    env.log.line(env.clock.now(), "webhook " + dedup_key + ' ' + what.event_type + (copies == 0 ? " is lost" : " comes after " + std::to_string(wait.count() / 1000) + " ms") + (copies == 2 ? ", twice" : ""));
  for (; copies > 0; --copies, wait += network_.between(1ms, 90s))
    env.plan.after(wait, agenda::nobody, [this, dedup_key, what] { deliver(dedup_key, what, 0); });
}

/// Stored before it is acknowledged; without an acknowledgement it is sent again.
void world::deliver(const std::string& dedup_key, handle_webhook what, int tries) {
  constexpr int tries_max = 8;
  if (!serving_ || !serving_->serves(town_number)) {
    if (tries < tries_max)
      env.plan.after(10s * (1 << tries), agenda::nobody, [=, this] { deliver(dedup_key, what, tries + 1); });
    return;
  }
  what.inbox = make_uuid(town_number, ids.bytes16());
  if (rows.store_webhook(dedup_key, what))
    serving_->hand_webhook(what);
}

} // namespace reserve::simulation
