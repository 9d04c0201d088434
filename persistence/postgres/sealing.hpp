#pragma once

#include "domain/id.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reserve::persistence {

/// A key of the vault's owner. It seals data keys only.
struct master_key {
  std::string id;
  std::array<std::uint8_t, 32> key{};
};

struct vault_keys {
  std::vector<master_key> masters; ///< The first seals, the others still open.
  std::string hash_key;            ///< Of the keyed hashes for search.
};

/// A data key as it is stored, and the key itself as long as somebody needs it.
struct data_key {
  uuid id{};
  std::array<std::uint8_t, 32> key{};
  std::string wrapped;
  std::string master_key_id;
};

/// AES-256-GCM of the vault, and the keyed hashes by which it is searched (spec 40§1, §10.2). Without I/O; may be shared by threads.
class sealer {
public:
  /// Throws std::invalid_argument without a master key or hash key.
  explicit sealer(vault_keys keys);

  data_key new_data_key(city_number city) const;
  /// nullopt: the master key is not known any more, or the bytes were changed.
  std::optional<data_key> unwrap(const uuid& id, std::string_view wrapped, const std::string& master_key_id) const;

  /// nonce + ciphertext + tag. `place` (table|row|column group) is authenticated with it: a sealed value opens only where it was put.
  std::string seal(const data_key& with, std::string_view place, std::string_view plain) const;
  std::optional<std::string> open(const data_key& with, std::string_view place, std::string_view sealed) const;

  /// Self-contained form for rows of the inbox: the wrapped data key stands in front of what it seals.
  std::string seal_alone(std::string_view place, std::string_view plain) const;
  std::optional<std::string> open_alone(std::string_view place, std::string_view sealed) const;

  /// Keyed hashes, 32 bytes each; empty when nothing is left after normalisation.
  std::string email_key(std::string_view email) const;
  std::string phone_key(std::string_view phone) const;
  std::string document_key(std::string_view document) const;
  /// One for each word of a name and one for its first three letters.
  std::vector<std::string> name_keys(std::string_view name) const;

private:
  std::string keyed_hash(std::string_view normalised) const;

  vault_keys keys_;
};

/// "table|uuid|group"
std::string place_of(std::string_view table, const uuid& row, std::string_view group);

std::string random_bytes(std::size_t count);
std::array<std::uint8_t, 16> random_uuid_bytes();

/// Trimmed and lower case.
std::string normal_email(std::string_view email);
/// Plus sign and digits.
std::string normal_phone(std::string_view phone);
/// Letters and digits, lower case.
std::string normal_document(std::string_view document);
/// Lower case, without accents, split into words.
std::vector<std::string> normal_words(std::string_view name);

} // namespace reserve::persistence
