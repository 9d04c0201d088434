#include "journal_world.hpp"

#include "persistence/core/journal_writer.hpp"

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;

namespace {

/// A journal whose commits take their time: what happens meanwhile is the test's.
class slow_journal final : public memory_journal {
public:
  std::function<void()> begins, ends; ///< Once, when an append begins, and when the writer has nothing more to do meanwhile.

  std::vector<record_ptr> copied_ahead; ///< What it was told last that would come next.

  void copy_ahead(std::span<const city_batch> coming) override { copied_ahead = coming.front().records; }
  append_outcome append_while(std::span<const city_batch> batches, const std::function<bool()>& meanwhile) override {
    if (begins)
      std::exchange(begins, {})();
    while (meanwhile()) {
    }
    if (ends)
      std::exchange(ends, {})();
    return append(batches);
  }
};

/// The writer by hand, with one city and one entity for each number.
struct writer_world {
  slow_journal journal;
  std::vector<committed_record> followed;
  const journal_writer::options options_;
  journal_writer writer{journal, options_, [this](const std::vector<committed_record>& more) { followed.insert(followed.end(), more.begin(), more.end()); },
                        [](city_number, const std::string&) {}};

  explicit writer_world(std::chrono::milliseconds trust_for = std::chrono::seconds(14)) : options_{.batch_max = 2, .trust_for = trust_for} {
    journal.leases["URB"] = {7, "URB", 1, 0};
    writer.add_city({7, "URB", 1, 0}, {});
  }
  static entity_id entity(std::uint8_t n) { return journal_world::entity(7, n); }
  std::shared_ptr<listener> opened(std::uint8_t n) {
    auto port = std::make_shared<listener>();
    writer.open(7, entity(n), port);
    writer.step();
    REQUIRE(port->openings.size() == 1);
    return port;
  }
  record_ptr submit(std::vector<participant> who) {
    auto made = std::make_shared<record>();
    made->city = 7;
    made->participants = std::move(who);
    std::vector<record_ptr> list{made};
    writer.submit(list);
    return made;
  }
};

} // namespace

TEST_CASE("a withdrawal that comes while a batch is on its way does not overtake a commit that was in doubt", "[journal]") {
  writer_world world;
  const auto asker = world.opened(1), calendar = world.opened(2), other = world.opened(3);
  const auto shared = world.submit({{world.entity(1), asker->life()}, {world.entity(2), calendar->life()}});
  world.journal.next = {{append_outcome::kind::unknown, "08006", {}}};
  world.journal.lands = true;
  world.writer.step();
  CHECK(asker->outcomes.empty());

  world.submit({{world.entity(3), other->life()}});
  bool heard_first = false;
  world.journal.begins = [&] {
    heard_first = asker->verdicts() == std::vector{verdict::committed} && world.followed.size() == 1;
    world.writer.withdraw(world.entity(1), asker->life());
  };
  world.writer.step();
  CHECK(heard_first);
  REQUIRE(asker->outcomes.size() == 1);
  CHECK(asker->outcomes.front().record == shared);
  CHECK(asker->withdrawals.size() == 1);
  CHECK(other->verdicts() == std::vector{verdict::committed});
  CHECK(world.followed.size() == 2);
}

TEST_CASE("what comes while a batch is on its way is taken in and answered then", "[journal]") {
  writer_world world;
  const auto one = world.opened(1), two = world.opened(2), late = std::make_shared<listener>();
  world.submit({{world.entity(1), one->life()}});
  record_ptr next;
  world.journal.begins = [&] {
    world.submit({{world.entity(2), two->life() + 100}}); // Of another life.
    next = world.submit({{world.entity(2), two->life()}});
    world.writer.open(7, world.entity(1), late); // Waits: a record that names it is on its way.
  };
  std::vector<verdict> meanwhile;
  bool waits = false;
  world.journal.ends = [&] {
    meanwhile = two->verdicts();
    waits = late->openings.empty();
  };
  world.writer.step();
  // The record of another life is refused at once; nobody of this life hears of it.
  CHECK(meanwhile.empty());
  CHECK(waits);
  CHECK(one->outcomes.empty()); // Its life was over before the answer came.
  REQUIRE(late->openings.size() == 1);
  CHECK(late->openings.front().tail.size() == 1);
  CHECK(world.journal.sizes == std::vector<std::size_t>{1});
  world.writer.step();
  CHECK(two->verdicts() == std::vector{verdict::committed});
  CHECK(next->seq == 2);
}

TEST_CASE("while a batch is on its way the journal is told what comes next, when that fills a batch", "[journal]") {
  writer_world world;
  const auto one = world.opened(1);
  std::vector<record_ptr> sent;
  const auto submit = [&] { sent.push_back(world.submit({{world.entity(1), one->life()}})); };
  submit();
  world.journal.begins = [&] { submit(); };
  world.writer.step();
  CHECK(world.journal.copied_ahead.empty()); // One is less than a batch.
  world.journal.begins = [&] {
    submit();
    submit();
  };
  world.writer.step();
  CHECK(world.journal.copied_ahead == std::vector{sent[2], sent[3]});
  world.writer.step();
  CHECK(world.journal.sizes == std::vector<std::size_t>{1, 1, 2});
  CHECK(one->verdicts() == std::vector(4, verdict::committed));
}

TEST_CASE("a commit prolongs the trust in our leases and does not restore it", "[journal]") {
  writer_world world(std::chrono::milliseconds(20));
  const auto one = world.opened(1);
  while (world.writer.online(7)) { // Until it is over.
  }
  world.submit({{world.entity(1), one->life()}});
  world.writer.step();
  CHECK(one->verdicts() == std::vector{verdict::committed});
  CHECK_FALSE(world.writer.online(7));
}
