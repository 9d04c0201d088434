#include "actors/payment_gateway.hpp"

#include <spdlog/spdlog.h>

namespace reserve::actors {

payment_gateway::payment_gateway(payment_port& port, const clock_port& clock, const city_settings& settings)
    : port_(port), clock_(clock), limits_{settings.host.breaker_failures, settings.host.breaker_window, settings.host.breaker_open} {
  // nop
}

circuit_breaker& payment_gateway::breaker(const std::string& provider) {
  return breakers_.try_emplace(provider, limits_).first->second;
}

bool payment_gateway::available(std::string_view provider) const {
  if (!port_.offers(provider))
    return false;
  const std::lock_guard lock(mutex_);
  const auto found = breakers_.find(provider);
  return found == breakers_.end() || !found->second.is_open(clock_.steady());
}

void payment_gateway::call(provider_request request, std::function<void(provider_reply)> done) {
  bool probe = false;
  {
    const std::lock_guard lock(mutex_);
    auto& own = breaker(request.provider);
    const auto now = clock_.steady();
    probe = own.now_is(now) == circuit_breaker::state::half_open;
    if (!port_.offers(request.provider) || !own.admit(now)) {
      provider_reply refused;
      refused.what = provider_reply::kind::not_sent;
      refused.error = "breaker_open";
      done(std::move(refused));
      return;
    }
  }
  const std::string provider = request.provider;
  port_.call(std::move(request), [this, provider, probe, done = std::move(done)](provider_reply reply) {
    {
      const std::lock_guard lock(mutex_);
      auto& own = breaker(provider);
      const auto change = reply.failure ? own.failed(clock_.steady(), probe) : own.succeeded(clock_.steady(), probe);
      if (change.opened)
        spdlog::warn("payment breaker opened provider={}", provider);
      if (change.closed)
        spdlog::info("payment breaker closed provider={}", provider);
    }
    done(std::move(reply));
  });
}

} // namespace reserve::actors
