#include "persistence/core/journal_core.hpp"

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
  for (auto& one : tail) {
    for (const auto& who : one->participants)
      tail_of_[who.entity].push_back(one);
    target.tail.push_back(std::move(one));
  }
}

void journal_core::lose_city(const std::string& code) {
  const auto found = std::find_if(by_number_.begin(), by_number_.end(), [&](const auto& entry) { return entry.second.code == code; });
  if (found == by_number_.end())
    return;
  const auto number = found->first;
  by_number_.erase(found);

  const auto is_lost = [&](const record_ptr& one) { return one->city == number; };
  for (auto& batch : flight_)
    if (batch.code == code)
      for (const auto& one : std::exchange(batch.records, {}))
        settle(one, verdict::unknown);
  std::erase_if(flight_, [](const city_batch& batch) { return batch.records.empty(); });
  std::vector<record_ptr> dropped;
  std::copy_if(queue_.begin(), queue_.end(), std::back_inserter(dropped), is_lost);
  std::erase_if(queue_, is_lost);
  for (const auto& one : dropped)
    settle(one, verdict::refused_record);

  std::vector<entity_id> ended;
  for (const auto& [entity, state] : open_)
    if (city_of(entity) == number)
      ended.push_back(entity);
  for (const auto& entity : ended)
    close_entity(entity);
  std::erase_if(tail_of_, [&](const auto& entry) { return city_of(entry.first) == number; });
}

void journal_core::open(city_number city, entity_id entity, std::shared_ptr<entity_port> port) {
  open_.erase(entity); // An older life of this entity can commit nothing from here on.
  waiting_open asked{city, std::move(port)};
  if (outstanding_.contains(entity))
    waiting_.insert_or_assign(entity, std::move(asked));
  else
    answer_open(entity, asked);
}

void journal_core::answer_open(entity_id entity, const waiting_open& asked) {
  if (!by_number_.contains(asked.city)) {
    asked.port->closed(entity);
    return;
  }
  auto& state = open_[entity];
  state = {++last_incarnation_, asked.port};
  opening what{entity, state.current, {}};
  if (const auto tail = tail_of_.find(entity); tail != tail_of_.end())
    what.tail = tail->second;
  asked.port->opened(std::move(what));
}

void journal_core::close(entity_id entity, incarnation which) {
  const auto found = open_.find(entity);
  if (found != open_.end() && found->second.current == which)
    open_.erase(found);
}

bool journal_core::acceptable(const record& what) const {
  return std::all_of(what.participants.begin(), what.participants.end(), [&](const participant& who) {
    if (who.incarnation == mentioned)
      return true;
    const auto found = open_.find(who.entity);
    return found != open_.end() && found->second.current == who.incarnation;
  });
}

void journal_core::count(const record& what, int by) {
  for (const auto& who : what.participants) {
    auto& number = outstanding_[who.entity];
    number += by;
    if (number == 0)
      outstanding_.erase(who.entity);
  }
}

void journal_core::submit(record_ptr record) {
  count(*record, 1);
  if (!by_number_.contains(record->city))
    settle(record, verdict::refused_record);
  else if (!acceptable(*record))
    settle(record, verdict::refused_incarnation);
  else
    queue_.push_back(std::move(record));
}

void journal_core::withdraw(entity_id asker, incarnation which) {
  const auto found = open_.find(asker);
  if (found == open_.end() || found->second.current != which)
    return;
  if (outstanding_.contains(asker))
    return; // Its own outcome is the only answer.
  found->second.current = ++last_incarnation_;
  found->second.port->withdrawn({asker, found->second.current});
}

void journal_core::applied(city_number number, sequence seq) {
  const auto found = by_number_.find(number);
  if (found == by_number_.end())
    return;
  auto& tail = found->second.tail;
  while (!tail.empty() && tail.front()->seq <= seq) {
    for (const auto& who : tail.front()->participants) {
      const auto of_entity = tail_of_.find(who.entity);
      if (of_entity == tail_of_.end())
        continue;
      std::erase_if(of_entity->second, [&](const committed_record& one) { return one->seq <= seq; });
      if (of_entity->second.empty())
        tail_of_.erase(of_entity);
    }
    tail.pop_front();
  }
}

std::vector<city_batch> journal_core::next_batch() {
  if (in_flight() || queue_.empty())
    return {};
  std::map<std::string, city_batch> by_code; // Ascending code: every append locks lease rows in the same order.
  std::size_t taken = 0;
  while (!queue_.empty() && taken < batch_limit_) {
    record_ptr one = std::move(queue_.front());
    queue_.pop_front();
    auto& owner = by_number_.at(one->city);
    auto& batch = by_code[owner.code];
    if (batch.records.empty()) {
      batch.code = owner.code;
      batch.epoch = owner.epoch;
      batch.first = owner.head + 1;
    }
    one->seq = batch.first + batch.records.size();
    one->epoch = owner.epoch;
    batch.last = one->seq;
    batch.records.push_back(std::move(one));
    ++taken;
  }
  for (auto& [code, batch] : by_code)
    flight_.push_back(std::move(batch));
  return flight_;
}

std::vector<record_ptr> journal_core::take_flight() {
  std::vector<record_ptr> all;
  for (auto& batch : flight_)
    for (auto& one : batch.records)
      all.push_back(std::move(one));
  flight_.clear();
  return all;
}

void journal_core::requeue_flight() {
  auto all = take_flight();
  queue_.insert(queue_.begin(), std::make_move_iterator(all.begin()), std::make_move_iterator(all.end()));
}

void journal_core::completed(const append_outcome& outcome) {
  switch (outcome.what) {
    case append_outcome::kind::committed:
      for (const auto& one : take_flight())
        commit(one);
      batch_limit_ = std::min(limits_.batch_max, batch_limit_ * 2);
      return;
    case append_outcome::kind::fence_lost:
      requeue_flight();
      for (const auto& code : outcome.lost)
        lose_city(code);
      return;
    case append_outcome::kind::unknown:
      for (auto& [number, owner] : by_number_)
        owner.in_doubt = std::any_of(flight_.begin(), flight_.end(), [&, &code = owner.code](const city_batch& batch) { return batch.code == code; });
      return;
    case append_outcome::kind::disconnected: requeue_flight(); return;
    case append_outcome::kind::rolled_back: break;
  }
  if (!names_a_bad_record(outcome.sqlstate)) {
    requeue_flight();
    return;
  }
  auto all = take_flight();
  if (all.size() == 1) {
    refuse_record(all.front(), outcome.sqlstate);
    return;
  }
  batch_limit_ = std::max<std::size_t>(1, all.size() / 2);
  queue_.insert(queue_.begin(), std::make_move_iterator(all.begin()), std::make_move_iterator(all.end()));
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
          queue_.insert(queue_.begin(), std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
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
  owner.tail.push_back(what);
  for (const auto& who : what->participants)
    tail_of_[who.entity].push_back(what);
  committed_.push_back(what);
  settle(what, verdict::committed);
}

void journal_core::settle(const record_ptr& what, verdict how, const std::string& sqlstate) {
  count(*what, -1);
  for (const auto& who : what->participants) {
    const auto found = open_.find(who.entity);
    // An older life of the entity is not told: its actor has ended, its callers hear "unknown" from their reply ports.
    if (found == open_.end())
      continue;
    if (who.incarnation == mentioned ? how == verdict::committed : found->second.current == who.incarnation)
      told_.emplace_back(found->second.port, outcome{what, how, sqlstate});
  }
  release_waiting(*what);
}

void journal_core::release_waiting(const record& what) {
  for (const auto& who : what.participants) {
    const auto waits = waiting_.find(who.entity);
    if (waits == waiting_.end() || outstanding_.contains(who.entity))
      continue;
    const auto asked = waits->second;
    waiting_.erase(waits);
    answer_open(who.entity, asked);
  }
}

void journal_core::refuse_record(const record_ptr& guilty, const std::string& sqlstate) {
  std::vector<entity_id> closed;
  for (const auto& who : guilty->participants)
    if (who.incarnation != mentioned)
      closed.push_back(who.entity);
  settle(guilty, verdict::refused_record, sqlstate);

  // What these entities have queued rests on the record that will never be: refused too. The other entities of such a record are told, not closed in turn.
  const auto rests_on_it = [&](const record_ptr& one) {
    return std::any_of(one->participants.begin(), one->participants.end(),
                       [&](const participant& who) { return std::find(closed.begin(), closed.end(), who.entity) != closed.end(); });
  };
  std::vector<record_ptr> refused;
  std::copy_if(queue_.begin(), queue_.end(), std::back_inserter(refused), rests_on_it);
  std::erase_if(queue_, rests_on_it);
  for (const auto& one : refused)
    settle(one, verdict::refused_record);
  for (const auto& entity : closed)
    close_entity(entity);
}

void journal_core::close_entity(entity_id entity) {
  const auto found = open_.find(entity);
  if (found == open_.end())
    return;
  // Told before closed: outcomes collected so far reach the actor first.
  auto port = found->second.port;
  open_.erase(found);
  for (auto& [to, what] : told_)
    if (to == port)
      to->told({what});
  std::erase_if(told_, [&](const auto& entry) { return entry.first == port; });
  port->closed(entity);
}

std::vector<committed_record> journal_core::deliver() {
  // One message per port and batch (commit-protocol §3), ports in order of their first outcome.
  std::unordered_map<entity_port*, std::size_t> place;
  std::vector<std::pair<std::shared_ptr<entity_port>, std::vector<outcome>>> grouped;
  for (auto& [port, what] : told_) {
    const auto [found, is_new] = place.try_emplace(port.get(), grouped.size());
    if (is_new)
      grouped.emplace_back(port, std::vector<outcome>{});
    grouped[found->second].second.push_back(std::move(what));
  }
  told_.clear();
  for (auto& [port, what] : grouped)
    port->told(std::move(what));
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
