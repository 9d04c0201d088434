#pragma once

#include "actors/protocols/payment_port.hpp"
#include "integrations/http_client.hpp"

namespace reserve::integrations::test {

inline const std::string payment_text = "0004a1b2-0000-4000-8000-0000000000aa";
inline const std::string intent_text = "0004a1b2-0000-4000-8000-0000000000bb";
inline const std::string refund_text = "0004a1b2-0000-4000-8000-0000000000cc";
inline const std::string property_text = "0004a1b2-0000-4000-8000-0000000000dd";

/// A request of the record time 2026-12-01T12:00:00Z for R$ 58.80.
inline provider_request payment_request_for(const std::string& provider, const std::string& method, provider_request::operation what) {
  provider_request out;
  out.what = what;
  out.provider = provider;
  out.method = method;
  out.payment = {*parse_uuid(payment_text)};
  out.intent = {*parse_uuid(intent_text)};
  out.property = {*parse_uuid(property_text)};
  out.refund = {*parse_uuid(refund_text)};
  out.city_code = "URB";
  out.amount = money{5880};
  out.refund_amount = money{1000};
  out.refund_reason = "cancellation_policy";
  out.request.created_at = *parse_timestamp("2026-12-01T12:00:00Z");
  if (method != "stripe_card")
    out.request.expires_at = *parse_timestamp("2026-12-01T12:15:00Z");
  out.request.description = "RES & Co";
  guest_details payer;
  payer.first_name = "Maria";
  payer.last_name = "Silva";
  payer.email = "maria@example.com";
  out.payer = std::make_shared<const guest_details>(payer);
  out.now = *parse_timestamp("2026-12-01T12:00:01Z");
  return out;
}

inline outbound_result answer(int status, std::string body) {
  outbound_result out;
  out.kind = outbound_kind::answered;
  out.status = status;
  out.body = std::move(body);
  return out;
}

inline outbound_result broken(outbound_kind what) {
  outbound_result out;
  out.kind = what;
  return out;
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

} // namespace reserve::integrations::test
