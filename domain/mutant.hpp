#pragma once

#ifdef RESERVE_MUTANTS
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#endif

namespace reserve {

/// Bugs that can be put in on purpose, to see that a test notices (docs/reliability.md, "Bug classes"). Each is one line where it would be made;
/// which test catches it stands in tests/mutants/table. The numbers are those of the classes there.
enum class bug {
  check_then_insert,      ///< 1: a hold is decided on what is committed, not on what is on its way.
  remote_call_in_window,  ///< 1: others decide while the Host is asked.
  resold_after_expiry,    ///< 3: a late payment takes its room back whoever has it now.
  partial_payment,        ///< 4: any amount pays.
  overpayment_kept,       ///< 4
  cancel_keeps_room,      ///< 5: the intent ends and its hold stays.
  dropped_release,        ///< 5: the claim goes and its nights stay counted.
  freed_twice,            ///< 6
  overfull_night_blocks,  ///< 7
  limit_by_splitting,     ///< 8: every request of a session is its first.
  reservation_of_chance,  ///< 9: webhook and return make ids of their own.
  counted_twice,          ///< 9: the payment that counted counts again when it is told again.
  late_event_backwards,   ///< 10
  success_after_failure,  ///< 11: it is ignored.
  expired_unasked,        ///< 12: the provider need not be sure that nothing was paid.
  finalize_not_retried,   ///< 14
  unsorted_locks,         ///< 15
  key_not_reserved,       ///< 16
  key_without_content,    ///< 17
  refund_beyond_captured, ///< 18
  refund_under_fresh_key, ///< 18
  host_retry_books_twice, ///< 19: no look-up, and a new key for each try.
  replayed_success,       ///< 19: an old 201 counts after the cancellation.
  reading_in_own_step,    ///< 20
  overtaken_reading,      ///< 20
  double_click,           ///< 21: a person's second order is carried out too.
  off_by_one_night,       ///< 22: the day of departure is a night.
  today_in_utc,           ///< 22
  old_signature,          ///< 23
  own_echo_imported,      ///< 24
  surplus_goes_twice,     ///< 25: as surplus, and with the full refund.
  tail_forgotten,         ///< 26
  silent_expiry,          ///< 27: nothing says that the hold has ended.
  clock_runs_back,        ///< 27
  bad_record_stops_all,   ///< 28
  ack_before_commit,      ///< Of no class: the promise that no acknowledged command is lost.
  missing_fence,          ///< Of no class: the promise of one writer per city.
};

#ifdef RESERVE_MUTANTS

/// Is this bug switched on? In the preset `mutants` only, by the environment variable RESERVE_MUTANT, which is read once; a name that is none ends
/// the program.
inline bool mutant(bug which) {
  static constexpr std::array<std::string_view, 37> names{
      "check_then_insert",      "remote_call_in_window",  "resold_after_expiry",  "partial_payment",       "overpayment_kept",
      "cancel_keeps_room",      "dropped_release",        "freed_twice",          "overfull_night_blocks", "limit_by_splitting",
      "reservation_of_chance",  "counted_twice",          "late_event_backwards", "success_after_failure", "expired_unasked",
      "finalize_not_retried",   "unsorted_locks",         "key_not_reserved",     "key_without_content",   "refund_beyond_captured",
      "refund_under_fresh_key", "host_retry_books_twice", "replayed_success",     "reading_in_own_step",   "overtaken_reading",
      "double_click",           "off_by_one_night",       "today_in_utc",         "old_signature",         "own_echo_imported",
      "surplus_goes_twice",     "tail_forgotten",         "silent_expiry",        "clock_runs_back",       "bad_record_stops_all",
      "ack_before_commit",      "missing_fence"};
  static_assert(names.size() == static_cast<std::size_t>(bug::missing_fence) + 1, "a name for each");
  static const auto chosen = [] {
    const char* wanted = std::getenv("RESERVE_MUTANT");
    if (wanted == nullptr)
      return names.size();
    const auto* const found = std::find(names.begin(), names.end(), wanted);
    if (found == names.end()) {
      std::fprintf(stderr, "RESERVE_MUTANT=%s: there is no such bug\n", wanted);
      std::_Exit(99);
    }
    return static_cast<std::size_t>(found - names.begin());
  }();
  return chosen == static_cast<std::size_t>(which);
}

#else

/// Is this bug switched on? Never outside of the preset `mutants`: the compiler leaves the line out.
constexpr bool mutant(bug) noexcept {
  return false;
}

#endif

} // namespace reserve
