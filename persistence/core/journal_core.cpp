#include "persistence/core/journal_core.hpp"

#include "domain/mutant.hpp"

#include <algorithm>

namespace reserve::persistence {

namespace {

/// Errors of the data itself: some record of the batch can never be stored (commit-protocol §3).
bool names_a_bad_record(const std::string& sqlstate) {
  return sqlstate.starts_with("22") || sqlstate.starts_with("23");
}

} // namespace

void journal_core::add_city(const city_lease& lease, std::vector<committed_record> tail) {
  auto& target = by_number_[lease.city];
  target = owned_city{lease.code, lease.epoch, lease.head, {}, false};
  for (auto& one : tail)
    add_to_tail(target, std::move(one));
}

void journal_core::lose_city(const std::string& code) {
  const auto found = std::find_if(by_number_.begin(), by_number_.end(), [&](const auto& entry) { return entry.second.code == code; });
  if (found == by_number_.end())
    return;
  const auto number = found->first;
  by_number_.erase(found);

  requeue(take(ahead_));
  for (auto& batch : flight_)
    if (batch.code == code)
      for (const auto& one : std::exchange(batch.records, {}))
        settle(one, verdict::unknown);
  std::erase_if(flight_, [](const city_batch& batch) { return batch.records.empty(); });
  std::vector<record_ptr> dropped;
  drop_from_queue([&](const record_ptr& one) { return one->city == number; }, dropped);
  for (const auto& one : dropped)
    settle(one, verdict::refused_record);

  std::vector<entity_id> its_entities;
  for (const auto& [entity, state] : entities_)
    if (city_of(entity) == number)
      its_entities.push_back(entity);
  for (const auto& entity : its_entities) {
    if (const auto place = entities_.find(entity); place != entities_.end())
      place->second.newest = 0;
    close_entity(entity);
  }
}

// --- opening ---

void journal_core::open(city_number city, entity_id entity, std::shared_ptr<entity_port> port) {
  auto& state = entities_[entity];
  shut(state); // An older life of this entity can commit nothing from here on.
  waiting_open asked{city, std::move(port)};
  if (state.outstanding > 0)
    state.waits = std::make_unique<waiting_open>(std::move(asked));
  else
    answer_open(entity, asked);
}

void journal_core::answer_open(entity_id entity, const waiting_open& asked) {
  const auto place = entities_.find(entity);
  if (!by_number_.contains(asked.city)) {
    asked.port->closed(entity);
    forget_if_unused(place);
    return;
  }
  auto& state = place->second;
  state.current = ++last_incarnation_;
  state.port = asked.port;
  asked.port->opened({entity, state.current, tail_of(asked.city, entity, mutant(bug::tail_forgotten) ? 0 : state.newest)});
}

void journal_core::close(entity_id entity, incarnation which) {
  const auto found = entities_.find(entity);
  if (found == entities_.end() || found->second.current != which)
    return;
  shut(found->second);
  forget_if_unused(found);
}

/// What was told so far is delivered all the same; what comes later is not for this life.
void journal_core::shut(known_entity& which) noexcept {
  which.current = 0;
  which.port.reset();
  which.round = 0;
}

void journal_core::forget_if_unused(entity_place place) {
  if (place != entities_.end() && place->second.forgettable())
    entities_.erase(place);
}

// --- the tail ---

void journal_core::add_to_tail(owned_city& owner, committed_record what) {
  const auto& participants = what->participants;
  tail_record last{what, {}, {}};
  if (participants.size() > 2)
    last.more.resize(participants.size() - 2);
  for (std::size_t i = 0; i < participants.size(); ++i)
    last.older_of(i) = std::exchange(entities_[participants[i].entity].newest, what->seq);
  owner.tail.push_back(std::move(last));
}

std::vector<committed_record> journal_core::tail_of(city_number city, entity_id entity, sequence newest) {
  std::vector<committed_record> out;
  auto& tail = by_number_.at(city).tail;
  if (tail.empty())
    return out;
  const auto first = tail.front().record->seq;
  for (sequence seq = newest; seq >= first;) {
    auto& at = tail[seq - first];
    out.push_back(at.record);
    const auto& named = at.record->participants;
    const auto mention = std::find_if(named.begin(), named.end(), [&](const participant& who) { return who.entity == entity; });
    seq = at.older_of(static_cast<std::size_t>(mention - named.begin()));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

void journal_core::applied(city_number number, sequence seq) {
  const auto found = by_number_.find(number);
  if (found == by_number_.end())
    return;
  auto& tail = found->second.tail;
  while (!tail.empty() && tail.front().record->seq <= seq) {
    for (const auto& who : tail.front().record->participants) {
      const auto place = entities_.find(who.entity);
      if (place == entities_.end() || place->second.newest > seq)
        continue;
      place->second.newest = 0;
      forget_if_unused(place);
    }
    tail.pop_front();
  }
}

// --- records ---

bool journal_core::acceptable(const record& what) const {
  return std::all_of(what.participants.begin(), what.participants.end(), [&](const participant& who) {
    if (who.incarnation == mentioned)
      return true;
    const auto found = entities_.find(who.entity);
    return found != entities_.end() && found->second.current == who.incarnation;
  });
}

void journal_core::submit(record_ptr record) {
  for (const auto& who : record->participants)
    ++entities_[who.entity].outstanding;
  if (!by_number_.contains(record->city))
    settle(record, verdict::refused_record);
  else if (!acceptable(*record))
    settle(record, verdict::refused_incarnation);
  else
    queue_.push_back(std::move(record));
}

/// Was it decided by this life of the entity? (A mention says nothing: others may name an entity at any time.)
bool journal_core::decides(const record_ptr& what, entity_id entity, incarnation which) const {
  return std::any_of(what->participants.begin(), what->participants.end(),
                     [&](const participant& who) { return who.entity == entity && who.incarnation == which; });
}

void journal_core::withdraw(entity_id asker, incarnation which) {
  const auto found = entities_.find(asker);
  if (found == entities_.end() || found->second.current != which)
    return;
  const auto its_own = [&](const record_ptr& one) { return decides(one, asker, which); };
  const auto has_its_own = [&](const city_batch& batch) { return std::any_of(batch.records.begin(), batch.records.end(), its_own); };
  const bool on_its_way = found->second.outstanding > 0 && (std::any_of(queue_.begin(), queue_.end(), its_own) || std::any_of(ahead_.begin(), ahead_.end(), has_its_own) ||
                                                            std::any_of(flight_.begin(), flight_.end(), has_its_own));
  if (on_its_way)
    return; // Its own outcome is the only answer.
  tell_at_once(found->second);
  found->second.current = ++last_incarnation_;
  found->second.port->withdrawn({asker, found->second.current});
}

const std::vector<city_batch>& journal_core::next_batch() {
  if (!flight_.empty())
    return nothing_;
  if (!ahead_.empty())
    flight_.swap(ahead_);
  else
    fill(flight_);
  return flight_;
}

const std::vector<city_batch>& journal_core::plan_ahead() {
  if (flight_.empty() || !ahead_.empty() || !unresolved().empty() || !fills_a_batch())
    return nothing_;
  fill(ahead_);
  return ahead_;
}

/// Not while a bad record is looked for.
std::size_t journal_core::stretch() const noexcept {
  return batch_limit_ == limits_.batch_max ? stretch_ : 1;
}

/// Less than that goes better together with what comes meanwhile. While a bad record is looked for, one thing at a time.
bool journal_core::fills_a_batch() const noexcept {
  return batch_limit_ == limits_.batch_max && queue_.size() >= batch_limit_ * stretch();
}

/// What follows the log and the batch in flight.
sequence journal_core::next_of(const owned_city& owner) const noexcept {
  const auto flying = std::find_if(flight_.begin(), flight_.end(), [&](const city_batch& batch) { return batch.code == owner.code; });
  return (flying == flight_.end() ? owner.head : flying->last) + 1;
}

void journal_core::fill(std::vector<city_batch>& batches) {
  const auto records_max = batch_limit_ * stretch(), mentions_max = limits_.mentions_max * stretch();
  for (std::size_t taken = 0, mentions = 0; !queue_.empty() && taken < records_max && mentions < mentions_max; ++taken) {
    record_ptr one = std::move(queue_.front());
    mentions += one->participants.size();
    queue_.pop_front();
    auto& owner = by_number_.at(one->city);
    auto batch = std::find_if(batches.begin(), batches.end(), [&](const city_batch& known) { return known.code == owner.code; });
    if (batch == batches.end()) {
      batches.push_back({owner.code, owner.epoch, next_of(owner), 0, {}});
      batch = batches.end() - 1;
    }
    one->seq = batch->first + batch->records.size();
    one->epoch = owner.epoch;
    batch->last = one->seq;
    batch->records.push_back(std::move(one));
  }
  // Ascending code: every append locks lease rows in the same order.
  if (!mutant(bug::unsorted_locks))
    std::sort(batches.begin(), batches.end(), [](const city_batch& a, const city_batch& b) { return a.code < b.code; });
}

std::vector<record_ptr> journal_core::take(std::vector<city_batch>& batches) {
  std::vector<record_ptr> all;
  for (auto& batch : batches)
    for (auto& one : batch.records)
      all.push_back(std::move(one));
  batches.clear();
  return all;
}

void journal_core::requeue(std::vector<record_ptr> first) {
  queue_.insert(queue_.begin(), std::make_move_iterator(first.begin()), std::make_move_iterator(first.end()));
}

bool journal_core::may_pass(const append_outcome& outcome) {
  using enum append_outcome::kind;
  return outcome.what == disconnected || outcome.what == unknown || (outcome.what == rolled_back && !names_a_bad_record(outcome.sqlstate));
}

void journal_core::completed(const append_outcome& outcome) {
  // Whatever went wrong: the next try is no larger than usual.
  const auto waited = outcome.what == append_outcome::kind::committed ? outcome.disk_wait / limits_.usual_wait : 0;
  stretch_ = std::clamp<std::size_t>(static_cast<std::size_t>(waited), 1, limits_.stretch_max);
  if (outcome.what != append_outcome::kind::committed)
    requeue(take(ahead_)); // It was to follow what did not happen.
  switch (outcome.what) {
    case append_outcome::kind::committed:
      for (const auto& one : take(flight_))
        commit(one);
      batch_limit_ = std::min(limits_.batch_max, batch_limit_ * 2);
      return;
    case append_outcome::kind::fence_lost:
      requeue(take(flight_));
      for (const auto& code : outcome.lost)
        lose_city(code);
      return;
    case append_outcome::kind::unknown:
      for (auto& [number, owner] : by_number_)
        owner.in_doubt = std::any_of(flight_.begin(), flight_.end(), [&, &code = owner.code](const city_batch& batch) { return batch.code == code; });
      return;
    case append_outcome::kind::disconnected: requeue(take(flight_)); return;
    case append_outcome::kind::rolled_back: break;
  }
  if (!names_a_bad_record(outcome.sqlstate) || mutant(bug::bad_record_stops_all)) {
    requeue(take(flight_));
    return;
  }
  auto all = take(flight_);
  if (all.size() == 1) {
    refuse_record(all.front(), outcome.sqlstate);
    return;
  }
  batch_limit_ = std::max<std::size_t>(1, std::min(all.size() / 2, limits_.batch_max - 1));
  requeue(std::move(all));
}

std::vector<std::pair<std::string, std::uint64_t>> journal_core::unresolved() const {
  std::vector<std::pair<std::string, std::uint64_t>> out;
  for (const auto& [number, owner] : by_number_)
    if (owner.in_doubt)
      out.emplace_back(owner.code, owner.epoch);
  return out;
}

void journal_core::resolved(const std::string& code, const city_lease& lease) {
  if (lease.epoch == 0) {
    lose_city(code);
  } else {
    for (auto& [number, owner] : by_number_) {
      if (owner.code != code)
        continue;
      owner.epoch = lease.epoch;
      owner.in_doubt = false;
      for (auto& batch : flight_) {
        if (batch.code != code)
          continue;
        auto records = std::exchange(batch.records, {});
        if (lease.head >= batch.last)
          for (const auto& one : records)
            commit(one);
        else
          requeue(std::move(records));
      }
    }
  }
  std::erase_if(flight_, [](const city_batch& batch) { return batch.records.empty(); });
}

void journal_core::renewed_epoch(const std::string& code, std::uint64_t epoch) {
  for (auto& [number, owner] : by_number_)
    if (owner.code == code)
      owner.epoch = epoch;
}

void journal_core::commit(const record_ptr& what) {
  auto& owner = by_number_.at(what->city);
  owner.head = what->seq;
  what->row = {};
  add_to_tail(owner, what);
  committed_.push_back(what);
  settle(what, verdict::committed);
}

void journal_core::settle(const record_ptr& what, verdict how, const std::string& sqlstate) {
  for (const auto& who : what->participants) {
    const auto found = entities_.find(who.entity);
    auto& state = found->second;
    --state.outstanding;
    // An older life of the entity is not told: its actor has ended, its callers hear "unknown" from their reply ports.
    const bool hears = who.incarnation == mentioned ? state.is_open() && how == verdict::committed : state.current == who.incarnation;
    if (hears)
      tell(state, {what, how, sqlstate});
  }
  // Only now: an entity that a record names twice must not be opened halfway through it.
  for (const auto& who : what->participants) {
    const auto found = entities_.find(who.entity);
    if (found == entities_.end() || found->second.outstanding > 0)
      continue;
    if (const auto asked = std::move(found->second.waits))
      answer_open(who.entity, *asked);
    else
      forget_if_unused(found);
  }
}

void journal_core::tell(known_entity& whom, outcome what) {
  if (whom.round != round_) {
    whom.round = round_;
    whom.group = told_.size();
    told_.emplace_back(whom.port, std::vector<outcome>{});
  }
  told_[whom.group].second.push_back(std::move(what));
}

/// The outcomes that were collected for an entity so far reach its actor before what comes next.
void journal_core::tell_at_once(known_entity& whom) {
  if (whom.round != round_)
    return;
  if (auto outcomes = std::exchange(told_[whom.group].second, {}); !outcomes.empty())
    whom.port->told(std::move(outcomes));
}

void journal_core::drop_from_queue(const std::function<bool(const record_ptr&)>& which, std::vector<record_ptr>& into) {
  std::copy_if(queue_.begin(), queue_.end(), std::back_inserter(into), which);
  std::erase_if(queue_, which);
}

void journal_core::refuse_record(const record_ptr& guilty, const std::string& sqlstate) {
  std::vector<entity_id> closed;
  for (const auto& who : guilty->participants)
    if (who.incarnation != mentioned)
      closed.push_back(who.entity);
  settle(guilty, verdict::refused_record, sqlstate);

  // What these entities have queued rests on the record that will never be: refused too. The other entities of such a record are told, not closed in turn. Who only
  // mentions a closed entity has decided nothing on it.
  std::vector<record_ptr> refused;
  drop_from_queue(
      [&](const record_ptr& one) {
        return std::any_of(one->participants.begin(), one->participants.end(), [&](const participant& who) {
          return who.incarnation != mentioned && std::find(closed.begin(), closed.end(), who.entity) != closed.end();
        });
      },
      refused);
  for (const auto& one : refused)
    settle(one, verdict::refused_record);
  for (const auto& entity : closed)
    close_entity(entity);
}

void journal_core::close_entity(entity_id entity) {
  const auto found = entities_.find(entity);
  if (found == entities_.end())
    return;
  auto& state = found->second;
  if (state.is_open()) {
    const auto port = state.port;
    tell_at_once(state); // Told before closed.
    shut(state);
    port->closed(entity);
  }
  forget_if_unused(found);
}

std::vector<committed_record> journal_core::deliver() {
  // One message per port and batch (commit-protocol §3).
  for (auto& [port, outcomes] : told_)
    if (!outcomes.empty())
      port->told(std::move(outcomes));
  told_.clear();
  ++round_;
  return std::exchange(committed_, {});
}

std::pair<std::uint64_t, sequence> journal_core::head(city_number number) const {
  const auto found = by_number_.find(number);
  return found == by_number_.end() ? std::pair<std::uint64_t, sequence>{} : std::pair{found->second.epoch, found->second.head};
}

std::vector<city_lease> journal_core::leases() const {
  std::vector<city_lease> out;
  for (const auto& [number, owner] : by_number_)
    out.push_back({number, owner.code, owner.epoch, owner.head});
  std::sort(out.begin(), out.end(), [](const city_lease& a, const city_lease& b) { return a.code < b.code; });
  return out;
}

} // namespace reserve::persistence
