#include "app/commands.hpp"

#include "simulation/simulate.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <fstream>
#include <iomanip>
#include <iostream>

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

} // namespace

int run_simulate(const simulate_options& options) {
  spdlog::set_level(spdlog::level::off);
  const auto faults = simulation::fault_set::parse(options.faults);
  if (!faults) {
    complain("simulate", "no such fault", options.faults);
    return 2;
  }
  const auto started = std::chrono::steady_clock::now();
  std::uint64_t days = 0, broken = 0, records = 0, steps = 0;
  for (std::uint64_t n = 0; options.forever || n < options.seeds; ++n) {
    const simulation::scenario what{options.seed + n, options.days, options.guests, *faults};
    const auto heard = simulation::simulate(what);
    days += static_cast<std::uint64_t>(options.days);
    records += heard.records;
    steps += heard.steps;
    if (options.seeds <= 20 || heard.broken)
      std::cout << "seed " << what.seed << "  trace " << hex(heard.hash) << "  records " << heard.records << "  guests " << heard.guests << "  steps " << heard.steps
                << "  crashes " << heard.crashes << std::endl;
    if (heard.broken) {
      ++broken;
      tell_failure(what, heard);
      if (broken >= options.failures_max)
        break;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  std::cout << days << " city-days, " << records << " records, " << steps << " steps in " << std::fixed << std::setprecision(1) << took.count() << " s ("
            << static_cast<double>(days) / took.count() << " city-days/s); " << broken << " broken" << std::endl;
  return broken == 0 ? 0 : 1;
}

} // namespace reserve::app
