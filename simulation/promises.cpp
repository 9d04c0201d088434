#include "simulation/promises.hpp"

namespace reserve::simulation {

namespace {

using problem = std::optional<std::string>;

std::string at(const record& what) {
  return " (record " + std::to_string(what.seq) + ")";
}

} // namespace

// --- 1: room-nights ---

problem room_book::place(hold_id id, const claim& what, bool whatever_is_free) {
  if (claims_.contains(id))
    return "claim " + to_string(id) + " was placed twice";
  for (auto day = what.stay.check_in; day < what.stay.check_out; day += std::chrono::days(1)) {
    auto& there = nights_[{what.unit, day}];
    const int free = there.closed ? 0 : there.rooms - there.taken;
    if (!whatever_is_free && free < what.rooms)
      return "oversold: unit " + to_string(what.unit) + " night " + to_string(day) + " had " + std::to_string(free) + " rooms for claim " + to_string(id);
    there.taken += what.rooms;
  }
  claims_.emplace(id, what);
  return std::nullopt;
}

problem room_book::give_back(hold_id id, date from) {
  const auto found = claims_.find(id);
  if (found == claims_.end())
    return "claim " + to_string(id) + " was given back and is not there";
  auto& one = found->second;
  from = std::max(from, one.stay.check_in);
  for (auto day = from; day < one.stay.check_out; day += std::chrono::days(1))
    nights_[{one.unit, day}].taken -= one.rooms;
  one.stay.check_out = from;
  if (one.stay.check_in >= from)
    claims_.erase(found);
  return std::nullopt;
}

int room_book::taken(unit_id unit, date day) const {
  const auto found = nights_.find({unit, day});
  return found == nights_.end() ? 0 : found->second.taken;
}

problem room_book::see(const record& what) {
  for (const auto& [entity, event] : what.events) {
    const unit_id unit{entity};
    problem found;
    if (const auto* read = event.as<availability_imported>()) {
      for (const auto& said : read->nights) {
        nights_[{unit, said.day}].rooms = said.allotment;
        nights_[{unit, said.day}].closed = said.closed;
      }
    } else if (const auto* created = event.as<intent_created>()) {
      found = place(created->terms->hold, {unit, created->terms->stay, created->terms->rooms, created->terms->intent, {}, {}}, false);
    } else if (const auto* placed = event.as<hold_placed>()) {
      found = place(placed->hold, {unit, placed->stay, placed->rooms, placed->intent, {}, {}}, false);
    } else if (const auto* imported = event.as<import_booked>()) {
      found = place(imported->claim, {unit, imported->stay, imported->rooms, {}, {}, imported->host_booking_id}, true);
    } else if (const auto* expired = event.as<untouched_expired>()) {
      found = give_back(expired->hold, {});
    } else if (const auto* cancelled = event.as<untouched_cancelled>()) {
      found = give_back(cancelled->hold, {});
    } else if (const auto* ended = event.as<hold_ended>()) {
      found = give_back(ended->hold, {});
    } else if (const auto* released = event.as<booking_released>()) {
      found = give_back(released->hold, released->from);
    } else if (const auto* gone = event.as<import_cancelled>()) {
      if (claims_.contains(gone->claim))
        found = give_back(gone->claim, {});
    } else if (const auto* converted = event.as<hold_converted>()) {
      if (const auto held = claims_.find(converted->hold); held != claims_.end())
        held->second.reservation = converted->reservation;
      else
        found = "booked without a claim: " + to_string(converted->hold);
    }
    if (found)
      return *found + at(what);
  }
  return std::nullopt;
}

// --- 2: what was acknowledged ---

problem acknowledged_book::see(const record& what) {
  for (const auto& one : what.events) {
    const auto* created = one.what.as<intent_created>();
    if (created == nullptr)
      continue;
    written_.insert(created->terms->intent);
    if (what.key)
      keyed_.insert(created->terms->intent);
    if (refused_.contains(created->terms->intent))
      return "intent " + to_string(created->terms->intent) + " was refused and exists" + at(what);
  }
  return std::nullopt;
}

problem acknowledged_book::hear(const command& asked, const answer& said, sequence head) {
  const auto* hold = std::get_if<ask_hold>(&asked.body);
  if (said.refused()) {
    if (std::holds_alternative<read_intent>(asked.body) && said.why().code == errc::booking_intent_not_found && acknowledged_.contains(intent_id{asked.entity}))
      return "intent " + to_string(asked.entity) + " was acknowledged and is not found";
    const bool certain = said.why().code != errc::service_unavailable || said.why().effect == effect::none;
    if (hold != nullptr && certain) {
      refused_.insert(hold->command.terms.intent);
      if (written_.contains(hold->command.terms.intent))
        return "intent " + to_string(hold->command.terms.intent) + " exists and was refused";
    }
    return std::nullopt;
  }
  const auto* placed = std::get_if<placed_answer>(&said.content);
  const auto* known = std::get_if<existing_answer>(&said.content);
  if (hold != nullptr && asked.key && (placed != nullptr || known != nullptr)) {
    const auto which = placed != nullptr ? placed->created.terms->intent : known->intent;
    if (const auto first = by_key_.emplace(asked.key->hash, which).first->second; first != which)
      return "one client key was answered with intent " + to_string(first) + " and with " + to_string(which);
  }
  if (said.at.seq > head)
    return "an answer speaks of record " + std::to_string(said.at.seq) + ", but only " + std::to_string(head) + " are committed";
  if (hold != nullptr && placed != nullptr) {
    if (!written_.contains(hold->command.terms.intent))
      return "intent " + to_string(hold->command.terms.intent) + " was acknowledged and is not committed";
    if (asked.key && !keyed_.contains(hold->command.terms.intent))
      return "intent " + to_string(hold->command.terms.intent) + " was acknowledged and its client key is not in its record";
    acknowledged_.insert(hold->command.terms.intent);
  }
  return std::nullopt;
}

problem acknowledged_book::check(const projection::table& rows) const {
  for (const auto& one : acknowledged_)
    if (!rows.contains(one.value))
      return "acknowledged intent " + to_string(one) + " is in no table";
  return std::nullopt;
}

// --- 3: once ---

problem once_book::first(const char* what, const std::string& name) {
  if (seen_.insert(std::string(what) + ' ' + name).second)
    return std::nullopt;
  return std::string(what) + " came twice: " + name;
}

problem once_book::see(const record& what) {
  problem found = first("command", to_string(what.command_id));
  if (what.released_key)
    keys_.erase(*what.released_key);
  if (what.key && !keys_.emplace(what.key->hash, what.seq).second)
    found = "one client key has two records";
  for (const auto& [entity, event] : what.events) {
    if (found)
      break;
    const auto ledger = [&](const std::optional<ledger_transaction>& one) {
      if (one && !found)
        found = first("ledger transaction", one->idempotency_key);
    };
    if (const auto* created = event.as<intent_created>()) {
      found = first("intent", to_string(created->terms->intent));
    } else if (const auto* paid = event.as<payment_succeeded>()) {
      found = first("success of payment", to_string(entity));
      ledger(paid->ledger);
    } else if (const auto* booked = event.as<reservation_created>()) {
      found = first("reservation of intent", to_string(booked->terms.intent));
      if (!found)
        found = first("confirmation code", booked->confirmation_code);
    } else if (const auto* confirmed = event.as<reservation_confirmed>()) {
      found = first("confirmation of", to_string(entity));
      ledger(confirmed->commission);
      ledger(confirmed->platform_tax);
    } else if (const auto* wanted = event.as<refund_requested>()) {
      found = first("request of refund", to_string(wanted->refund.id));
      ledger(wanted->ledger);
    } else if (const auto* done = event.as<refund_completed>()) {
      if (!refunds_done_.insert(done->refund).second)
        found = "refund " + to_string(done->refund) + " was completed twice";
      ledger(done->ledger);
    } else if (const auto* back = event.as<refund_failed>()) {
      refunds_done_.erase(back->refund);
      ledger(back->ledger);
    }
  }
  return found ? problem(*found + at(what)) : std::nullopt;
}

problem life_book::see(const record& what) {
  const auto now = what.occurred_at;
  for (const auto& [entity, event] : what.events) {
    const auto ends = [&](const char* how) -> problem {
      return ended_.insert(entity).second ? std::nullopt : problem("intent " + to_string(entity) + " had ended and " + how);
    };
    problem found;
    if (const auto* created = event.as<intent_created>()) {
      untouched_[created->terms->hold] = created->expires_at;
    } else if (const auto* taken = event.as<hold_taken_over>()) {
      if (untouched_[taken->hold] <= now)
        found = "hold " + to_string(taken->hold) + " had run out and was taken over";
    } else if (const auto* expired = event.as<untouched_expired>()) {
      if (now < untouched_[expired->hold])
        found = "hold " + to_string(expired->hold) + " ran out before its time";
    } else if (event.is<payment_counted>()) {
      if (deadlines_[entity] + grace < now)
        found = "intent " + to_string(entity) + " counted a payment after its time";
    } else if (const auto* started = event.as<payment_started>()) {
      tried_[entity] = started->payment;
    } else if (event.is<intent_expired>()) {
      expired_[entity] = {now, deadlines_[entity], tried_[entity]};
      found = now < deadlines_[entity] ? problem("intent " + to_string(entity) + " expired before its time") : ends("expired");
    } else if (event.is<intent_cancelled>()) {
      found = ends("was cancelled");
    } else if (event.is<intent_converted>()) {
      found = ends("was converted");
    } else if (event.is<payment_succeeded>()) {
      paid_.insert(entity);
    } else if (event.is<payment_failed>() || event.is<payment_cancelled>() || event.is<payment_expired>() ||
               event.is<payment_processing>()) {
      if (paid_.contains(entity))
        found = "payment " + to_string(entity) + " had succeeded and went back";
    } else if (event.is<reservation_given_up>() || event.is<cancelled_by_host>()) {
      over_.insert(entity);
    } else if (event.is<reservation_confirmed>()) {
      if (over_.contains(entity))
        found = "reservation " + to_string(entity) + " was over and was confirmed";
    }
    event.visit([&](const auto& one) {
      if constexpr (requires { one.expires_at; } && is_one_of<std::remove_cvref_t<decltype(one)>, intent_event>)
        deadlines_[entity] = one.expires_at;
    });
    if (found)
      return *found + at(what);
  }
  return std::nullopt;
}

// --- 4: the ledger ---

std::int64_t ledger_book::balance(const std::string& account, payment_id of) const {
  const auto found = of_payments_.find({account, of});
  return found == of_payments_.end() ? 0 : found->second;
}

problem ledger_book::see(const record& what) {
  for (const auto& one : what.events) {
    std::vector<const ledger_transaction*> posted;
    one.what.visit([&](const auto& event) {
      if constexpr (requires { event.ledger; })
        if (event.ledger)
          posted.push_back(&*event.ledger);
      if constexpr (requires { event.commission->entries; }) {
        if (event.commission)
          posted.push_back(&*event.commission);
        if (event.platform_tax)
          posted.push_back(&*event.platform_tax);
      }
    });
    for (const auto* transaction : posted) {
      std::int64_t sum = 0;
      for (const auto& line : transaction->entries) {
        const auto amount = line.side == direction::debit ? line.amount.minor_units : -line.amount.minor_units;
        accounts_[line.account] += amount;
        of_payments_[{line.account, transaction->payment}] += amount;
        sum += amount;
        if (line.amount <= money{})
          return "ledger line without an amount: " + transaction->idempotency_key + at(what);
      }
      if (sum != 0)
        return "ledger transaction does not balance: " + transaction->idempotency_key + at(what);
    }
  }
  std::int64_t whole = 0;
  for (const auto& [account, balance] : accounts_)
    whole += balance;
  return whole == 0 ? std::nullopt : problem("the ledger does not balance" + at(what));
}

// --- 6: one writer ---

problem writer_book::see(const record& what) {
  auto& [epoch, seq] = last_[what.city];
  const bool fits = what.seq == seq + 1 && what.epoch >= epoch;
  const auto before = std::to_string(epoch) + "/" + std::to_string(seq);
  epoch = what.epoch;
  seq = what.seq;
  if (fits)
    return std::nullopt;
  return "two writers: record " + std::to_string(what.epoch) + "/" + std::to_string(what.seq) + " follows " + before;
}

// --- all of them ---

void promises::keep(int number, problem found) {
  if (!found || broken_)
    return;
  broken_ = broken_promise{number, *found};
}

void promises::see(const record& what) {
  ++records_;
  keep(6, writer_.see(what));
  keep(1, rooms_.see(what));
  keep(2, acknowledged_.see(what));
  keep(3, once_.see(what));
  keep(3, lives_.see(what));
  keep(4, ledger_.see(what));
}

void promises::hear(const command& asked, const answer& said, sequence head) {
  keep(2, acknowledged_.hear(asked, said, head));
}

void promises::check_rest(const projection::table& rows, const std::vector<committed_record>& log, const host_world& host, const provider_world& providers) {
  keep(2, acknowledged_.check(rows));
  keep(2, check_rebuild(rows, log));
  keep(5, check_money(rows, providers));
  keep(4, check_ledger(ledger_, rows, providers));
  keep(1, check_rooms(rooms_, rows));
  keep(5, check_expired(lives_, providers));
  keep(0, check_host(rooms_, rows, host));
  keep(0, check_finished(rows));
}

} // namespace reserve::simulation
