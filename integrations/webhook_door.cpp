#include "integrations/webhook_door.hpp"

namespace reserve::integrations {

webhook_check webhook_door::check_now(webhook_source source, const webhook_delivery& delivery, timestamp now) const {
  if (source != webhook_source::openpix || !live_.openpix_rsa || keys_ == nullptr)
    return check_webhook(source, delivery, live_, now);
  webhook_secrets live;
  live.openpix_public_keys = *keys_->known();
  return check_webhook(source, delivery, live, now);
}

void webhook_door::check(webhook_source source, std::shared_ptr<const webhook_delivery> delivery, timestamp now, std::function<void(webhook_check)> done) const {
  auto first = check_now(source, *delivery, now);
  const bool other_key = source == webhook_source::openpix && live_.openpix_rsa && keys_ != nullptr && first.result == signature_check::wrong;
  if (!other_key) {
    done(std::move(first));
    return;
  }
  keys_->refresh([this, source, delivery = std::move(delivery), now, first = std::move(first), done = std::move(done)](bool changed) {
    done(changed ? check_now(source, *delivery, now) : first);
  });
}

} // namespace reserve::integrations
