#pragma once

#include "integrations/http_client.hpp"
#include "integrations/signatures.hpp"

#include <functional>
#include <memory>
#include <string>

namespace reserve::integrations::openpix {

/// The PEMs of {"public_keys":[{"key_identifier","is_current","key"}]}, current ones first. A key whose identifier is not the hash of the key is left out.
secrets read_public_keys(const std::string& body);

/// OpenPix's public keys, fetched from `public_keys_url` and kept. Safe from any thread.
class public_keys {
public:
  /// `client` outlives this and its calls.
  public_keys(http_client& client, std::string url, std::chrono::milliseconds shortest_pause = std::chrono::seconds(30));
  ~public_keys();

  /// What is known now; empty before the first fetch. An answer without keys never takes known ones away.
  std::shared_ptr<const secrets> known() const;

  /// Fetches the keys unless that was done a moment ago; whoever asks meanwhile shares the answer. `done(changed)` runs on a thread of the client, or at once
  /// with false when it is too early to ask again.
  void refresh(std::function<void(bool changed)> done);

private:
  struct state;
  http_client& client_;
  std::string url_;
  std::chrono::milliseconds shortest_pause_;
  std::shared_ptr<state> state_;
};

} // namespace reserve::integrations::openpix
