#include "integrations/signatures.hpp"

#include "domain/mutant.hpp"
#include "integrations/bytes.hpp"
#include "integrations/crypto.hpp"

#include <algorithm>
#include <optional>

namespace reserve::integrations {

namespace {

constexpr std::size_t header_max = 4096;
constexpr long long milliseconds_begin = 100'000'000'000; // 1973 in milliseconds, the year 5138 in seconds

/// "t=1,v1=aa,v1=bb": the time and every signature of the scheme we know.
struct signed_parts {
  std::string_view time;
  std::vector<std::string_view> signatures;
};

std::optional<signed_parts> read_parts(std::string_view header, std::string_view time_name) {
  signed_parts out;
  if (header.size() > header_max)
    return std::nullopt;
  while (!header.empty()) {
    const auto comma = std::min(header.find(','), header.size());
    const auto part = trimmed(header.substr(0, comma));
    header.remove_prefix(std::min(comma + 1, header.size()));
    const auto equals = part.find('=');
    if (equals == std::string_view::npos)
      continue;
    const auto name = part.substr(0, equals);
    const auto value = part.substr(equals + 1);
    if (name == time_name)
      out.time = value;
    else if (name == "v1")
      out.signatures.push_back(value);
  }
  if (!parse_digits(out.time) || out.signatures.empty())
    return std::nullopt;
  return out;
}

/// Looks at every pair, so that its time tells nothing about which secret is the live one.
bool any_matches(const std::vector<std::string_view>& given, std::string_view signed_text, const secrets& live) {
  bool found = false;
  for (const auto& secret : live) {
    if (secret.empty())
      continue;
    const auto expected = to_hex(hmac_sha256(secret, signed_text));
    for (const auto signature : given)
      found = equal_in_constant_time(signature, expected) || found;
  }
  return found;
}

bool in_time(timestamp signed_at, timestamp now) {
  const auto apart = now > signed_at ? now - signed_at : signed_at - now;
  return apart <= signature_tolerance || mutant(bug::old_signature);
}

timestamp time_of(std::string_view digits) {
  const auto value = parse_digits(digits).value_or(0);
  // Beyond any clock: far enough from every "now" to be too old, near enough not to overflow microseconds.
  constexpr long long end_of_time = 9'000'000'000'000;
  const auto milliseconds = value > milliseconds_begin ? std::min(value, end_of_time) : value * 1000;
  return timestamp(std::chrono::milliseconds(milliseconds));
}

long long unix_seconds(timestamp at) { return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count(); }

bool is_plain(std::string_view text) {
  return text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

} // namespace

std::string_view name_of(signature_check check) {
  switch (check) {
    case signature_check::ok: return "ok";
    case signature_check::missing: return "missing";
    case signature_check::malformed: return "malformed";
    case signature_check::wrong: return "wrong";
    case signature_check::too_old: return "too_old";
  }
  return "malformed";
}

signature_check verify_timed(std::string_view header, std::string_view body, const secrets& live, timestamp now) {
  if (header.empty())
    return signature_check::missing;
  const auto parts = read_parts(header, "t");
  if (!parts || parts->time.size() > 11)
    return signature_check::malformed;
  if (!any_matches(parts->signatures, std::string(parts->time) + "." + std::string(body), live))
    return signature_check::wrong;
  return in_time(timestamp(std::chrono::seconds(*parse_digits(parts->time))), now) ? signature_check::ok : signature_check::too_old;
}

std::string sign_timed(std::string_view body, std::string_view secret, timestamp at) {
  const auto time = std::to_string(unix_seconds(at));
  return "t=" + time + ",v1=" + to_hex(hmac_sha256(secret, time + "." + std::string(body)));
}

std::string mercadopago_manifest(std::string_view data_id, std::string_view request_id, std::string_view ts) {
  std::string out;
  const auto add = [&out](std::string_view name, std::string_view value) {
    if (!value.empty())
      out.append(name).append(":").append(value).append(";");
  };
  add("id", data_id);
  add("request-id", request_id);
  add("ts", ts);
  return out;
}

mercadopago_check verify_mercadopago(std::string_view header, std::string_view data_id, std::string_view request_id, const secrets& live, timestamp now) {
  if (header.empty())
    return {signature_check::missing, {}};
  const auto parts = read_parts(header, "ts");
  // A separator inside a value could make one manifest of two different requests.
  if (!parts || !is_plain(data_id) || !is_plain(request_id))
    return {signature_check::malformed, {}};
  for (const auto& id : {std::string(data_id), lower(data_id)}) {
    const auto manifest = mercadopago_manifest(id, request_id, parts->time);
    if (any_matches(parts->signatures, manifest, live))
      return {in_time(time_of(parts->time), now) ? signature_check::ok : signature_check::too_old, manifest};
  }
  return {signature_check::wrong, {}};
}

std::string sign_mercadopago(std::string_view data_id, std::string_view request_id, std::string_view secret, timestamp at) {
  const auto ts = std::to_string(std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count());
  return "ts=" + ts + ",v1=" + to_hex(hmac_sha256(secret, mercadopago_manifest(data_id, request_id, ts)));
}

signature_check verify_openpix_rsa(std::string_view header, std::string_view body, const secrets& public_keys) {
  if (header.empty())
    return signature_check::missing;
  const auto signature = header.size() <= header_max ? from_base64(trimmed(header)) : std::nullopt;
  if (!signature || signature->empty())
    return signature_check::malformed;
  const auto verifies = [&](const std::string& key) { return rsa_sha256_verifies(key, body, *signature); };
  return std::any_of(public_keys.begin(), public_keys.end(), verifies) ? signature_check::ok : signature_check::wrong;
}

std::string sign_openpix_rsa(std::string_view body, std::string_view private_key) { return to_base64(rsa_sha256_sign(private_key, body)); }

signature_check verify_openpix_hmac(std::string_view header, std::string_view body, const secrets& live) {
  if (header.empty())
    return signature_check::missing;
  const auto given = header.size() <= header_max ? from_base64(trimmed(header)) : std::nullopt;
  if (!given || given->size() != 20)
    return signature_check::malformed;
  bool found = false;
  for (const auto& secret : live)
    found = (!secret.empty() && equal_in_constant_time(*given, hmac_sha1(secret, body))) || found;
  return found ? signature_check::ok : signature_check::wrong;
}

std::string sign_openpix_hmac(std::string_view body, std::string_view secret) { return to_base64(hmac_sha1(secret, body)); }

} // namespace reserve::integrations
