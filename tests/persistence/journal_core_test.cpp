#include "journal_world.hpp"

#include <random>

using namespace reserve;
using namespace reserve::test;
using namespace std::chrono_literals;

namespace {

using verdicts = std::vector<verdict>;

const auto unit = journal_world::entity(7, 1);
const auto other = journal_world::entity(7, 2);
const auto third = journal_world::entity(7, 3);
const auto elsewhere = journal_world::entity(8, 1);

append_outcome failing(append_outcome::kind what, std::string sqlstate = {}) {
  return {what, std::move(sqlstate), {}};
}

} // namespace

TEST_CASE("crash with a record queued: an entity is opened again only after its records have ended", "[journal]") {
  journal_world world;
  const auto first = world.opened(unit);
  const auto sold = world.submit({{unit, first->life()}});
  const auto second = world.opened(unit);
  CHECK(second->openings.empty());

  world.round();
  REQUIRE(second->openings.size() == 1);
  REQUIRE(second->openings[0].tail.size() == 1);
  CHECK(second->openings[0].tail[0] == sold);
  CHECK(second->life() > first->life());
  // The dead life hears nothing and can commit nothing more.
  CHECK(first->outcomes.empty());
  world.submit({{unit, first->life()}});
  world.until_idle();
  CHECK(world.committed.size() == 1);
}

TEST_CASE("older than the log: an opening brings what the projection may not show", "[journal]") {
  journal_world world;
  const auto port = world.opened(unit);
  for (int i = 0; i < 4; ++i)
    world.submit({{unit, port->life()}});
  world.until_idle();
  world.core.close(unit, port->life());
  CHECK(world.opened(unit)->openings.at(0).tail.size() == 4);

  world.core.applied(7, 3);
  const auto& tail = world.opened(unit)->openings.at(0).tail;
  REQUIRE(tail.size() == 1);
  CHECK(tail[0]->seq == 4);
  world.core.applied(7, 4);
  CHECK(world.opened(unit)->openings.at(0).tail.empty());
}

TEST_CASE("a city that starts with a tail hands it to who opens", "[journal]") {
  journal_world world;
  auto old = std::make_shared<record>();
  old->city = 7;
  old->seq = 9;
  old->participants = {{unit, mentioned}};
  world.core.add_city({7, "URB", 3, 9}, {old});
  CHECK(world.opened(unit)->openings.at(0).tail == std::vector<committed_record>{old});
  CHECK(world.core.head(7) == std::pair<std::uint64_t, sequence>{3, 9});
}

TEST_CASE("one bad record: the batch is halved until it stands alone, and only that one is refused", "[journal]") {
  const auto guilty = GENERATE(0, 3, 7);
  journal_world world;
  std::vector<std::shared_ptr<listener>> ports;
  std::vector<record_ptr> records;
  for (int i = 0; i < 8; ++i) {
    const auto id = journal_world::entity(7, static_cast<std::uint8_t>(10 + i));
    ports.push_back(world.opened(id));
    records.push_back(world.submit({{id, ports.back()->life()}}));
  }
  world.journal.bad.insert(records[static_cast<std::size_t>(guilty)].get());
  world.until_idle();

  for (int i = 0; i < 8; ++i) {
    INFO(i);
    const auto& port = *ports[static_cast<std::size_t>(i)];
    CHECK(port.verdicts() == verdicts{i == guilty ? verdict::refused_record : verdict::committed});
    CHECK(port.closings.size() == (i == guilty ? 1 : 0));
  }
  CHECK(world.core.head(7).second == 7);
  REQUIRE(world.committed.size() == 7);
  for (std::size_t i = 0; i < 7; ++i)
    CHECK(world.committed[i]->seq == i + 1);
}

TEST_CASE("failed batch, next batch good: what rests on a refused record is refused with it", "[journal]") {
  journal_world world(1);
  const auto mine = world.opened(unit), partner = world.opened(other);
  const auto frees = world.submit({{unit, mine->life()}});
  world.submit({{unit, mine->life()}});
  world.submit({{unit, mine->life()}, {other, partner->life()}});
  const auto free_of_it = world.submit({{other, partner->life()}});
  world.journal.bad.insert(frees.get());
  world.until_idle();

  CHECK(mine->verdicts() == verdicts{verdict::refused_record, verdict::refused_record, verdict::refused_record});
  CHECK(mine->closings == std::vector{unit});
  // The other one of a shared record is told, not closed in turn: its own next record commits.
  CHECK(partner->verdicts() == verdicts{verdict::refused_record, verdict::committed});
  CHECK(partner->closings.empty());
  CHECK(world.committed == std::vector<committed_record>{free_of_it});
  // The next command opens it again.
  CHECK(world.opened(unit)->openings.size() == 1);
}

TEST_CASE("outcomes come before the end of the actor that they are for", "[journal]") {
  journal_world world(1);
  const auto port = world.opened(unit);
  const auto first = world.submit({{unit, port->life()}});
  const auto second = world.submit({{unit, port->life()}});
  world.journal.bad.insert(second.get());
  auto batch = world.core.next_batch();
  world.core.completed(world.journal.append(batch));
  batch = world.core.next_batch();
  world.core.completed(world.journal.append(batch)); // Nothing was delivered in between.
  CHECK(port->verdicts() == verdicts{verdict::committed, verdict::refused_record});
  CHECK(port->closings.size() == 1);
  world.deliver();
  CHECK(world.committed == std::vector<committed_record>{first});
}

TEST_CASE("passing causes: everything is sent again in the same order", "[journal]") {
  const auto cause = GENERATE(as<std::string>(), "40001", "53300", "57P01", "08006", "");
  journal_world world;
  const auto port = world.opened(unit);
  std::vector<committed_record> sent;
  for (int i = 0; i < 5; ++i)
    sent.push_back(world.submit({{unit, port->life()}}));
  world.journal.next = {failing(cause.empty() ? append_outcome::kind::disconnected : append_outcome::kind::rolled_back, cause),
                        failing(append_outcome::kind::disconnected)};
  world.round();
  CHECK(port->outcomes.empty());
  world.submit({{unit, port->life()}});
  world.until_idle();
  REQUIRE(world.committed.size() == 6);
  CHECK(std::equal(sent.begin(), sent.end(), world.committed.begin()));
  CHECK(port->closings.empty());
}

TEST_CASE("a try again at once is no use where the cause lies outside", "[journal]") {
  using kind = append_outcome::kind;
  auto [what, sqlstate, passes] = GENERATE(table<kind, std::string, bool>({
      {kind::rolled_back, "53100", true}, // The disk is full.
      {kind::rolled_back, "55P03", true},
      {kind::rolled_back, "08006", true},
      {kind::disconnected, "08001", true},
      {kind::unknown, "08006", true},
      {kind::rolled_back, "22021", false}, // A bad record: the halves are sent at once.
      {kind::rolled_back, "23505", false},
      {kind::fence_lost, "RC001", false},
      {kind::committed, "", false},
  }));
  CHECK(persistence::journal_core::may_pass(failing(what, sqlstate)) == passes);
}

TEST_CASE("unknown commit: nobody is answered and nothing follows until it is resolved", "[journal]") {
  journal_world world;
  const auto port = world.opened(unit);
  const auto one = world.submit({{unit, port->life()}});
  world.journal.next = {failing(append_outcome::kind::unknown)};
  world.journal.lands = GENERATE(true, false);
  const bool landed = world.journal.lands;
  world.round();
  const auto two = world.submit({{unit, port->life()}});
  const auto next_life = world.opened(unit);

  CHECK(world.core.next_batch().empty());
  CHECK(port->outcomes.empty());
  CHECK(next_life->openings.empty());
  CHECK(world.core.unresolved() == std::vector<std::pair<std::string, std::uint64_t>>{{"URB", 1}});

  world.resolve();
  CHECK(world.core.unresolved().empty());
  CHECK(world.core.head(7) == std::pair<std::uint64_t, sequence>{2, landed ? 1 : 0});
  world.until_idle();
  CHECK(world.committed == std::vector<committed_record>{one, two});
  CHECK(world.journal.logs["URB"].size() == 2);
  CHECK(one->epoch == (landed ? 1 : 2));
  CHECK(two->epoch == 2);
  REQUIRE(next_life->openings.size() == 1);
  CHECK(next_life->openings[0].tail.size() == 2);
}

TEST_CASE("stolen back: a city that is gone when a lost commit is resolved tells unknown", "[journal]") {
  journal_world world;
  const auto port = world.opened(unit), neighbour = world.opened(elsewhere);
  world.submit({{unit, port->life()}});
  world.submit({{elsewhere, neighbour->life()}});
  world.journal.next = {failing(append_outcome::kind::unknown)};
  world.round();
  world.submit({{unit, port->life()}});
  world.journal.leases["URB"].epoch = 5; // Somebody else took it.
  world.resolve();

  CHECK(port->verdicts() == verdicts{verdict::unknown, verdict::refused_record});
  CHECK(port->closings == std::vector{unit});
  CHECK_FALSE(world.core.has_city(7));
  world.until_idle();
  CHECK(neighbour->verdicts() == verdicts{verdict::committed});
  // Nothing of the lost city is answered from here on.
  const auto late = world.opened(unit);
  CHECK(late->openings.empty());
  CHECK(late->closings == std::vector{unit});
}

TEST_CASE("a city that lost its fence is left out and closed, the others are sent again", "[journal]") {
  journal_world world;
  const auto port = world.opened(unit), neighbour = world.opened(elsewhere);
  world.submit({{unit, port->life()}});
  world.submit({{elsewhere, neighbour->life()}});
  world.journal.leases["URB"].epoch = 5;
  world.until_idle();
  CHECK(port->verdicts() == verdicts{verdict::refused_record});
  CHECK(port->closings == std::vector{unit});
  CHECK(neighbour->verdicts() == verdicts{verdict::committed});
  CHECK(world.core.leases().size() == 1);
}

TEST_CASE("cities of a batch go in ascending order, each with numbers of its own", "[journal]") {
  journal_world world;
  const auto port = world.opened(unit), neighbour = world.opened(elsewhere);
  for (int i = 0; i < 3; ++i) {
    world.submit({{unit, port->life()}});
    world.submit({{elsewhere, neighbour->life()}});
  }
  world.until_idle();
  CHECK(world.journal.orders == std::vector<std::vector<std::string>>{{"GRA", "URB"}});
  CHECK(world.core.head(7).second == 3);
  CHECK(world.core.head(8).second == 3);
  // One message for each actor and batch.
  CHECK(port->messages == 1);
  CHECK(port->outcomes.size() == 3);
}

TEST_CASE("a record that names many entities fills a batch like many records", "[journal]") {
  persistence::journal_core core(persistence::journal_core::limits{.batch_max = 100, .mentions_max = 4});
  core.add_city({7, "URB", 1, 0}, {});
  const auto submit = [&](std::size_t mentions) {
    auto made = std::make_shared<record>();
    made->city = 7;
    for (std::size_t i = 0; i < mentions; ++i)
      made->participants.push_back({journal_world::entity(7, static_cast<std::uint8_t>(i)), mentioned});
    core.submit(made);
  };
  for (const std::size_t mentions : {1, 2, 9, 1, 1})
    submit(mentions);
  std::vector<std::size_t> sizes;
  while (!core.idle()) {
    sizes.push_back(core.next_batch().front().records.size());
    core.completed({append_outcome::kind::committed, {}, {}});
    core.deliver();
  }
  CHECK(sizes == std::vector<std::size_t>{3, 2}); // The one that goes beyond the limit still goes.
}

TEST_CASE("a batch is as many times larger as the commit before it waited longer for the disk", "[journal]") {
  persistence::journal_core core(persistence::journal_core::limits{.batch_max = 10, .usual_wait = 10ms, .stretch_max = 4});
  core.add_city({7, "URB", 1, 0}, {});
  for (int n = 0; n < 150; ++n) {
    auto made = std::make_shared<record>();
    made->city = 7;
    made->participants.push_back({unit, mentioned});
    core.submit(made);
  }
  const auto next_after = [&](std::chrono::milliseconds wait, append_outcome::kind what = append_outcome::kind::committed, std::string sqlstate = {}) {
    core.completed({what, std::move(sqlstate), {}, wait});
    core.deliver();
    return core.next_batch().front().records.size();
  };
  REQUIRE(core.next_batch().front().records.size() == 10);
  CHECK(next_after(9ms) == 10);
  CHECK(next_after(35ms) == 30);
  CHECK(next_after(700ms) == 40);
  CHECK(next_after(2ms) == 10);
  CHECK(next_after(40ms) == 40);
  CHECK(next_after(0ms, append_outcome::kind::rolled_back, "22001") == 9); // A bad record is looked for: nothing is stretched then ...
  CHECK(next_after(0ms, append_outcome::kind::rolled_back, "22001") == 4);
  CHECK(next_after(700ms) == 8);
  CHECK(next_after(700ms) == 38); // ... until as many as usual go through again: all that are left.
  CHECK(next_after(0ms, append_outcome::kind::disconnected) == 10);
}

TEST_CASE("an old incarnation is refused and nobody is closed", "[journal]") {
  journal_world world;
  const auto mine = world.opened(unit), partner = world.opened(other);
  world.submit({{other, partner->life()}, {unit, mine->life() + 100}});
  world.deliver();
  CHECK(partner->verdicts() == verdicts{verdict::refused_incarnation});
  CHECK(mine->outcomes.empty());
  CHECK(mine->closings.empty());
  CHECK(partner->closings.empty());
  CHECK(world.core.idle());
}

TEST_CASE("dead coordinator: a withdrawn claim can never be committed", "[journal]") {
  journal_world world;
  const auto asker = world.opened(unit), calendar = world.opened(other);
  const auto before = asker->life();
  world.core.withdraw(unit, before);
  REQUIRE(asker->withdrawals.size() == 1);
  CHECK(asker->withdrawals[0].incarnation > before);

  world.submit({{unit, before}, {other, calendar->life()}});
  world.until_idle();
  CHECK(world.committed.empty());
  CHECK(calendar->verdicts() == verdicts{verdict::refused_incarnation});
  // With its new incarnation it goes on.
  world.submit({{unit, asker->withdrawals[0].incarnation}});
  world.until_idle();
  CHECK(asker->verdicts() == verdicts{verdict::committed});
}

TEST_CASE("a record that is queued or in flight is ended only by its own outcome", "[journal]") {
  journal_world world;
  const auto asker = world.opened(unit);
  world.submit({{unit, asker->life()}});
  world.core.withdraw(unit, asker->life());
  CHECK(asker->withdrawals.empty());
  const auto batch = world.core.next_batch();
  world.core.withdraw(unit, asker->life());
  CHECK(asker->withdrawals.empty());
  world.core.completed(world.journal.append(batch));
  world.deliver();
  CHECK(asker->verdicts() == verdicts{verdict::committed});
}

TEST_CASE("an entity that a record only mentions waits with it, has it in its tail, and hears of it", "[journal]") {
  journal_world world;
  const auto calendar = world.opened(unit), intent = world.opened(other);
  const auto created = world.submit({{unit, calendar->life()}, {other, mentioned}, {third, mentioned}});
  const auto waiting = world.opened(third);
  CHECK(waiting->openings.empty());
  world.until_idle();
  CHECK(intent->verdicts() == verdicts{verdict::committed});
  REQUIRE(waiting->openings.size() == 1);
  CHECK(waiting->openings[0].tail == std::vector<committed_record>{created});

  // Refused: who is only mentioned has decided nothing, so he is neither told nor closed.
  const auto bad = world.submit({{unit, calendar->life()}, {other, mentioned}});
  world.journal.bad.insert(bad.get());
  world.until_idle();
  CHECK(calendar->closings == std::vector{unit});
  CHECK(intent->closings.empty());
  CHECK(intent->outcomes.size() == 1);
}

TEST_CASE("a record that only mentions a closed entity is not refused with it", "[journal]") {
  journal_world world(1);
  const auto calendar = world.opened(unit), intent = world.opened(other);
  const auto bad = world.submit({{other, intent->life()}});
  const auto untouched = world.submit({{unit, calendar->life()}, {other, mentioned}});
  world.journal.bad.insert(bad.get());
  world.until_idle();
  CHECK(intent->closings == std::vector{other});
  CHECK(calendar->verdicts() == verdicts{verdict::committed});
  CHECK(world.committed == std::vector<committed_record>{untouched});
}

TEST_CASE("an asker whose own record never came is told so although another record mentions it", "[journal]") {
  journal_world world;
  const auto calendar = world.opened(unit), asker = world.opened(other);
  const auto before = asker->life();
  world.submit({{unit, calendar->life()}, {other, mentioned}});
  world.core.withdraw(other, before);
  REQUIRE(asker->withdrawals.size() == 1);
  CHECK(asker->withdrawals[0].incarnation > before);
  world.until_idle();
  CHECK(asker->verdicts() == verdicts{verdict::committed});
}

TEST_CASE("an entity is opened only when its records of every city's batch have ended, in the order in which they were sent", "[journal]") {
  journal_world world;
  const auto port = world.opened(unit), neighbour = world.opened(elsewhere);
  std::vector<committed_record> ours, theirs;
  for (int i = 0; i < 4; ++i) {
    ours.push_back(world.submit({{unit, port->life()}}));
    theirs.push_back(world.submit({{elsewhere, neighbour->life()}}));
  }
  // Both cities are in one batch; first it cannot be told whether it landed, then it is halved for a record that is never named.
  world.journal.next = {failing(append_outcome::kind::unknown), failing(append_outcome::kind::rolled_back, "22021")};
  world.round();
  ours.push_back(world.submit({{unit, port->life()}}));
  world.resolve();
  world.until_idle();
  const auto of = [&](city_number city) {
    std::vector<committed_record> out;
    std::copy_if(world.committed.begin(), world.committed.end(), std::back_inserter(out), [&](const auto& one) { return one->city == city; });
    return out;
  };
  CHECK(of(7) == ours);
  CHECK(of(8) == theirs);
}

TEST_CASE("a record in flight is told by its own outcome although its entity has been closed for another", "[journal]") {
  journal_world world;
  const auto mine = world.opened(unit), partner = world.opened(other);
  const auto sent = world.submit({{unit, mine->life()}, {other, partner->life()}});
  const auto batch = world.core.next_batch();
  world.core.close(unit, mine->life()); // Its actor crashed.
  const auto next = world.opened(unit);
  CHECK(next->openings.empty());
  world.core.completed(world.journal.append(batch));
  world.deliver();
  CHECK(mine->outcomes.empty());
  CHECK(partner->verdicts() == verdicts{verdict::committed});
  REQUIRE(next->openings.size() == 1);
  CHECK(next->openings[0].tail == std::vector<committed_record>{sent});
}

TEST_CASE("the tail of an entity holds exactly the records that name it, oldest first, also where a record names many", "[journal]") {
  journal_world world;
  std::vector<std::shared_ptr<listener>> ports;
  std::vector<entity_id> ids;
  for (std::uint8_t n = 20; n < 26; ++n) {
    ids.push_back(journal_world::entity(7, n));
    ports.push_back(world.opened(ids.back()));
  }
  std::map<entity_id, std::vector<committed_record>> expected;
  for (std::size_t step = 0; step < 40; ++step) {
    std::vector<participant> who;
    for (std::size_t i = 0; i < ids.size(); ++i)
      if ((step * 7 + i * 3) % 5 < 2 || i == step % ids.size())
        who.push_back({ids[i], ports[i]->life()});
    if (step % 9 == 0)
      who.push_back(who.front()); // Named twice.
    const auto made = world.submit(who);
    for (std::size_t i = 0; i + (step % 9 == 0 ? 1 : 0) < who.size(); ++i)
      expected[who[i].entity].push_back(made);
  }
  world.until_idle();
  const sequence applied = GENERATE(0, 1, 17, 40);
  world.core.applied(7, applied);
  for (const auto& id : ids) {
    auto rest = expected[id];
    std::erase_if(rest, [&](const auto& one) { return one->seq <= applied; });
    CHECK(world.opened(id)->openings.at(0).tail == rest);
  }
}

TEST_CASE("numbers go on without a gap after a refusal, a lost connection and a commit that never happened", "[journal]") {
  journal_world world(2);
  const auto port = world.opened(unit), partner = world.opened(other);
  const auto bad = world.submit({{other, partner->life()}});
  world.journal.bad.insert(bad.get());
  for (int i = 0; i < 6; ++i)
    world.submit({{unit, port->life()}});
  world.journal.next = {failing(append_outcome::kind::disconnected), failing(append_outcome::kind::unknown)};
  world.round();
  world.round();
  world.resolve();
  world.until_idle();
  REQUIRE(world.committed.size() == 6);
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(world.committed[i]->seq == i + 1);
  CHECK(partner->closings == std::vector{other});
}

// --- planning ahead ---

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
