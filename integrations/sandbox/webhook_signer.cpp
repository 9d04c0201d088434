#include "integrations/sandbox/webhook_signer.hpp"

#include "integrations/signatures.hpp"

namespace reserve::sandbox {

namespace {

/// One second more than receivers accept.
constexpr std::chrono::seconds too_old{301};

void sign(const webhook_secrets& secrets, const event_draft& event, bool wrong, timestamp at, header_pairs& out) {
  const auto key = [&](const std::string& secret) { return wrong ? "wrong-" + secret : secret; };
  if (event.provider == "host") {
    out.emplace_back("X-Host-Signature", integrations::sign_timed(event.body, key(secrets.host), at));
  } else if (event.provider == "stripe") {
    out.emplace_back("Stripe-Signature", integrations::sign_timed(event.body, key(secrets.stripe), at));
  } else if (event.provider == "mercadopago") {
    out.emplace_back("x-signature", integrations::sign_mercadopago(event.object_id, event.id, key(secrets.mercadopago), at));
  } else if (!secrets.openpix_hmac.empty()) {
    out.emplace_back("X-OpenPix-Signature", integrations::sign_openpix_hmac(event.body, key(secrets.openpix_hmac)));
  } else {
    out.emplace_back("x-webhook-signature", integrations::sign_openpix_rsa(wrong ? event.body + " " : event.body, secrets.openpix_private_key));
  }
}

} // namespace

header_pairs signed_headers(const webhook_secrets& secrets, const webhook_send& what, timestamp at) {
  const auto& event = what.event;
  if (what.mode == "original" && !event.first_headers.empty())
    return event.first_headers;
  header_pairs out{{"Content-Type", "application/json"}};
  if (event.draft.provider == "host")
    out.emplace_back("X-Host-Event-Id", event.draft.id);
  if (event.draft.provider == "mercadopago")
    out.emplace_back("x-request-id", event.draft.id);
  if (what.mode == "no_signature")
    return out;
  if (what.mode == "original") // Never sent before: as it would have been.
    at = event.created;
  if (what.mode == "old_signature")
    at -= too_old;
  sign(secrets, event.draft, what.mode == "bad_signature", at, out);
  return out;
}

} // namespace reserve::sandbox
