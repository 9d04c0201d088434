#include "persistence/core/cells.hpp"
#include "persistence/core/column_values.hpp"
#include "persistence/core/tables.hpp"

#include "domain/codec.hpp"

#include <algorithm>

namespace reserve::persistence::tables {

// Only the column types whose names are no types of ours.
using column_type::bigint, column_type::boolean, column_type::bytea, column_type::integer, column_type::jsonb, column_type::smallint, column_type::text,
    column_type::timestamptz;

namespace {

std::string lines_json(const std::vector<price_line>& lines) {
  return json_list(lines, [](const price_line& line) { return json_object().add("code", line.code).add("name", line.name).add("amount", line.amount).text(); });
}

/// The amount of each night from check_in on, and what else stands in no column: the lines of fees and taxes where there are any, and what was due at once where the table
/// does not say it. Written with every hold, so it is short.
json_text price_json(const price& cost, std::optional<money> due_now = std::nullopt) {
  std::string out;
  out.reserve(32 + 8 * cost.nights.size());
  out += R"({"nights":[)";
  for (const auto& amount : cost.nights) {
    if (out.back() != '[')
      out += ',';
    out += to_string(amount);
  }
  out += ']';
  const auto add_lines = [&](std::string_view name, const std::vector<price_line>& lines) {
    if (!lines.empty())
      out.append(",\"").append(name).append("\":").append(lines_json(lines));
  };
  add_lines("fee_lines", cost.fee_lines);
  add_lines("tax_lines", cost.tax_lines);
  if (due_now)
    out.append(",\"due_now\":").append(to_string(*due_now));
  out += '}';
  return {std::move(out)};
}

json_text policy_json(const policy_snapshot& policy) {
  std::string out;
  out.reserve(192);
  out += R"({"policy_type":)";
  json_object::put_quoted(out, policy.type);
  out += R"(,"free_cancellation_hours":)";
  out += policy.free_hours ? std::to_string(*policy.free_hours) : "null";
  out += R"(,"refund_percentage_before":)";
  out += std::to_string(policy.percent_before);
  out += R"(,"refund_percentage_after":)";
  out += std::to_string(policy.percent_after);
  out += R"(,"free_until":)";
  if (policy.free_until)
    json_object::put_quoted(out, to_string(*policy.free_until));
  else
    out += "null";
  out += '}';
  return {std::move(out)};
}

} // namespace

const table booking_intents{"booking_intents",
                            {{"city_code", text}, {"id", column_type::uuid}, {"created_at", timestamptz}, {"session_id", text}, {"property_id", column_type::uuid},
                             {"unit_id", column_type::uuid}, {"traveler_id", column_type::uuid}, {"vault_version", bigint}, {"has_name", boolean}, {"has_email", boolean},
                             {"has_phone", boolean}, {"has_requests", boolean}, {"check_in", column_type::date}, {"check_out", column_type::date}, {"nights", integer},
                             {"guests_adults", integer}, {"guests_children", integer}, {"guests_infants", integer}, {"base_price", column_type::money},
                             {"taxes", column_type::money}, {"fees", column_type::money}, {"extras_amount", column_type::money}, {"discount_amount", column_type::money},
                             {"total_amount", column_type::money}, {"amount_due_now", column_type::money}, {"currency", text}, {"price_snapshot", jsonb},
                             {"policy_snapshot", jsonb}, {"status", text}, {"status_changed_at", timestamptz}, {"handed_over", boolean}, {"expires_at", timestamptz},
                             {"hold_token", text}, {"payment_failures", integer}, {"cancel_reason", text}, {"availability_unverified", boolean},
                             {"reservation_id", column_type::uuid}, {"recovered_from_intent_id", column_type::uuid}, {"recovered_by_intent_id", column_type::uuid},
                             {"converted_at", timestamptz}, {"source", text}, {"utm_source", text}, {"utm_medium", text}, {"utm_campaign", text}, {"utm_content", text},
                             {"utm_term", text}, {"rooms", integer}, {"unfinished", boolean}, {"state", bytea}},
                            {0, 1}, "hot", false, "city"};

void put_intent(std::string& out, const row_context& in, const intent& state, bool opened, bool unfinished) {
  const auto& terms = state.terms;
  const auto& price = terms.price;
  encoder whole;
  whole(state, opened);
  append_row(out, tables::booking_intents, in.code, terms.intent.value, terms.created_at, terms.session, terms.property.value, terms.unit.value, id_or_null(state.contact.traveler.value),
          when(state.contact_seq != 0, state.contact_seq), state.contact.has_first_name && state.contact.has_last_name,
          state.contact.has_email, state.contact.has_phone, state.contact.has_requests, terms.stay.check_in, terms.stay.check_out, terms.stay.nights(),
          terms.guests.adults, terms.guests.children, terms.guests.infants, price.base, price.taxes, price.fees, price.extras, price.discount,
          price.total, price.due_now, terms.currency.text(), price_json(price), policy_json(terms.policy), name_of(state.status), state.status_changed_at,
          opened, state.expires_at, to_string(terms.hold), state.payment_failures, text_or_null(state.cancel_reason), state.availability_unverified,
          id_or_null(state.reservation), id_or_null(state.recovered_from),
          id_or_null(state.recovered_by), state.converted_at, terms.source, text_or_null(terms.utm->source),
          text_or_null(terms.utm->medium), text_or_null(terms.utm->name), text_or_null(terms.utm->content), text_or_null(terms.utm->term), terms.rooms, unfinished, bytes{std::move(whole).take()});
}

const table payments{"payments",
                     {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"booking_intent_id", column_type::uuid},
                      {"reservation_id", column_type::uuid}, {"purpose", text}, {"method", text}, {"provider", text}, {"status", text}, {"status_changed_at", timestamptz},
                      {"amount", column_type::money}, {"captured", column_type::money}, {"amount_refunded", column_type::money}, {"refund_open", column_type::money},
                      {"currency", text}, {"gateway_payment_intent_id", text}, {"gateway_charge_id", text}, {"failure_code", text}, {"failure_message", text},
                      {"fee_amount", column_type::money}, {"idempotency_key", text}, {"late", boolean}, {"processed_at", timestamptz}},
                     {0}, "hot", false, ""};

row of_payment(const row_context& in, const payment& state) {
  return make_row(tables::payments, state.id.value, state.created_at, in.at, in.code, id_or_null(state.intent.value), id_or_null(state.reservation.value), state.purpose, state.method,
          state.provider, name_of(state.status), state.status_changed_at, state.amount, state.captured, state.refunded, state.refund_open,
          state.currency.text(), text_or_null(state.provider_object), text_or_null(state.charge), text_or_null(state.failure_code),
          clipped(state.failure_message), state.fee, to_string(state.id), state.late, state.processed_at);
}

const table payment_attempts{"payment_attempts",
                             {{"id", column_type::uuid}, {"created_at", timestamptz}, {"city_code", text}, {"payment_id", column_type::uuid},
                              {"booking_intent_id", column_type::uuid}, {"attempt_no", integer}, {"payment_method", text}, {"provider", text},
                              {"provider_payment_intent_id", text}, {"provider_charge_id", text}, {"amount", column_type::money}, {"currency", text}, {"status", text},
                              {"status_changed_at", timestamptz}, {"error_code", text}, {"error_message", text}, {"requires_action", boolean}, {"action_type", text},
                              {"card_last4", text}, {"card_brand", text}},
                             {0}, "hot", false, ""};

row of_attempt(const row_context& in, const payment& state) {
  return make_row(tables::payment_attempts, state.attempt.value, state.created_at, in.code, state.id.value, id_or_null(state.intent.value), state.attempt_no,
          state.is_pix() ? "pix" : "credit_card", state.provider, text_or_null(state.provider_object), text_or_null(state.charge), state.amount,
          state.currency.text(), name_of(state.attempt_state), state.status_changed_at, text_or_null(state.failure_code),
          clipped(state.failure_message), state.attempt_state == attempt_status::requires_action, text_or_null(state.action_type),
          text_or_null(state.card_last4), text_or_null(state.card_brand));
}

const table payment_allocations{"payment_allocations",
                                {{"payment_id", column_type::uuid}, {"booking_intent_id", column_type::uuid}, {"city_code", text}, {"reservation_id", column_type::uuid},
                                 {"amount", column_type::money}, {"refunded", column_type::money}},
                                {0, 1}, "hot", false, ""};

row of_allocation(const row_context& in, const payment& state) {
  return make_row(tables::payment_allocations, state.id.value, state.intent.value, in.code, id_or_null(state.reservation.value), state.captured, state.refunded);
}

const table pix_charges{"pix_charges",
                        {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"payment_id", column_type::uuid},
                         {"provider", text}, {"provider_charge_id", text}, {"txid", text}, {"qr_code_text", text}, {"original_amount", column_type::money},
                         {"iof_amount", column_type::money}, {"net_amount", column_type::money}, {"amount_paid", column_type::money}, {"status", text},
                         {"status_changed_at", timestamptz}, {"expires_at", timestamptz}, {"paid_at", timestamptz}},
                        {0}, "hot", false, ""};

row of_pix(const row_context& in, const payment& state) {
  return make_row(tables::pix_charges, state.pix.value, state.created_at, in.at, in.code, state.id.value, state.provider, state.provider_object, text_or_null(state.pix_txid),
          text_or_null(state.pix_text), state.amount, state.iof, state.amount - state.iof, when(state.pix_paid_at.has_value(), state.pix_paid),
          name_of(state.pix_state), state.status_changed_at, state.pix_expires_at.value_or(state.created_at), state.pix_paid_at);
}

const table refunds{"refunds",
                    {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"payment_id", column_type::uuid},
                     {"reservation_id", column_type::uuid}, {"amount", column_type::money}, {"currency", text}, {"reason", text}, {"status", text},
                     {"status_changed_at", timestamptz}, {"method", text}, {"attempts", integer}, {"gateway_refund_id", text}, {"failure_message", text},
                     {"requested_at", timestamptz}, {"processed_at", timestamptz}, {"idempotency_key", text}},
                    {0}, "hot", false, ""};

row of_refund(const row_context& in, const payment& state, const refund& one) {
  return make_row(tables::refunds, one.id.value, one.requested_at, in.at, in.code, state.id.value, id_or_null(one.reservation.value), one.amount, state.currency.text(), one.reason,
          name_of(one.status), one.status_changed_at, "gateway", one.attempts, text_or_null(one.gateway_refund_id),
          clipped(one.failure_message), one.requested_at, when(one.status == refund_status::completed, one.status_changed_at),
          to_string(one.id));
}

const table reservations{"reservations",
                         {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"confirmation_code", text},
                          {"booking_intent_id", column_type::uuid}, {"property_id", column_type::uuid}, {"unit_id", column_type::uuid}, {"traveler_id", column_type::uuid},
                          {"has_email", boolean}, {"has_phone", boolean}, {"has_requests", boolean}, {"host_booking_id", text}, {"host_confirmation_code", text},
                          {"source", text}, {"check_in", column_type::date}, {"check_out", column_type::date}, {"nights", integer}, {"guests_adults", integer},
                          {"guests_children", integer}, {"guests_infants", integer}, {"currency", text}, {"base_price", column_type::money}, {"taxes", column_type::money},
                          {"fees", column_type::money}, {"extras_amount", column_type::money}, {"discount_amount", column_type::money}, {"total_amount", column_type::money},
                          {"price_snapshot", jsonb}, {"policy_snapshot", jsonb}, {"commission_rate", column_type::rate}, {"commission_amount", column_type::money},
                          {"net_to_property", column_type::money}, {"payment_collect", text}, {"payment_status", text}, {"amount_paid", column_type::money},
                          {"amount_refunded", column_type::money}, {"balance_due", column_type::money}, {"status", text}, {"status_changed_at", timestamptz},
                          {"cancel_requested_at", timestamptz}, {"cancelled_at", timestamptz}, {"cancel_reason_code", text}, {"cancelled_by", text},
                          {"refund_amount", column_type::money}, {"host_commit_status", text}, {"host_commit_attempts", integer}, {"host_commit_last_error", text},
                          {"host_commit_failed_at", timestamptz}, {"host_failure_class", text}, {"host_recall", boolean}, {"auto_refund_at", timestamptz},
                          {"booked_at", timestamptz}, {"confirmed_at", timestamptz}, {"utm_source", text}, {"utm_medium", text}, {"utm_campaign", text},
                          {"utm_content", text}, {"utm_term", text}},
                         {0}, "hot", false, ""};

row of_reservation(const row_context& in, const reservation& state) {
  const auto& terms = state.terms;
  const auto& price = terms.price;
  return make_row(tables::reservations, state.id.value, state.booked_at, in.at, in.code, state.confirmation_code, id_or_null(terms.intent.value), terms.property.value, terms.unit.value,
          id_or_null(state.contact.traveler.value), state.contact.has_email, state.contact.has_phone, state.contact.has_requests, text_or_null(state.host_booking_id),
          text_or_null(state.host_confirmation_code), terms.source, terms.stay.check_in, terms.stay.check_out, terms.stay.nights(), terms.guests.adults,
          terms.guests.children, terms.guests.infants, terms.currency.text(), price.base, price.taxes, price.fees, price.extras, price.discount,
          price.total, price_json(price, price.due_now), policy_json(terms.policy), state.commission.share, state.commission.amount,
          price.total - state.commission.amount - price.platform_taxes, state.collect, name_of(state.pay_state), state.paid, state.refunded,
          std::max(money{}, price.total - state.paid), name_of(state.status), state.status_changed_at, state.cancel_requested_at,
          state.cancelled_at, text_or_null(state.cancel_reason), text_or_null(state.cancelled_by), state.refund_amount, name_of(state.commit),
          state.total_attempts, clipped(state.commit_error), state.commit_failed_at, text_or_null(state.failure_class), state.recall,
          state.auto_refund_at, state.booked_at, state.confirmed_at, text_or_null(terms.utm->source), text_or_null(terms.utm->medium),
          text_or_null(terms.utm->name), text_or_null(terms.utm->content), text_or_null(terms.utm->term));
}

const table reservation_nights{"reservation_nights",
                               {{"reservation_id", column_type::uuid}, {"date", column_type::date}, {"property_id", column_type::uuid}, {"unit_id", column_type::uuid},
                                {"city_code", text}, {"price", column_type::money}, {"status", text}},
                               {0, 1}, "nights", false, ""};

row of_reservation_night(const row_context& in, const reservation& state, date night, money price) {
  const bool released = state.status == reservation_status::cancelled || state.status == reservation_status::refund_pending ||
                        state.status == reservation_status::refunded || state.status == reservation_status::refund_failed;
  return make_row(tables::reservation_nights, state.id.value, night, state.terms.property.value, state.terms.unit.value, in.code, price, released ? "released" : "booked");
}

const table unit_snapshots{"unit_snapshots",
                           {{"unit_id", column_type::uuid}, {"city_code", text}, {"property_id", column_type::uuid}, {"format", integer}, {"seq", bigint}, {"data", bytea}},
                           {0}, "hot", false, ""};

row of_unit_snapshot(const row_context& in, const unit_calendar& state) {
  return make_row(tables::unit_snapshots, state.id.value, in.code, id_or_null(state.property.value), 1, in.seq, bytes{encode_calendar(state)});
}

const table entity_snapshots{"entity_snapshots",
                             {{"entity_id", column_type::uuid}, {"city_code", text}, {"kind", smallint}, {"seq", bigint}, {"unfinished", boolean}, {"data", bytea}},
                             {1, 0}, "hot", false, "city"};

row of_entity_snapshot(const row_context& in, entity_id entity, entity_kind kind, bool unfinished, std::string data) {
  return make_row(tables::entity_snapshots, entity, in.code, static_cast<int>(kind), in.seq, unfinished, bytes{std::move(data)});
}

const table availability_calendar{"availability_calendar",
                                  {{"unit_id", column_type::uuid}, {"date", column_type::date}, {"property_id", column_type::uuid}, {"city_code", text},
                                   {"is_available", boolean}, {"host_allotment", integer}, {"allotment", integer}, {"bookings_count", integer}, {"temp_holds", integer},
                                   {"allotment_cap", integer}, {"base_price", column_type::money}, {"min_stay", integer}, {"max_stay", integer},
                                   {"closed_to_arrival", boolean}, {"closed_to_departure", boolean}, {"updated_at", timestamptz}},
                                  {0, 1}, "nights", false, ""};

row of_night(const row_context& in, const unit_calendar& state, date day, int untouched) {
  const night* one = state.find(day);
  const night none;
  if (one == nullptr)
    one = &none;
  const int held = one->held + untouched;
  return make_row(tables::availability_calendar, state.id.value, day, id_or_null(state.property.value), in.code, !one->closed, one->host_allotment,
                  std::max(one->limit(), one->booked + held), one->booked, held, when(one->cap >= 0, one->cap), when(one->price >= 0, money{one->price}),
          when(one->min_stay != 0, one->min_stay), when(one->max_stay != 0, one->max_stay), one->closed_to_arrival,
          one->closed_to_departure, in.at);
}

const table audit_logs{"audit_logs",
                       {{"city_code", text}, {"seq", bigint}, {"n", integer}, {"created_at", timestamptz}, {"actor_type", text}, {"actor_id", text}, {"action", text},
                        {"entity_type", text}, {"entity_id", column_type::uuid}, {"before", jsonb}, {"after", jsonb}, {"correlation_id", text}},
                       {0, 1, 2, 3}, "audit", true, "month"};
const table audit_entities{"audit_entities",
                           {{"entity_id", column_type::uuid}, {"city_code", text}, {"seq", bigint}, {"n", integer}, {"created_at", timestamptz}},
                           {0, 1, 2, 3}, "booking_log", true, "city"};
const table booking_events{"booking_events",
                           {{"city_code", text}, {"seq", bigint}, {"n", integer}, {"created_at", timestamptz}, {"booking_intent_id", column_type::uuid},
                            {"reservation_id", column_type::uuid}, {"event_type", text}, {"from_status", text}, {"to_status", text}, {"actor_type", text},
                            {"actor_id", text}, {"payload", jsonb}, {"correlation_id", text}},
                           {0, 1, 2, 3}, "booking_log", true, "month"};
const table ledger_transactions{"ledger_transactions",
                                {{"id", column_type::uuid}, {"city_code", text}, {"type", text}, {"currency", text}, {"idempotency_key", text},
                                 {"reservation_id", column_type::uuid}, {"property_id", column_type::uuid}, {"payment_id", column_type::uuid}, {"refund_id", column_type::uuid},
                                 {"created_at", timestamptz}},
                                {0}, "money", true, ""};
const table ledger_entries{"ledger_entries",
                           {{"id", column_type::uuid}, {"created_at", timestamptz}, {"transaction_id", column_type::uuid}, {"city_code", text}, {"entity_type", text},
                            {"booking_id", column_type::uuid}, {"booking_intent_id", column_type::uuid}, {"property_id", column_type::uuid},
                            {"payment_id", column_type::uuid}, {"entry_type", text}, {"account", text}, {"direction", text}, {"amount", column_type::money},
                            {"currency", text}, {"gateway", text}, {"metadata", jsonb}},
                           {0}, "money", true, ""};
const table account_balances{"account_balances",
                             {{"city_code", text}, {"account", text}, {"gateway", text}, {"currency", text}, {"debit_total", column_type::money},
                              {"credit_total", column_type::money}, {"updated_at", timestamptz}},
                             {0, 1, 2, 3}, "money", false, ""};

} // namespace reserve::persistence::tables
