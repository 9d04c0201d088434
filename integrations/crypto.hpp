#pragma once

#include <string>
#include <string_view>

namespace reserve::integrations {

/// Raw bytes of the digests; wrap them in to_hex or to_base64.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string hmac_sha1(std::string_view key, std::string_view bytes);

/// Compares without telling by its time where the first difference is. The length is no secret.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// RSA PKCS#1 v1.5 with SHA-256. The key is PEM or the base64 of its DER (SPKI for the public, PKCS#8 for the private one); a key that cannot be read verifies
/// nothing and signs the empty text.
bool rsa_sha256_verifies(std::string_view public_key, std::string_view bytes, std::string_view signature);
std::string rsa_sha256_sign(std::string_view private_key, std::string_view bytes);

/// Hex SHA-256 of the DER of a public key, the identifier OpenPix publishes; empty for an unreadable key.
std::string public_key_identifier(std::string_view public_key);

/// A fresh pair in PEM, for the sandbox and tests.
struct rsa_key_pair {
  std::string private_pem;
  std::string public_pem;
};
rsa_key_pair make_rsa_key_pair(unsigned bits);
/// The public half of a private key in PEM; empty for an unreadable key.
std::string public_pem_of(std::string_view private_key);

} // namespace reserve::integrations
