#include "integrations/openpix/public_keys.hpp"

#include "integrations/crypto.hpp"
#include "integrations/json.hpp"

#include <mutex>
#include <optional>
#include <vector>

namespace reserve::integrations::openpix {

namespace {

constexpr std::size_t keys_max = 16;
constexpr std::chrono::seconds fetch_timeout{5};

} // namespace

secrets read_public_keys(const std::string& body) {
  secrets current;
  secrets others;
  const auto json = parse_json(body).value_or(json_value());
  for (const auto& item : json["public_keys"].items()) {
    const auto& pem = item["key"].text();
    const auto identifier = public_key_identifier(pem);
    const auto& claimed = item["key_identifier"].text();
    if (identifier.empty() || (!claimed.empty() && claimed != identifier) || current.size() + others.size() == keys_max)
      continue;
    (item["is_current"].truth() ? current : others).push_back(pem);
  }
  current.insert(current.end(), others.begin(), others.end());
  return current;
}

struct public_keys::state {
  std::mutex mutex;
  std::shared_ptr<const secrets> keys = std::make_shared<const secrets>();
  std::vector<std::function<void(bool)>> waiting; ///< Not empty while a fetch runs.
  std::optional<std::chrono::steady_clock::time_point> fetched_at;

  void fetched(const outbound_result& result) {
    std::vector<std::function<void(bool)>> told;
    bool changed = false;
    {
      const std::lock_guard lock(mutex);
      auto read = result.kind == outbound_kind::answered && result.status == 200 ? read_public_keys(result.body) : secrets();
      changed = !read.empty() && read != *keys;
      if (changed)
        keys = std::make_shared<const secrets>(std::move(read));
      fetched_at = std::chrono::steady_clock::now();
      told.swap(waiting);
    }
    for (const auto& done : told)
      done(changed);
  }
};

public_keys::public_keys(http_client& client, std::string url, std::chrono::milliseconds shortest_pause)
  : client_(client), url_(std::move(url)), shortest_pause_(shortest_pause), state_(std::make_shared<state>()) {}

public_keys::~public_keys() = default;

std::shared_ptr<const secrets> public_keys::known() const {
  const std::lock_guard lock(state_->mutex);
  return state_->keys;
}

void public_keys::refresh(std::function<void(bool)> done) {
  {
    std::unique_lock lock(state_->mutex);
    const bool running = !state_->waiting.empty();
    const bool too_early = state_->fetched_at && std::chrono::steady_clock::now() - *state_->fetched_at < shortest_pause_;
    if (!running && too_early) {
      lock.unlock();
      done(false);
      return;
    }
    state_->waiting.push_back(std::move(done));
    if (running)
      return;
  }
  outbound_request request;
  request.url = url_;
  request.timeout = fetch_timeout;
  client_.call(std::move(request), [state = state_](const outbound_result& result) { state->fetched(result); });
}

} // namespace reserve::integrations::openpix
