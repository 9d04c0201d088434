#include "gateway/api/endpoint_groups.hpp"
#include "gateway/api/examples.hpp"

namespace reserve::gateway {
namespace {

endpoint webhook(std::string_view id, std::string_view path, std::string_view summary) {
  endpoint made = describe(id, "POST", path, summary);
  made.tag = "Webhooks";
  made.root_aliases = {std::string(path)};
  made.caller = caller::partner;
  made.rate = rate_class::webhook;
  made.body = body_kind::raw;
  made.body_limit = 2 * 1024 * 1024;
  made.answers = {{200, "WebhookAck"}};
  made.errors = {"SIGNATURE_INVALID", "PAYLOAD_TOO_LARGE", "SERVICE_UNAVAILABLE"};
  made.example_data = examples::webhook_ack();
  return made;
}

field signature(std::string_view name, std::string_view example) {
  return text(name, 1, 1000).in(place::header).like(example).saying("Checked over the raw bytes; wrong or missing is SIGNATURE_INVALID.");
}

} // namespace

std::vector<endpoint> webhook_endpoints() {
  endpoint host = webhook("host_webhook_receiver", "/webhooks/host", "Events of the Host: bookings, check-ins, availability");
  host.fields = {signature("X-Host-Signature", "t=1795176000,v1=5f2b"), text("X-Host-Event-Id", 1, 255).in(place::header).like("evt-1")};
  host.example_body =
      R"({"event_type":"availability.changed","timestamp":"2026-11-20T12:00:00Z","property_id":"P-1","data":{"room_type_id":"RT-1","dates":[]}})";

  endpoint stripe = webhook("handle_stripe_webhook", "/webhooks/stripe", "Events of Stripe");
  stripe.fields = {signature("Stripe-Signature", "t=1795176000,v1=5f2b")};
  stripe.example_body = R"({"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"id":"pi_3Example"}}})";

  endpoint pix = webhook("handle_pix_webhook", "/webhooks/pix/{provider}", "Events of the PIX providers other than Stripe");
  pix.fields = {choice("provider", {"mercadopago", "openpix"}), signature("x-signature", "ts=1795176000,v1=5f2b"),
                signature("x-webhook-signature", "c2ln"), signature("X-OpenPix-Signature", "c2ln")};
  pix.errors.push_back("NOT_FOUND");
  pix.example_body = R"({"action":"payment.updated","type":"payment","data":{"id":"123"}})";
  return {host, stripe, pix};
}

} // namespace reserve::gateway
