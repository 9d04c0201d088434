#pragma once

#include "actors/protocols/payment_port.hpp"
#include "integrations/http_client.hpp"

#include <memory>
#include <optional>
#include <string>

namespace reserve::integrations {

class payment_wire;

struct stripe_account {
  std::string base_url, secret_key, api_version;
};
struct mercadopago_account {
  std::string base_url, access_token;
};
struct openpix_account {
  std::string base_url, app_id;
};
/// A provider without an account is not offered.
struct payment_accounts {
  std::optional<stripe_account> stripe;
  std::optional<mercadopago_account> mercadopago;
  std::optional<openpix_account> openpix;
};

/// The payment providers over HTTP. Breaker, rate limit and retries are the gateway actor's; this makes one call and says what it means. Two refusals are not
/// answers yet and are followed by a read: a cancel of an object that has ended another way, and a create whose reference is already taken.
class payment_adapter : public payment_port {
public:
  /// `client` outlives the adapter and its calls.
  payment_adapter(http_client& client, payment_accounts accounts);
  ~payment_adapter() override;

  bool offers(std::string_view provider) const override;
  void call(provider_request request, std::function<void(provider_reply)> done) override;

private:
  struct provider {
    std::string name;
    std::string base_url;
    fields credentials;
    std::shared_ptr<const payment_wire> wire;
  };
  const provider* find(std::string_view name) const;
  static void send(http_client& client, const provider& to, provider_request request, std::function<void(provider_reply)> done);
  static void follow_up(http_client& client, const provider& to, provider_request request, provider_reply refused, std::function<void(provider_reply)> done);

  http_client& client_;
  std::vector<provider> providers_;
};

} // namespace reserve::integrations
