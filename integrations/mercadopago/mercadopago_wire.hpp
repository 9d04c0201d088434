#pragma once

#include "integrations/payment_wire.hpp"

/// Mercado Pago: PIX payments and refunds (spec 30§18.3).
namespace reserve::integrations::mercadopago {

class wire : public payment_wire {
public:
  wire_request render(const provider_request& request) const override;
  provider_reply parse(const provider_request& request, const outbound_result& result) const override;
};

/// It accepts no earlier end than 30 min from now; counted from the record, so that a repeat has the same one.
inline constexpr std::chrono::minutes shortest_life{30};

} // namespace reserve::integrations::mercadopago
