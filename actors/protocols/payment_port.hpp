#pragma once

#include "actors/protocols/host_port.hpp"
#include "domain/payment.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace reserve {

/// A call to a payment provider (spec 30§18.2, §18.3), rendered only from what is here.
struct provider_request {
  enum class operation : std::uint8_t { create, read, cancel, create_refund, read_refund };
  operation what = operation::read;
  std::string provider; ///< stripe, mercadopago, openpix
  std::string method;   ///< stripe_card, stripe_pix, mercadopago_pix, openpix
  payment_id payment{};
  intent_id intent{};
  property_id property{};
  std::string city_code;
  money amount;
  reserve::currency currency{};
  payment_request request{};
  std::string provider_object; ///< Empty for read: look up by our reference (the payment id).
  std::string charge;
  std::shared_ptr<const guest_details> payer; ///< May be null.
  std::string payer_document;
  /// Refunds; the idempotency key of the call is the refund id.
  refund_id refund{};
  money refund_amount;
  std::string refund_reason, gateway_refund_id;
  std::optional<timestamp> refund_first_sent_at; ///< Younger than 20 h: the provider still knows the key, so sending again is safe.
  millis timeout = std::chrono::seconds(10);
  std::string correlation_id;
  timestamp now{};
};

/// Personal or secret parts of a provider's answer: sealed into payment_vault by who receives them, or passed to the guest once.
struct provider_secrets {
  std::string client_secret, redirect_url, receipt_url, payer_name, payer_document, payer_bank;
  bool empty() const noexcept {
    return client_secret.empty() && redirect_url.empty() && receipt_url.empty() && payer_name.empty() && payer_document.empty() && payer_bank.empty();
  }
};

struct provider_reply {
  enum class kind : std::uint8_t {
    answered,  ///< `view` (or `refund`) is what the provider says.
    declined,  ///< The payment was declined by the issuer: view carries failure_code and, where there is one, the object.
    refused,   ///< Definitive 4xx: nothing was made.
    not_found, ///< read: no object of ours there.
    no_answer, ///< Not known whether it had an effect (time-out, reset, 5xx).
    not_sent,  ///< Certainly no effect (connect error, breaker open).
  };
  kind what = kind::no_answer;
  provider_view view;
  refund_view refund;
  provider_secrets secrets;
  std::string payment_ref, intent_ref; ///< Our ids as they stand in the object: a read by the provider's id finds its owner by them.
  bool failure = false; ///< Counts for the breaker.
  std::string error;    ///< Code and scrubbed text.
};

/// The payment providers over HTTP, or simulated. `done` is called once, on a thread of the port.
class payment_port {
public:
  virtual ~payment_port() = default;
  virtual bool offers(std::string_view provider) const = 0;
  virtual void call(provider_request request, std::function<void(provider_reply)> done) = 0;
};

} // namespace reserve
