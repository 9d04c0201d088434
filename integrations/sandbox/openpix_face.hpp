#pragma once

#include "integrations/sandbox/face.hpp"
#include "integrations/sandbox/idempotency.hpp"
#include "integrations/sandbox/openpix_model.hpp"

#include <string>

namespace reserve::sandbox {

/// The key its webhooks are signed with, as the provider publishes it.
struct published_key {
  std::string pem, identifier;
};

/// OpenPix's HTTP API (spec 30§18.3).
class openpix_face final : public face {
public:
  /// An empty app id is not checked.
  openpix_face(openpix_model& model, key_book& keys, std::string app_id, published_key key)
      : model_(model), keys_(keys), app_id_(std::move(app_id)), key_(std::move(key)) {}

  std::string operation(const request& call) const override;
  std::string property_of(const request& call) const override;
  std::string key_of(const request& call) const override;
  answer work(const request& call, timestamp now) override;
  answer error(const refused& why) const override;

private:
  answer write(const std::string& operation, const request& call, timestamp now);
  answer read(const request& call) const;
  answer charge_answer(const openpix_charge& charge) const;
  answer refund_answer(const openpix_refund& refund) const;
  answer public_keys() const;

  openpix_model& model_;
  key_book& keys_;
  std::string app_id_;
  published_key key_;
};

} // namespace reserve::sandbox
