// Webhooks of every provider. The input: a line with the provider's number and what is done to the signature, a line of query, header lines, an empty line, body.

#include "integrations/webhooks.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace reserve;
using namespace reserve::integrations;

namespace {

const timestamp now = timestamp(std::chrono::seconds(1'790'000'000));

webhook_secrets live() {
  webhook_secrets made;
  made.host = {"whsec_host_new", "whsec_host_old"};
  made.stripe = {"whsec_stripe"};
  made.mercadopago = {"mercadopago_secret"};
  made.openpix_rsa = false;
  made.openpix_hmac = {"openpix_secret"};
  return made;
}

/// The delivery with the header that its provider would have sent.
void sign(webhook_source source, webhook_delivery& what) {
  switch (source) {
  case webhook_source::host: what.headers.emplace_back("X-Host-Signature", sign_timed(what.body, "whsec_host_old", now)); return;
  case webhook_source::stripe: what.headers.emplace_back("Stripe-Signature", sign_timed(what.body, "whsec_stripe", now)); return;
  case webhook_source::mercadopago: {
    const auto id = std::string(find_field(what.query, "data.id").value_or(""));
    const auto request = std::string(find_field(what.headers, "x-request-id").value_or(""));
    what.headers.emplace_back("x-signature", sign_mercadopago(id, request, "mercadopago_secret", now));
    return;
  }
  case webhook_source::openpix: what.headers.emplace_back("X-OpenPix-Signature", sign_openpix_hmac(what.body, "openpix_secret")); return;
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const webhook_secrets secrets = live();
  auto input = fuzz::text_of(data, size);
  const auto mode = fuzz::take_until(input, '\n');
  if (mode.size() < 2)
    return 0;
  const auto source = static_cast<webhook_source>(static_cast<unsigned char>(mode[0]) % 4);
  const bool is_signed = mode[1] == 's';
  webhook_delivery what;
  auto query = fuzz::take_until(input, '\n');
  while (!query.empty()) {
    auto pair = fuzz::take_until(query, '&');
    const auto name = fuzz::take_until(pair, '=');
    what.query.emplace_back(std::string(name), std::string(pair));
  }
  while (!input.empty()) {
    auto header = fuzz::take_until(input, '\n');
    if (header.empty())
      break;
    const auto name = fuzz::take_until(header, ':');
    what.headers.emplace_back(std::string(name), std::string(header));
  }
  what.body = std::string(input);
  const auto unsigned_headers = what.headers;
  if (is_signed)
    sign(source, what);
  const auto check = check_webhook(source, what, secrets, now);
  fuzz::must((check.result == signature_check::ok) == (check.dedup_key.size() == 32), "a key exactly when the signature is right");
  if (is_signed && check.result == signature_check::ok) {
    auto changed = what;
    changed.body += ' ';
    const bool covers_body = source != webhook_source::mercadopago;
    fuzz::must(!covers_body || check_webhook(source, changed, secrets, now).result != signature_check::ok, "a changed body is refused");
    fuzz::must(check_webhook(source, what, webhook_secrets{}, now).result != signature_check::ok, "without a secret nothing is right");
  }
  if (const auto event = parse_webhook(source, what)) {
    fuzz::must(event->event_id.size() <= 255 && event->command.event_type.size() <= 255, "ids and types fit their columns");
    (void)is_consumed(source, event->command.event_type);
  }
  return 0;
}
