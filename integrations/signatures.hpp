#pragma once

#include "domain/civil.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reserve::integrations {

/// What the check of a signature says (spec 30§7.1). Everything but `ok` is a 401; the difference is for the security log only.
enum class signature_check : std::uint8_t {
  ok,
  missing,   ///< No signature header.
  malformed, ///< Not in the shape the scheme wants.
  wrong,     ///< Of none of our live secrets or keys.
  too_old,   ///< Right, but signed more than 300 s ago or ahead.
};

std::string_view name_of(signature_check check);

/// Live secrets or keys of a source, the new one first. An empty secret never matches.
using secrets = std::vector<std::string>;

/// How far a signed time may be from ours, in both directions.
inline constexpr std::chrono::seconds signature_tolerance{300};

/// `t=<unix s>,v1=<hex HMAC-SHA256(t + "." + raw body)>`: Host Connect and Stripe. Several v1 may stand there; other schemes are ignored.
signature_check verify_timed(std::string_view header, std::string_view body, const secrets& live, timestamp now);
std::string sign_timed(std::string_view body, std::string_view secret, timestamp at);

/// What Mercado Pago signs: a pair without value is left out. The body is not covered.
std::string mercadopago_manifest(std::string_view data_id, std::string_view request_id, std::string_view ts);

struct mercadopago_check {
  signature_check result = signature_check::missing;
  std::string manifest; ///< The one whose signature was right; it is what a repeat is known by. Empty unless ok or too_old.
};

/// `x-signature: ts=<s or ms>,v1=<hex HMAC-SHA256(manifest)>`; data.id is tried as received, then in lower case.
mercadopago_check verify_mercadopago(std::string_view header, std::string_view data_id, std::string_view request_id, const secrets& live, timestamp now);
/// ts in milliseconds, as their documentation has it.
std::string sign_mercadopago(std::string_view data_id, std::string_view request_id, std::string_view secret, timestamp at);

/// `x-webhook-signature`: base64 of RSA PKCS#1 v1.5 SHA-256 over the raw body. No time in it: a repeat is known by the body.
signature_check verify_openpix_rsa(std::string_view header, std::string_view body, const secrets& public_keys);
std::string sign_openpix_rsa(std::string_view body, std::string_view private_key);

/// `X-OpenPix-Signature`: base64 of HMAC-SHA1 over the raw body.
signature_check verify_openpix_hmac(std::string_view header, std::string_view body, const secrets& live);
std::string sign_openpix_hmac(std::string_view body, std::string_view secret);

} // namespace reserve::integrations
