#include "domain/payment.hpp"

#include "domain/mutant.hpp"

#include <algorithm>

namespace reserve {

namespace {

using events = std::vector<payment_event>;

/// An object that we gave up may still be paid until its own end; it is watched a little longer (PX6, B14b).
constexpr auto watch_after_expiry = std::chrono::hours(1);
/// A creation that got no certain answer may have made an object all the same: it is looked for by our reference (PM2). So long after the payment's end
/// "there is none" is believed; without any answer we look as long as the provider keeps our key.
constexpr auto absence_is_certain_after = std::chrono::minutes(10);
constexpr auto watch_for_object = std::chrono::hours(24);

bool failed_for_good(payment_status status) {
  return status == payment_status::failed || status == payment_status::cancelled || status == payment_status::expired;
}

provider_rates rates_of(const payment& known, const payment_context& context) {
  provider_rates rates;
  const auto& all = context.settings->payment.rates;
  if (const auto found = all.find(known.method); found != all.end())
    rates = found->second;
  if (const auto found = context.iof.find(known.method); found != context.iof.end())
    rates.iof = found->second;
  if (!known.is_pix())
    rates.iof = {};
  return rates;
}

/// Ours is never later than what we asked for.
std::optional<timestamp> pix_expiry(const payment& known, const provider_view& view) {
  if (!known.is_pix())
    return std::nullopt;
  if (!view.pix_expires_at || !known.request.expires_at)
    return view.pix_expires_at ? view.pix_expires_at : known.request.expires_at;
  return std::min(*view.pix_expires_at, *known.request.expires_at);
}

payment_object_created object_created(const payment& known, const provider_view& view, const payment_context& context) {
  payment_object_created made;
  made.provider_object = view.object;
  made.charge = view.charge;
  if (known.is_pix()) {
    made.pix_text = view.pix_text;
    made.pix_txid = view.pix_txid;
    made.pix_expires_at = pix_expiry(known, view);
    made.iof = share_of(known.amount, rates_of(known, context).iof);
  }
  return made;
}

/// PM4, PM5, PM8, PM10: with the amount really received. Money in another currency is not posted.
payment_succeeded success(const payment& known, const provider_view& view, const payment_context& context) {
  const auto rates = rates_of(known, context);
  payment_succeeded paid;
  paid.captured = view.captured;
  paid.foreign_currency = view.currency != known.currency;
  paid.charge = view.charge;
  paid.card_last4 = view.card_last4;
  paid.card_brand = view.card_brand;
  if (paid.foreign_currency)
    return paid;
  paid.fee = share_of(view.captured, rates.fee) + rates.fixed;
  paid.ledger = payment_captured(known.id, known.intent, known.property, known.method, known.provider, view.captured, rates, known.currency);
  return paid;
}

/// Spec 20§5.3, once: as soon as the provider tells what it kept of a payment that we have posted.
void settle_fee(events& decided, const payment& known, money accrued, const provider_view& view) {
  if (!view.fee || *view.fee <= money{} || known.fee_real != money{} || view.status != object_status::succeeded || view.currency != known.currency)
    return;
  decided.emplace_back(
      payment_fee_settled{*view.fee, fee_settled(known.id, known.intent, known.property, known.provider, accrued, *view.fee, known.currency)});
}

bool pix_ran_out(const payment& known, timestamp now) {
  const auto expires_at = known.pix_expires_at ? known.pix_expires_at : known.request.expires_at;
  return known.is_pix() && expires_at && now >= *expires_at;
}

/// PX5, PX6: expired for us; its object is cancelled, and watched as long as it could be paid.
events give_up(const payment& known, const provider_view* view, timestamp now) {
  events decided{payment_expired{}};
  const auto ours = known.pix_expires_at.value_or(known.request.expires_at.value_or(now));
  const auto theirs = view != nullptr ? view->pix_expires_at.value_or(ours) : ours;
  const timestamp until = theirs + watch_after_expiry;
  if (until > now)
    decided.emplace_back(payment_close_asked{until});
  return decided;
}

events read_unpaid(const payment& known, const provider_view& view, timestamp now) {
  if (pix_ran_out(known, now))
    return give_up(known, &view, now); // PX5
  const bool asks = view.status == object_status::requires_action;
  if (known.is_pix() || !asks || known.close_wanted || known.attempt_state != attempt_status::pending)
    return {};
  return {payment_processing{true, view.action_type}}; // PM3, PA2
}

/// Nobody has tried yet, or the last try ended: declined, or a PIX code that ran out by the provider's clock.
events read_without_method(const payment& known, const provider_view& view, timestamp now) {
  if (view.failure_code.empty() || pix_ran_out(known, now))
    return read_unpaid(known, view, now);
  if (known.is_pix() && view.failure_code.ends_with("expired"))
    return give_up(known, &view, now);
  return {payment_failed{view.failure_code, view.failure_message}};
}

/// What a reading of an object means that we take for open.
events read_open(const payment& known, const provider_view& view, const payment_context& context) {
  switch (view.status) {
  case object_status::succeeded: return {success(known, view, context)};
  case object_status::failed: return {payment_failed{view.failure_code, view.failure_message}};
  case object_status::requires_payment_method: return read_without_method(known, view, context.now);
  case object_status::requires_action: return read_unpaid(known, view, context.now);
  case object_status::processing:
    if (known.is_pix() || known.status == payment_status::processing)
      return {};
    return {payment_processing{}}; // PM3
  case object_status::cancelled:
    if (pix_ran_out(known, context.now))
      return {payment_expired{}};
    return {payment_cancelled{}};
  case object_status::expired: return {payment_expired{}};
  }
  return {};
}

/// The event of the end it had already: changes nothing but that the object needs no closing or watching any more.
payment_event same_end(const payment& known) {
  if (known.status == payment_status::failed)
    return payment_failed{known.failure_code, known.failure_message};
  if (known.status == payment_status::expired)
    return payment_expired{};
  return payment_cancelled{};
}

/// A declined card object can still be paid until it is cancelled; whatever else has ended stays ended.
bool object_over(const payment& known, object_status status) {
  return status == object_status::cancelled || status == object_status::expired || (known.is_pix() && status == object_status::failed);
}

/// PM10, PM22; an object that turned up after PM2 is cancelled.
events read_ended(const payment& known, const provider_view& view, bool turned_up, const payment_context& context) {
  if (view.status == object_status::succeeded && !mutant(bug::success_after_failure))
    return {success(known, view, context)};
  const bool over = object_over(known, view.status);
  if (turned_up && !over)
    return {payment_close_asked{std::nullopt}};
  if (over && (known.close_wanted || known.watch_until))
    return {same_end(known)};
  return {};
}

/// A reading counts only for our object, and a success only with money.
bool about_us(const payment& known, const provider_view& view) {
  if (!view.reference_matches)
    return false;
  if (!known.provider_object.empty() && !view.object.empty() && view.object != known.provider_object)
    return false;
  return view.status != object_status::succeeded || view.captured > money{};
}

} // namespace

payment_decision decide_created(const payment& known, const provider_view& view, const payment_context& context) {
  return decide_read(known, view, context);
}

payment_decision decide_not_created(const payment& known, std::string failure_code, const payment_context& context) {
  if (known.status == payment_status::absent)
    return errc::not_found;
  if (!known.provider_object.empty())
    return events{};
  if (failed_for_good(known.status) && known.watch_until) {
    const bool certain = context.now >= known.status_changed_at + absence_is_certain_after;
    return certain ? events{same_end(known)} : events{};
  }
  if (known.status != payment_status::pending)
    return events{};
  const payment_close_asked watched{context.now + watch_for_object};
  if (known.close_wanted)
    return events{payment_cancelled{}, watched}; // PM7: there was nothing to cancel.
  return events{payment_object_refused{std::move(failure_code)}, watched};
}

payment_decision decide_read(const payment& known, const provider_view& view, const payment_context& context) {
  if (known.status == payment_status::absent)
    return errc::not_found;
  if (!about_us(known, view))
    return events{};
  const bool first_seen = known.provider_object.empty() && !view.object.empty();
  events then;
  if (known.object_open() || mutant(bug::late_event_backwards))
    then = read_open(known, view, context);
  else if (failed_for_good(known.status))
    then = read_ended(known, view, first_seen, context);
  else if (!known.foreign_currency)
    settle_fee(then, known, known.fee, view); // PM21; only its fee may be news.
  for (const auto& one : then)
    if (const auto* const paid = std::get_if<payment_succeeded>(&one)) {
      settle_fee(then, known, paid->fee, view);
      break;
    }
  if (first_seen)
    then.insert(then.begin(), object_created(known, view, context));
  return then;
}

payment_decision decide_close(const payment& known, std::optional<timestamp> watch_until, const payment_context&) {
  if (known.status == payment_status::absent)
    return errc::not_found;
  if (known.close_wanted)
    return events{};
  const bool declined_card = known.status == payment_status::failed && !known.is_pix() && !known.provider_object.empty();
  if (!known.object_open() && !declined_card)
    return events{};
  return events{payment_close_asked{watch_until}};
}

payment_decision decide_due(const payment& known, const payment_context& context) {
  const auto& settings = *context.settings;
  const bool asked = known.object_open() && !known.close_wanted && known.attempt_state == attempt_status::requires_action;
  if (asked && known.action_since && context.now >= *known.action_since + settings.ttl.three_ds_abandon)
    return events{attempt_abandoned{}}; // PA5
  if (known.watch_until && context.now >= *known.watch_until)
    return events{known.object_open() ? payment_event(payment_expired{}) : same_end(known)};
  if (known.object_open() && pix_ran_out(known, context.now - settings.payment.expire_grace))
    return give_up(known, nullptr, context.now); // PX6
  return events{};
}

} // namespace reserve
