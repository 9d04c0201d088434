#include "app/load/expiry.hpp"

#include "app/load/hold_sender.hpp"
#include "app/load/load_city.hpp"

#include "gateway/http/json.hpp"
#include "persistence/postgres/load_queries.hpp"

#include <fmt/format.h>

#include <iostream>
#include <stdexcept>
#include <thread>

namespace reserve::app::load {

namespace {

using namespace std::chrono_literals;

constexpr double placed_per_second = 4'000; ///< So long we give ourselves to place them: slow, so that the machine is quiet when they are due.
constexpr std::chrono::seconds quiet{4};    ///< Other work before and after the second in question.
constexpr double rate_by_default = 1'000;
constexpr std::chrono::minutes patience{10};

} // namespace

expiry_report run_expiry(const config::config& values, const load_options& options) {
  register_city(values);
  engine with(values, {.role = "load", .cities = {city_of_load}, .outside = false});
  const auto units = make_city(with, options);
  const run_mark due_mark, other_mark;
  hold_sender to(with, units, due_mark, options.days);
  hold_sender others(with, units, other_mark, options.days);
  const int arrivals = options.days - hold_sender::nights - 2;
  chooser guests(units.size(), arrivals, options.zipf, options.hot);

  // Everything is due in the second that begins here.
  const auto placing = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::duration<double>(static_cast<double>(options.requests) / placed_per_second));
  const auto due_from = to.city_now() + placing + quiet + 2s;
  tally placed(options.concurrency, ending::accepted);
  for (std::size_t number = 0; number < options.requests; ++number) {
    const auto due = due_from + std::chrono::microseconds(1'000'000 * number / options.requests);
    placed.enter();
    to.send(to.make(guests.unit(), guests.day(), number, std::chrono::ceil<millis>(due - to.city_now())), static_cast<std::uint32_t>(number), steady::now(), placed);
  }
  placed.drain();
  if (to.city_now() + quiet > due_from)
    throw std::runtime_error("the holds could not be placed before they are due: ask for fewer");

  const double rate = options.rate > 0 ? options.rate : rate_by_default;
  const auto due_at = steady::now() + (due_from - to.city_now());
  const auto begin = due_at - quiet, end = due_at + 1s + quiet;
  tally before(options.concurrency, ending::accepted), meanwhile(options.concurrency, ending::accepted);
  before.start_measuring(begin);
  meanwhile.start_measuring(due_at);
  sequence head_in_time = 0;
  for (std::size_t number = 0;; ++number) {
    const auto due = begin + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(static_cast<double>(number) / rate));
    if (due >= end)
      break;
    std::this_thread::sleep_until(due);
    if (head_in_time == 0 && steady::now() >= due_at + 2s)
      head_in_time = with.writer().head(city_number_of_load).second;
    tally& counted = due < due_at ? before : meanwhile;
    if (!counted.try_enter())
      counted.dropped();
    else
      others.send(others.make(guests.unit(), guests.day(), number), static_cast<std::uint32_t>(number), due, counted);
  }
  before.drain();
  meanwhile.drain();
  if (before.all().dropped + meanwhile.all().dropped + before.all().failed + meanwhile.all().failed > 0)
    throw std::runtime_error("other work was dropped or failed: its latency says nothing");
  if (!with.projector().wait_until(city_number_of_load, with.writer().head(city_number_of_load).second, patience, {"hot", "audit"}))
    throw std::runtime_error("the tables did not catch up");

  persistence::load_queries queries(values.database.url.value);
  const auto ends = queries.ends_of(city_of_load, due_mark.prefix(), static_cast<std::int64_t>(head_in_time));
  expiry_report out;
  out.holds = placed.all().accepted;
  out.released = static_cast<std::uint64_t>(ends.released);
  out.early = static_cast<std::uint64_t>(ends.early);
  out.in_time = static_cast<std::uint64_t>(ends.up_to_head);
  out.due_within_s = static_cast<double>(ends.due_within_us) / 1e6;
  out.latest_s = static_cast<double>(ends.latest_us) / 1e6;
  out.p99_before_ms = before.latencies().at(0.99);
  out.p99_meanwhile_ms = meanwhile.latencies().at(0.99);
  with.stop();
  return out;
}

void print(const expiry_report& of) {
  std::cout << fmt::format("holds        {}, all due within {:.2f} s\n", of.holds, of.due_within_s);
  std::cout << fmt::format("released     {}, of these {} early; {} committed a second after the last was due; the latest {:.2f} s after its deadline\n", of.released, of.early,
                           of.in_time, of.latest_s);
  std::cout << fmt::format("other holds  p99 {:.2f} ms before, {:.2f} ms meanwhile\n", of.p99_before_ms, of.p99_meanwhile_ms) << std::flush;
}

std::string to_json(const expiry_report& of) {
  http::json_writer out;
  out.begin_object().member("ok", of.ok()).member("holds", of.holds).member("released", of.released).member("early", of.early).member("in_time", of.in_time);
  out.key("due_within_s").decimal(of.due_within_s, 3).key("latest_s").decimal(of.latest_s, 3);
  out.key("p99_before_ms").decimal(of.p99_before_ms, 3).key("p99_meanwhile_ms").decimal(of.p99_meanwhile_ms, 3).end_object();
  return out.take();
}

} // namespace reserve::app::load
