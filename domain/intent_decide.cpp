#include "domain/intent.hpp"

#include "domain/mutant.hpp"

#include <algorithm>

namespace reserve {

namespace {

using events = std::vector<intent_event>;
using standing = intent_payment::standing;

/// A mismatched payment keeps its intent alive this long, so that people can accept it or the guest can pay in full (B7b).
constexpr auto mismatch_wait = std::chrono::minutes(30);

bool has_row(intent_status from, intent_step on) {
  const auto& rows = intent_lifecycle();
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.from == from && row.on == on; });
}

bool due(const intent& known, timestamp now) {
  return now >= known.expires_at;
}

timestamp grace_end(const intent& known, const city_settings& settings) {
  return known.expires_at + settings.payment.expire_grace;
}

const intent_payment* find(const intent& known, payment_id id) {
  const auto found = std::find_if(known.payments.begin(), known.payments.end(), [&](const auto& one) { return one.id == id; });
  return found == known.payments.end() ? nullptr : &*found;
}

bool is_current(const intent& known, const intent_payment& one) {
  return known.current == one.id;
}

refusal invalid_state(const intent& known) {
  refusal why(errc::invalid_state);
  why.details.emplace_back("status", name_of(known.status));
  return why;
}

refusal already_processed(const intent& known) {
  refusal why(errc::payment_already_processed);
  if (known.reservation)
    why.details.emplace_back("reservation_id", "\"" + to_string(*known.reservation) + "\"");
  return why;
}

/// The answer of a cell without a row: PAP, 410 or · of the matrix.
refusal no_row(const intent& known, intent_step on) {
  using enum intent_status;
  if (known.status == absent)
    return errc::booking_intent_not_found;
  const bool paid = known.status == payment_confirmed || known.status == converted;
  if (paid && on == intent_step::start_payment)
    return already_processed(known);
  const bool ended = known.status == expired || known.status == cancelled;
  const bool guests_own = on == intent_step::traveler || on == intent_step::reprice || on == intent_step::start_payment ||
                          on == intent_step::submit || on == intent_step::confirm || on == intent_step::decline;
  if (ended && guests_own)
    return errc::booking_intent_expired;
  return invalid_state(known);
}

/// State first, then the deadline, which counts also before B14 is written.
std::optional<refusal> refuse(const intent& known, intent_step on, timestamp now) {
  if (!has_row(known.status, on))
    return no_row(known, on);
  if (due(known, now))
    return refusal(errc::booking_intent_expired);
  return std::nullopt;
}

std::optional<refusal> missing_traveler(const contact_flags& contact) {
  refusal why(errc::missing_required_field);
  const auto need = [&](bool present, const char* field) {
    if (!present)
      why.fields.emplace_back(field, "missing");
  };
  need(contact.has_first_name, "traveler.first_name");
  need(contact.has_last_name, "traveler.last_name");
  need(contact.has_email, "traveler.email");
  need(contact.has_phone, "traveler.phone");
  return why.fields.empty() ? std::nullopt : std::optional(why);
}

bool is_card(std::string_view method) {
  return method == "stripe_card";
}

/// At most `payment_total` after the first payment start, and never back.
timestamp extended(const intent& known, timestamp wanted, const city_settings& settings) {
  if (known.first_payment_at)
    wanted = std::min<timestamp>(wanted, *known.first_payment_at + settings.ttl.payment_total);
  return std::max(known.expires_at, wanted);
}

timestamp expiry_of_start(const intent& known, const start_payment& command, const intent_context& context) {
  const auto& ttl = context.settings->ttl;
  const timestamp wanted = context.now + (is_card(command.method) ? ttl.payment_pending : ttl.pix_charge);
  return known.status == intent_status::payment_pending ? extended(known, wanted, *context.settings) : wanted;
}

/// B6: an unfinished object, or a declined one that could still be paid.
std::optional<payment_id> superseded_by_start(const intent& known) {
  const auto* const current = known.current ? find(known, *known.current) : nullptr;
  if (current == nullptr || (current->now != standing::open && current->now != standing::failed))
    return std::nullopt;
  return current->id;
}

intent_step step_of_success(const intent& known, const payment_report& report) {
  const money amount_due = known.terms.price.due_now;
  if (!report.same_currency || (report.captured < amount_due && !mutant(bug::partial_payment)))
    return intent_step::paid_under;
  return report.captured == amount_due ? intent_step::paid_exact : intent_step::paid_over;
}

/// B17. One recovery at a time, and one for life: a second late payment goes back.
payment_late late(const intent& known, const payment_report& report) {
  const bool exact = step_of_success(known, report) == intent_step::paid_exact;
  return {report.payment, report.captured, exact && !known.recovering && !known.recovered_by};
}

events on_success_in_time(const intent& known, const payment_report& report, const intent_context& context) {
  if (step_of_success(known, report) == intent_step::paid_under) {
    const timestamp until = std::max<timestamp>(known.expires_at, context.now + mismatch_wait);
    return {payment_mismatched{report.payment, report.captured, until}}; // B7b
  }
  const money surplus = mutant(bug::overpayment_kept) ? money{} : report.captured - known.terms.price.due_now;
  const timestamp failsafe = context.now + context.settings->ttl.finalize_failsafe;
  return {payment_counted{report.payment, report.captured, surplus, failsafe}}; // B7, B7a
}

events on_success(const intent& known, const payment_report& report, const intent_context& context) {
  using enum intent_status;
  switch (known.status) {
  case payment_pending:
    if (context.now > grace_end(known, *context.settings))
      return {intent_expired{}, late(known, report)}; // B7c
    return on_success_in_time(known, report, context);
  case payment_confirmed:
  case converted: return {payment_duplicate{report.payment, report.captured}}; // B19
  case expired:
  case cancelled: return {late(known, report)}; // B17
  case absent:
  case intent_created:
  case awaiting_confirmation: break;
  }
  return {};
}

events on_decline(const intent& known, const intent_payment& payment, const intent_context& context) {
  if (payment.now == standing::superseded)
    return {payment_ended{payment.id}}; // B4b
  if (payment.now != standing::open || !is_current(known, payment))
    return {};
  const int failures = known.payment_failures + 1;
  if (failures >= context.settings->payment.max_failures)
    return {payment_declined{payment.id, failures, known.expires_at}, intent_cancelled{"payment_failures"}}; // B5
  const timestamp until = extended(known, known.expires_at + context.settings->ttl.retry_extension, *context.settings);
  return {payment_declined{payment.id, failures, until}}; // B4
}

events on_not_created(const intent& known, const intent_payment& payment) {
  if (payment.now == standing::open && is_current(known, payment))
    return {payment_not_created{payment.id}}; // B4a
  if (payment.now == standing::open || payment.now == standing::superseded)
    return {payment_ended{payment.id}}; // B4b
  return {};
}

events on_ended(const intent_payment& payment) {
  if (payment.now != standing::open && payment.now != standing::superseded)
    return {};
  return {payment_ended{payment.id}}; // B4b, PX5, PX7
}

events on_authentication(const intent& known, const intent_payment& payment) {
  if (payment.now != standing::open || !is_current(known, payment) || payment.action_since)
    return {};
  return {authentication_asked{payment.id}};
}

/// Nothing a provider says later changes what these have become.
bool settled(standing now) {
  return now == standing::counted || now == standing::mismatched || now == standing::late || now == standing::duplicate;
}

std::optional<timestamp> three_ds_end(const intent& known, const city_settings& settings) {
  const auto* const current = known.current ? find(known, *known.current) : nullptr;
  if (current == nullptr || current->now != standing::open || !current->action_since)
    return std::nullopt;
  return *current->action_since + settings.ttl.three_ds_cancel;
}

events pending_due(const intent& known, reread provider, const intent_context& context) {
  const auto authentication = three_ds_end(known, *context.settings);
  const bool abandoned = authentication && context.now >= *authentication && *authentication <= known.expires_at;
  // An object that is `processing` has been authenticated meanwhile.
  if (abandoned && provider != reread::processing)
    return {intent_cancelled{"authentication_abandoned"}}; // B15
  if (!due(known, context.now))
    return {};
  const bool certain = provider == reread::not_needed || provider == reread::unpaid || mutant(bug::expired_unasked);
  if (!certain && context.now < grace_end(known, *context.settings))
    return {};               // B14a
  return {intent_expired{}}; // B14, B14b
}

} // namespace

intent_decision decide(const intent& known, const set_traveler& command, const intent_context& context) {
  if (auto why = refuse(known, intent_step::traveler, context.now))
    return *why;
  return events{traveler_changed{command.contact}}; // B21
}

intent_decision decide(const intent& known, const submit_request&, const intent_context& context) {
  using enum intent_status;
  const bool manual = known.terms.confirmation_mode == "manual";
  if (manual && (known.status == awaiting_confirmation || known.status == converted))
    return events{};
  if (auto why = refuse(known, intent_step::submit, context.now))
    return *why;
  if (!manual)
    return invalid_state(known);
  if (auto why = missing_traveler(known.contact))
    return *why;
  return events{request_submitted{context.now + context.settings->ttl.tentative}}; // B3
}

intent_decision decide(const intent& known, const start_payment& command, const intent_context& context, bool unverified) {
  if (auto why = refuse(known, intent_step::start_payment, context.now))
    return *why;
  if (find(known, command.payment) != nullptr)
    return events{};
  if (command.retry && known.status != intent_status::payment_pending)
    return invalid_state(known);
  if (known.terms.confirmation_mode != "instant")
    return invalid_state(known);
  if (auto why = missing_traveler(known.contact))
    return *why;
  if (known.payment_failures >= context.settings->payment.max_failures)
    return errc::payment_failed;
  payment_started started;
  started.payment = command.payment;
  started.method = command.method;
  started.provider = command.provider;
  started.attempt_no = static_cast<std::int32_t>(known.payments.size()) + 1;
  started.expires_at = expiry_of_start(known, command, context);
  started.availability_unverified = unverified;
  started.supersedes = superseded_by_start(known);
  return events{started}; // B2, B6
}

intent_decision decide(const intent& known, const cancel_intent& command, const intent_context&) {
  using enum intent_status;
  if (known.status == cancelled)
    return events{};
  if (known.status == converted)
    return already_processed(known); // B20
  if (!has_row(known.status, intent_step::cancel))
    return no_row(known, intent_step::cancel);
  return events{intent_cancelled{command.reason}}; // B10, B13
}

intent_decision decide(const intent& known, const payment_report& report, const intent_context& context) {
  const auto* const payment = find(known, report.payment);
  if (payment == nullptr || (settled(payment->now) && !mutant(bug::counted_twice)))
    return events{};
  if (report.what == payment_report::kind::succeeded)
    return on_success(known, report, context);
  if (known.status != intent_status::payment_pending)
    return events{};
  switch (report.what) {
  case payment_report::kind::not_created: return on_not_created(known, *payment);
  case payment_report::kind::needs_action: return on_authentication(known, *payment);
  case payment_report::kind::declined: return on_decline(known, *payment, context);
  case payment_report::kind::ended: return on_ended(*payment);
  case payment_report::kind::succeeded: break;
  }
  return events{};
}

intent_decision decide_host_closed(const intent& known, const intent_context&) {
  if (!has_row(known.status, intent_step::host_closed))
    return events{};
  return events{intent_cancelled{"inventory_lost"}}; // B16
}

intent_decision decide_finalize(const intent& known, reservation_id reservation, const std::string& confirmation_code, bool room,
                                const intent_context& context) {
  if (known.status == intent_status::converted)
    return events{};
  if (auto why = refuse(known, intent_step::finalize, context.now))
    return *why;
  if (!room)
    return events{intent_cancelled{"inventory_lost"}};             // B8a
  return events{intent_converted{reservation, confirmation_code}}; // B8
}

std::vector<payment_id> open_objects(const intent& known) {
  std::vector<payment_id> open;
  if (known.status != intent_status::payment_pending)
    return open;
  for (const auto& one : known.payments)
    if (one.now == standing::open || one.now == standing::superseded)
      open.push_back(one.id);
  return open;
}

intent_decision decide_due(const intent& known, reread provider, const intent_context& context) {
  using enum intent_status;
  switch (known.status) {
  case payment_pending: return pending_due(known, provider, context);
  case intent_created:
  case awaiting_confirmation: return due(known, context.now) ? events{intent_expired{}} : events{};                 // B14
  case payment_confirmed: return due(known, context.now) ? events{intent_cancelled{"finalize_timeout"}} : events{}; // B9
  case absent:
  case converted:
  case expired:
  case cancelled: break;
  }
  return events{};
}

std::optional<hold_effect> ends_hold(const intent& known, const std::vector<intent_event>& decided) {
  for (const auto& one : decided) {
    if (std::holds_alternative<intent_converted>(one))
      return hold_effect::converted;
    if (known.hold_live && std::holds_alternative<intent_expired>(one))
      return hold_effect::expired;
    if (known.hold_live && std::holds_alternative<intent_cancelled>(one))
      return hold_effect::released;
  }
  return std::nullopt;
}

std::optional<timestamp> next_deadline(const intent& known, const city_settings& settings) {
  using enum intent_status;
  switch (known.status) {
  case payment_pending: return std::min(known.expires_at, three_ds_end(known, settings).value_or(known.expires_at));
  case intent_created:
  case awaiting_confirmation:
  case payment_confirmed: return known.expires_at;
  case absent:
  case converted:
  case expired:
  case cancelled: break;
  }
  return std::nullopt;
}

payment_id payment_for(const intent& known, std::string_view method) {
  const auto* const current = known.current ? find(known, *known.current) : nullptr;
  if (current != nullptr && current->now == standing::open && current->method == method)
    return current->id;
  return {derive_uuid(known.terms.intent.value, "payment:" + std::to_string(known.payments.size() + 1))};
}

} // namespace reserve
