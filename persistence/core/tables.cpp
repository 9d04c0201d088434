#include "persistence/core/tables.hpp"

#include "actors/protocols/storage_port.hpp"

#include "domain/codec.hpp"

#include <algorithm>

namespace reserve::persistence::tables {

namespace {

// Only the column types whose names are no types of ours.
using column_type::bigint, column_type::boolean, column_type::bytea, column_type::integer, column_type::jsonb, column_type::smallint, column_type::text,
    column_type::timestamptz;

column_value id_or_null(const uuid& id) {
  return id.is_nil() ? column_value{} : column_value{id};
}
column_value text_or_null(const std::string& text) {
  return text.empty() ? column_value{} : column_value{text};
}
/// Text of others, cut to its column at a character's edge: a long message must never stop a projection.
column_value clipped(std::string text, std::size_t most = 500) {
  if (text.size() > most) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80)
      --most;
    text.resize(most);
  }
  return text_or_null(text);
}
template <class T>
column_value or_null(const std::optional<T>& value) {
  return value ? column_value{*value} : column_value{};
}
column_value number(std::int64_t value) {
  return value;
}
column_value name(std::string_view text) {
  return std::string(text);
}

/// JSON text of trusted structure; strings are escaped.
class json_object {
public:
  json_object& add(std::string_view key, std::string_view text) { return raw(key, quoted(text)); }
  json_object& add(std::string_view key, money amount) { return raw(key, to_string(amount)); }
  json_object& add(std::string_view key, std::int64_t value) { return raw(key, std::to_string(value)); }
  json_object& raw(std::string_view key, std::string_view json) {
    text_ += text_.size() > 1 ? "," : "";
    text_ += quoted(key);
    text_ += ":";
    text_ += json;
    return *this;
  }
  std::string text() const { return text_ + "}"; }
  static std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        constexpr char digits[] = "0123456789abcdef";
        out += "\\u00";
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[c & 15];
      } else {
        out += c;
      }
    }
    return out + "\"";
  }

private:
  std::string text_ = "{";
};

template <class Items, class Render>
std::string json_list(const Items& items, Render render) {
  std::string out = "[";
  for (const auto& one : items)
    out += (out.size() > 1 ? "," : "") + render(one);
  return out + "]";
}

std::string lines_json(const std::vector<price_line>& lines) {
  return json_list(lines, [](const price_line& line) { return json_object().add("code", line.code).add("name", line.name).add("amount", line.amount).text(); });
}

json_text price_json(const booking_terms& terms) {
  std::string nights = "[";
  auto day = terms.stay.check_in;
  for (const auto& amount : terms.price.nights) {
    nights += (nights.size() > 1 ? "," : "") + json_object().add("date", to_string(day)).add("price", amount).text();
    day += std::chrono::days(1);
  }
  return {json_object()
              .raw("nights", nights + "]")
              .raw("fee_lines", lines_json(terms.price.fee_lines))
              .raw("tax_lines", lines_json(terms.price.tax_lines))
              .add("due_now", terms.price.due_now)
              .text()};
}

json_text policy_json(const policy_snapshot& policy) {
  json_object out;
  out.add("policy_type", policy.type);
  out.raw("free_cancellation_hours", policy.free_hours ? std::to_string(*policy.free_hours) : "null");
  out.add("refund_percentage_before", static_cast<std::int64_t>(policy.percent_before)).add("refund_percentage_after", static_cast<std::int64_t>(policy.percent_after));
  out.raw("free_until", policy.free_until ? json_object::quoted(to_string(*policy.free_until)) : "null");
  return {out.text()};
}

std::string texts_json(const std::vector<std::string>& texts) {
  return json_list(texts, [](const std::string& text) { return json_object::quoted(text); });
}

std::string images_json(const std::vector<image>& images) {
  return json_list(images, [](const image& one) { return json_object().add("url", one.url).add("alt", one.alt).text(); });
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
                             {"utm_term", text}},
                            {0, 1}, "hot", false, "city"};

row of_intent(const row_context& in, const intent& state, bool opened) {
  const auto& terms = state.terms;
  const auto& price = terms.price;
  return {in.code, terms.intent.value, terms.created_at, terms.session, terms.property.value, terms.unit.value, id_or_null(state.contact.traveler.value),
          state.contact_seq == 0 ? column_value{} : number(static_cast<std::int64_t>(state.contact_seq)), state.contact.has_first_name && state.contact.has_last_name,
          state.contact.has_email, state.contact.has_phone, state.contact.has_requests, terms.stay.check_in, terms.stay.check_out, number(terms.stay.nights()),
          number(terms.guests.adults), number(terms.guests.children), number(terms.guests.infants), price.base, price.taxes, price.fees, price.extras, price.discount,
          price.total, price.due_now, name(terms.currency.text()), price_json(terms), policy_json(terms.policy), name(name_of(state.status)), state.status_changed_at,
          opened, state.expires_at, to_string(terms.hold), number(state.payment_failures), text_or_null(state.cancel_reason), state.availability_unverified,
          state.reservation ? column_value{state.reservation->value} : column_value{}, state.recovered_from ? column_value{state.recovered_from->value} : column_value{},
          state.recovered_by ? column_value{state.recovered_by->value} : column_value{}, or_null(state.converted_at), terms.source, text_or_null(terms.utm.source),
          text_or_null(terms.utm.medium), text_or_null(terms.utm.name), text_or_null(terms.utm.content), text_or_null(terms.utm.term)};
}

const table room_availability_holds{"room_availability_holds",
                                    {{"city_code", text}, {"id", column_type::uuid}, {"created_at", timestamptz}, {"booking_intent_id", column_type::uuid},
                                     {"unit_id", column_type::uuid}, {"start_date", column_type::date}, {"end_date", column_type::date}, {"rooms", integer},
                                     {"status", text}, {"expires_at", timestamptz}, {"ended_at", timestamptz}, {"end_reason", text}},
                                    {0, 1}, "hot", false, "city"};

row of_hold(const row_context& in, const intent& state) {
  const auto& terms = state.terms;
  const char* status = "active";
  if (state.status == intent_status::converted)
    status = "converted";
  else if (state.status == intent_status::expired)
    status = "expired";
  else if (state.status == intent_status::cancelled)
    status = "released";
  const bool active = status == std::string_view("active");
  return {in.code, terms.hold.value, terms.created_at, terms.intent.value, terms.unit.value, terms.stay.check_in, terms.stay.check_out, number(terms.rooms),
          name(status), state.expires_at, active ? column_value{} : column_value{state.status_changed_at}, active ? column_value{} : name(status)};
}

const table payments{"payments",
                     {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"booking_intent_id", column_type::uuid},
                      {"reservation_id", column_type::uuid}, {"purpose", text}, {"method", text}, {"provider", text}, {"status", text}, {"status_changed_at", timestamptz},
                      {"amount", column_type::money}, {"captured", column_type::money}, {"amount_refunded", column_type::money}, {"refund_open", column_type::money},
                      {"currency", text}, {"gateway_payment_intent_id", text}, {"gateway_charge_id", text}, {"failure_code", text}, {"failure_message", text},
                      {"fee_amount", column_type::money}, {"idempotency_key", text}, {"late", boolean}, {"processed_at", timestamptz}},
                     {0}, "hot", false, ""};

row of_payment(const row_context& in, const payment& state) {
  return {state.id.value, state.created_at, in.at, in.code, id_or_null(state.intent.value), id_or_null(state.reservation.value), state.purpose, state.method,
          state.provider, name(name_of(state.status)), state.status_changed_at, state.amount, state.captured, state.refunded, state.refund_open,
          name(state.currency.text()), text_or_null(state.provider_object), text_or_null(state.charge), text_or_null(state.failure_code),
          clipped(state.failure_message), state.fee, to_string(state.id), state.late, or_null(state.processed_at)};
}

const table payment_attempts{"payment_attempts",
                             {{"id", column_type::uuid}, {"created_at", timestamptz}, {"city_code", text}, {"payment_id", column_type::uuid},
                              {"booking_intent_id", column_type::uuid}, {"attempt_no", integer}, {"payment_method", text}, {"provider", text},
                              {"provider_payment_intent_id", text}, {"provider_charge_id", text}, {"amount", column_type::money}, {"currency", text}, {"status", text},
                              {"status_changed_at", timestamptz}, {"error_code", text}, {"error_message", text}, {"requires_action", boolean}, {"action_type", text},
                              {"card_last4", text}, {"card_brand", text}},
                             {0}, "hot", false, ""};

row of_attempt(const row_context& in, const payment& state) {
  return {state.attempt.value, state.created_at, in.code, state.id.value, id_or_null(state.intent.value), number(state.attempt_no),
          name(state.is_pix() ? "pix" : "credit_card"), state.provider, text_or_null(state.provider_object), text_or_null(state.charge), state.amount,
          name(state.currency.text()), name(name_of(state.attempt_state)), state.status_changed_at, text_or_null(state.failure_code),
          clipped(state.failure_message), state.attempt_state == attempt_status::requires_action, text_or_null(state.action_type),
          text_or_null(state.card_last4), text_or_null(state.card_brand)};
}

const table payment_allocations{"payment_allocations",
                                {{"payment_id", column_type::uuid}, {"booking_intent_id", column_type::uuid}, {"city_code", text}, {"reservation_id", column_type::uuid},
                                 {"amount", column_type::money}, {"refunded", column_type::money}},
                                {0, 1}, "hot", false, ""};

row of_allocation(const row_context& in, const payment& state) {
  return {state.id.value, state.intent.value, in.code, id_or_null(state.reservation.value), state.captured, state.refunded};
}

const table pix_charges{"pix_charges",
                        {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"payment_id", column_type::uuid},
                         {"provider", text}, {"provider_charge_id", text}, {"txid", text}, {"qr_code_text", text}, {"original_amount", column_type::money},
                         {"iof_amount", column_type::money}, {"net_amount", column_type::money}, {"amount_paid", column_type::money}, {"status", text},
                         {"status_changed_at", timestamptz}, {"expires_at", timestamptz}, {"paid_at", timestamptz}},
                        {0}, "hot", false, ""};

row of_pix(const row_context& in, const payment& state) {
  return {state.pix.value, state.created_at, in.at, in.code, state.id.value, state.provider, state.provider_object, text_or_null(state.pix_txid),
          text_or_null(state.pix_text), state.amount, state.iof, state.amount - state.iof, state.pix_paid_at ? column_value{state.pix_paid} : column_value{},
          name(name_of(state.pix_state)), state.status_changed_at, state.pix_expires_at.value_or(state.created_at), or_null(state.pix_paid_at)};
}

const table refunds{"refunds",
                    {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"payment_id", column_type::uuid},
                     {"reservation_id", column_type::uuid}, {"amount", column_type::money}, {"currency", text}, {"reason", text}, {"status", text},
                     {"status_changed_at", timestamptz}, {"method", text}, {"attempts", integer}, {"gateway_refund_id", text}, {"failure_message", text},
                     {"requested_at", timestamptz}, {"processed_at", timestamptz}, {"idempotency_key", text}},
                    {0}, "hot", false, ""};

row of_refund(const row_context& in, const payment& state, const refund& one) {
  return {one.id.value, one.requested_at, in.at, in.code, state.id.value, id_or_null(one.reservation.value), one.amount, name(state.currency.text()), one.reason,
          name(name_of(one.status)), one.status_changed_at, name("gateway"), number(one.attempts), text_or_null(one.gateway_refund_id),
          clipped(one.failure_message), one.requested_at, one.status == refund_status::completed ? column_value{one.status_changed_at} : column_value{},
          to_string(one.id)};
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
  return {state.id.value, state.booked_at, in.at, in.code, state.confirmation_code, id_or_null(terms.intent.value), terms.property.value, terms.unit.value,
          id_or_null(state.contact.traveler.value), state.contact.has_email, state.contact.has_phone, state.contact.has_requests, text_or_null(state.host_booking_id),
          text_or_null(state.host_confirmation_code), terms.source, terms.stay.check_in, terms.stay.check_out, number(terms.stay.nights()), number(terms.guests.adults),
          number(terms.guests.children), number(terms.guests.infants), name(terms.currency.text()), price.base, price.taxes, price.fees, price.extras, price.discount,
          price.total, price_json(terms), policy_json(terms.policy), state.commission.share, state.commission.amount,
          price.total - state.commission.amount - price.platform_taxes, state.collect, name(name_of(state.pay_state)), state.paid, state.refunded,
          std::max(money{}, price.total - state.paid), name(name_of(state.status)), state.status_changed_at, or_null(state.cancel_requested_at),
          or_null(state.cancelled_at), text_or_null(state.cancel_reason), text_or_null(state.cancelled_by), state.refund_amount, name(name_of(state.commit)),
          number(state.total_attempts), clipped(state.commit_error), or_null(state.commit_failed_at), text_or_null(state.failure_class), state.recall,
          or_null(state.auto_refund_at), state.booked_at, or_null(state.confirmed_at), text_or_null(terms.utm.source), text_or_null(terms.utm.medium),
          text_or_null(terms.utm.name), text_or_null(terms.utm.content), text_or_null(terms.utm.term)};
}

const table reservation_nights{"reservation_nights",
                               {{"reservation_id", column_type::uuid}, {"date", column_type::date}, {"property_id", column_type::uuid}, {"unit_id", column_type::uuid},
                                {"city_code", text}, {"price", column_type::money}, {"status", text}},
                               {0, 1}, "nights", false, ""};

row of_reservation_night(const row_context& in, const reservation& state, date night, money price) {
  const bool released = state.status == reservation_status::cancelled || state.status == reservation_status::refund_pending ||
                        state.status == reservation_status::refunded || state.status == reservation_status::refund_failed;
  return {state.id.value, night, state.terms.property.value, state.terms.unit.value, in.code, price, name(released ? "released" : "booked")};
}

const table unit_snapshots{"unit_snapshots",
                           {{"unit_id", column_type::uuid}, {"city_code", text}, {"property_id", column_type::uuid}, {"format", integer}, {"seq", bigint}, {"data", bytea}},
                           {0}, "hot", false, ""};

row of_unit_snapshot(const row_context& in, const unit_calendar& state) {
  return {state.id.value, in.code, id_or_null(state.property.value), number(1), number(static_cast<std::int64_t>(in.seq)), bytes{encode_calendar(state)}};
}

const table entity_snapshots{"entity_snapshots",
                             {{"entity_id", column_type::uuid}, {"city_code", text}, {"kind", smallint}, {"seq", bigint}, {"unfinished", boolean}, {"data", bytea}},
                             {1, 0}, "hot", false, "city"};

row of_entity_snapshot(const row_context& in, entity_id entity, std::int64_t kind, bool unfinished, std::string data) {
  return {entity, in.code, number(kind), number(static_cast<std::int64_t>(in.seq)), unfinished, bytes{std::move(data)}};
}

const table availability_calendar{"availability_calendar",
                                  {{"unit_id", column_type::uuid}, {"date", column_type::date}, {"property_id", column_type::uuid}, {"city_code", text},
                                   {"is_available", boolean}, {"host_allotment", integer}, {"allotment", integer}, {"bookings_count", integer}, {"temp_holds", integer},
                                   {"allotment_cap", integer}, {"base_price", column_type::money}, {"min_stay", integer}, {"max_stay", integer},
                                   {"closed_to_arrival", boolean}, {"closed_to_departure", boolean}, {"updated_at", timestamptz}},
                                  {0, 1}, "nights", false, ""};

row of_night(const row_context& in, const unit_calendar& state, date day) {
  const night* one = state.find(day);
  const night none;
  if (one == nullptr)
    one = &none;
  return {state.id.value, day, id_or_null(state.property.value), in.code, !one->closed, number(one->host_allotment), number(std::max(one->limit(), one->booked + one->held)),
          number(one->booked), number(one->held), one->cap < 0 ? column_value{} : number(one->cap), one->price < 0 ? column_value{} : column_value{money{one->price}},
          one->min_stay == 0 ? column_value{} : number(one->min_stay), one->max_stay == 0 ? column_value{} : number(one->max_stay), one->closed_to_arrival,
          one->closed_to_departure, in.at};
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

const table exceptions{"exceptions",
                       {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"exception_type", text},
                        {"severity", text}, {"status", text}, {"status_changed_at", timestamptz}, {"title", text}, {"error_message", text}, {"error_code", text},
                        {"context", jsonb}, {"reservation_id", column_type::uuid}, {"booking_intent_id", column_type::uuid}, {"payment_id", column_type::uuid},
                        {"refund_id", column_type::uuid}, {"property_id", column_type::uuid}, {"entity_key", text}, {"occurrences", integer},
                        {"resolution_action", text}, {"resolved_at", timestamptz}, {"previous_id", column_type::uuid}},
                       {0}, "desk", false, ""};

row of_exception(const row_context& in, const open_exception& state, const std::string& resolution) {
  json_object context;
  for (const auto& [key, value] : state.notice.context)
    context.add(key, value);
  const bool closed = state.status == exception_status::resolved || state.status == exception_status::dismissed;
  return {state.id.value, state.created_at, in.at, in.code, state.notice.type, state.notice.severity, name(name_of(state.status)), state.updated_at,
          state.notice.type, clipped(state.notice.error_message), text_or_null(state.notice.error_code), json_text{context.text()},
          id_or_null(state.notice.reservation.value), id_or_null(state.notice.intent.value), id_or_null(state.notice.payment.value),
          id_or_null(state.notice.refund.value), id_or_null(state.notice.property.value), state.notice.entity_key, number(state.occurrences),
          text_or_null(resolution), closed ? column_value{in.at} : column_value{}, id_or_null(state.previous.value)};
}

const table cities{"cities",
                   {{"id", column_type::uuid}, {"city_code", text}, {"code", text}, {"number", integer}, {"name", text}, {"state", text}, {"country", text},
                    {"timezone", text}, {"currency", text}, {"locale", text}, {"support_phone", text}, {"support_email", text}, {"slug", text},
                    {"format_level", integer}, {"is_active", boolean}, {"created_at", timestamptz}, {"updated_at", timestamptz}},
                   {0}, "catalogue", false, "", true};

row of_city(const row_context& in, const city_added& city) {
  return {city_entity(city.number), in.code, city.code, number(city.number), city.name, text_or_null(city.state), city.country, city.timezone,
          name(city.currency.text()), city.locale, text_or_null(city.support_phone), text_or_null(city.support_email), text_or_null(city.slug), number(1), true, in.at, in.at};
}

const table code_blocks{"code_blocks",
                        {{"year", integer}, {"block_no", integer}, {"city_code", text}, {"first_counter", bigint}, {"last_counter", bigint}, {"created_at", timestamptz}},
                        {0, 1}, "catalogue", true, "", true};

row of_code_block(const row_context& in, const code_block_given& block) {
  return {number(block.year), number(block.block), block.city_code, number(block.first), number(block.last), in.at};
}

const table city_settings{"city_settings", {{"city_code", text}, {"settings", jsonb}, {"version", integer}, {"updated_at", timestamptz}}, {0}, "catalogue", false, ""};

row of_settings(const row_context& in, const city_content& city) {
  json_object settings;
  for (const auto& [key, value] : city.settings)
    settings.add(key, value);
  return {in.code, json_text{settings.text()}, number(1), in.at};
}

const table properties_map{"properties_map",
                           {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"city_id", column_type::uuid},
                            {"host_property_id", text}, {"name", text}, {"slug", text}, {"property_type", text}, {"description", text}, {"address", jsonb}, {"state", text},
                            {"phone", text}, {"email", text}, {"whatsapp", text}, {"amenities_cached", jsonb}, {"images_cached", jsonb}, {"house_rules", text},
                            {"check_in_time", column_type::time}, {"check_out_time", column_type::time}, {"currency", text}, {"fees", jsonb}, {"review_count", integer},
                            {"confirmation_mode", text}, {"allotment_semantics", text}, {"availability_status", text}, {"is_active", boolean}, {"is_published", boolean},
                            {"is_featured", boolean}},
                           {0}, "catalogue", false, ""};

row of_property(const row_context& in, uuid city_id, const property_content& property) {
  const auto fees = json_list(property.fees, [](const fee& one) {
    return json_object().add("code", one.code).add("name", one.name).add("basis", one.basis).add("amount", one.amount).raw("taxable", one.taxable ? "true" : "false").text();
  });
  return {property.id.value, in.at, in.at, in.code, city_id, property.host_property_id, property.name, property.slug, text_or_null(property.property_type),
          text_or_null(property.description), json_text{json_object().add("text", property.address).add("city", property.city_name).text()},
          text_or_null(property.state), text_or_null(property.phone), text_or_null(property.email), text_or_null(property.whatsapp),
          json_text{texts_json(property.amenities)}, json_text{images_json(property.images)}, text_or_null(property.house_rules), property.check_in_time,
          property.check_out_time, name(property.currency.text()), json_text{fees}, number(property.review_count), property.confirmation_mode,
          property.allotment_semantics, name("ok"), property.active, property.published, property.featured};
}

const table unit_map{"unit_map",
                     {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"property_id", column_type::uuid},
                      {"host_unit_id", text}, {"name", text}, {"slug", text}, {"description", text}, {"max_occupancy", integer}, {"base_capacity", integer},
                      {"bed_configuration", jsonb}, {"amenities_cached", jsonb}, {"images_cached", jsonb}, {"base_price", column_type::money},
                      {"extra_adult_price", column_type::money}, {"extra_child_price", column_type::money}, {"is_active", boolean}, {"sort", integer}},
                     {0}, "catalogue", false, ""};

row of_unit(const row_context& in, const property_content& property, const unit_content& unit) {
  const auto beds = json_list(unit.beds, [](const bed& one) { return json_object().add("type", one.type).add("count", static_cast<std::int64_t>(one.count)).text(); });
  return {unit.id.value, in.at, in.at, in.code, property.id.value, unit.host_unit_id, unit.name, unit.slug, text_or_null(unit.description),
          number(unit.max_occupancy), number(unit.base_capacity), json_text{beds}, json_text{texts_json(unit.amenities)}, json_text{images_json(unit.images)},
          or_null(unit.base_price), unit.extra_adult, unit.extra_child, unit.active, number(unit.sort)};
}

const table cancellation_policies{"cancellation_policies",
                                  {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text},
                                   {"property_id", column_type::uuid}, {"policy_type", text}, {"free_cancellation_hours", integer}, {"refund_percentage_before", integer},
                                   {"refund_percentage_after", integer}, {"no_show_charge_percentage", integer}, {"scope", text}, {"is_active", boolean}},
                                  {0}, "catalogue", false, ""};

row of_policy(const row_context& in, const policy_snapshot& policy, std::optional<property_id> property) {
  const auto owner = property ? property->value : city_entity(in.city);
  return {derive_uuid(owner, "cancellation_policy"), in.at, in.at, in.code, property ? column_value{property->value} : column_value{}, policy.type,
          policy.free_hours ? number(*policy.free_hours) : column_value{}, number(policy.percent_before), number(policy.percent_after),
          policy.no_show_percent ? number(*policy.no_show_percent) : column_value{}, name(property ? "property" : "city"), true};
}

const table tax_rules{"tax_rules",
                      {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_id", column_type::uuid}, {"city_code", text},
                       {"tax_type", text}, {"rate", column_type::money}, {"applies_to", text}, {"remitted_by", text}, {"effective_from", column_type::date},
                       {"effective_to", column_type::date}, {"is_active", boolean}},
                      {0}, "catalogue", false, ""};

row of_tax(const row_context& in, const tax_rule& tax) {
  return {tax.id, in.at, in.at, city_entity(in.city), in.code, tax.type, money{tax.share.per_ten_thousand}, tax.applies_to, tax.remitted_by, tax.from, or_null(tax.to), tax.active};
}

const table commission_tiers{"commission_tiers",
                             {{"id", column_type::uuid}, {"created_at", timestamptz}, {"updated_at", timestamptz}, {"city_code", text}, {"rule_type", text},
                              {"commission_rate", column_type::rate}, {"fixed_amount", column_type::money}, {"min_commission", column_type::money},
                              {"max_commission", column_type::money}, {"is_active", boolean}},
                             {0}, "money", false, ""};

row of_commission(const row_context& in, const commission_rule& rule) {
  return {derive_uuid(city_entity(in.city), "commission"), in.at, in.at, in.code, rule.kind, rule.share, rule.fixed, or_null(rule.minimum), or_null(rule.maximum), true};
}

const table numbering{"numbering", {{"city_code", text}, {"series", text}, {"year", integer}, {"last_value", bigint}, {"updated_at", timestamptz}}, {0, 1, 2}, "money", false, ""};

row of_numbering(const row_context& in, const numbering_state& state) {
  return {in.code, name("code"), number(state.year), number(static_cast<std::int64_t>(state.next) - 1), in.at};
}

} // namespace reserve::persistence::tables
