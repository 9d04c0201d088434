#include "domain/terms.hpp"

#include "domain/codec.hpp"
#include "domain/result.hpp"

namespace reserve {

policy_snapshot policy_for(policy_snapshot policy, timestamp check_in_instant) {
  policy.free_until.reset();
  if (policy.free_hours)
    policy.free_until = check_in_instant - std::chrono::hours(*policy.free_hours);
  return policy;
}

uuid natural_scope(const booking_terms& terms) {
  // Fixed widths first and the session last, so that no session can imitate the parts before it.
  encoder key;
  key(terms.property, terms.stay.check_in, terms.stay.check_out, terms.guests, terms.rooms, terms.session);
  return derive_uuid(terms.unit.value, std::move(key).take());
}

std::string_view name_of(actor_kind kind) noexcept {
  switch (kind) {
  case actor_kind::system: return "system";
  case actor_kind::guest: return "guest";
  case actor_kind::agent: return "agent";
  case actor_kind::supervisor: return "supervisor";
  case actor_kind::property: return "property";
  case actor_kind::host: return "host";
  case actor_kind::channel: return "channel";
  case actor_kind::network: return "network";
  case actor_kind::service: return "service";
  }
  return "";
}

} // namespace reserve
