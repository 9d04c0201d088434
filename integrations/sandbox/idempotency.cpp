#include "integrations/sandbox/idempotency.hpp"

#include "integrations/bytes.hpp"
#include "integrations/crypto.hpp"
#include "integrations/sandbox/json_text.hpp"

#include <chrono>

namespace reserve::sandbox {

namespace {

constexpr std::chrono::hours lifetime{24};

} // namespace

key_book::key_book(store& home, std::string name) : keys_(home, std::move(name)) {
  keys_.watch([this](const std::string& key, const kept_answer*, const kept_answer* after) {
    if (after)
      by_age_.emplace(after->at, key);
  });
}

const kept_answer* key_book::known(const std::string& key, timestamp now) const {
  const auto* found = keys_.find(key);
  return found && now < found->at + lifetime ? found : nullptr;
}

void key_book::keep(const std::string& key, kept_answer what) {
  while (!by_age_.empty() && by_age_.begin()->first + lifetime <= what.at) {
    const auto oldest = by_age_.begin()->second;
    by_age_.erase(by_age_.begin());
    if (const auto* row = keys_.find(oldest); row && row->at + lifetime <= what.at)
      keys_.erase(oldest);
  }
  keys_.put(key, std::move(what));
}

std::string fingerprint_of(const request& call) {
  // JSON is compared by content, so that spaces do not make another request; forms by their sorted pairs.
  const auto json = parse_json(call.body);
  const auto body = json ? written(*json) : fields::parse(call.body).canonical();
  return integrations::to_hex(integrations::sha256(call.method + ' ' + call.path + '\n' + body));
}

} // namespace reserve::sandbox
