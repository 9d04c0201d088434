#include "app/commands.hpp"

#include "simulation/simulate.hpp"

#include <spdlog/spdlog.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace reserve::app {

namespace {

std::string hex(std::uint64_t value) {
  std::ostringstream out;
  out << std::hex << std::setw(16) << std::setfill('0') << value;
  return out.str();
}

/// The run once more, line by line, into a file of the working directory.
std::string write_trace(const simulation::scenario& what) {
  const auto path = "simulate-" + std::to_string(what.seed) + ".trace";
  std::ofstream file(path);
  file << "reserve simulate " << what.text() << '\n';
  const auto heard = simulation::simulate(what, [&file](simulation::moment when, const std::string& text) {
    file << std::setw(14) << when.count() << "us " << text << '\n';
  });
  if (heard.broken)
    file << std::setw(14) << heard.when.count() << "us BROKEN " << heard.broken->number << ": " << heard.broken->what << '\n';
  return path;
}

void tell_failure(const simulation::scenario& what, const simulation::run_report& heard) {
  std::cout << "BROKEN  promise " << heard.broken->number << ": " << heard.broken->what << "\n        again:  reserve simulate " << what.text() << std::endl;
  const auto smaller = simulation::shrink(what);
  std::cout << "        small:  reserve simulate " << smaller.text() << "\n        trace:  " << write_trace(smaller) << std::endl;
}

/// What a worker says of a seed: that it begins, and how it went. Small enough that a pipe takes it in one piece.
struct news {
  std::uint64_t seed = 0, hash = 0, records = 0, steps = 0, guests = 0, crashes = 0;
  std::int64_t process = 0;
  bool ends = false, broken = false;
};

/// The seeds from `first` on, every `step`th one, lived here; `tell` hears of each and says whether to go on.
template <class Tell>
void live(const simulate_options& options, const simulation::fault_set& faults, std::uint64_t first, std::uint64_t step, const Tell& tell) {
  for (auto n = first; options.forever || n < options.seeds; n += step) {
    const simulation::scenario what{options.seed + n, options.days, options.guests, faults, true};
    news said;
    said.seed = what.seed;
    said.process = getpid();
    if (!tell(said))
      return;
    const auto heard = simulation::simulate(what);
    said.hash = heard.hash;
    said.records = heard.records;
    said.steps = heard.steps;
    said.guests = heard.guests;
    said.crashes = heard.crashes;
    said.ends = true;
    said.broken = heard.broken.has_value();
    if (!tell(said))
      return;
  }
}

/// Lives of different seeds know nothing of each other: a process for each of them uses every processor, and one that dies takes only its own seed along.
class workers {
public:
  workers(const simulate_options& options, const simulation::fault_set& faults, std::uint64_t count) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0)
      throw std::runtime_error("no pipe");
    for (std::uint64_t n = 0; n < count; ++n) {
      const auto child = fork();
      if (child < 0)
        throw std::runtime_error("no process");
      if (child == 0) {
        close(ends[0]);
        live(options, faults, n, count, [&](const news& said) { return write(ends[1], &said, sizeof said) == static_cast<ssize_t>(sizeof said); });
        _exit(0);
      }
      children_.insert(child);
    }
    close(ends[1]);
    from_ = ends[0];
  }
  ~workers() {
    for (const auto child : children_)
      kill(child, SIGKILL);
    for (const auto child : children_)
      waitpid(child, nullptr, 0);
    close(from_);
  }
  workers(const workers&) = delete;
  workers& operator=(const workers&) = delete;

  /// The next news; nothing when all have ended.
  std::optional<news> next() {
    news said;
    std::size_t have = 0;
    while (have < sizeof said) {
      const auto got = read(from_, reinterpret_cast<char*>(&said) + have, sizeof said - have);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return std::nullopt;
      have += static_cast<std::size_t>(got);
    }
    if (said.ends)
      runs_.erase(said.process);
    else
      runs_[said.process] = said.seed;
    return said;
  }
  /// Seeds that were begun by a worker that is no more.
  std::vector<std::uint64_t> unfinished() const {
    std::vector<std::uint64_t> out;
    for (const auto& [process, seed] : runs_)
      out.push_back(seed);
    return out;
  }

private:
  std::set<pid_t> children_;
  std::map<std::int64_t, std::uint64_t> runs_;
  int from_ = -1;
};

/// Sums what is heard, and prints it.
class report {
public:
  explicit report(const simulate_options& options, const simulation::fault_set& faults) : options_(options), faults_(faults) {}

  /// false: enough has been broken.
  bool hear(const news& said) {
    if (!said.ends)
      return true;
    days_ += static_cast<std::uint64_t>(options_.days);
    records_ += said.records;
    steps_ += said.steps;
    if (options_.seeds <= 20 || said.broken)
      std::cout << "seed " << said.seed << "  trace " << hex(said.hash) << "  records " << said.records << "  guests " << said.guests << "  steps " << said.steps
                << "  crashes " << said.crashes << std::endl;
    if (!said.broken)
      return true;
    const auto what = scenario_of(said.seed);
    tell_failure(what, simulation::simulate(what));
    return ++broken_ < options_.failures_max;
  }
  void died(std::uint64_t seed) {
    ++broken_;
    std::cout << "BROKEN  the process died\n        again:  reserve simulate " << scenario_of(seed).text() << " --jobs 1" << std::endl;
  }
  int sum_up(std::uint64_t jobs) const {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started_;
    std::cout << days_ << " city-days, " << records_ << " records, " << steps_ << " steps in " << std::fixed << std::setprecision(1) << took.count() << " s ("
              << static_cast<double>(days_) / took.count() << " city-days/s with " << jobs << (jobs == 1 ? " job" : " jobs") << "); " << broken_ << " broken" << std::endl;
    return broken_ == 0 ? 0 : 1;
  }

private:
  simulation::scenario scenario_of(std::uint64_t seed) const { return {seed, options_.days, options_.guests, faults_, true}; }

  const simulate_options& options_;
  const simulation::fault_set faults_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::uint64_t days_ = 0, broken_ = 0, records_ = 0, steps_ = 0;
};

} // namespace

int run_simulate(const simulate_options& options) {
  spdlog::set_level(spdlog::level::off);
  const auto faults = simulation::fault_set::parse(options.faults);
  if (!faults) {
    complain("simulate", "no such fault", options.faults);
    return 2;
  }
  auto jobs = options.jobs > 0 ? static_cast<std::uint64_t>(options.jobs) : std::max<std::uint64_t>(1, std::thread::hardware_concurrency());
  if (!options.forever)
    jobs = std::min(jobs, options.seeds);
  report heard(options, *faults);
  if (jobs == 1) {
    live(options, *faults, 0, 1, [&](const news& said) { return heard.hear(said); });
    return heard.sum_up(jobs);
  }
  workers all(options, *faults, jobs);
  bool goes_on = true;
  while (goes_on) {
    const auto said = all.next();
    if (!said)
      break;
    goes_on = heard.hear(*said);
  }
  if (goes_on)
    for (const auto seed : all.unfinished())
      heard.died(seed);
  return heard.sum_up(jobs);
}

} // namespace reserve::app
