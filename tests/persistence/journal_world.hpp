#pragma once

#include "persistence/core/journal_core.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace reserve::test {

/// An actor as the writer sees it: keeps what it hears.
struct listener final : entity_port {
  std::vector<opening> openings;
  std::vector<outcome> outcomes;
  std::vector<withdrawal> withdrawals;
  std::vector<entity_id> closings;
  std::size_t messages = 0;

  void opened(opening what) override { openings.push_back(std::move(what)); }
  void told(std::vector<outcome> what) override {
    ++messages;
    outcomes.insert(outcomes.end(), what.begin(), what.end());
  }
  void withdrawn(withdrawal what) override { withdrawals.push_back(what); }
  void closed(entity_id entity) override { closings.push_back(entity); }

  incarnation life() const { return openings.empty() ? 0 : openings.back().incarnation; }
  std::vector<verdict> verdicts() const {
    std::vector<verdict> out;
    for (const auto& one : outcomes)
      out.push_back(one.verdict);
    return out;
  }
};

/// A journal in memory that fails on demand.
class memory_journal : public journal_port {
public:
  std::map<std::string, city_lease> leases;
  std::map<std::string, std::vector<committed_record>> logs;
  std::set<const record*> bad;           ///< Records that can never be stored.
  std::deque<append_outcome> next;       ///< Outcomes of the next appends, instead of committing.
  bool lands = false;                    ///< An append that ends in `unknown` has happened all the same.
  std::vector<std::size_t> sizes;        ///< Records of each append.
  std::vector<std::vector<std::string>> orders; ///< Cities of each append, in order.

  append_outcome append(std::span<const city_batch> batches) override {
    std::size_t size = 0;
    orders.emplace_back();
    for (const auto& city : batches) {
      size += city.records.size();
      orders.back().push_back(city.code);
      for (std::size_t i = 0; i < city.records.size(); ++i)
        CHECK(city.records[i]->seq == city.first + i);
    }
    sizes.push_back(size);
    if (!next.empty()) {
      const auto what = next.front();
      next.pop_front();
      if (what.what == append_outcome::kind::unknown && lands)
        store(batches);
      return what;
    }
    for (const auto& city : batches) {
      if (city.epoch != leases.at(city.code).epoch || city.first != leases.at(city.code).head + 1)
        return {append_outcome::kind::fence_lost, "RC001", {city.code}};
      for (const auto& one : city.records)
        if (bad.contains(one.get()))
          return {append_outcome::kind::rolled_back, "22021", {}};
    }
    store(batches);
    return {append_outcome::kind::committed, {}, {}};
  }

  std::optional<city_lease> resolve(const std::string& code, std::uint64_t epoch) override {
    auto& lease = leases.at(code);
    if (lease.epoch != epoch)
      return city_lease{lease.city, code, 0, 0};
    ++lease.epoch;
    return lease;
  }
  std::optional<city_lease> take(const std::string& code) override { return resolve(code, leases.at(code).epoch); }
  std::optional<std::vector<std::string>> renew(std::span<const city_lease>) override { return std::vector<std::string>(); }
  void release(const std::string&, std::uint64_t) override {}
  std::vector<committed_record> read(const std::string& code, sequence after, std::size_t limit) override {
    std::vector<committed_record> out;
    for (const auto& one : logs[code])
      if (one->seq > after && out.size() < limit)
        out.push_back(one);
    return out;
  }

private:
  void store(std::span<const city_batch> batches) {
    for (const auto& city : batches) {
      logs[city.code].insert(logs[city.code].end(), city.records.begin(), city.records.end());
      leases.at(city.code).head = city.last;
    }
  }
};

/// The rules over a journal in memory, cities URB (7) and GRA (8).
struct journal_world {
  memory_journal journal;
  persistence::journal_core core;
  std::vector<committed_record> committed;
  bool plans_ahead = false; ///< As the writer does while a transaction is under way.

  explicit journal_world(std::size_t batch_max = 500) : core(persistence::journal_core::limits{batch_max}) {
    journal.leases["URB"] = {7, "URB", 1, 0};
    journal.leases["GRA"] = {8, "GRA", 1, 0};
    for (const auto& [code, lease] : journal.leases)
      core.add_city(lease, {});
  }

  static entity_id entity(city_number city, std::uint8_t n) {
    std::array<std::uint8_t, 16> bytes{};
    bytes[15] = n;
    return make_uuid(city, bytes);
  }
  std::shared_ptr<listener> opened(entity_id entity) {
    auto port = std::make_shared<listener>();
    core.open(city_of(entity), entity, port);
    return port;
  }
  record_ptr submit(std::vector<participant> who) {
    auto made = std::make_shared<record>();
    made->city = city_of(who.front().entity);
    made->participants = std::move(who);
    core.submit(made);
    return made;
  }
  /// One transaction. After `unknown` nobody is answered before resolve().
  void round() {
    const auto batches = core.next_batch();
    if (!batches.empty()) {
      if (plans_ahead)
        core.plan_ahead();
      core.completed(journal.append(batches));
    }
    deliver();
  }
  void resolve() {
    for (const auto& [code, epoch] : core.unresolved())
      core.resolved(code, *journal.resolve(code, epoch));
    deliver();
  }
  void until_idle() {
    for (int i = 0; i < 100 && !core.idle(); ++i)
      round();
    deliver();
    REQUIRE(core.idle());
  }
  void deliver() {
    auto more = core.deliver();
    committed.insert(committed.end(), more.begin(), more.end());
  }
};

} // namespace reserve::test
