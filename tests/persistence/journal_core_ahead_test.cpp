#include "journal_entities.hpp"

#include <random>

using namespace reserve;
using namespace reserve::test;

namespace {

/// Entity `unit` of URB with `count` records that wait, two a batch.
struct ahead_world : journal_world {
  std::shared_ptr<listener> port = opened(unit);
  std::vector<record_ptr> sent;

  ahead_world() : journal_world(2) { plans_ahead = true; }
  void wait(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      sent.push_back(submit({{unit, port->life()}}));
  }
  std::vector<record_ptr> records_of(const std::vector<city_batch>& batches) const { return batches.empty() ? std::vector<record_ptr>{} : batches.front().records; }
};

} // namespace

TEST_CASE("what waits behind a batch that is under way is planned as the next one, with the numbers that follow", "[journal]") {
  ahead_world world;
  world.wait(5);
  REQUIRE(world.core.plan_ahead().empty()); // Nothing is under way.
  REQUIRE(world.core.next_batch().size() == 1);
  const auto planned = world.core.plan_ahead();
  REQUIRE(planned.size() == 1);
  CHECK(planned.front().first == 3);
  CHECK(planned.front().last == 4);
  CHECK(world.records_of(planned) == std::vector(world.sent.begin() + 2, world.sent.begin() + 4));
  CHECK(world.core.plan_ahead().empty()); // One at a time; and what is left does not fill a batch.

  world.core.completed(failing(append_outcome::kind::committed));
  CHECK_FALSE(world.core.in_flight());
  CHECK_FALSE(world.core.idle());
  world.deliver();
  CHECK(world.committed.size() == 2);
  const auto next = world.core.next_batch();
  REQUIRE(next.size() == 1);
  CHECK(next.front().first == 3);
  CHECK(next.front().records == world.records_of(planned));
  CHECK(world.core.plan_ahead().empty());
  world.core.completed(failing(append_outcome::kind::committed));
  CHECK(world.core.next_batch().front().first == 5);
}

TEST_CASE("what was planned behind a batch that did not happen waits again, in its order", "[journal]") {
  ahead_world world;
  const auto neighbour = world.opened(elsewhere);
  world.wait(7);
  const auto lost_with_its_city = world.submit({{elsewhere, neighbour->life()}});
  const auto [outcome, lands] = GENERATE(table<append_outcome, bool>({{failing(append_outcome::kind::disconnected), false},
                                                                      {failing(append_outcome::kind::rolled_back, "40001"), false},
                                                                      {failing(append_outcome::kind::rolled_back, "22021"), false},
                                                                      {failing(append_outcome::kind::unknown), false},
                                                                      {failing(append_outcome::kind::unknown), true},
                                                                      {append_outcome{append_outcome::kind::fence_lost, "RC001", {"GRA"}}, false}}));
  world.journal.next = {outcome};
  world.journal.lands = lands;
  world.round();
  CHECK(world.core.plan_ahead().empty());
  world.resolve();
  world.until_idle();
  std::vector<committed_record> of_urb;
  for (const auto& one : world.committed)
    if (one->city == 7)
      of_urb.push_back(one);
  CHECK(of_urb == std::vector<committed_record>(world.sent.begin(), world.sent.end()));
  for (std::size_t i = 0; i < of_urb.size(); ++i)
    CHECK(of_urb[i]->seq == i + 1);
  CHECK(world.port->verdicts() == verdicts(7, verdict::committed));
  const bool is_lost = outcome.what == append_outcome::kind::fence_lost;
  CHECK(neighbour->closings.size() == (is_lost ? 1 : 0));
  CHECK(neighbour->verdicts() == verdicts{is_lost ? verdict::refused_record : verdict::committed});
}

TEST_CASE("while a bad record is looked for nothing is planned ahead", "[journal]") {
  ahead_world world;
  world.wait(6);
  world.journal.bad.insert(world.sent[3].get());
  world.round();
  CHECK(world.committed.size() == 2);
  world.round();
  REQUIRE(world.core.next_batch().front().records.size() == 1);
  CHECK(world.core.plan_ahead().empty());
  world.core.completed(failing(append_outcome::kind::committed));
  world.until_idle();
  CHECK(world.port->closings == std::vector{unit});
  // Everything behind it rests on it.
  CHECK(world.port->verdicts() == verdicts{verdict::committed, verdict::committed, verdict::committed, verdict::refused_record, verdict::refused_record, verdict::refused_record});
}

TEST_CASE("a record that is planned is ended only by its own outcome, and goes with its city", "[journal]") {
  ahead_world world;
  world.wait(2);
  const auto asker = world.opened(other);
  world.submit({{other, asker->life()}});
  world.wait(1);
  const auto under_way = world.core.next_batch();
  REQUIRE(world.core.plan_ahead().front().records.size() == 2);
  world.core.withdraw(other, asker->life());
  CHECK(asker->withdrawals.empty());
  const auto late = world.opened(other);
  CHECK(late->openings.empty()); // A record that names it is on its way.

  SECTION("committed") {
    world.core.completed(world.journal.append(under_way));
    world.until_idle();
    REQUIRE(late->openings.size() == 1);
    CHECK(late->openings.front().tail.size() == 1);
  }
  SECTION("its city is lost between the two") {
    world.core.completed(world.journal.append(under_way));
    world.core.lose_city("URB");
    world.deliver();
    CHECK(world.core.idle());
    CHECK(world.port->verdicts() == verdicts{verdict::committed, verdict::committed, verdict::refused_record});
    CHECK(late->closings.size() == 1);
  }
}

TEST_CASE("planning ahead changes no number, no order and no answer", "[journal]") {
  // The same submissions and the same failures, with and without.
  const auto run = [](bool plans_ahead, unsigned seed) {
    journal_world world(3);
    world.plans_ahead = plans_ahead;
    std::mt19937 random(seed);
    std::map<entity_id, std::shared_ptr<listener>> ports;
    for (const auto& id : {unit, other, third, elsewhere})
      ports[id] = world.opened(id);
    const std::vector<entity_id> ids{unit, other, third, elsewhere};
    std::map<const record*, int> number;
    for (int n = 0; n < 200; ++n) {
      const auto id = ids[random() % 4];
      const auto made = world.submit({{id, ports[id]->life()}});
      number[made.get()] = n;
    }
    for (int turn = 0; turn < 20; ++turn) { // Passing failures of every kind, then peace.
      switch (random() % 5) {
        case 0: world.journal.next = {failing(append_outcome::kind::disconnected)}; break;
        case 1: world.journal.next = {failing(append_outcome::kind::rolled_back, "40001")}; break;
        case 2:
          world.journal.next = {failing(append_outcome::kind::unknown)};
          world.journal.lands = random() % 2 == 0;
          break;
        default: break;
      }
      world.round();
      world.resolve();
    }
    world.until_idle();
    std::vector<std::pair<int, sequence>> log;
    for (const auto& one : world.committed)
      if (one->city == 7)
        log.emplace_back(number.at(one.get()), one->seq);
    for (const auto& [id, port] : ports)
      CHECK(std::set<verdict>{verdict::committed} == [&] { const auto all = port->verdicts(); return std::set<verdict>(all.begin(), all.end()); }());
    return log;
  };
  for (unsigned seed = 0; seed < 50; ++seed) {
    const auto with = run(true, seed), without = run(false, seed);
    REQUIRE(with == without);
    for (std::size_t i = 0; i < with.size(); ++i)
      REQUIRE(with[i].second == i + 1);
  }
}
