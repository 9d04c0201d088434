#pragma once

#include "integrations/sandbox/face.hpp"
#include "integrations/sandbox/idempotency.hpp"
#include "integrations/sandbox/mercadopago_model.hpp"

#include <string>

namespace reserve::sandbox {

/// Mercado Pago's HTTP API as far as PIX needs it (spec 30§18.3).
class mercadopago_face final : public face {
public:
  /// An empty token is not checked.
  mercadopago_face(mercadopago_model& model, key_book& keys, std::string access_token)
      : model_(model), keys_(keys), access_token_(std::move(access_token)) {}

  std::string operation(const request& call) const override;
  std::string property_of(const request& call) const override;
  std::string key_of(const request& call) const override { return call.header("x-idempotency-key"); }
  answer work(const request& call, timestamp now) override;
  answer error(const refused& why) const override;

private:
  answer write(const std::string& operation, const request& call, timestamp now);
  answer read(const request& call) const;
  answer search(const request& call) const;
  answer refunds_of(const std::string& payment, const std::string& refund) const;

  mercadopago_model& model_;
  key_book& keys_;
  std::string access_token_;
};

} // namespace reserve::sandbox
