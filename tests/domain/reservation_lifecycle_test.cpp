#include "domain/reservation.hpp"

#include <catch2/catch.hpp>

#include <sstream>

namespace reserve {

namespace {

using status = reservation_status;

/// Spec 10§3, one line a state; cells in the order of reservation_step. `.` = the event changes nothing there.
// create | 2xx | refusal | exhausted | odd | opens | closes | retry | override | refund due | cancel | Host: ok | refused | unreachable | cancelled |
// refund done | failed | bank transfer | recall
const std::vector<std::pair<status, std::string>> matrix{
    {status::absent, "R1,R2 . . . . . . . . . . . . . . . . . ."},
    {status::host_commit_pending, ". R3,R3a R4 R5 R5a R5b R5b . . R8b R23 . . . R4a . . . ."},
    {status::host_commit_failed, ". R3b . . . . R6 R6 R7 R8,R9 R8a,R9 . . . . . . . ."},
    {status::confirmed, ". R3c . . . . . . . R22 R22 . . . R22,R24,R26 . . . ."},
    {status::checkin_pending, ". R3c . . . . . . . R22 R22 . . . R22,R24,R26 . . . ."},
    {status::checked_in, ". R3c . . . . . . . . . . . . R34 . . . ."},
    {status::checked_out, ". R3c . . . . . . . . . . . . R34 . . . ."},
    {status::completed, ". R3c . . . . . . . . . . . . R34 . . . ."},
    {status::cancel_pending, ". R3c . . . R33 R33 . . . same R24 R25 R33 R24,R26 . . . ."},
    {status::cancelled, ". R3c . . . . R8c . . R26 same . . . . . . . R8c"},
    {status::refund_pending, ". R3c . . . . R8c . . . same . . . . R27 R28 . R8c"},
    {status::refunded, ". R3c . . . . R8c . . . same . . . . . R28a . R8c"},
    {status::refund_failed, ". R3c . . . . R8c R29 . . same . . . . R27a . R30 R8c"},
    {status::payout_pending, ". R3c . . . . . . . . . . . . R34 . . . ."},
    {status::paid_out, ". R3c . . . . . . . . . . . . R34 . . . ."},
    {status::no_show, ". R3c . . . . . . . . . . . . R34 . . . ."},
};
constexpr int steps_count = static_cast<int>(reservation_step::recall_found) + 1;

/// Names of all rows of a cell, each once, in order.
std::string cell(status from, reservation_step on) {
  std::vector<std::string> names;
  for (const auto& row : reservation_rows(from, on)) {
    std::istringstream words(row.row);
    for (std::string name; words >> name;)
      if (std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
  }
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : ",") + name;
  return out.empty() ? "." : out;
}

} // namespace

TEST_CASE("every cell of the commit and refund matrix is as specified", "[domain][reservation]") {
  REQUIRE(matrix.size() == static_cast<std::size_t>(status::no_show) + 1);
  for (const auto& [from, line] : matrix) {
    std::istringstream cells(line);
    for (int on = 0; on < steps_count; ++on) {
      std::string wanted;
      REQUIRE(cells >> wanted);
      INFO(name_of(from) << " x " << on);
      CHECK(cell(from, static_cast<reservation_step>(on)) == wanted);
    }
  }
}

TEST_CASE("the rows lead to the states that the spec names", "[domain][reservation]") {
  const auto [from, on, to] = GENERATE(table<status, reservation_step, status>({
      {status::absent, reservation_step::create, status::host_commit_pending},
      {status::host_commit_pending, reservation_step::host_success, status::confirmed},
      {status::host_commit_pending, reservation_step::host_cancelled, status::host_commit_failed},
      {status::host_commit_failed, reservation_step::host_success, status::confirmed},
      {status::host_commit_failed, reservation_step::retry, status::host_commit_pending},
      {status::host_commit_failed, reservation_step::manual_override, status::confirmed},
      {status::host_commit_failed, reservation_step::refund_due, status::refund_pending},
      {status::confirmed, reservation_step::cancel_requested, status::cancel_pending},
      {status::cancel_pending, reservation_step::host_cancel_ok, status::cancelled},
      {status::cancel_pending, reservation_step::host_cancel_refused, status::confirmed},
      {status::cancelled, reservation_step::refund_due, status::refund_pending},
      {status::refund_pending, reservation_step::refund_completed, status::refunded},
      {status::refunded, reservation_step::refund_failed, status::refund_failed},
      {status::refund_failed, reservation_step::refund_completed, status::refunded},
      {status::refund_failed, reservation_step::retry, status::refund_pending},
      {status::refund_failed, reservation_step::bank_transfer, status::refunded},
  }));
  const auto rows = reservation_rows(from, on);
  REQUIRE_FALSE(rows.empty());
  CHECK(rows.front().to == to);
}

TEST_CASE("states have the names of the API, each its own", "[domain][reservation]") {
  std::vector<std::string_view> names;
  for (const auto& [from, line] : matrix)
    names.push_back(name_of(from));
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  CHECK(name_of(status::host_commit_pending) == "host_commit_pending");
  CHECK(name_of(reservation_payment::partially_refunded) == "partially_refunded");
  CHECK(name_of(host_commit_state::not_needed) == "not_needed");
}

} // namespace reserve
