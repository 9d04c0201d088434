#pragma once

#include "integrations/payment_wire.hpp"

/// Stripe: payment intents for cards and PIX, refunds (spec 30§18.2).
namespace reserve::integrations::stripe {

class wire : public payment_wire {
public:
  wire_request render(const provider_request& request) const override;
  provider_reply parse(const provider_request& request, const outbound_result& result) const override;
};

} // namespace reserve::integrations::stripe
