#include "persistence/core/projection_core.hpp"

#include "persistence/core/tables.hpp"

#include "domain/codec.hpp"
#include "domain/untouched.hpp"

#include <algorithm>
#include <set>

namespace reserve::persistence {

using tables::row_context;

namespace {

template <class Event>
inline constexpr bool is_calendar_event = requires(unit_calendar& unit, const Event& event) { evolve(unit, event); };

/// Which kind of state an event changes; nullopt: none that is kept (catalogue rows come from the event alone).
std::optional<entity_kind> kind_of(const event& what) {
  return std::visit(
      []<class Event>(const Event&) -> std::optional<entity_kind> {
        if constexpr (is_one_of<Event, intent_event>)
          return entity_kind::intent;
        else if constexpr (is_one_of<Event, payment_event>)
          return entity_kind::payment;
        else if constexpr (is_one_of<Event, reservation_event>)
          return entity_kind::reservation;
        else if constexpr (is_one_of<Event, exceptions_event>)
          return entity_kind::exceptions;
        else if constexpr (is_calendar_event<Event>)
          return entity_kind::unit;
        else if constexpr (std::is_same_v<Event, code_block_drawn> || std::is_same_v<Event, codes_reserved>)
          return entity_kind::numbering;
        else if constexpr (std::is_same_v<Event, city_added> || std::is_same_v<Event, code_block_given>)
          return entity_kind::platform;
        else
          return std::nullopt;
      },
      what);
}

/// The entity that an event brings into being: it has no row that could be asked for. Nil: none.
entity_id born_by(const entity_event& what) {
  if (const auto* created = std::get_if<intent_created>(&what.what))
    return created->terms.intent.value;
  if (std::holds_alternative<payment_created>(what.what) || std::holds_alternative<reservation_created>(what.what) ||
      std::holds_alternative<reservation_imported>(what.what))
    return what.entity;
  return {};
}

/// The untouched intent that a calendar's event ends; nil: none.
intent_id untouched_of(const event& what) {
  if (const auto* expired = std::get_if<untouched_expired>(&what))
    return expired->intent;
  if (const auto* cancelled = std::get_if<untouched_cancelled>(&what))
    return cancelled->intent;
  return {};
}

/// Nights whose counters an event of a calendar moves.
std::optional<stay> nights_of(const unit_calendar& before, const event& what) {
  const auto of_hold = [&](const hold_id& hold) -> std::optional<stay> {
    const auto found = before.claims.find(hold);
    return found == before.claims.end() ? std::nullopt : std::optional(found->second.stay);
  };
  return std::visit(
      [&]<class Event>(const Event& one) -> std::optional<stay> {
        if constexpr (std::is_same_v<Event, hold_taken_over> || std::is_same_v<Event, host_booking_linked>)
          return std::nullopt; // Another owner or another name, the same counters.
        else if constexpr (std::is_same_v<Event, intent_created>)
          return one.terms.stay;
        else if constexpr (std::is_same_v<Event, hold_placed> || std::is_same_v<Event, import_booked>)
          return one.stay;
        else if constexpr (std::is_same_v<Event, import_cancelled>)
          return of_hold(one.claim);
        else if constexpr (requires { one.hold; } && is_calendar_event<Event>)
          return of_hold(one.hold);
        else
          return std::nullopt;
      },
      what);
}

std::string_view actor_name(actor_kind kind) {
  return name_of(kind);
}

json_text status_json(std::string_view status) {
  return status.empty() ? json_text{"{}"} : json_text{"{\"status\":\"" + std::string(status) + "\"}"};
}

/// Bookkeeping of process managers: no transition of spec 10, so neither audit nor booking event.
bool is_bookkeeping(const event& what) {
  return std::holds_alternative<intent_obligation_met>(what) || std::holds_alternative<payment_notice_told>(what) ||
         std::holds_alternative<reservation_notices_told>(what) || std::holds_alternative<refund_taken>(what) || std::holds_alternative<codes_reserved>(what) ||
         std::holds_alternative<code_block_drawn>(what) || std::holds_alternative<webhook_handled>(what) || std::holds_alternative<hold_taken_over>(what) ||
         std::holds_alternative<host_booking_linked>(what) || std::holds_alternative<availability_imported>(what);
}

} // namespace

/// What one batch has changed so far.
struct projection_core::batch {
  std::map<entity_id, row_context> units, intents, payments, reservations, exceptions, numbers, platforms; // dirty, with the record that changed them last
  std::map<std::pair<entity_id, date>, row_context> nights;
  std::map<const table*, table_change> changes;
  std::map<std::vector<column_value>, row> balances; // key columns -> added amounts
  std::map<exception_id, row> exception_rows;
  std::set<entity_id> new_intents; ///< Created here: their rows are certainly new.

  table_change& of(const table& which) {
    auto& change = changes[&which];
    change.of = &which;
    return change;
  }
};

std::vector<std::pair<entity_kind, entity_id>> projection_core::missing(const std::vector<committed_record>& records) const {
  std::vector<std::pair<entity_kind, entity_id>> out;
  std::set<entity_id> asked;
  const auto want = [&](entity_kind kind, entity_id entity) {
    if (!known_.contains(entity) && asked.insert(entity).second)
      out.emplace_back(kind, entity);
  };
  for (const auto& one : records) {
    for (const auto& what : one->events) {
      // A new intent has no row, and is most of the traffic: nothing is asked for it.
      if (const auto born = born_by(what); !born.is_nil())
        asked.insert(born);
      if (const auto kind = kind_of(what.what))
        want(*kind, what.entity);
      if (const auto ended = untouched_of(what.what); !ended.is_nil())
        want(entity_kind::intent, ended.value);
    }
  }
  return out;
}

void projection_core::provide(const std::vector<std::pair<entity_kind, entity_id>>& asked, const std::vector<entity_snapshot>& found) {
  for (const auto& [kind, entity] : asked)
    known_.insert(entity);
  for (const auto& one : found) {
    switch (one.kind) {
      case entity_kind::unit: units_[one.entity] = decode_calendar(one.data); break;
      case entity_kind::intent: {
        auto [state, opened] = decoded<std::pair<intent, bool>>(one.data);
        intents_[one.entity] = {std::move(state), opened};
        break;
      }
      case entity_kind::payment: payments_[one.entity] = decoded<payment>(one.data); break;
      case entity_kind::reservation: reservations_[one.entity] = decoded<reservation>(one.data); break;
      case entity_kind::exceptions: exceptions_[one.entity] = decoded<exceptions_state>(one.data); break;
      case entity_kind::numbering: numbers_[one.entity] = decoded<numbering_state>(one.data); break;
      case entity_kind::platform: platforms_[one.entity] = decoded<platform_state>(one.data); break;
      default: break;
    }
  }
}

void projection_core::forget() {
  units_.clear();
  intents_.clear();
  payments_.clear();
  reservations_.clear();
  exceptions_.clear();
  numbers_.clear();
  platforms_.clear();
  known_.clear();
}

void projection_core::trim(std::size_t most) {
  if (units_.size() + intents_.size() + payments_.size() + reservations_.size() > most)
    forget();
}

void projection_core::apply(const record& from, std::uint32_t n, const entity_event& what, batch& out) {
  const row_context here{city_, code_, from.occurred_at, from.seq};
  std::string before, after;
  std::string entity_type;
  uuid audited = what.entity;
  intent_id about_intent{};
  reservation_id about_reservation{};
  if (kind_of(what.what))
    known_.insert(what.entity);

  const auto post = [&](const std::optional<ledger_transaction>& transaction) {
    if (!transaction)
      return;
    const uuid id = derive_uuid(city_entity(city_), transaction->idempotency_key);
    const auto id_or_null = [](const uuid& one) { return one.is_nil() ? column_value{} : column_value{one}; };
    out.of(tables::ledger_transactions)
        .inserts.push_back({id, code_, transaction->type, std::string(transaction->currency.text()), transaction->idempotency_key,
                            id_or_null(transaction->reservation.value), id_or_null(transaction->property.value), id_or_null(transaction->payment.value),
                            id_or_null(transaction->refund.value), from.occurred_at});
    std::uint32_t line = 0;
    for (const auto& entry : transaction->entries) {
      const bool debit = entry.side == direction::debit;
      const auto metadata = entry.tax_type.empty() ? std::string("{}") : "{\"tax_type\":\"" + entry.tax_type + "\"}";
      out.of(tables::ledger_entries)
          .inserts.push_back({derive_uuid(id, std::to_string(line++)), from.occurred_at, id, code_, std::string("booking"),
                              id_or_null(transaction->reservation.value), id_or_null(transaction->intent.value), id_or_null(transaction->property.value),
                              id_or_null(transaction->payment.value), entry.entry_type, entry.account, std::string(debit ? "debit" : "credit"), entry.amount,
                              std::string(transaction->currency.text()), entry.gateway.empty() ? column_value{} : column_value{entry.gateway}, json_text{metadata}});
      const std::vector<column_value> key{code_, entry.account, entry.gateway, std::string(transaction->currency.text())};
      auto [balance, is_new] = out.balances.try_emplace(key, row{code_, entry.account, entry.gateway, std::string(transaction->currency.text()), money{}, money{}, from.occurred_at});
      std::get<money>(balance->second[debit ? 4 : 5]) += entry.amount;
      balance->second[6] = from.occurred_at;
    }
  };

  std::visit(
      [&]<class Event>(const Event& event) {
        if constexpr (is_one_of<Event, intent_event>) {
          auto& kept = intents_[what.entity];
          entity_type = "booking_intent";
          before = name_of(kept.state.status);
          kept.opened = kept.opened || std::is_same_v<Event, intent_opened>;
          evolve(kept.state, intent_event(event), from.occurred_at, from.seq);
          after = name_of(kept.state.status);
          about_intent = intent_id{what.entity};
          out.intents[what.entity] = here;
        } else if constexpr (is_one_of<Event, payment_event>) {
          auto& state = payments_[what.entity];
          entity_type = "payment";
          before = name_of(state.status);
          if constexpr (std::is_same_v<Event, payment_moved>) {
            // Its share is keyed by the intent it belongs to.
            if (event.intent && *event.intent != state.intent)
              out.of(tables::payment_allocations).deletes.push_back({state.id.value, state.intent.value});
          }
          evolve(state, payment_event(event), from.occurred_at, from.seq);
          after = name_of(state.status);
          about_intent = state.intent;
          about_reservation = state.reservation;
          out.payments[what.entity] = here;
          if constexpr (requires { event.ledger; })
            post(event.ledger);
        } else if constexpr (is_one_of<Event, reservation_event>) {
          auto& state = reservations_[what.entity];
          entity_type = "reservation";
          before = name_of(state.status);
          evolve(state, reservation_event(event), from.occurred_at, from.seq);
          after = name_of(state.status);
          about_intent = state.terms.intent;
          about_reservation = reservation_id{what.entity};
          out.reservations[what.entity] = here;
          if constexpr (std::is_same_v<Event, reservation_confirmed>) {
            post(event.commission);
            post(event.platform_tax);
          }
        } else if constexpr (is_one_of<Event, exceptions_event>) {
          auto& state = exceptions_[what.entity];
          entity_type = "exception";
          std::optional<open_exception> closing;
          if constexpr (std::is_same_v<Event, exception_resolved>) {
            audited = event.id.value;
            if (const auto found = state.open.find(event.key); found != state.open.end())
              closing = found->second;
            before = "open";
            after = "resolved";
          } else if constexpr (std::is_same_v<Event, exception_raised>) {
            audited = event.raised.id.value;
            after = "open";
          } else {
            audited = event.id.value;
            before = after = "open";
          }
          evolve(state, exceptions_event(event), from.occurred_at);
          out.exceptions[what.entity] = here;
          if (closing) {
            closing->status = exception_status::resolved;
            closing->updated_at = from.occurred_at;
            if constexpr (std::is_same_v<Event, exception_resolved>)
              out.exception_rows[closing->id] = tables::of_exception(here, *closing, event.action);
          } else {
            for (const auto& [key, one] : state.open)
              if (one.id.value == audited)
                out.exception_rows[one.id] = tables::of_exception(here, one, {});
          }
        } else if constexpr (is_calendar_event<Event>) {
          auto& unit = units_[what.entity];
          unit.id = unit_id{what.entity};
          entity_type = "room_availability_hold";
          const auto moved = nights_of(unit, what.what);
          if constexpr (std::is_same_v<Event, intent_created>) {
            entity_type = "booking_intent";
            audited = event.terms.intent.value;
            about_intent = event.terms.intent;
            after = name_of(intent_status::intent_created);
            intents_[audited] = {untouched_intent(event, from.occurred_at), false};
            known_.insert(audited);
            out.new_intents.insert(audited);
            out.intents[audited] = here;
          } else if constexpr (std::is_same_v<Event, untouched_expired> || std::is_same_v<Event, untouched_cancelled>) {
            entity_type = "booking_intent";
            audited = event.intent.value;
            about_intent = event.intent;
            before = name_of(intent_status::intent_created);
            auto& kept = intents_[audited];
            if constexpr (std::is_same_v<Event, untouched_expired>)
              end_untouched(kept.state, from.occurred_at, true, {});
            else
              end_untouched(kept.state, from.occurred_at, false, event.reason);
            after = name_of(kept.state.status);
            out.intents[audited] = here;
          } else if constexpr (requires { event.hold; }) {
            audited = event.hold.value;
            if constexpr (requires { event.intent; })
              about_intent = event.intent;
          }
          evolve(unit, event);
          out.units[what.entity] = here;
          if (moved)
            for (auto day = moved->check_in; day < moved->check_out; day += std::chrono::days(1))
              out.nights[{what.entity, day}] = here;
          if constexpr (std::is_same_v<Event, availability_imported>) {
            for (const auto& night : event.nights)
              out.nights[{what.entity, night.day}] = here;
          }
        } else if constexpr (std::is_same_v<Event, code_block_drawn> || std::is_same_v<Event, codes_reserved>) {
          evolve(numbers_[what.entity], event);
          out.numbers[what.entity] = here;
        } else if constexpr (std::is_same_v<Event, city_added> || std::is_same_v<Event, code_block_given>) {
          evolve(platforms_[what.entity], event);
          out.platforms[what.entity] = here;
          entity_type = "city";
          if constexpr (std::is_same_v<Event, city_added>)
            out.of(tables::cities).upserts.push_back(tables::of_city(here, event));
          else
            out.of(tables::code_blocks).inserts.push_back(tables::of_code_block(here, event));
        } else if constexpr (std::is_same_v<Event, city_configured>) {
          entity_type = "city";
          out.of(tables::city_settings).upserts.push_back(tables::of_settings(here, event.city));
          out.of(tables::cancellation_policies).upserts.push_back(tables::of_policy(here, event.city.default_policy, {}));
          out.of(tables::commission_tiers).upserts.push_back(tables::of_commission(here, event.city.commission));
          for (const auto& tax : event.city.taxes)
            out.of(tables::tax_rules).upserts.push_back(tables::of_tax(here, tax));
          out.of(tables::entity_snapshots)
              .upserts.push_back(tables::of_entity_snapshot(here, what.entity, static_cast<std::int64_t>(entity_kind::city), false, encoded(event.city)));
        } else if constexpr (std::is_same_v<Event, property_imported>) {
          entity_type = "property";
          audited = event.property.id.value;
          out.of(tables::properties_map).upserts.push_back(tables::of_property(here, city_entity(city_), event.property));
          for (const auto& unit : event.property.units)
            out.of(tables::unit_map).upserts.push_back(tables::of_unit(here, event.property, unit));
          if (event.property.policy)
            out.of(tables::cancellation_policies).upserts.push_back(tables::of_policy(here, *event.property.policy, event.property.id));
          out.of(tables::entity_snapshots)
              .upserts.push_back(tables::of_entity_snapshot(here, event.property.id.value, static_cast<std::int64_t>(entity_kind::property), false, encoded(event.property)));
        }
      },
      what.what);

  if (is_bookkeeping(what.what))
    return;
  const auto kinds = event_kinds();
  const std::string action(kinds[code_of(what.what) - 1].name);
  const auto id_or_null = [](const uuid& id) { return id.is_nil() ? column_value{} : column_value{id}; };
  const auto text_or_null = [](const std::string& text) { return text.empty() ? column_value{} : column_value{text}; };
  const auto seq = static_cast<std::int64_t>(from.seq);
  const auto place = static_cast<std::int64_t>(n);
  if (entity_type != "room_availability_hold") {
    out.of(tables::audit_logs)
        .inserts.push_back({code_, seq, place, from.occurred_at, std::string(actor_name(from.by)), text_or_null(from.actor_id), action,
                            entity_type.empty() ? std::string("city") : entity_type, audited, status_json(before), status_json(after), text_or_null(from.correlation_id)});
    out.of(tables::audit_entities).inserts.push_back({audited, code_, seq, place, from.occurred_at});
  }
  if (!about_intent.is_nil() || !about_reservation.is_nil())
    out.of(tables::booking_events)
        .inserts.push_back({code_, seq, place, from.occurred_at, id_or_null(about_intent.value), id_or_null(about_reservation.value), action, text_or_null(before),
                            text_or_null(after), std::string(actor_name(from.by)), text_or_null(from.actor_id), json_text{"{}"}, text_or_null(from.correlation_id)});
}

namespace {

std::size_t place_of(const table& of, std::string_view name) {
  const auto found = std::find_if(of.columns.begin(), of.columns.end(), [&](const column& one) { return one.name == name; });
  return static_cast<std::size_t>(found - of.columns.begin());
}

/// Each key once: the last version wins, as it does in the log; only created_at is the first one's, whatever the batch.
void keep_last_versions(table_change& change) {
  const auto created = place_of(*change.of, "created_at");
  std::map<std::vector<column_value>, row> last;
  for (auto& line : change.upserts) {
    auto [found, is_new] = last.try_emplace(key_of(*change.of, line));
    if (!is_new && created < line.size())
      line[created] = found->second[created];
    found->second = std::move(line);
  }
  change.upserts.clear();
  for (auto& [key, line] : last)
    change.upserts.push_back(std::move(line));
  std::set<row> gone(change.deletes.begin(), change.deletes.end());
  change.deletes.assign(gone.begin(), gone.end());
}

/// Rows that leave the partial unique index of open exceptions make room for their successors.
void closed_first(table_change& change) {
  const auto resolved = place_of(*change.of, "resolved_at");
  std::stable_partition(change.upserts.begin(), change.upserts.end(), [&](const row& line) { return !std::holds_alternative<std::monostate>(line[resolved]); });
}

} // namespace

row key_of(const table& of, const row& line) {
  row key;
  for (const auto index : of.key)
    key.push_back(line[index]);
  return key;
}

projected projection_core::fold(const std::vector<committed_record>& records) {
  projected out;
  out.from = position_;
  batch done;
  for (const auto& one : records) {
    ensure(one->seq == position_ + 1, "records follow each other without a gap");
    std::uint32_t n = 0;
    if (one->inbox)
      out.inbox.push_back({*one->inbox, one->seq, one->occurred_at});
    for (const auto& what : one->events) {
      if (const auto* handled = std::get_if<webhook_handled>(&what.what))
        out.inbox.push_back({handled->inbox, one->seq, one->occurred_at});
      apply(*one, n++, what, done);
    }
    position_ = one->seq;
    out.at = one->occurred_at;
  }
  out.to = position_;

  const auto write = [&](const table& where, bool is_new, row line) {
    auto& change = done.of(where);
    (is_new ? change.inserts : change.upserts).push_back(std::move(line));
  };
  const auto snapshot = [&](const row_context& at, entity_id entity, entity_kind kind, bool unfinished, std::string data, bool is_new = false) {
    write(tables::entity_snapshots, is_new, tables::of_entity_snapshot(at, entity, static_cast<std::int64_t>(kind), unfinished, std::move(data)));
  };
  static const city_settings defaults;
  for (const auto& [id, at] : done.units)
    done.of(tables::unit_snapshots).upserts.push_back(tables::of_unit_snapshot(at, units_.at(id)));
  for (const auto& [id, at] : done.intents) {
    const auto& kept = intents_.at(id);
    const bool is_new = done.new_intents.contains(id);
    write(tables::booking_intents, is_new, tables::of_intent(at, kept.state, kept.opened));
    write(tables::room_availability_holds, is_new, tables::of_hold(at, kept.state));
    const bool unfinished = kept.opened && (!next_steps(kept.state).empty() || next_deadline(kept.state, defaults).has_value());
    snapshot(at, id, entity_kind::intent, unfinished, encoded(std::pair(kept.state, kept.opened)), is_new);
  }
  for (const auto& [id, at] : done.payments) {
    const auto& state = payments_.at(id);
    done.of(tables::payments).upserts.push_back(tables::of_payment(at, state));
    done.of(tables::payment_attempts).upserts.push_back(tables::of_attempt(at, state));
    if (state.captured.minor_units > 0)
      done.of(tables::payment_allocations).upserts.push_back(tables::of_allocation(at, state));
    if (state.is_pix() && !state.provider_object.empty())
      done.of(tables::pix_charges).upserts.push_back(tables::of_pix(at, state));
    for (const auto& one : state.refunds)
      done.of(tables::refunds).upserts.push_back(tables::of_refund(at, state, one));
    const bool unfinished = !next_steps(state, at.at).empty() || next_deadline(state, defaults).has_value() || state.object_open() ||
                            std::any_of(state.refunds.begin(), state.refunds.end(), [](const refund& one) { return one.open(); });
    snapshot(at, id, entity_kind::payment, unfinished, encoded(state));
  }
  for (const auto& [id, at] : done.reservations) {
    const auto& state = reservations_.at(id);
    done.of(tables::reservations).upserts.push_back(tables::of_reservation(at, state));
    auto day = state.terms.stay.check_in;
    for (const auto& amount : state.terms.price.nights) {
      done.of(tables::reservation_nights).upserts.push_back(tables::of_reservation_night(at, state, day, amount));
      day += std::chrono::days(1);
    }
    const bool unfinished = !next_steps(state, at.at).empty() || next_deadline(state, defaults).has_value();
    snapshot(at, id, entity_kind::reservation, unfinished, encoded(state));
  }
  for (const auto& [id, at] : done.exceptions)
    snapshot(at, id, entity_kind::exceptions, false, encoded(exceptions_.at(id)));
  for (auto& [id, line] : done.exception_rows)
    done.of(tables::exceptions).upserts.push_back(std::move(line));
  for (const auto& [id, at] : done.numbers) {
    snapshot(at, id, entity_kind::numbering, false, encoded(numbers_.at(id)));
    done.of(tables::numbering).upserts.push_back(tables::of_numbering(at, numbers_.at(id)));
  }
  for (const auto& [id, at] : done.platforms)
    snapshot(at, id, entity_kind::platform, false, encoded(platforms_.at(id)));
  for (const auto& [key, at] : done.nights)
    done.of(tables::availability_calendar).upserts.push_back(tables::of_night(at, units_.at(key.first), key.second));
  for (auto& [key, line] : done.balances)
    done.of(tables::account_balances).adds.push_back(std::move(line));

  for (const auto* which : projected_tables()) {
    const auto found = done.changes.find(which);
    if (found == done.changes.end())
      continue;
    auto& change = found->second;
    keep_last_versions(change);
    if (which == &tables::exceptions)
      closed_first(change);
    out.changes.push_back(std::move(change));
  }
  return out;
}

const std::vector<const table*>& projected_tables() {
  using namespace tables;
  static const std::vector<const table*> all{&booking_intents, &room_availability_holds, &tables::payments, &payment_attempts, &payment_allocations, &pix_charges,
                                             &tables::refunds, &reservations, &unit_snapshots, &entity_snapshots, &audit_logs, &audit_entities, &booking_events,
                                             &availability_calendar, &reservation_nights, &ledger_transactions, &ledger_entries, &account_balances,
                                             &tables::exceptions, &tables::cities, &code_blocks, &tables::city_settings, &properties_map, &unit_map,
                                             &cancellation_policies, &tax_rules, &commission_tiers, &tables::numbering};
  return all;
}

const std::vector<std::string_view>& projection_names() {
  static const std::vector<std::string_view> all{"hot", "audit", "nights", "catalogue", "booking_log", "money", "desk"};
  return all;
}

} // namespace reserve::persistence
