#include "integrations/pix/brcode.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace reserve::integrations::pix {

namespace {

constexpr std::string_view pix_domain = "br.gov.bcb.pix";
constexpr std::string_view no_txid = "***";
constexpr std::size_t template_max = 99;
constexpr std::size_t code_max = 512;

struct field {
  int tag = 0;
  std::string_view value;
};

int two_digits(std::string_view text) {
  if (text.size() < 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
    return -1;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

std::optional<std::vector<field>> read_fields(std::string_view text) {
  std::vector<field> out;
  while (!text.empty()) {
    if (text.size() < 4)
      return std::nullopt;
    const int tag = two_digits(text);
    const int size = two_digits(text.substr(2));
    text.remove_prefix(4);
    if (tag < 0 || size <= 0 || static_cast<std::size_t>(size) > text.size())
      return std::nullopt;
    out.push_back({tag, text.substr(0, static_cast<std::size_t>(size))});
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return out;
}

std::string_view value_of(const std::vector<field>& fields, int tag) {
  const auto at = std::find_if(fields.begin(), fields.end(), [tag](const field& f) { return f.tag == tag; });
  return at == fields.end() ? std::string_view() : at->value;
}

bool has_twice(const std::vector<field>& fields) {
  std::array<bool, 100> seen{};
  for (const auto& f : fields)
    if (std::exchange(seen[static_cast<std::size_t>(f.tag)], true))
      return true;
  return false;
}

std::string written(int tag, std::string_view value) {
  const auto two = [](std::size_t n) { return std::string{static_cast<char>('0' + n / 10), static_cast<char>('0' + n % 10)}; };
  return two(static_cast<std::size_t>(tag)) + two(value.size()) + std::string(value);
}

std::string written_if(int tag, std::string_view value) { return value.empty() ? std::string() : written(tag, value); }

std::string hex4(std::uint16_t value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (int shift = 12; shift >= 0; shift -= 4)
    out.push_back(digits[value >> shift & 15]);
  return out;
}

bool same_without_case(std::string_view a, std::string_view b) {
  const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [low](char x, char y) { return low(x) == low(y); });
}

bool is_ascii_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_txid(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return text == no_txid || (text.size() <= 25 && !text.empty() && std::all_of(text.begin(), text.end(), fits));
}

/// The letter under the accent, for the two-byte letters of Latin-1 and their neighbours that Portuguese, Spanish and German use.
char base_letter(unsigned code) {
  constexpr std::string_view capitals = "AAAAAAACEEEEIIIIDNOOOOOXOUUUUYTS";
  if (code >= 0xe0 && code <= 0xfe)
    code -= 0x20;
  if (code >= 0xc0 && code <= 0xdf && code != 0xd7) // 0xd7 is the sign of multiplication, above it that of division
    return capitals[code - 0xc0];
  return '\0';
}

/// The PIX template among the merchant accounts 26 to 51.
std::optional<std::vector<field>> pix_account(const std::vector<field>& fields) {
  for (const auto& f : fields) {
    if (f.tag < 26 || f.tag > 51)
      continue;
    auto inner = read_fields(f.value);
    if (inner && same_without_case(value_of(*inner, 0), pix_domain))
      return inner;
  }
  return std::nullopt;
}

brcode_problem fill(brcode_reading& out, const std::vector<field>& fields, const std::vector<field>& account, const std::vector<field>& additional) {
  auto& code = out.code;
  code.key = value_of(account, 1);
  code.additional = value_of(account, 2);
  code.url = value_of(account, 25);
  code.merchant_name = value_of(fields, 59);
  code.merchant_city = value_of(fields, 60);
  code.postal_code = value_of(fields, 61);
  code.once = value_of(fields, 1) == "12";
  const auto txid = value_of(additional, 5);
  if (txid != no_txid)
    code.txid = txid;
  if (const auto amount = value_of(fields, 54); !amount.empty()) {
    code.amount = amount.size() <= 13 ? parse_money(amount) : std::nullopt;
    if (!code.amount || code.amount->minor_units < 0)
      return brcode_problem::bad_value;
  }
  const bool named = !code.merchant_name.empty() && code.merchant_name.size() <= 25 && !code.merchant_city.empty() && code.merchant_city.size() <= 15;
  const bool txid_right = txid.size() <= 25 && is_ascii_text(txid); // banks write more than the letters and digits of the rule
  return named && txid_right ? brcode_problem::none : brcode_problem::bad_value;
}

brcode_problem read(brcode_reading& out, std::string_view text) {
  // The CRC is the last field and covers its own tag and length.
  if (text.size() < 8 || text.size() > code_max || text.substr(text.size() - 8, 4) != "6304")
    return brcode_problem::bad_structure;
  if (!same_without_case(hex4(crc16(text.substr(0, text.size() - 4))), text.substr(text.size() - 4)))
    return brcode_problem::bad_crc;
  const auto fields = read_fields(text);
  if (!fields || has_twice(*fields) || fields->front().tag != 0 || fields->back().tag != 63 || value_of(*fields, 0) != "01")
    return brcode_problem::bad_structure;
  const auto additional = read_fields(value_of(*fields, 62));
  const auto recurrence = read_fields(value_of(*fields, 80));
  if (!additional || !recurrence)
    return brcode_problem::bad_structure;
  const auto account = pix_account(*fields);
  if (!account || value_of(*fields, 53) != "986" || value_of(*fields, 58) != "BR")
    return brcode_problem::not_pix;
  if (same_without_case(value_of(*recurrence, 0), pix_domain))
    out.recurrence_url = value_of(*recurrence, 25);
  return fill(out, *fields, *account, *additional);
}

std::optional<std::string> account_of(const brcode& code) {
  const auto domain = written(0, pix_domain);
  if (!code.url.empty())
    return code.url.size() <= 77 ? std::optional(domain + written(25, code.url)) : std::nullopt;
  if (code.key.size() > 77)
    return std::nullopt;
  auto out = domain + written(1, code.key);
  if (const auto left = template_max - std::min(template_max, out.size() + 4); left > 0)
    out += written_if(2, std::string_view(code.additional).substr(0, left));
  return out;
}

} // namespace

std::uint16_t crc16(std::string_view bytes) {
  unsigned crc = 0xffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned>(static_cast<std::uint8_t>(c)) << 8;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc & 0x8000U) != 0 ? crc << 1 ^ 0x1021U : crc << 1;
  }
  return static_cast<std::uint16_t>(crc);
}

std::string plain_capitals(std::string_view utf8, std::size_t length_max) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size() && out.size() < length_max; ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    char letter = '\0';
    if (c < 0x80) {
      letter = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : static_cast<char>(c);
    } else if ((c & 0xe0) == 0xc0 && i + 1 < utf8.size()) {
      letter = base_letter((c & 0x1fU) << 6 | (static_cast<unsigned char>(utf8[i + 1]) & 0x3fU));
      ++i;
    }
    if (letter >= 0x20 && letter < 0x7f)
      out.push_back(letter);
  }
  while (!out.empty() && out.back() == ' ')
    out.pop_back();
  return out;
}

std::optional<std::string> build(const brcode& code) {
  const auto name = plain_capitals(code.merchant_name, 25);
  const auto city = plain_capitals(code.merchant_city, 15);
  const auto txid = code.txid.empty() ? std::string(no_txid) : code.txid;
  if (code.key.empty() == code.url.empty() || name.empty() || city.empty() || !is_txid(txid))
    return std::nullopt;
  if (!is_ascii_text(code.key + code.additional + code.url + code.postal_code) || code.postal_code.size() > 10)
    return std::nullopt;
  const auto amount = code.amount ? to_string(*code.amount) : std::string();
  const auto account = account_of(code);
  if (!account || (code.amount && code.amount->minor_units <= 0) || amount.size() > 13)
    return std::nullopt;
  std::string out = written(0, "01");
  if (code.once)
    out += written(1, "12");
  out += written(26, *account) + written(52, "0000") + written(53, "986") + written_if(54, amount) + written(58, "BR") + written(59, name) + written(60, city) +
         written_if(61, code.postal_code) + written(62, written(5, txid)) + "6304";
  return out + hex4(crc16(out));
}

brcode_reading parse(std::string_view text) {
  brcode_reading out;
  out.problem = read(out, text);
  if (out.problem != brcode_problem::none)
    out = {out.problem, {}, {}};
  return out;
}

} // namespace reserve::integrations::pix
