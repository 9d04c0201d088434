#include "simulation/database.hpp"

#include <algorithm>

namespace reserve::simulation {

void database::add_city(city_number number, const std::string& code) {
  cities_[code].lease = {number, code, 0, 0};
}

append_outcome database::append(const std::vector<city_batch>& batches) {
  // The fence (commit-protocol §4): the lease row must still be ours and stand where we think, for every city, before anything is written.
  std::vector<std::string> lost;
  for (const auto& batch : batches) {
    const auto& lease = cities_.at(batch.code).lease;
    if (fenced && (lease.epoch != batch.epoch || lease.head != batch.first - 1))
      lost.push_back(batch.code);
  }
  if (!lost.empty())
    return {append_outcome::kind::fence_lost, "RC001", lost};
  for (const auto& batch : batches) {
    for (const auto& one : batch.records) {
      if (bad_records.contains(one->command_id) || (refuses && refuses(*one)))
        return {append_outcome::kind::rolled_back, "22021", {}};
      if (one->key && keys_.contains(one->key->hash))
        return {append_outcome::kind::rolled_back, "23505", {}};
    }
  }
  for (const auto& batch : batches)
    store(batch);
  return {append_outcome::kind::committed, {}, {}};
}

void database::store(const city_batch& batch) {
  auto& city = cities_.at(batch.code);
  for (const auto& one : batch.records) {
    city.log.push_back(one);
    if (one->key)
      keys_[one->key->hash] = {one->key->fingerprint, one->seq};
    if (one->released_key)
      keys_.erase(*one->released_key);
    for (const auto& row : one->vault)
      if (row.into == vault_row::table::stay_guests)
        guests_.insert(row.id);
    if (witness_)
      witness_(*one);
  }
  city.lease.head = batch.last;
}

city_lease database::resolve(const std::string& code, std::uint64_t epoch) {
  auto& lease = cities_.at(code).lease;
  if (lease.epoch != epoch)
    return {lease.city, code, 0, 0};
  ++lease.epoch;
  return lease;
}

city_lease database::take(const std::string& code) {
  auto& lease = cities_.at(code).lease;
  ++lease.epoch;
  return lease;
}

std::vector<committed_record> database::log_after(const std::string& code, sequence after) const {
  const auto& all = cities_.at(code).log;
  const auto from = std::find_if(all.rbegin(), all.rend(), [&](const committed_record& one) { return one->seq <= after; });
  return {from.base(), all.end()};
}

std::optional<database::known_key> database::find_key(const digest16& hash) const {
  const auto found = keys_.find(hash);
  return found == keys_.end() ? std::nullopt : std::optional(found->second);
}

bool database::store_webhook(const std::string& dedup_key, const handle_webhook& what) {
  if (!dedup_keys_.insert(dedup_key).second)
    return false;
  inbox_.emplace(what.inbox, what);
  return true;
}

std::vector<handle_webhook> database::unhandled_webhooks() const {
  std::vector<handle_webhook> out;
  for (const auto& [id, what] : inbox_)
    out.push_back(what);
  return out;
}

append_fate database::next_fate() {
  if (!fates.empty()) {
    const auto out = fates.front();
    fates.pop_front();
    return out;
  }
  constexpr unsigned slow = 10, passing = 15, unknown = 25;
  if (world_.strikes(fault::journal, passing, random_))
    return append_fate::passing_error;
  if (world_.strikes(fault::slow, slow, random_))
    return append_fate::slow;
  if (!world_.strikes(fault::unknown, unknown, random_))
    return append_fate::commits;
  constexpr std::array kinds{append_fate::unknown_landed, append_fate::unknown_later, append_fate::unknown_late, append_fate::unknown_never, append_fate::torn};
  return kinds[random_.below(kinds.size())];
}

std::vector<city_batch> copy_of(const std::vector<city_batch>& batches) {
  auto out = batches;
  for (auto& batch : out)
    for (auto& one : batch.records)
      one = std::make_shared<record>(*one);
  return out;
}

} // namespace reserve::simulation
