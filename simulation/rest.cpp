// What a world at rest must look like: money, Host, tables, and nothing half done.

#include "simulation/promises.hpp"

#include "simulation/town.hpp"

#include "domain/codec.hpp"

#include <algorithm>

namespace reserve::simulation {

namespace {

using problem = std::optional<std::string>;

/// The entities of one kind, decoded.
template <class State>
std::map<entity_id, State> states_of(const projection::table& rows, entity_kind kind) {
  std::map<entity_id, State> out;
  for (const auto& [entity, row] : rows)
    if (row.snapshot.kind == kind)
      out.emplace(entity, decoded<State>(row.snapshot.data));
  return out;
}

/// Open problems of the city, found by whatever they are about.
class open_problems {
public:
  explicit open_problems(const projection::table& rows) {
    for (const auto& [entity, state] : states_of<exceptions_state>(rows, entity_kind::exceptions)) {
      for (const auto& [key, one] : state.open) {
        texts_.push_back(key);
        for (const auto& id : {one.notice.intent.value, one.notice.reservation.value, one.notice.payment.value, one.notice.refund.value})
          about_.insert(id);
      }
    }
  }
  bool about(const uuid& id) const {
    const auto text = to_string(id);
    const bool named = std::any_of(texts_.begin(), texts_.end(), [&](const std::string& key) { return key.find(text) != std::string::npos; });
    return named || (!id.is_nil() && about_.contains(id));
  }

private:
  std::vector<std::string> texts_;
  std::set<uuid> about_;
};

bool is_live(reservation_status status) {
  using enum reservation_status;
  return status == confirmed || status == checkin_pending || status == checked_in || status == checked_out || status == completed;
}

} // namespace

problem check_money(const projection::table& rows, const provider_world& providers) {
  const auto payments = states_of<payment>(rows, entity_kind::payment);
  const auto reservations = states_of<reservation>(rows, entity_kind::reservation);
  const open_problems open(rows);
  for (const auto& [id, object] : providers.objects()) {
    const auto name = "payment " + to_string(id);
    if (object.refunded() > object.captured)
      return name + " gave back more than came in";
    if (object.captured == money{} || object.refunded() == object.captured)
      continue;
    const auto known = payments.find(id.value);
    if (known == payments.end())
      return name + " has money and is unknown";
    if (open.about(id.value) || open.about(known->second.reservation.value) || open.about(known->second.intent.value))
      continue;
    if (known->second.captured != object.captured)
      return name + " has money that we do not know of: " + to_string(object.captured) + ", known " + to_string(known->second.captured);
    const auto kept = reservations.find(known->second.reservation.value);
    // A guest who cancelled gets back what his policy says; the rest is the property's.
    const bool by_policy = kept != reservations.end() && kept->second.status == reservation_status::refunded && kept->second.refund_amount < kept->second.paid;
    if (by_policy && object.refunded() >= kept->second.refund_amount)
      continue;
    if (kept == reservations.end() || !is_live(kept->second.status))
      return name + " is kept without a reservation: " + std::string(name_of(known->second.status)) + ", " + to_string(object.captured) + " of which " +
             to_string(object.refunded()) + " went back";
    if (object.captured - object.refunded() != kept->second.paid)
      return name + " is not what its reservation cost";
  }
  return std::nullopt;
}

problem check_rebuild(const projection::table& rows, const std::vector<committed_record>& log) {
  const auto again = projection::fold_again(town_number, town_code, log);
  // `unfinished` looks at the clock of the record, the same for both.
  for (const auto& [entity, row] : again) {
    const auto found = rows.find(entity);
    if (found == rows.end() || found->second.snapshot.data != row.snapshot.data)
      return "a fresh fold of the log gives another " + to_string(entity) + " (kind " + std::to_string(static_cast<int>(row.snapshot.kind)) + ")";
  }
  if (again.size() != rows.size())
    return "the tables hold entities that the log does not know";
  for (const auto& [entity, row] : rows)
    if (row.snapshot.kind == entity_kind::unit)
      if (const auto off = inconsistent_nights(decode_calendar(row.snapshot.data)); !off.empty())
        return "counters of unit " + to_string(entity) + " do not fit its claims on " + to_string(off.front());
  return std::nullopt;
}

problem check_ledger(const ledger_book& ledger, const projection::table& rows, const provider_world& providers) {
  const auto payments = states_of<payment>(rows, entity_kind::payment);
  const open_problems open(rows);
  for (const auto& [id, object] : providers.objects()) {
    const auto known = payments.find(id.value);
    if (known == payments.end() || known->second.foreign_currency || open.about(id.value) || open.about(known->second.reservation.value) ||
        open.about(known->second.intent.value))
      continue;
    const auto there = (object.captured - object.refunded()).minor_units;
    if (const auto here = ledger.balance("cash_reserve", id); here != there)
      return "the ledger has " + to_string(money{here}) + " of payment " + to_string(id) + ", its provider " + to_string(money{there});
    if (const auto owed = ledger.balance("refunds_payable", id); owed != 0)
      return "the ledger owes " + to_string(money{-owed}) + " of payment " + to_string(id) + " to nobody";
  }
  return std::nullopt;
}

problem check_expired(const life_book& lives, const provider_world& providers) {
  constexpr auto on_its_way = std::chrono::minutes(3); // The reading was made a moment before, and clocks are set.
  for (const auto& [intent, end] : lives.expired()) {
    const auto* paid = providers.find(end.last);
    if (paid == nullptr || !paid->captured_at || paid->captured < paid->asked)
      continue;
    if (*paid->captured_at + on_its_way < end.at && end.at < end.deadline + life_book::grace)
      return "intent " + to_string(intent) + " expired although it had been paid";
  }
  return std::nullopt;
}

problem check_rooms(const room_book& rooms, const projection::table& rows) {
  for (const auto& [entity, row] : rows) {
    if (row.snapshot.kind != entity_kind::unit)
      continue;
    const auto unit = decode_calendar(row.snapshot.data);
    for (std::size_t i = 0; i < unit.nights.size(); ++i) {
      const auto night = unit.first + std::chrono::days(i);
      const int counted = unit.nights[i].booked + unit.nights[i].held, said = rooms.taken(unit_id{entity}, night);
      if (counted != said)
        return "unit " + to_string(entity) + " counts " + std::to_string(counted) + " rooms on " + to_string(night) + ", the log says " + std::to_string(said);
    }
  }
  const auto reservations = states_of<reservation>(rows, entity_kind::reservation);
  const open_problems open(rows);
  for (const auto& [hold, claim] : rooms.claims()) {
    if (!claim.host_booking_id.empty())
      continue;
    const auto booked = reservations.find(claim.reservation.value);
    if (booked == reservations.end())
      return "hold " + to_string(hold) + " of intent " + to_string(claim.intent) + " was never given back";
    if (!is_live(booked->second.status) && !open.about(booked->first))
      return "reservation " + booked->second.confirmation_code + " is " + std::string(name_of(booked->second.status)) + " and keeps its rooms";
  }
  return std::nullopt;
}

problem check_host(const room_book& rooms, const projection::table& rows, const host_world& host) {
  for (const auto& [hold, claim] : rooms.claims())
    if (!claim.host_booking_id.empty())
      if (const auto there = host.bookings().find(claim.host_booking_id); there == host.bookings().end() || !there->second.reference.empty())
        return "booking " + claim.host_booking_id + " was taken for one of the Host's own";

  const auto reservations = states_of<reservation>(rows, entity_kind::reservation);
  const open_problems open(rows);
  for (const auto& [id, one] : reservations) {
    if (one.collect == "property") { // R2: made at the Host, so known there by its own id.
      const auto found = host.bookings().find(one.host_booking_id);
      const bool lives = found != host.bookings().end() && !found->second.cancelled;
      if (is_live(one.status) != lives && !open.about(id))
        return "imported reservation " + one.confirmation_code + " is " + std::string(name_of(one.status)) + ", at the Host it is " + (lives ? "live" : "not");
      continue;
    }
    const auto there = host.live_with(one.confirmation_code);
    if (there.size() > 1)
      return "reservation " + one.confirmation_code + " is booked twice at the Host";
    if (is_live(one.status) && there.empty() && !open.about(id))
      return "reservation " + one.confirmation_code + " is confirmed and not at the Host";
    if (!is_live(one.status) && !there.empty() && !open.about(id) && !one.recall)
      return "reservation " + one.confirmation_code + " is " + std::string(name_of(one.status)) + " and still booked at the Host";
  }
  for (const auto& [id, one] : host.bookings())
    if (!one.reference.empty())
      if (const auto ours = parse_uuid(one.external_id); !ours || !reservations.contains(*ours))
        return "the Host has a booking of ours that nobody knows: " + id;
  return std::nullopt;
}

problem check_finished(const projection::table& rows) {
  const open_problems open(rows);
  for (const auto& [id, one] : states_of<std::pair<intent, bool>>(rows, entity_kind::intent)) {
    using enum intent_status;
    const auto status = one.first.status;
    if (status != converted && status != expired && status != cancelled)
      return "intent " + to_string(id) + " is still " + std::string(name_of(status));
    if (one.first.hold_live)
      return "intent " + to_string(id) + " has ended and holds rooms";
  }
  for (const auto& [id, one] : states_of<payment>(rows, entity_kind::payment)) {
    if (one.object_open() && !open.about(id))
      return "payment " + to_string(id) + " is still " + std::string(name_of(one.status));
    for (const auto& refund : one.refunds)
      if (refund.open() && !open.about(id))
        return "refund " + to_string(refund.id) + " is still " + std::string(name_of(refund.status));
  }
  for (const auto& [id, one] : states_of<reservation>(rows, entity_kind::reservation)) {
    using enum reservation_status;
    const bool waits = one.status == host_commit_pending || one.status == cancel_pending || one.status == refund_pending || one.status == host_commit_failed;
    if (waits && !open.about(id))
      return "reservation " + one.confirmation_code + " is still " + std::string(name_of(one.status));
    if (one.recall && !open.about(id))
      return "reservation " + one.confirmation_code + " is still recalled";
  }
  return std::nullopt;
}

} // namespace reserve::simulation
