#pragma once

#include "postgres/database.hpp"
#include "postgres/records.hpp"
#include "projection_story.hpp"

#include "persistence/postgres/postgres_journal.hpp"
#include "persistence/postgres/projector.hpp"
#include "persistence/postgres/rebuild.hpp"
#include "persistence/postgres/table_store.hpp"

#include <map>
#include <mutex>
#include <set>

namespace reserve::test {

/// A city whose story goes into the journal bit by bit.
struct journaled_city {
  persistence::postgres_journal& journal;
  city_story story;
  city_lease lease;
  std::vector<committed_record> log;

  journaled_city(persistence::postgres_journal& into, city_number number, const std::string& code, int guests)
      : journal(into), story(number, guests), log(story.records()) {
    journal.add_city(code, number);
    lease = journal.take(code).value();
  }
  void append_until(sequence upto) {
    const auto& all = story.mutable_records();
    const std::vector<record_ptr> part(all.begin() + static_cast<std::ptrdiff_t>(lease.head), all.begin() + static_cast<std::ptrdiff_t>(upto));
    REQUIRE(append_one(journal, lease, part).what == append_outcome::kind::committed);
  }
  std::vector<committed_record> between(sequence after, sequence upto) const {
    return {log.begin() + static_cast<std::ptrdiff_t>(after), log.begin() + static_cast<std::ptrdiff_t>(upto)};
  }
};

/// What a rebuild has found, for people.
inline std::string text_of(const persistence::rebuild_report& found) {
  std::string out;
  for (const auto& one : found.different) {
    out += one.table + ": " + std::to_string(one.missing) + " missing, " + std::to_string(one.surplus) + " surplus;";
    for (const auto& key : one.keys)
      out += " [" + key + "]";
    out += "\n";
  }
  return out;
}

/// A database with a journal, and who hears what the projector has reached.
struct projection_world {
  database db;
  persistence::postgres_journal journal{{.url = db.url(), .node_id = "test"}};
  std::map<city_number, std::unique_ptr<journaled_city>> cities;
  std::mutex mutex;
  std::map<city_number, sequence> reached;
  std::vector<std::string> halted;

  journaled_city& add(city_number number, const std::string& code, int guests) {
    return *(cities[number] = std::make_unique<journaled_city>(journal, number, code, guests));
  }
  persistence::projector::options options() const {
    persistence::projector::options out;
    out.url = db.url();
    out.pace = out.retry_first = std::chrono::milliseconds(5);
    return out;
  }
  persistence::projector::followers told() {
    return {.applied =
                [this](city_number number, sequence seq) {
                  const std::lock_guard lock(mutex);
                  reached[number] = seq;
                },
            .stopped =
                [this](city_number number, const std::string& reason) {
                  const std::lock_guard lock(mutex);
                  halted.push_back(std::to_string(number) + " " + reason.substr(0, reason.find(':')));
                },
            .goes_on = {}};
  }
  /// Which projections have stopped, and where.
  std::vector<std::string> stops() {
    const std::lock_guard lock(mutex);
    return halted;
  }
  sequence applied_to(city_number number) {
    const std::lock_guard lock(mutex);
    return reached[number];
  }
  /// Everything that the cities have is in the tables.
  void project() {
    persistence::projector tables(options(), persistence::journal_reader_for(db.url()), told());
    for (const auto& [number, city] : cities)
      tables.add_city(number, city->lease.code, city->lease.head);
    tables.start();
    for (const auto& [number, city] : cities)
      REQUIRE(tables.wait_until(number, city->lease.head, std::chrono::seconds(8), persistence::projection_names()));
  }
};

} // namespace reserve::test
