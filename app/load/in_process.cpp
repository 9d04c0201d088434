#include "app/load/in_process.hpp"

#include "app/load/hold_sender.hpp"
#include "app/load/load_city.hpp"
#include "app/load/verify.hpp"
#include "gateway/admission.hpp"

#include <spdlog/spdlog.h>

#include <functional>
#include <stdexcept>
#include <thread>

namespace reserve::app::load {

namespace {

constexpr int nights = hold_sender::nights;
constexpr std::chrono::minutes catch_up_patience{10};

/// Sells every night of every unit once, so that there is nothing left.
void sell_out(hold_sender& to, std::size_t units, int days) {
  tally counted(512, ending::accepted);
  std::uint32_t number = 0;
  for (std::size_t unit = 0; unit < units; ++unit) {
    for (int day = 0; day + nights <= days; day += nights) {
      counted.enter();
      to.send(to.make(unit, day, number), number, steady::now(), counted);
      ++number;
    }
  }
  counted.drain();
}

/// Lets new guests in as the gateway does, by the same gate: at the projector's rate once the tables are far behind (commit-protocol §12).
class pace {
public:
  /// `lag_max`: 0 = whoever comes is let in.
  pace(engine& with, sequence lag_max) : with_(with), lag_max_(lag_max), gate_(lag_max) {}

  void wait(std::size_t number) {
    constexpr std::size_t looked_at = 64; // Of so many requests one looks at the tables.
    if (lag_max_ == 0)
      return;
    if (number % looked_at == 0)
      look();
    while (!gate_.admits(tables_.records, tables_.per_second, std::chrono::duration_cast<std::chrono::milliseconds>(steady::now().time_since_epoch()))) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      look();
    }
  }

private:
  void look() {
    tables_ = with_.projector().backlog_of(city_number_of_load);
  }

  engine& with_;
  sequence lag_max_;
  persistence::projector::backlog tables_;
  gateway::lag_gate gate_;
};

/// Sends what the plan says; nothing is under way when it returns. `settle`, if any, is waited for after the warm-up.
void drive(hold_sender& to, chooser& guests, plan& when, pace lets_in, const std::function<void()>& settle, tally& counted, cpu_meter& meter, report& out) {
  std::optional<steady::time_point> measured_from;
  cpu_time before;
  for (std::size_t number = 0;; ++number) {
    auto now = steady::now();
    if (when.ended(number, now))
      break;
    if (!measured_from && when.warm(now)) {
      if (settle) {
        counted.drain();
        settle();
      }
      before = meter.read();
      measured_from = now = steady::now();
      when.start_measuring(now);
      counted.start_measuring(now);
    }
    auto due = now;
    if (when.open_loop()) {
      due = when.leaves_at(number);
      std::this_thread::sleep_until(due);
      if (!counted.try_enter()) {
        counted.dropped();
        continue;
      }
    }
    auto what = to.make(guests.unit(), guests.day(), number);
    lets_in.wait(number);
    if (!when.open_loop()) {
      counted.enter();
      due = steady::now();
    }
    to.send(std::move(what), static_cast<std::uint32_t>(number), due, counted);
  }
  if (when.timed()) {
    counted.stop_measuring();
    out.measured_seconds = std::chrono::duration<double>(steady::now() - measured_from.value_or(steady::now())).count();
    out.cpu = meter.read() - before;
    counted.drain();
    return;
  }
  counted.drain();
  out.measured_seconds = std::chrono::duration<double>(steady::now() - measured_from.value_or(steady::now())).count();
  out.cpu = meter.read() - before;
}

} // namespace

report run_in_process(const config::config& values, const load_options& options) {
  register_city(values);
  engine with(values, {.role = "load", .cities = {city_of_load}, .outside = false});
  const auto units = make_city(with, options);
  const auto caught_up = [&](const std::vector<std::string_view>& projections) {
    if (!with.projector().wait_until(city_number_of_load, with.writer().head(city_number_of_load).second, catch_up_patience, projections))
      throw std::runtime_error("the tables did not catch up");
  };
  const auto all = persistence::projection_names();
  report out;
  out.what = options.what;
  if (options.city_only) {
    caught_up(all);
    return out;
  }
  persistence::load_queries queries(values.database.url.value);
  cpu_meter meter(queries);
  const run_mark mark;
  const int arrivals = options.days - nights - 2; // The first nights pass while it runs.
  hold_sender to(with, units, mark, options.days);
  if (options.what == load_kind::refusals) {
    const run_mark others;
    hold_sender first(with, units, others, options.days);
    sell_out(first, units.size(), arrivals + nights);
  }
  caught_up(all);

  chooser guests(units.size(), arrivals, options);
  tally counted(options.concurrency, options.what == load_kind::refusals ? ending::refused : ending::accepted);
  const auto before = meter.read();
  const auto start = steady::now();
  plan when(options, start);
  std::function<void()> settle;
  if (options.settled)
    settle = [&] { caught_up(all); };
  drive(to, guests, when, pace(with, options.paced ? static_cast<sequence>(values.admission.lag_max) : 0), settle, counted, meter, out);
  caught_up({"hot", "audit", "nights"}); // What the SQL side writes too (proof.md P1).
  if (!options.settled) {
    out.caught_up_seconds = std::chrono::duration<double>(steady::now() - start).count();
    out.cpu_caught_up = meter.read() - before;
  }
  out.all = counted.all();
  out.measured = counted.measured();
  out.latencies = counted.latencies();
  out.database = verify(queries, city_of_load, mark, counted);
  if (options.what == load_kind::refusals)
    out.database.answers_right = out.all.accepted == 0 && out.all.failed == 0;
  with.stop();
  if (options.rebuild_check)
    out.database.rebuilt_equal = rebuild_is_equal(values, city_of_load);
  return out;
}

} // namespace reserve::app::load
