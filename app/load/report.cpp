#include "app/load/report.hpp"

#include "gateway/http/json.hpp"

#include <fmt/format.h>

#include <iostream>

namespace reserve::app::load {

namespace {

double per_second(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

double micros_each(double seconds, std::uint64_t count) {
  return count > 0 ? seconds * 1e6 / static_cast<double>(count) : 0;
}

const char* noun(load_kind what) {
  switch (what) {
    case load_kind::holds: return "holds";
    case load_kind::refusals: return "refusals";
    case load_kind::search: return "pages";
    case load_kind::expiry: return "holds";
  }
  return "requests";
}

std::string cpu_line(const char* label, const cpu_time& used, std::uint64_t count) {
  auto out = fmt::format("{} ours {:.2f}  PostgreSQL {:.2f}  others {:.2f}", label, micros_each(used.own, count), micros_each(used.postgres, count),
                         micros_each(used.others(), count));
  for (const auto& [name, seconds] : used.sessions)
    if (micros_each(seconds, count) >= 0.005)
      out += fmt::format("  [{} {:.2f}]", name, micros_each(seconds, count));
  return out;
}

} // namespace

void print(const report& of) {
  const auto& m = of.measured;
  if (of.checked)
    std::cout << fmt::format("verified     {} intents added, {} missing, {} surplus, {} nights overbooked{}: {}\n", of.database.added, of.database.missing,
                           of.database.surplus, of.database.overbooked,
                           of.database.rebuilt_equal ? *of.database.rebuilt_equal ? ", rebuild equal" : ", rebuild DIFFERS" : "",
                           of.database.ok(of.all) ? "ok" : "NOT OK");
  std::cout << fmt::format("acknowledged {}  refused {}  overloaded {}  errors {}  dropped {}\n", of.all.accepted, of.all.refused, of.all.overloaded, of.all.failed, of.all.dropped);
  std::cout << fmt::format("throughput   {:.0f} {}/s over {:.1f} s (of these: refused {}, overloaded {}, errors {}, dropped {})\n", per_second(of.good(), of.measured_seconds),
                           noun(of.what), of.measured_seconds, m.refused, m.overloaded, m.failed, m.dropped);
  std::cout << fmt::format("latency ms   p50 {:.2f}  p95 {:.2f}  p99 {:.2f}  p99.9 {:.2f}\n", of.latencies.at(0.5), of.latencies.at(0.95), of.latencies.at(0.99), of.latencies.at(0.999));
  if (of.caught_up_seconds > 0)
    std::cout << fmt::format("sustained    {:.0f} holds/s with every table caught up after {:.1f} s\n", per_second(of.all.accepted, of.caught_up_seconds), of.caught_up_seconds);
  std::cout << cpu_line("cpu us each ", of.cpu, of.good()) << '\n';
  if (of.caught_up_seconds > 0)
    std::cout << cpu_line("  caught up ", of.cpu_caught_up, of.all.accepted) << '\n';
  std::cout << std::flush;
}

std::string to_json(const report& of) {
  http::json_writer out;
  const auto number = [&](std::string_view name, double value) { out.key(name).decimal(value, 3); };
  out.begin_object();
  out.member("ok", of.database.ok(of.all));
  out.member("acknowledged", of.all.accepted).member("refused", of.measured.refused).member("overloaded", of.measured.overloaded);
  out.member("errors", of.measured.failed).member("dropped", of.measured.dropped);
  number("seconds", of.measured_seconds);
  number("per_second", per_second(of.good(), of.measured_seconds));
  number("sustained_per_second", per_second(of.all.accepted, of.caught_up_seconds));
  number("p50_ms", of.latencies.at(0.5));
  number("p95_ms", of.latencies.at(0.95));
  number("p99_ms", of.latencies.at(0.99));
  number("p999_ms", of.latencies.at(0.999));
  number("cpu_own_us", micros_each(of.cpu.own, of.good()));
  number("cpu_postgres_us", micros_each(of.cpu.postgres, of.good()));
  number("cpu_others_s", of.cpu.others());
  number("cpu_own_caught_up_us", micros_each(of.cpu_caught_up.own, of.all.accepted));
  number("cpu_postgres_caught_up_us", micros_each(of.cpu_caught_up.postgres, of.all.accepted));
  out.end_object();
  return out.take();
}

} // namespace reserve::app::load
