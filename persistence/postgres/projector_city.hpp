#pragma once

#include "persistence/core/projection_core.hpp"
#include "persistence/postgres/projector.hpp"

#include <set>

namespace reserve::persistence {

/// A projection that the second thread writes for a city. Its position is in city::at.
struct projector::behind_one {
  std::string_view name;
  int refused = 0;
  std::chrono::milliseconds wait{0};
  steady::time_point next_at{}, last_at{};
};

/// What the projector knows of a city.
struct projector::city {
  const city_number number;
  const std::string code;

  // Guarded by the mutex.
  std::map<std::string_view, sequence> at; ///< Position of each projection.
  sequence head = 0;
  double rate = 0, audit_rate = 0; ///< Records a second of the first thread, and of the second one's audit.
  bool placed = false; ///< The positions were read.
  bool stopped = false, removed = false;
  bool states_stopped = false;
  std::map<std::string_view, bool> behind_stopped;
  std::deque<committed_record> queue;  ///< For the first thread.
  std::deque<committed_record> passed; ///< Written by the first thread, for the second one.
  steady::time_point counted_from{};   ///< Since then `counted` records were fed.
  std::size_t counted = 0;
  steady::time_point busy_until{};     ///< Many records are being committed, as far as we know.
  std::deque<std::pair<sequence, steady::time_point>> fed; ///< First seq of what was fed, and when; only with a delay.
  std::optional<projected> nights;     ///< Made by the first thread, to be written by the second one; taken away when they are written.
  std::multiset<sequence> wishes;      ///< Somebody waits until the projections stand here: nothing is gathered any longer then.
  sequence nights_wanted = 0;          ///< Somebody waits, or has waited, until the nights stand here.
  bool nights_lost = false;            ///< They could not be written: found again from the journal.

  // Of the first thread.
  projection_core core;
  int refused = 0;
  std::chrono::milliseconds wait{0};
  steady::time_point begun_at{}, next_at{}, nights_next_at{};
  bool goes_on_told = false;

  // Of the second one.
  std::vector<behind_one> behind;

  city(city_number its_number, const std::string& its_code) : number(its_number), code(its_code), core(its_number, its_code) {
    for (const auto name : projection_names())
      at.emplace(name, 0);
    for (const auto name : log_projections())
      behind.push_back({name});
    for (const auto name : night_projections())
      behind.push_back({name});
  }

  sequence hot() const { return at.at("hot"); }
  sequence wanted() const { return wishes.empty() ? 0 : *wishes.rbegin(); }
};

} // namespace reserve::persistence
