#include "integrations/payment_wire.hpp"

namespace reserve::integrations {

using operation = provider_request::operation;
using kind = provider_reply::kind;

std::string idempotency_key(const provider_request& request) {
  if (request.what == operation::create_refund)
    return to_string(request.refund);
  const auto key = to_string(request.payment);
  return request.what == operation::cancel ? key + "-cancel" : key;
}

bool is_refund(const provider_request& request) { return request.what == operation::create_refund || request.what == operation::read_refund; }

provider_reply without_object(const provider_request& request, const outbound_result& result, std::string_view code, std::string_view message) {
  provider_reply out;
  out.failure = counts_as_failure(result);
  out.error = error_line(result, code, message);
  out.refund.refund = request.refund;
  out.refund.what = refund_view::kind::error;
  out.refund.message = out.error;
  const auto meaning = result.kind == outbound_kind::answered ? classify(result.status) : status_class::unknown;
  if (result.kind == outbound_kind::not_sent || meaning == status_class::busy)
    out.what = kind::not_sent;
  else if (meaning == status_class::refused && code.empty() && message.empty())
    out.what = kind::no_answer; // Not in the provider's words: a proxy, a wrong address. It proves nothing.
  else if (meaning == status_class::refused && result.status == 404 && (request.what == operation::read || request.what == operation::read_refund))
    out.what = kind::not_found;
  else if (meaning == status_class::refused)
    out.what = kind::refused;
  else
    out.what = kind::no_answer;
  if (out.what == kind::refused)
    out.refund.what = refund_view::kind::refused;
  if (out.what == kind::not_found)
    out.refund.what = refund_view::kind::unknown_to_provider;
  return out;
}

provider_reply unreadable(const outbound_result& result) {
  provider_reply out;
  out.what = kind::no_answer;
  out.error = std::to_string(result.status) + " unreadable answer";
  out.refund.what = refund_view::kind::error;
  out.refund.message = out.error;
  return out;
}

provider_reply refund_answer(const provider_request& request, refund_view::kind what, std::string gateway_refund_id, std::string_view message) {
  provider_reply out;
  out.what = kind::answered;
  out.refund.refund = request.refund;
  out.refund.what = what;
  out.refund.gateway_refund_id = std::move(gateway_refund_id);
  out.refund.message = scrubbed(message);
  return out;
}

provider_reply refund_unknown(const provider_request& request) {
  auto out = refund_answer(request, refund_view::kind::unknown_to_provider, {});
  out.what = kind::not_found;
  return out;
}

std::string full_name(const guest_details& person) {
  return person.first_name + (person.first_name.empty() || person.last_name.empty() ? "" : " ") + person.last_name;
}

} // namespace reserve::integrations
