#pragma once

#include "persistence/core/cells.hpp"
#include "persistence/core/log_fold.hpp"
#include "persistence/core/memory_tables.hpp"

#include <algorithm>
#include <random>

namespace reserve::test {

using namespace reserve::persistence;

using record_list = std::vector<committed_record>;

inline record_list part_of(const record_list& log, sequence after, sequence upto) {
  return {log.begin() + static_cast<std::ptrdiff_t>(after), log.begin() + static_cast<std::ptrdiff_t>(std::min<sequence>(upto, log.size()))};
}

/// Folds a log into tables in memory, each projection as far as one likes.
class folding {
public:
  explicit folding(record_list log, bool forgetful = false) : log_(std::move(log)), forgetful_(forgetful) {}

  void states(std::size_t count) {
    const auto part = part_of(log_, core_.position(), core_.position() + count);
    if (part.empty())
      return;
    const auto asked = core_.missing(part);
    core_.provide(asked, tables.known(asked));
    tables.apply(core_.fold(part));
    core_.trim(forgetful_ ? 0 : 1'000'000);
  }
  void log(std::string_view projection, std::size_t count) {
    const auto from = tables.position(projection), upto = std::min<sequence>(from + count, tables.position());
    if (from < upto)
      tables.apply(fold_log(projection, 7, "URB", from, part_of(log_, from, upto), tables.traces(from, upto)));
  }
  void nights() {
    if (core_.nights_position() == core_.position())
      return;
    const auto asked = core_.missing_for_nights();
    core_.provide(asked, tables.known(asked));
    tables.apply(core_.fold_nights());
  }
  /// As after a crash: states and what was remembered of the nights are gone, the tables are there.
  void restart() {
    core_ = projection_core(7, "URB");
    core_.start_at(tables.position());
    const auto nights = tables.position("nights");
    core_.nights_start_at(nights);
    core_.note_nights(part_of(log_, nights, tables.position()), tables.traces(nights, tables.position()));
  }
  bool done() const {
    const auto names = projection_names();
    return std::all_of(names.begin(), names.end(), [&](std::string_view name) { return tables.position(name) == log_.size(); });
  }
  void finish() {
    while (tables.position() < log_.size())
      states(log_.size());
    for (const auto name : log_projections())
      log(name, log_.size());
    nights();
  }

  memory_tables tables;

private:
  record_list log_;
  bool forgetful_;
  projection_core core_{7, "URB"};
};

/// Everything in batches of one size.
inline memory_tables fold(const record_list& log, std::size_t batch, bool forgetful = false) {
  folding out(log, forgetful);
  while (!out.done()) {
    out.states(batch);
    for (const auto name : log_projections())
      out.log(name, batch);
    out.nights();
  }
  return out.tables;
}

/// Every projection in its own time, in batches of any size, with crashes in between.
inline memory_tables fold_at_random(const record_list& log, unsigned seed) {
  std::mt19937 dice(seed);
  folding out(log);
  for (int turn = 0; turn < 200 && !out.done(); ++turn) {
    const std::size_t count = 1 + dice() % 25;
    switch (dice() % 8) {
      case 0:
      case 1: out.states(count); break;
      case 2: out.nights(); break;
      case 3: out.restart(); break;
      default: out.log(log_projections()[dice() % log_projections().size()], count);
    }
  }
  out.finish();
  return out.tables;
}

} // namespace reserve::test
