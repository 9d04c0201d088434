#include "simulation/simulate.hpp"

#include "simulation/guest.hpp"

#include <algorithm>

namespace reserve::simulation {

namespace {

using namespace std::chrono_literals;

constexpr moment day = 24h;
/// Long enough for every deadline of the product to pass: recalls (24 h), refunds that are read hourly.
constexpr moment coming_to_rest = 40h;

/// What makes a day: guests, the property's desk, staff, and whatever goes wrong.
class life {
public:
  life(const scenario& what, const trace_sink& lines) : what_(what), world_({what.seed, what.faults, town_of(what)}), promises_(world_.env.log), dice_(world_.random.fork("life")) {
    world_.rows.fenced = what.fenced;
    if (lines)
      world_.env.log.write_to(lines);
    // The founding records were written before anybody watched.
    for (const auto& one : world_.log())
      promises_.see(*one);
    for (const auto& one : world_.rows.log(platform_code))
      promises_.see(*one);
    world_.on_record = [this](const record& one) {
      promises_.see(one);
      tell_record(one);
    };
    world_.door.watched_by([this](const command& asked, const answer& said) { promises_.hear(asked, said, world_.log().size()); });
  }

  run_report run() {
    const auto begin = world_.env.clock.now();
    for (int n = 0; n < what_.days; ++n)
      plan_day(begin + n * day);
    go_on(begin + what_.days * day);
    rest();
    return report();
  }

  run_report report() const {
    run_report out;
    out.hash = world_.env.log.hash();
    out.broken = promises_.broken();
    out.when = world_.env.clock.now();
    out.records = promises_.records();
    out.steps = world_.steps();
    out.guests = static_cast<std::uint64_t>(guests_);
    out.crashes = crashes_;
    return out;
  }

private:
  /// In half of all towns every room is the only one of its kind: there is no second one that hides a mistake.
  static town_plan town_of(const scenario& what) {
    town_plan out;
    out.nights = what.days + 35;
    out.allotment = generator(what.seed).fork("town").per_mille(500) ? 1 : 2;
    return out;
  }

  void at(moment when, std::function<void()> what) { world_.env.plan.at(when, agenda::nobody, std::move(what)); }
  bool has(fault one) const { return world_.env.faults.has(one); }
  date today() const { return world_.zones.local("America/Sao_Paulo", world_.now()).day; }

  void plan_day(moment from) {
    const auto times = [&](int n, const std::function<void()>& what) {
      for (int i = 0; i < n; ++i)
        at(from + dice_.between(0s, day), what);
    };
    for (int i = 0; i < what_.guests_per_day; ++i) {
      // Some come alone, many at the same moment: the sale begins.
      const auto when = dice_.per_mille(400) ? from + 10h + dice_.between(0s, 2s) : from + dice_.between(0s, day);
      at(when, [this] { guest_arrives(); });
    }
    times(2, [this] { desk_of_the_property(); });
    times(2, [this] { staff(); });
    times(2, [this] { crash(); });
    times(6, [this] { crash_actor(); });
    times(dice_.per_mille(300) ? 1 : 0, [this] { take_over(); });
    times(1, [this] { outage(); });
    times(2, [this] { cut_off(); });
    times(2, [this] { step_clock(); });
  }

  void guest_arrives() {
    auto plan = guest_plan::draw(dice_, ++guests_, world_.plan(), today());
    say("arrives " + plan.session);
    std::make_shared<guest>(world_, std::move(plan), dice_.fork("guest"))->arrives();
  }

  void desk_of_the_property() {
    const auto room = host_unit_of(dice_.between(0, world_.plan().properties - 1), dice_.between(0, world_.plan().rooms_each - 1));
    const auto in = today() + std::chrono::days(dice_.between(1, 20));
    switch (dice_.below(4)) {
      case 0: world_.host.walks_in(room, {in, in + std::chrono::days(dice_.between(1, 3))}); break;
      case 1: world_.host.close(room, in, true); break;
      case 2: world_.host.close(room, in, false); break;
      default:
        if (!world_.host.bookings().empty()) {
          auto one = world_.host.bookings().begin();
          std::advance(one, static_cast<std::ptrdiff_t>(dice_.below(world_.host.bookings().size())));
          world_.host.cancel(one->first, dice_.per_mille(300));
        }
    }
  }

  /// Somebody at a desk clicks, twice: retries a commit, or gives up a reservation.
  void staff() {
    std::vector<entity_id> booked;
    for (const auto& [entity, row] : world_.tables().snapshots(entity_kind::reservation))
      booked.push_back(entity);
    if (booked.empty())
      return;
    const auto chosen = booked[dice_.below(booked.size())];
    for (int click = 0; click < 2; ++click) {
      if (dice_.per_mille(500))
        world_.tell(world::order(entity_kind::reservation, chosen, retry_commit{}), [](const answer&) {});
      else
        world_.tell(world::order(entity_kind::reservation, chosen, cancel_reservation{"agent", "guest called"}), [](const answer&) {});
    }
  }

  // --- what goes wrong ---

  void crash() {
    const auto steps = 1 + dice_.below(300); // At some message from here on.
    if (has(fault::crash))
      steps_to_crash_ = steps;
  }
  void dies_now() {
    ++crashes_;
    say("crash");
    world_.crash();
    world_.env.plan.after(dice_.between(100ms, 30s), agenda::nobody, [this] { world_.start(); });
  }
  /// At some message from here on, so that it falls where much is going on: one of those who have just been busy.
  void crash_actor() {
    const auto steps = 1 + dice_.below(100);
    if (has(fault::actor))
      steps_to_actor_ = steps;
  }
  void actor_dies_now() {
    constexpr std::size_t recent = 6;
    const auto& one = *world_.log()[world_.log().size() - 1 - dice_.below(std::min(world_.log().size(), recent))];
    if (!one.participants.empty())
      world_.crash_actor(one.participants[dice_.below(one.participants.size())].entity);
  }
  void take_over() {
    if (!has(fault::owners) || world_.has_sleeper())
      return;
    say("falls asleep");
    world_.take_over();
    world_.env.plan.after(dice_.between(16s, 3min), agenda::nobody, [this] {
      say("wakes up");
      world_.wake_sleeper();
    });
  }
  void outage() {
    const auto host_until = world_.env.clock.now() + dice_.between(5s, 15min);
    if (has(fault::outage))
      world_.host.goes_down(host_until);
    const char* const provider = dice_.per_mille(500) ? "stripe" : "openpix";
    const auto until = world_.env.clock.now() + dice_.between(5s, 15min);
    const bool only_bad = dice_.per_mille(500);
    if (!has(fault::provider))
      return;
    if (only_bad)
      world_.providers.has_a_bad_hour(provider, until + 30min);
    else
      world_.providers.goes_down(provider, until);
  }
  void cut_off() {
    const auto span = dice_.between(100ms, 40s);
    if (has(fault::away))
      world_.cut_off(span);
  }
  void step_clock() {
    const auto by = dice_.between(0s, 90s) - 45s;
    if (has(fault::clock))
      world_.env.clock.step_wall(by);
  }

  // --- running ---

  void go_on(moment until) {
    auto last = world_.env.clock.now();
    int without_time = 0;
    while (!promises_.broken() && world_.step(until)) {
      // Time stands still while anybody has something to say: actors that ask each other again and again would never let it go on.
      without_time = world_.env.clock.now() == last ? without_time + 1 : 0;
      last = world_.env.clock.now();
      ensure(without_time < 500'000, "actors talk to each other without end");
      if (steps_to_actor_ > 0 && --steps_to_actor_ == 0 && !world_.log().empty())
        actor_dies_now();
      if (steps_to_crash_ > 0 && --steps_to_crash_ == 0)
        dies_now();
    }
    if (!promises_.broken())
      world_.run_until(until);
  }

  void rest() {
    world_.env.faults = fault_set::none();
    steps_to_crash_ = steps_to_actor_ = 0;
    world_.wake_sleeper();
    go_on(world_.env.clock.now() + 1min);
    world_.start();
    go_on(world_.env.clock.now() + coming_to_rest);
    if (promises_.broken())
      return;
    world_.catch_up();
    promises_.check_rest(world_.tables().snapshots(), world_.log(), world_.host, world_.providers);
  }

  void say(const std::string& text) { world_.env.log.line(world_.env.clock.now(), text); }
  void tell_record(const record& what) {
    if (!world_.env.log.wants_lines())
      return;
    std::string text = "record " + std::to_string(what.epoch) + "/" + std::to_string(what.seq) + " at " + to_string(what.occurred_at);
    for (const auto& one : what.events)
      text += "  " + std::string(event_kinds()[code_of(one.what) - 1].name) + " " + to_string(one.entity);
    say(text);
  }

  const scenario what_;
  world world_;
  promises promises_;
  generator dice_;
  int guests_ = 0;
  std::uint64_t crashes_ = 0;
  std::uint64_t steps_to_crash_ = 0, steps_to_actor_ = 0;
};

} // namespace

std::string scenario::text() const {
  return "--seed " + std::to_string(seed) + " --days " + std::to_string(days) + " --guests " + std::to_string(guests_per_day) + " --faults " + faults.text();
}

run_report simulate(const scenario& what, const trace_sink& lines) {
  run_report failed;
  try {
    life one(what, lines);
    failed = one.report();
    return one.run();
  } catch (const std::exception& problem) {
    failed.broken = broken_promise{0, std::string("exception: ") + problem.what()};
    return failed;
  }
}

scenario shrink(const scenario& broken, int tries) {
  const auto first = simulate(broken);
  if (!first.broken)
    return broken;
  auto best = broken;
  const auto still_breaks = [&](const scenario& candidate) {
    if (tries-- <= 0)
      return false;
    const auto heard = simulate(candidate);
    if (!heard.broken || heard.broken->number != first.broken->number)
      return false;
    best = candidate;
    return true;
  };
  // One thing less at a time, from the start again whenever that has helped, until nothing can be left out any more.
  for (bool smaller = true; smaller && tries > 0;) {
    smaller = false;
    for (const auto one : best.faults.list()) {
      auto candidate = best;
      candidate.faults = best.faults.without(one);
      smaller = still_breaks(candidate) || smaller;
    }
    for (const int days : {best.days / 2, best.days - 1}) {
      auto candidate = best;
      candidate.days = days;
      smaller = (0 < days && days < best.days && still_breaks(candidate)) || smaller;
    }
    for (const int guests : {best.guests_per_day / 2, best.guests_per_day - 1}) {
      auto candidate = best;
      candidate.guests_per_day = guests;
      smaller = (0 < guests && guests < best.guests_per_day && still_breaks(candidate)) || smaller;
    }
  }
  return best;
}

} // namespace reserve::simulation
