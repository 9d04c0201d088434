#pragma once

#include "actors/city_context.hpp"

#include "domain/breaker.hpp"

#include <map>
#include <mutex>

namespace reserve::actors {

/// The PAYMENT GATEWAY: Stripe, Mercado Pago and OpenPix behind one protocol, each with its breaker. Any thread (as host_connector).
class payment_gateway final : public payment_gate {
public:
  payment_gateway(payment_port& port, const clock_port& clock, const city_settings& settings);

  bool offers(std::string_view provider) const override { return port_.offers(provider); }
  bool available(std::string_view provider) const override;
  void call(provider_request request, std::function<void(provider_reply)> done) override;

private:
  circuit_breaker& breaker(const std::string& provider);

  payment_port& port_;
  const clock_port& clock_;
  const circuit_breaker::limits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, circuit_breaker, std::less<>> breakers_;
};

} // namespace reserve::actors
