#pragma once

#include "integrations/openpix/public_keys.hpp"
#include "integrations/webhooks.hpp"

#include <functional>
#include <memory>

namespace reserve::integrations {

/// Checks deliveries with the secrets of the configuration and the keys OpenPix publishes. Safe from any thread.
class webhook_door {
public:
  /// `keys` may be null when OpenPix is not offered or signs with HMAC; else it outlives the door and its calls.
  webhook_door(webhook_secrets live, openpix::public_keys* keys) : live_(std::move(live)), keys_(keys) {}

  /// `done` runs at once, or after one fetch of the keys when OpenPix's signature is of none we know: it may have changed its key.
  void check(webhook_source source, std::shared_ptr<const webhook_delivery> delivery, timestamp now, std::function<void(webhook_check)> done) const;

private:
  webhook_check check_now(webhook_source source, const webhook_delivery& delivery, timestamp now) const;

  webhook_secrets live_;
  openpix::public_keys* keys_;
};

} // namespace reserve::integrations
