#pragma once

#include "actors/protocols/messages.hpp"
#include "integrations/bytes.hpp"
#include "integrations/signatures.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace reserve::integrations {

/// Who sends us webhooks (spec 30§7).
enum class webhook_source : std::uint8_t { host, stripe, mercadopago, openpix };

std::string_view name_of(webhook_source source);
std::optional<webhook_source> webhook_source_of(std::string_view provider);

/// A delivery as it arrived: raw body, headers, decoded query.
struct webhook_delivery {
  std::string body;
  fields headers;
  fields query;
};

/// What signatures are checked against; at most two live secrets per source.
struct webhook_secrets {
  secrets host, stripe, mercadopago;
  bool openpix_rsa = true;     ///< Which of OpenPix's two signatures is wanted.
  secrets openpix_hmac;
  secrets openpix_public_keys; ///< PEM.
};

struct webhook_check {
  signature_check result = signature_check::missing;
  std::string dedup_key; ///< 32 bytes; by it a repeat is known for ever. Empty unless ok.
};

/// Checks the signature over the raw bytes; nothing is parsed before it is right. The key is the SHA-256 of the source and what its signature covers:
/// Stripe the event id, Mercado Pago the manifest, others the whole body.
webhook_check check_webhook(webhook_source source, const webhook_delivery& delivery, const webhook_secrets& live, timestamp now);

/// What a delivery says, for routing and for people; amounts and states in it are never believed.
struct webhook_event {
  std::string event_id;   ///< As sent; outside the signature except at Stripe.
  handle_webhook command; ///< `inbox` is the caller's.
};

/// Nothing when the body cannot be read. An unknown type is an event too.
std::optional<webhook_event> parse_webhook(webhook_source source, const webhook_delivery& delivery);

/// Is there a consumer for this type, or is it only stored?
bool is_consumed(webhook_source source, std::string_view event_type);

} // namespace reserve::integrations
