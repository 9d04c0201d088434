#include "persistence/core/log_fold.hpp"

#include "persistence/core/cells.hpp"
#include "persistence/core/changes.hpp"
#include "persistence/core/column_values.hpp"
#include "persistence/core/tables.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace reserve::persistence {

using tables::id_or_null;
using tables::row_context;
using tables::text_or_null;

namespace {

/// A record on its way into the rows of a projection.
struct reading {
  const record& from;
  row_context here;
  change_set& changes;
};

// --- audit and booking log ---

/// Whom and what an event concerns, as audit and booking events show it.
struct subject {
  std::string_view entity_type = "city";
  uuid audited{};
  std::string_view before, after;
  uuid intent{}, reservation{};
  bool is_audited = true;
};

subject subject_of(const entity_event& what, const trace* more) {
  subject out;
  out.audited = what.entity;
  if (more != nullptr) {
    out.before = more->before;
    out.after = more->after;
    out.intent = more->intent;
    out.reservation = more->reservation;
  }
  const auto untouched = [&](intent_id intent, intent_status before, intent_status after) {
    out.entity_type = "booking_intent";
    out.audited = out.intent = intent.value;
    out.before = name_of(before);
    out.after = name_of(after);
  };
  what.what.visit([&]<class Event>(const Event& event) {
    if constexpr (std::is_same_v<Event, intent_created>) {
      untouched(event.terms->intent, intent_status::absent, intent_status::intent_created);
      out.before = {};
    } else if constexpr (std::is_same_v<Event, untouched_expired>) {
      untouched(event.intent, intent_status::intent_created, intent_status::expired);
    } else if constexpr (std::is_same_v<Event, untouched_cancelled>) {
      untouched(event.intent, intent_status::intent_created, intent_status::cancelled);
    } else if constexpr (is_one_of<Event, intent_event>) {
      out.entity_type = "booking_intent";
      out.intent = what.entity;
    } else if constexpr (is_one_of<Event, payment_event>) {
      out.entity_type = "payment";
    } else if constexpr (is_one_of<Event, reservation_event>) {
      out.entity_type = "reservation";
      out.reservation = what.entity;
    } else if constexpr (std::is_same_v<Event, exception_raised>) {
      out.entity_type = "exception";
      out.audited = event.raised.id.value;
      out.after = "open";
    } else if constexpr (is_one_of<Event, exceptions_event>) {
      out.entity_type = "exception";
      out.audited = event.id.value;
      out.before = "open";
      out.after = std::is_same_v<Event, exception_resolved> ? "resolved" : "open";
    } else if constexpr (std::is_same_v<Event, property_imported>) {
      out.entity_type = "property";
      out.audited = event.property.id.value;
    } else if constexpr (requires(unit_calendar& unit) { evolve(unit, event); }) {
      out.is_audited = false; // The calendar's part of a step that its intent or reservation shows.
      if constexpr (requires { event.intent; })
        out.intent = event.intent.value;
    }
  });
  return out;
}

json_text status_json(std::string_view status) {
  return {status.empty() ? "{}" : "{\"status\":\"" + std::string(status) + "\"}"};
}

std::string_view action_of(const event& what) {
  return event_kinds()[code_of(what) - 1].name;
}

void audit(const reading& at, std::uint32_t n, const entity_event& what, const trace* more) {
  if (is_bookkeeping(what.what))
    return;
  const auto about = subject_of(what, more);
  if (about.is_audited)
    append_row(at.changes.of(tables::audit_logs).inserts.next(), tables::audit_logs, at.here.code, at.from.seq, n, at.from.occurred_at, name_of(at.from.by),
               text_or_null(at.from.actor_id), action_of(what.what), about.entity_type, about.audited, status_json(about.before), status_json(about.after),
               text_or_null(at.from.correlation_id));
}

void booking_log(const reading& at, std::uint32_t n, const entity_event& what, const trace* more) {
  if (is_bookkeeping(what.what))
    return;
  const auto about = subject_of(what, more);
  if (about.is_audited)
    append_row(at.changes.of(tables::audit_entities).inserts.next(), tables::audit_entities, about.audited, at.here.code, at.from.seq, n, at.from.occurred_at);
  if (!about.intent.is_nil() || !about.reservation.is_nil())
    append_row(at.changes.of(tables::booking_events).inserts.next(), tables::booking_events, at.here.code, at.from.seq, n, at.from.occurred_at,
               id_or_null(about.intent), id_or_null(about.reservation), action_of(what.what), text_or_null(about.before), text_or_null(about.after),
               name_of(at.from.by), text_or_null(at.from.actor_id), json_text{"{}"}, text_or_null(at.from.correlation_id));
}

// --- money ---

/// Amounts to be added to the balances, by account, gateway and currency.
using balances = std::map<std::tuple<std::string, std::string, std::string>, std::tuple<money, money, timestamp>>;

void post(const reading& at, const std::optional<ledger_transaction>& transaction, balances& sums) {
  if (!transaction)
    return;
  const uuid id = derive_uuid(city_entity(at.here.city), transaction->idempotency_key);
  const auto currency = transaction->currency.text();
  append_row(at.changes.of(tables::ledger_transactions).inserts.next(), tables::ledger_transactions, id, at.here.code, transaction->type, currency,
             transaction->idempotency_key, id_or_null(transaction->reservation.value), id_or_null(transaction->property.value),
             id_or_null(transaction->payment.value), id_or_null(transaction->refund.value), at.from.occurred_at);
  std::uint32_t line = 0;
  for (const auto& entry : transaction->entries) {
    const bool debit = entry.side == direction::debit;
    json_text metadata{entry.tax_type.empty() ? "{}" : "{\"tax_type\":\"" + entry.tax_type + "\"}"};
    append_row(at.changes.of(tables::ledger_entries).inserts.next(), tables::ledger_entries, derive_uuid(id, std::to_string(line++)), at.from.occurred_at, id,
               at.here.code, "booking", id_or_null(transaction->reservation.value), id_or_null(transaction->intent.value), id_or_null(transaction->property.value),
               id_or_null(transaction->payment.value), entry.entry_type, entry.account, debit ? "debit" : "credit", entry.amount, currency,
               text_or_null(entry.gateway), metadata);
    auto& [debits, credits, updated] = sums[{entry.account, entry.gateway, std::string(currency)}];
    (debit ? debits : credits) += entry.amount;
    updated = at.from.occurred_at;
  }
}

void book_money(const reading& at, const event& what, balances& sums) {
  what.visit([&]<class Event>(const Event& event) {
    if constexpr (is_one_of<Event, payment_event> && requires { event.ledger; }) {
      post(at, event.ledger, sums);
    } else if constexpr (std::is_same_v<Event, reservation_confirmed>) {
      post(at, event.commission, sums);
      post(at, event.platform_tax, sums);
    } else if constexpr (std::is_same_v<Event, city_configured>) {
      at.changes.of(tables::commission_tiers).upserts.push_back(tables::of_commission(at.here, event.city.commission));
    }
  });
}

// --- catalogue ---

void catalogue(const reading& at, const event& what) {
  const auto put = [&](const table& where, row line) { at.changes.of(where).upserts.push_back(std::move(line)); };
  if (const auto* city = what.as<city_added>()) {
    put(tables::cities, tables::of_city(at.here, *city));
  } else if (const auto* block = what.as<code_block_given>()) {
    at.changes.of(tables::code_blocks).inserts.next() += tables::of_code_block(at.here, *block);
  } else if (const auto* configured = what.as<city_configured>()) {
    put(tables::city_settings, tables::of_settings(at.here, configured->city));
    put(tables::cancellation_policies, tables::of_policy(at.here, configured->city.default_policy, {}));
    for (const auto& tax : configured->city.taxes)
      put(tables::tax_rules, tables::of_tax(at.here, tax));
  } else if (const auto* imported = what.as<property_imported>()) {
    const auto& property = imported->property;
    put(tables::properties_map, tables::of_property(at.here, city_entity(at.here.city), property));
    for (const auto& unit : property.units)
      put(tables::unit_map, tables::of_unit(at.here, property, unit));
    if (property.policy)
      put(tables::cancellation_policies, tables::of_policy(at.here, *property.policy, property.id));
  }
}

std::span<const std::string_view> only(std::string_view projection) {
  const auto all = log_projections();
  const auto found = std::find(all.begin(), all.end(), projection);
  ensure(found != all.end(), "a projection that is folded from events");
  return all.subspan(static_cast<std::size_t>(found - all.begin()), 1);
}

} // namespace

bool is_bookkeeping(const event& what) {
  return what.visit([]<class Event>(const Event&) {
    using bookkeeping = std::variant<intent_obligation_met, payment_notice_told, reservation_notices_told, refund_taken, codes_reserved, code_block_drawn,
                                     webhook_handled, hold_taken_over, host_booking_linked, availability_imported>;
    return is_one_of<Event, bookkeeping>;
  });
}

projected fold_log(std::string_view projection, city_number city, const std::string& code, sequence from, const std::vector<committed_record>& records,
                   std::span<const trace> traces) {
  projected out;
  out.projections = only(projection);
  out.from = from;
  out.to = from;
  change_set changes;
  balances sums;
  trace_reader seen(traces);
  for (const auto& one : records) {
    ensure(one->seq == out.to + 1, "records follow each other without a gap");
    const reading at{*one, {city, code, one->occurred_at, one->seq}, changes};
    std::uint32_t n = 0;
    for (const auto& what : one->events) {
      if (projection == "audit")
        audit(at, n, what, seen.find(one->seq, n));
      else if (projection == "booking_log")
        booking_log(at, n, what, seen.find(one->seq, n));
      else if (projection == "money")
        book_money(at, what.what, sums);
      else
        catalogue(at, what.what);
      ++n;
    }
    out.to = one->seq;
    out.at = one->occurred_at;
  }
  for (const auto& [key, amounts] : sums) {
    const auto& [account, gateway, currency] = key;
    const auto& [debits, credits, updated] = amounts;
    changes.of(tables::account_balances).adds.push_back(make_row(tables::account_balances, code, account, gateway, currency, debits, credits, updated));
  }
  out.changes = changes.take();
  return out;
}

} // namespace reserve::persistence
