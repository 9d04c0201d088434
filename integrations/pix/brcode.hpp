#pragma once

#include "domain/money.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The text of a PIX QR code ("copia e cola"): EMV QRCPS-MPM with the rules of Banco Central do Brasil.
namespace reserve::integrations::pix {

/// CRC-16/IBM-3740: polynomial 0x1021, start 0xFFFF, not reflected.
std::uint16_t crc16(std::string_view bytes);

/// A payment code. With `url` it is dynamic (amount and payer are looked up there), with `key` static.
struct brcode {
  std::string key;           ///< PIX key of the receiver (static).
  std::string additional;    ///< "infoAdicional" beside a static key; what does not fit is cut.
  std::string url;           ///< Payload URL without scheme, at most 77 (dynamic).
  std::string merchant_name; ///< At most 25; written in capital letters without accents.
  std::string merchant_city; ///< At most 15, likewise.
  std::string postal_code;
  std::optional<money> amount; ///< BRL; positive.
  std::string txid;            ///< Empty = "***".
  bool once = false;           ///< Point of initiation 12.

  bool operator==(const brcode&) const = default;
};

/// Builds the text; nothing when key and url are both there or both missing, or a value does not fit.
std::optional<std::string> build(const brcode& code);

enum class brcode_problem : std::uint8_t {
  none,
  bad_structure, ///< Tags or lengths do not add up, or a template inside.
  bad_crc,
  not_pix,       ///< Right EMV, but no br.gov.bcb.pix template, or not BRL or BR.
  bad_value,     ///< A field is out of its rule: amount, txid, name.
};

struct brcode_reading {
  brcode_problem problem = brcode_problem::none;
  brcode code;               ///< Filled only without a problem.
  std::string recurrence_url; ///< PIX Automático (tag 80), when present.
};

/// Reads any PIX code, of whatever provider.
brcode_reading parse(std::string_view text);

/// ASCII in capital letters without accents, at most `length_max`: "Pousada São João" -> "POUSADA SAO JOAO". A letter that has no plain form is left out.
std::string plain_capitals(std::string_view utf8, std::size_t length_max);

} // namespace reserve::integrations::pix
