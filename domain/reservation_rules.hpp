#pragma once

#include "domain/reservation.hpp"

#include <string>
#include <vector>

namespace reserve::rules {

// Shared by the decisions of a reservation; not part of its interface.

using reservation_events = std::vector<reservation_event>;

/// Over without ever having been confirmed, or after: no commit counts any more.
bool is_over(reservation_status status) noexcept;
/// Has a Host booking of its own, now or once.
bool was_confirmed(const reservation& known) noexcept;

/// R3, R3a, R3b: with the commission and what differs from what we asked for.
reservation_events confirm(const reservation& known, const host_booking& booking, std::string via, const reservation_context& context);
/// R4, R4a, R5.
host_commit_failed failure(const reservation& known, std::string failure_class, std::string error, const reservation_context& context);
/// What a living Host booking with our reference means in each state: R3, R3a, R3b, R3c, R8c.
reservation_events seen_alive(const reservation& known, const host_booking& booking, std::string via, const reservation_context& context);
/// The same for one that is cancelled at the Host: R4a, R22+R24, R34, end of a recall.
reservation_events seen_cancelled(const reservation& known, const host_booking& booking, bool guest_requested, const reservation_context& context);

/// An exception about this reservation that changes no state; nothing while the same one still waits to be told.
reservation_events notice(const reservation& known, std::string type, std::string severity, std::string code, std::string message,
                          std::vector<std::pair<std::string, std::string>> context);

/// Spec 10§18.2: what the guest gets back when the policy decides at `moment`.
money refund_by_policy(const reservation& known, timestamp moment) noexcept;

} // namespace reserve::rules
