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

/// Holds that are all due in one second, and other work around that second.
class one_second {
public:
  one_second(const config::config& values, const load_options& options)
      : options_(options),
        placed_(options.concurrency, ending::accepted),
        before_(options.concurrency, ending::accepted),
        meanwhile_(options.concurrency, ending::accepted),
        with_(values, {.role = "load", .cities = {city_of_load}, .outside = false}),
        units_(make_city(with_, options)),
        due_(with_, units_, due_mark_, options.days),
        others_(with_, units_, other_mark_, options.days),
        guests_(units_.size(), options.days - hold_sender::nights - 2, options) {}

  /// All holds, each with its own microsecond of the second that begins at `due_from_`.
  void place() {
    const auto placing = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::duration<double>(static_cast<double>(options_.requests) / placed_per_second));
    due_from_ = due_.city_now() + placing + quiet + 2s;
    for (std::size_t number = 0; number < options_.requests; ++number) {
      const auto due = due_from_ + std::chrono::microseconds(1'000'000 * number / options_.requests);
      placed_.enter();
      due_.send(due_.make(guests_.unit(), guests_.day(), number, std::chrono::ceil<millis>(due - due_.city_now())), static_cast<std::uint32_t>(number), steady::now(), placed_);
    }
    placed_.drain();
    if (due_.city_now() + quiet > due_from_)
      throw std::runtime_error("the holds could not be placed before they are due: ask for fewer");
  }

  /// Other holds at a constant rate, from a while before that second to a while after it.
  void drive_others() {
    const double rate = options_.rate > 0 ? options_.rate : rate_by_default;
    const auto due_at = steady::now() + (due_from_ - due_.city_now());
    const auto begin = due_at - quiet, end = due_at + 1s + quiet;
    before_.start_measuring(begin);
    meanwhile_.start_measuring(due_at);
    for (std::size_t number = 0;; ++number) {
      const auto leaves = begin + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(static_cast<double>(number) / rate));
      if (leaves >= end)
        break;
      std::this_thread::sleep_until(leaves);
      if (head_in_time_ == 0 && steady::now() >= due_at + 2s)
        head_in_time_ = with_.writer().head(city_number_of_load).second;
      tally& counted = leaves < due_at ? before_ : meanwhile_;
      if (counted.try_enter())
        others_.send(others_.make(guests_.unit(), guests_.day(), number), static_cast<std::uint32_t>(number), leaves, counted);
      else
        counted.dropped();
    }
    before_.drain();
    meanwhile_.drain();
    if (before_.all().dropped + meanwhile_.all().dropped + before_.all().failed + meanwhile_.all().failed > 0)
      throw std::runtime_error("other work was dropped or failed: its latency says nothing");
  }

  /// What the database says of the holds.
  expiry_report look() {
    if (!with_.projector().wait_until(city_number_of_load, with_.writer().head(city_number_of_load).second, patience, {"hot", "audit"}))
      throw std::runtime_error("the tables did not catch up");
    persistence::load_queries queries(with_.values().database.url.value);
    const auto ends = queries.ends_of(city_of_load, due_mark_.prefix(), static_cast<std::int64_t>(head_in_time_));
    expiry_report out;
    out.holds = placed_.all().accepted;
    out.released = static_cast<std::uint64_t>(ends.released);
    out.early = static_cast<std::uint64_t>(ends.early);
    out.in_time = static_cast<std::uint64_t>(ends.up_to_head);
    out.due_within_s = static_cast<double>(ends.due_within_us) / 1e6;
    out.latest_s = static_cast<double>(ends.latest_us) / 1e6;
    out.p99_before_ms = before_.latencies().at(0.99);
    out.p99_meanwhile_ms = meanwhile_.latencies().at(0.99);
    with_.stop();
    return out;
  }

private:
  const load_options& options_;
  run_mark due_mark_, other_mark_;
  tally placed_, before_, meanwhile_; // Outlive the engine, whose last answers they count.
  engine with_;
  const std::vector<unit_id> units_;
  hold_sender due_, others_;
  chooser guests_;
  timestamp due_from_{};       ///< City time.
  sequence head_in_time_ = 0; ///< Of the journal, a second after the last hold was due.
};

} // namespace

expiry_report run_expiry(const config::config& values, const load_options& options) {
  register_city(values);
  one_second measured(values, options);
  measured.place();
  measured.drive_others();
  return measured.look();
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
