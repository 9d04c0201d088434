#pragma once

#include "actors/protocols/payment_port.hpp"
#include "integrations/wire.hpp"

/// What the wire formats of the payment providers share. No I/O.
namespace reserve::integrations {

/// One provider: how its requests look and what its answers mean.
class payment_wire {
public:
  virtual ~payment_wire() = default;
  virtual wire_request render(const provider_request& request) const = 0;
  virtual provider_reply parse(const provider_request& request, const outbound_result& result) const = 0;
};

/// The idempotency key of a call: payment id, payment id + "-cancel", or refund id.
std::string idempotency_key(const provider_request& request);

/// "A call without a readable answer": not_sent, no_answer, or the meaning of its status. `refused` for a definitive one.
provider_reply without_object(const provider_request& request, const outbound_result& result, std::string_view code, std::string_view message);

/// 2xx that cannot be read: it may have had its effect.
provider_reply unreadable(const outbound_result& result);

/// A refund as the provider tells it.
provider_reply refund_answer(const provider_request& request, refund_view::kind what, std::string gateway_refund_id, std::string_view message = {});

/// A refund look-up that found nothing of ours.
provider_reply refund_unknown(const provider_request& request);

bool is_refund(const provider_request& request);

/// "Maria Silva", or empty.
std::string full_name(const guest_details& person);

} // namespace reserve::integrations
