#include "integrations/crypto.hpp"

#include "integrations/bytes.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

namespace reserve::integrations {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string hmac(const EVP_MD* algorithm, std::string_view key, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(algorithm, key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(), out, &size) == nullptr)
    throw std::runtime_error("hmac failed");
  return {reinterpret_cast<const char*>(out), size};
}

bio_ptr reader_of(std::string_view text) { return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

key_ptr read_public_key(std::string_view text) {
  if (text.find("-----BEGIN") != std::string_view::npos) {
    const auto in = reader_of(text);
    return key_ptr(PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr));
  }
  const auto der = from_base64(text);
  if (!der)
    return nullptr;
  const auto* at = bytes_of(*der);
  return key_ptr(d2i_PUBKEY(nullptr, &at, static_cast<long>(der->size())));
}

key_ptr read_private_key(std::string_view text) {
  if (text.find("-----BEGIN") != std::string_view::npos) {
    const auto in = reader_of(text);
    return key_ptr(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  }
  const auto der = from_base64(text);
  if (!der)
    return nullptr;
  const auto* at = bytes_of(*der);
  return key_ptr(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der->size())));
}

std::string text_of(BIO* memory) {
  char* start = nullptr;
  const auto size = BIO_get_mem_data(memory, &start);
  return {start, static_cast<std::size_t>(size)};
}

std::string public_pem(EVP_PKEY* key) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(out.get(), key);
  return text_of(out.get());
}

} // namespace

std::string sha256(std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out, &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("sha256 failed");
  return {reinterpret_cast<const char*>(out), size};
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) { return hmac(EVP_sha256(), key, bytes); }

std::string hmac_sha1(std::string_view key, std::string_view bytes) { return hmac(EVP_sha1(), key, bytes); }

bool equal_in_constant_time(std::string_view a, std::string_view b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

bool rsa_sha256_verifies(std::string_view public_key, std::string_view bytes, std::string_view signature) {
  const auto key = read_public_key(public_key);
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA)
    return false;
  const digest_ptr digest(EVP_MD_CTX_new());
  if (EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1)
    return false;
  return EVP_DigestVerify(digest.get(), bytes_of(signature), signature.size(), bytes_of(bytes), bytes.size()) == 1;
}

std::string rsa_sha256_sign(std::string_view private_key, std::string_view bytes) {
  const auto key = read_private_key(private_key);
  const digest_ptr digest(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (!key || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, bytes_of(bytes), bytes.size()) != 1)
    return {};
  std::string out(size, '\0');
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes_of(bytes), bytes.size()) != 1)
    return {};
  out.resize(size);
  return out;
}

std::string public_key_identifier(std::string_view public_key) {
  const auto key = read_public_key(public_key);
  if (!key)
    return {};
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  if (size <= 0)
    return {};
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return to_hex(sha256(bytes));
}

rsa_key_pair make_rsa_key_pair(unsigned bits) {
  const key_ptr key(EVP_RSA_gen(bits));
  if (!key)
    throw std::runtime_error("rsa key generation failed");
  const bio_ptr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(out.get()), public_pem(key.get())};
}

std::string public_pem_of(std::string_view private_key) {
  const auto key = read_private_key(private_key);
  return key ? public_pem(key.get()) : std::string();
}

} // namespace reserve::integrations
