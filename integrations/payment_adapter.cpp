#include "integrations/payment_adapter.hpp"

#include "integrations/mercadopago/mercadopago_wire.hpp"
#include "integrations/openpix/openpix_wire.hpp"
#include "integrations/payment_wire.hpp"
#include "integrations/stripe/stripe_wire.hpp"

#include <algorithm>

namespace reserve::integrations {

namespace {

using operation = provider_request::operation;
using kind = provider_reply::kind;

bool needs_a_read(const provider_request& request, const provider_reply& reply) {
  if (reply.what != kind::refused)
    return false;
  return request.what == operation::cancel || (request.what == operation::create && request.provider == "openpix");
}

} // namespace

payment_adapter::payment_adapter(http_client& client, payment_accounts accounts) : client_(client) {
  if (const auto& stripe = accounts.stripe) {
    fields credentials{{"Authorization", "Bearer " + stripe->secret_key}};
    if (!stripe->api_version.empty())
      credentials.emplace_back("Stripe-Version", stripe->api_version);
    providers_.push_back({"stripe", stripe->base_url, std::move(credentials), std::make_shared<stripe::wire>()});
  }
  if (const auto& mercadopago = accounts.mercadopago)
    providers_.push_back({"mercadopago", mercadopago->base_url, {{"Authorization", "Bearer " + mercadopago->access_token}}, std::make_shared<mercadopago::wire>()});
  if (const auto& openpix = accounts.openpix)
    providers_.push_back({"openpix", openpix->base_url, {{"Authorization", openpix->app_id}}, std::make_shared<openpix::wire>()});
}

payment_adapter::~payment_adapter() = default;

const payment_adapter::provider* payment_adapter::find(std::string_view name) const {
  const auto at = std::find_if(providers_.begin(), providers_.end(), [name](const provider& known) { return known.name == name; });
  return at == providers_.end() ? nullptr : &*at;
}

bool payment_adapter::offers(std::string_view name) const { return find(name) != nullptr; }

void payment_adapter::call(provider_request request, std::function<void(provider_reply)> done) {
  static const provider nobody{"", "", {}, std::make_shared<openpix::wire>()};
  const auto* known = find(request.provider);
  // Without an address the client answers "not sent", on its own thread as for every other call.
  send(client_, known ? *known : nobody, std::move(request), std::move(done));
}

void payment_adapter::send(http_client& client, const provider& to, provider_request request, std::function<void(provider_reply)> done) {
  auto outbound = addressed(to.wire->render(request), to.base_url, to.credentials, request.timeout, request.correlation_id);
  client.call(std::move(outbound), [&client, to, request = std::move(request), done = std::move(done)](const outbound_result& result) {
    auto reply = to.wire->parse(request, result);
    if (needs_a_read(request, reply))
      follow_up(client, to, request, std::move(reply), done);
    else
      done(std::move(reply));
  });
}

void payment_adapter::follow_up(http_client& client, const provider& to, provider_request request, provider_reply refused, std::function<void(provider_reply)> done) {
  const bool creates = request.what == operation::create;
  if (creates)
    request.provider_object.clear();
  request.what = operation::read;
  send(client, to, std::move(request), [creates, refused = std::move(refused), done = std::move(done)](provider_reply reply) {
    // Nothing there: then the refusal of the create was meant as it was said.
    if (creates && reply.what == kind::not_found)
      done(refused);
    else
      done(std::move(reply));
  });
}

} // namespace reserve::integrations
