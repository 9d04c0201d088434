#pragma once

#include "domain/intent.hpp"

namespace reserve {

/// The intent as everybody sees it while it lives in its calendar (commit-protocol §6): made from the event that created it.
inline intent untouched_intent(const intent_created& created, timestamp at) {
  intent out;
  out.terms = *created.terms;
  out.contact = created.contact;
  out.status = intent_status::intent_created;
  out.status_changed_at = at;
  out.expires_at = created.expires_at;
  out.hold_live = true;
  return out;
}

/// The same from the calendar's own claim.
inline intent untouched_intent(const claim& held) {
  intent out;
  out.terms = *held.terms;
  out.contact = *held.contact;
  out.status = intent_status::intent_created;
  out.status_changed_at = held.terms->created_at;
  out.expires_at = held.expires_at;
  out.hold_live = true;
  return out;
}

/// Its calendar ended it: expired, or cancelled for a reason.
inline void end_untouched(intent& target, timestamp at, bool expired, std::string reason) {
  target.status = expired ? intent_status::expired : intent_status::cancelled;
  target.status_changed_at = at;
  target.cancel_reason = std::move(reason);
  target.hold_live = false;
}

} // namespace reserve
