#pragma once

#include "integrations/payment_wire.hpp"

/// OpenPix (Woovi): PIX charges and refunds (spec 30§18.3). The correlation id of a charge is our payment id, that of a refund our refund id: it is looked up
/// and made unique by it.
namespace reserve::integrations::openpix {

class wire : public payment_wire {
public:
  wire_request render(const provider_request& request) const override;
  provider_reply parse(const provider_request& request, const outbound_result& result) const override;
};

} // namespace reserve::integrations::openpix
