#pragma once

#include "integrations/sandbox/webhook_queue.hpp"

#include <string>

namespace reserve::sandbox {

/// What webhooks are signed with, the newest secret of each source.
struct webhook_secrets {
  std::string host, stripe, mercadopago;
  std::string openpix_private_key; ///< RSA, PEM.
  std::string openpix_hmac;        ///< Used instead of the key when not empty.
};

/// The headers of a delivery, signed at `at` or as its mode wants it.
header_pairs signed_headers(const webhook_secrets& secrets, const webhook_send& what, timestamp at);

} // namespace reserve::sandbox
