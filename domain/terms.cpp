#include "domain/terms.hpp"

#include "domain/codec.hpp"
#include "domain/result.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace reserve {

policy_snapshot policy_for(policy_snapshot policy, timestamp check_in_instant) {
  policy.free_until.reset();
  if (policy.free_hours)
    policy.free_until = check_in_instant - std::chrono::hours(*policy.free_hours);
  return policy;
}

uuid natural_scope(const booking_terms& terms) {
  // Fixed widths first and the session last, so that no session can imitate the parts before it. No secret hangs on the hash: whoever could choose a second input
  // with the same sum would have to know the other guest's session, and who knows that is the other guest.
  encoder key;
  key(terms.unit, terms.property, terms.stay.check_in, terms.stay.check_out, terms.guests, terms.rooms, terms.session);
  XXH128_canonical_t sum;
  XXH128_canonicalFromHash(&sum, XXH3_128bits(key.bytes().data(), key.bytes().size()));
  return make_uuid(city_of(terms.unit.value), std::to_array(sum.digest));
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
