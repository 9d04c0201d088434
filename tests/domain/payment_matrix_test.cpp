#include "booking_fixture.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace reserve;
using namespace reserve::test;

namespace {

template <class Rows>
std::set<std::string> names_of(const Rows& rows) {
  std::set<std::string> names;
  for (const auto& row : rows)
    names.insert(row.row);
  return names;
}

std::set<std::string> numbered(const std::string& prefix, int last, const std::set<int>& without = {}) {
  std::set<std::string> names;
  for (int i = 1; i <= last; ++i)
    if (!without.contains(i))
      names.insert(prefix + std::to_string(i));
  return names;
}

using enum payment_status;

/// A payment brought to this status by what providers and intents do.
payment_story in(payment_status status) {
  payment_story story;
  if (status == absent)
    story.known = payment{};
  if (status == absent || status == pending)
    return story;
  story.created(object_status::requires_payment_method);
  switch (status) {
  case processing: story.read(object_status::requires_action); break;
  case failed: story.read(object_status::failed); break;
  case cancelled: story.read(object_status::cancelled); break;
  case expired: story.read(object_status::expired); break;
  default: story.paid(); break;
  }
  if (status == refund_pending)
    story.refund(1, 40000);
  if (status == partially_refunded || status == refunded) {
    story.refund(1, status == refunded ? 100000 : 40000);
    story.send(1);
    story.answer(1, refund_view::kind::completed);
  }
  if (status == disputed)
    story.known.status = disputed; // Disputes have no commands yet.
  return story;
}

constexpr payment_status all_statuses[]{pending,        processing, succeeded,          failed,  cancelled, expired,
                                        refund_pending, refunded,   partially_refunded, disputed};

} // namespace

TEST_CASE("the tables of payments hold every row of the book", "[domain][payment]") {
  CHECK(names_of(payment_lifecycle()) == numbered("PM", 22));
  CHECK(names_of(refund_lifecycle()) == numbered("RF", 16));
  CHECK(names_of(pix_lifecycle()) == numbered("PX", 11, {2}));
  CHECK(names_of(attempt_lifecycle()) == numbered("PA", 6));
}

TEST_CASE("a report of the provider leads where the table says, and nowhere without a row", "[domain][payment]") {
  const std::map<object_status, payment_step> reports{{object_status::succeeded, payment_step::succeeded},
                                                      {object_status::failed, payment_step::declined},
                                                      {object_status::processing, payment_step::processing},
                                                      {object_status::cancelled, payment_step::cancelled},
                                                      {object_status::expired, payment_step::expired}};
  for (const auto from : all_statuses)
    for (const auto& [seen, step] : reports) {
      auto story = in(from);
      REQUIRE(story.known.status == from);
      story.read(seen, 100000);
      std::set<payment_status> allowed;
      for (const auto& row : payment_lifecycle())
        if (row.from == from && row.on == step)
          allowed.insert(row.to);
      if (from == processing && step == payment_step::processing)
        allowed.insert(processing);
      INFO(name_of(from) << " reads " << static_cast<int>(seen) << " becomes " << name_of(story.known.status));
      CHECK(allowed.contains(story.known.status));
      const auto settled = story.known;
      CHECK(story.read(seen, 100000).empty());
      CHECK(story.known == settled);
    }
}

TEST_CASE("refunds are taken by what was received, and by nothing else", "[domain][payment]") {
  for (const auto from : all_statuses) {
    const auto story = in(from);
    const auto decided = story.try_refund(7, 10000);
    INFO(name_of(from));
    const bool takes = from == succeeded || from == partially_refunded || from == refund_pending;
    REQUIRE(decided.has_value() == takes);
    if (!takes) {
      CHECK(decided.error().code == errc::invalid_state);
    }
  }
  CHECK(in(absent).try_refund(1, 1).error().code == errc::not_found);
}

TEST_CASE("an answer about a refund leads where the table says", "[domain][payment][refund]") {
  using answers = std::map<refund_view::kind, std::set<refund_status>>;
  using kind = refund_view::kind;
  using enum refund_status;
  const std::map<refund_status, answers> expected{
      {refund_status::processing,
       {{kind::completed, {completed}},
        {kind::accepted, {refund_status::processing}},
        {kind::refused, {refund_status::failed}},
        {kind::error, {refund_status::processing}},
        {kind::unknown_to_provider, {refund_status::processing}}}},
      {completed,
       {{kind::completed, {completed}},
        {kind::accepted, {completed}},
        {kind::refused, {refund_status::failed}},
        {kind::error, {completed}},
        {kind::unknown_to_provider, {completed}}}},
      {refund_status::failed,
       {{kind::completed, {completed}},
        {kind::accepted, {refund_status::failed}},
        {kind::refused, {refund_status::failed}},
        {kind::error, {refund_status::failed}},
        {kind::unknown_to_provider, {refund_status::failed}}}},
  };
  for (const auto& [from, row] : expected)
    for (const auto& [what, to] : row) {
      auto story = in(succeeded);
      story.refund(1, 40000);
      story.send(1);
      if (from == completed)
        story.answer(1, kind::completed);
      if (from == refund_status::failed)
        story.answer(1, kind::refused);
      REQUIRE(story.known.refunds.front().status == from);
      story.answer(1, what);
      INFO(name_of(from) << " hears " << static_cast<int>(what));
      CHECK(to.contains(story.known.refunds.front().status));
    }
  CHECK(decide_refund(in(succeeded).known, refund_view{}, payment_context{}).error().code == errc::not_found);
}
