#pragma once

#include "persistence/core/rows.hpp"

#include "actors/protocols/storage_port.hpp"

#include "domain/event.hpp"

namespace reserve::persistence::tables {

// The projected tables (spec 40) as the projector fills them, and how a state becomes a row. Columns that nothing fills yet are not named and stay NULL.

extern const table booking_intents, payments, payment_attempts, payment_allocations, pix_charges, refunds, reservations, unit_snapshots,
    entity_snapshots, availability_calendar, reservation_nights, audit_logs, audit_entities, booking_events, ledger_transactions, ledger_entries,
    account_balances, exceptions, cities, code_blocks, city_settings, properties_map, unit_map, cancellation_policies, tax_rules, commission_tiers, numbering;

/// What a row needs beside the state it shows.
struct row_context {
  city_number city = 0;
  std::string_view code;
  timestamp at{}; ///< occurred_at of the record that changed it last.
  sequence seq = 0;
};

/// Appends the row of an intent: most of the traffic. `state` holds what its actor loads, or its calendar while nobody has touched it.
void put_intent(std::string& out, const row_context& in, const intent& state, bool opened, bool unfinished);
row of_payment(const row_context& in, const payment& state);
row of_attempt(const row_context& in, const payment& state);
row of_allocation(const row_context& in, const payment& state);
row of_pix(const row_context& in, const payment& state);
row of_refund(const row_context& in, const payment& state, const refund& one);
row of_reservation(const row_context& in, const reservation& state);
row of_reservation_night(const row_context& in, const reservation& state, date night, money price);
/// The calendar without its untouched claims: those are rows of booking_intents.
row of_unit_snapshot(const row_context& in, const unit_calendar& state);
row of_entity_snapshot(const row_context& in, entity_id entity, entity_kind kind, bool unfinished, std::string data);
/// `untouched`: rooms that untouched claims hold on top of the calendar's own.
row of_night(const row_context& in, const unit_calendar& state, date day, int untouched);
row of_exception(const row_context& in, const open_exception& state, const std::string& resolution);
row of_city(const row_context& in, const city_added& city);
row of_code_block(const row_context& in, const code_block_given& block);
row of_settings(const row_context& in, const city_content& city);
row of_property(const row_context& in, uuid city_id, const property_content& property);
row of_unit(const row_context& in, const property_content& property, const unit_content& unit);
row of_policy(const row_context& in, const policy_snapshot& policy, std::optional<property_id> property);
row of_tax(const row_context& in, const tax_rule& tax);
row of_commission(const row_context& in, const commission_rule& rule);
row of_numbering(const row_context& in, const numbering_state& state);

} // namespace reserve::persistence::tables
