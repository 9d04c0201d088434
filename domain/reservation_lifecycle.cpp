#include "domain/reservation.hpp"

#include <algorithm>
#include <iterator>

namespace reserve {

namespace {

using status = reservation_status;
using step = reservation_step;

/// Commit, cancellation and refund of spec 10§3, cell by cell; rows of later states are here although their commands come later.
std::vector<reservation_transition> make_lifecycle() {
  std::vector<reservation_transition> rows{
      {status::absent, step::create, status::host_commit_pending, "R1"},
      {status::absent, step::create, status::confirmed, "R2"},

      {status::host_commit_pending, step::host_success, status::confirmed, "R3 R3a"},
      {status::host_commit_pending, step::definitive_refusal, status::host_commit_failed, "R4"},
      {status::host_commit_pending, step::tries_exhausted, status::host_commit_failed, "R5"},
      {status::host_commit_pending, step::odd_success, status::host_commit_pending, "R5a"},
      {status::host_commit_pending, step::breaker_opened, status::host_commit_pending, "R5b"},
      {status::host_commit_pending, step::breaker_closed, status::host_commit_pending, "R5b"},
      {status::host_commit_pending, step::refund_due, status::host_commit_pending, "R8b"},
      {status::host_commit_pending, step::cancel_requested, status::host_commit_pending, "R23"},
      {status::host_commit_pending, step::host_cancelled, status::host_commit_failed, "R4a"},

      {status::host_commit_failed, step::host_success, status::confirmed, "R3b"},
      {status::host_commit_failed, step::breaker_closed, status::host_commit_pending, "R6"},
      {status::host_commit_failed, step::retry, status::host_commit_pending, "R6"},
      {status::host_commit_failed, step::manual_override, status::confirmed, "R7"},
      {status::host_commit_failed, step::refund_due, status::refund_pending, "R8"},
      {status::host_commit_failed, step::refund_due, status::cancelled, "R9"},
      {status::host_commit_failed, step::cancel_requested, status::refund_pending, "R8a"},
      {status::host_commit_failed, step::cancel_requested, status::cancelled, "R9"},

      {status::cancel_pending, step::host_success, status::cancel_pending, "R3c"},
      {status::cancel_pending, step::breaker_opened, status::cancel_pending, "R33"},
      {status::cancel_pending, step::breaker_closed, status::cancel_pending, "R33"},
      {status::cancel_pending, step::cancel_requested, status::cancel_pending, "same"},
      {status::cancel_pending, step::host_cancel_ok, status::cancelled, "R24"},
      {status::cancel_pending, step::host_cancel_refused, status::confirmed, "R25"},
      {status::cancel_pending, step::host_cancel_refused, status::checkin_pending, "R25"},
      {status::cancel_pending, step::host_unreachable, status::cancel_pending, "R33"},
      {status::cancel_pending, step::host_cancelled, status::cancelled, "R24"},
      {status::cancel_pending, step::host_cancelled, status::refund_pending, "R24 R26"},

      {status::cancelled, step::refund_due, status::refund_pending, "R26"},
      {status::refund_pending, step::refund_completed, status::refunded, "R27"},
      {status::refund_pending, step::refund_failed, status::refund_failed, "R28"},
      {status::refunded, step::refund_failed, status::refund_failed, "R28a"},
      {status::refund_failed, step::retry, status::refund_pending, "R29"},
      {status::refund_failed, step::refund_completed, status::refunded, "R27a"},
      {status::refund_failed, step::bank_transfer, status::refunded, "R30"},
  };
  for (const auto live : {status::confirmed, status::checkin_pending}) {
    rows.push_back({live, step::host_success, live, "R3c"});
    rows.push_back({live, step::refund_due, status::cancel_pending, "R22"});
    rows.push_back({live, step::cancel_requested, status::cancel_pending, "R22"});
    rows.push_back({live, step::host_cancelled, status::cancelled, "R22 R24"});
    rows.push_back({live, step::host_cancelled, status::refund_pending, "R22 R24 R26"});
  }
  for (const auto ended : {status::cancelled, status::refund_pending, status::refunded, status::refund_failed}) {
    rows.push_back({ended, step::host_success, ended, "R3c"});
    rows.push_back({ended, step::recall_found, ended, "R8c"});
    rows.push_back({ended, step::breaker_closed, ended, "R8c"});
    rows.push_back({ended, step::cancel_requested, ended, "same"});
  }
  for (const auto later : {status::checked_in, status::checked_out, status::completed, status::payout_pending, status::paid_out, status::no_show}) {
    rows.push_back({later, step::host_success, later, "R3c"});
    rows.push_back({later, step::host_cancelled, later, "R34"});
  }
  return rows;
}

} // namespace

const std::vector<reservation_transition>& reservation_lifecycle() {
  static const std::vector<reservation_transition> rows = make_lifecycle();
  return rows;
}

std::vector<reservation_transition> reservation_rows(reservation_status from, reservation_step on) {
  std::vector<reservation_transition> rows;
  std::copy_if(reservation_lifecycle().begin(), reservation_lifecycle().end(), std::back_inserter(rows),
               [&](const reservation_transition& row) { return row.from == from && row.on == on; });
  return rows;
}

} // namespace reserve
