#include "actors/entity.hpp"

#include "domain/desk.hpp"
#include "domain/payment.hpp"
#include "domain/reservation.hpp"

namespace reserve::actors {

// A visit of all events is much code: it is compiled here, once for each state.

template <class State>
void fold_into(State& target, const record& what, entity_id entity) {
  for (const auto& one : what.events) {
    if (one.entity != entity)
      continue;
    one.what.visit([&](const auto& happened) {
      if constexpr (requires { evolve(target, happened, what.occurred_at, what.seq); })
        evolve(target, happened, what.occurred_at, what.seq);
      else if constexpr (requires { evolve(target, happened, what.occurred_at); })
        evolve(target, happened, what.occurred_at);
      else if constexpr (requires { evolve(target, happened); })
        evolve(target, happened);
    });
  }
}

template void fold_into(payment&, const record&, entity_id);
template void fold_into(reservation&, const record&, entity_id);
template void fold_into(exceptions_state&, const record&, entity_id);
template void fold_into(numbering_state&, const record&, entity_id);
template void fold_into(city_state&, const record&, entity_id);
template void fold_into(platform_state&, const record&, entity_id);

} // namespace reserve::actors
