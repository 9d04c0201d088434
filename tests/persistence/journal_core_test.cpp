#include "journal_entities.hpp"

using namespace reserve;
using namespace reserve::test;
using namespace std::chrono_literals;

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
