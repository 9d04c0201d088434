#include "simulation/gate.hpp"

namespace reserve::simulation {

namespace {

using namespace std::chrono_literals;

/// Small, so that a simulated city fills batches too; in half of all processes so small that more waits than one takes.
std::size_t batch_max(generator& random) {
  constexpr std::size_t usual = 40, least = 3;
  return random.per_mille(500) ? usual : 1 + random.below(least);
}

constexpr moment retry_after = 200ms;
constexpr moment lease_trust = 14s;   ///< As journal_writer::options::trust_for.

} // namespace

gate::gate(surroundings& world, database& into, generator random, agenda::owner me)
    : world_(world), into_(into), random_(random), me_(me), core_(persistence::journal_core::limits{batch_max(random_)}) {
  // nop
}

void gate::add_city(const city_lease& lease, std::vector<committed_record> tail) {
  core_.add_city(lease, std::move(tail));
}

void gate::dies() {
  alive_ = false;
  inbox_.clear();
  core_ = persistence::journal_core();
}

void gate::post(job what) {
  if (!alive_)
    return;
  inbox_.push_back(std::move(what));
  if (!std::exchange(turn_planned_, true))
    world_.plan.after(random_.between(20us, 200us), me_, [this] { turn(); });
}

void gate::open(city_number city, entity_id entity, std::shared_ptr<entity_port> port) {
  post([=](persistence::journal_core& core) { core.open(city, entity, port); });
}

void gate::close(entity_id entity, incarnation which) {
  post([=](persistence::journal_core& core) { core.close(entity, which); });
}

void gate::submit(std::vector<record_ptr>& records) {
  for (const auto& one : records)
    if (world_.strikes(fault::journal, 2, random_))
      into_.bad_records.insert(one->command_id);
  post([records = std::exchange(records, {})](persistence::journal_core& core) {
    for (const auto& one : records)
      core.submit(one);
  });
}

void gate::withdraw(entity_id asker, incarnation which) {
  post([=](persistence::journal_core& core) { core.withdraw(asker, which); });
}

void gate::applied(city_number city, sequence seq) {
  post([=](persistence::journal_core& core) { core.applied(city, seq); });
}

bool gate::online(city_number city) const noexcept {
  return alive_ && connected_ && core_.has_city(city) && (!trusted_until_ || world_.clock.now() < *trusted_until_);
}

void gate::turn() {
  turn_planned_ = false;
  for (const auto& one : std::exchange(inbox_, {}))
    one(core_);
  deliver();
  if (sending_)
    core_.plan_ahead(); // Copying its rows is nothing that anybody can see here.
  else
    send();
}

void gate::send() {
  if (sending_ || !core_.unresolved().empty())
    return;
  const auto batches = core_.next_batch();
  if (batches.empty())
    return;
  sending_ = true;
  auto fate = into_.next_fate();
  if (world_.clock.now() < away_until_)
    fate = append_fate::disconnected;
  const auto trip = fate == append_fate::slow ? random_.between(500ms, 4s) : random_.between(300us, 4ms);
  const auto rows = std::make_shared<const std::vector<city_batch>>(copy_of(batches));
  const auto answer_after = [&](moment wait, append_outcome what) { world_.plan.after(wait, me_, [this, what] { completed(what); }); };
  const auto lands_after = [&](moment wait) { world_.plan.after(wait, agenda::nobody, [&into = into_, rows] { into.append(*rows); }); };
  const auto hold_row = [&](moment until) {
    for (const auto& batch : *rows)
      into_.lock(batch.code, world_.clock.now() + until);
  };
  const append_outcome unknown{append_outcome::kind::unknown, {}, {}};
  switch (fate) {
    case append_fate::commits:
    case append_fate::slow: {
      const auto heard = std::make_shared<append_outcome>();
      world_.plan.after(trip / 2, agenda::nobody, [&into = into_, rows, heard, trip] {
        *heard = into.append(*rows);
        heard->disk_wait = std::chrono::duration_cast<std::chrono::milliseconds>(trip);
      });
      world_.plan.after(trip, me_, [this, heard] { completed(*heard); });
      return;
    }
    case append_fate::passing_error: answer_after(trip, {append_outcome::kind::rolled_back, random_.per_mille(500) ? "40001" : "57P01", {}}); return;
    case append_fate::disconnected: answer_after(trip, {append_outcome::kind::disconnected, {}, {}}); return;
    case append_fate::unknown_landed:
      lands_after(trip / 2);
      answer_after(trip, unknown);
      return;
    case append_fate::unknown_later: {
      const auto until = trip + random_.between(1ms, 900ms);
      hold_row(until);
      lands_after(until);
      answer_after(trip, unknown);
      return;
    }
    case append_fate::unknown_late:
      lands_after(trip + random_.between(1ms, 3s));
      answer_after(trip, unknown);
      return;
    case append_fate::unknown_never: answer_after(trip, unknown); return;
    case append_fate::torn:
      hold_row(trip + random_.between(1ms, 1s));
      answer_after(trip, unknown);
      return;
  }
}

void gate::completed(const append_outcome& outcome) {
  using kind = append_outcome::kind;
  sending_ = false;
  connected_ = outcome.what != kind::disconnected && outcome.what != kind::unknown;
  core_.completed(outcome);
  for (const auto& code : outcome.lost)
    lost_(code);
  deliver();
  if (outcome.what == kind::unknown)
    world_.plan.after(random_.between(1ms, 300ms), me_, [this] { resolve(); });
  else if (outcome.what == kind::disconnected)
    world_.plan.after(retry_after, me_, [this] { send(); });
  else
    send();
}

void gate::resolve() {
  for (const auto& [code, epoch] : core_.unresolved()) {
    // A fresh connection first, and the row lock waits for the lost transaction.
    if (world_.clock.now() < away_until_ || into_.locked(code)) {
      world_.plan.after(random_.between(20ms, 100ms), me_, [this] { resolve(); });
      return;
    }
    connected_ = true;
    const auto lease = into_.resolve(code, epoch);
    core_.resolved(code, lease);
    if (lease.epoch == 0)
      lost_(code);
  }
  deliver();
  send();
}

void gate::deliver() {
  core_.deliver(); // The projection reads the log itself.
}

void gate::falls_asleep() {
  if (!trusted_until_)
    trusted_until_ = world_.clock.now() + lease_trust;
}

void gate::wakes_up() {
  world_.plan.after(random_.between(1ms, 3s), me_, [this] { renew(); });
}

void gate::renew() {
  if (world_.clock.now() < away_until_ || core_.in_flight()) {
    world_.plan.after(retry_after, me_, [this] { renew(); });
    return;
  }
  for (const auto& lease : core_.leases()) {
    if (into_.epoch_of(lease.code) == lease.epoch)
      continue;
    core_.lose_city(lease.code);
    lost_(lease.code);
  }
  trusted_until_.reset();
  deliver();
  send();
}

} // namespace reserve::simulation
