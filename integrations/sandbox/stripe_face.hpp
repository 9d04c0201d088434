#pragma once

#include "integrations/sandbox/face.hpp"
#include "integrations/sandbox/idempotency.hpp"
#include "integrations/sandbox/stripe_model.hpp"
#include "integrations/sandbox/webhook_queue.hpp"

#include <string>

namespace reserve::sandbox {

/// Stripe's HTTP API (spec 30§18.2): forms in, JSON out.
class stripe_face final : public face {
public:
  /// An empty key is not checked.
  stripe_face(stripe_model& model, key_book& keys, const webhook_queue& events, std::string secret_key)
      : model_(model), keys_(keys), events_(events), secret_key_(std::move(secret_key)) {}

  std::string operation(const request& call) const override;
  std::string property_of(const request& call) const override;
  std::string key_of(const request& call) const override { return call.header("idempotency-key"); }
  answer work(const request& call, timestamp now) override;
  answer error(const refused& why) const override;

private:
  answer post(const std::string& operation, const request& call, timestamp now);
  answer get(const std::string& operation, const request& call) const;
  answer intent_answer(const made<stripe_intent>& result, const fields& form) const;
  answer search(const request& call) const;
  answer list_intents(const request& call) const;
  answer list_refunds(const request& call) const;
  answer list_transactions(const request& call) const;
  answer list_events(const request& call) const;
  answer balance() const;
  std::string intent_json(const stripe_intent& intent, const fields& form) const;

  stripe_model& model_;
  key_book& keys_;
  const webhook_queue& events_;
  std::string secret_key_;
};

} // namespace reserve::sandbox
