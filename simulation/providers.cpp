#include "simulation/providers.hpp"

#include <algorithm>

namespace reserve::simulation {

namespace {

using namespace std::chrono_literals;
using operation = provider_request::operation;
using kind = provider_reply::kind;

bool changes_something(operation what) noexcept {
  return what == operation::create || what == operation::create_refund;
}

provider_reply without_object(kind what, bool failure, std::string error) {
  provider_reply out;
  out.what = what;
  out.failure = failure;
  out.error = std::move(error);
  out.refund.what = what == kind::refused     ? refund_view::kind::refused
                    : what == kind::not_found ? refund_view::kind::unknown_to_provider
                                              : refund_view::kind::error;
  return out;
}

} // namespace

std::string provider_world::decline_of(const std::string& card) {
  constexpr std::string_view prefix = "pm_declined_";
  return card.starts_with(prefix) ? card.substr(prefix.size()) : std::string();
}

call_fate provider_world::fate_of(const provider_request& request) {
  if (const auto down = down_until_.find(request.provider); down != down_until_.end() && world_.clock.now() < down->second)
    return call_fate::no_connection;
  if (changes_something(request.what) && !fates.empty()) {
    const auto out = fates.front();
    fates.pop_front();
    return out;
  }
  const auto bad = bad_until_.find(request.provider);
  const bool is_bad = bad != bad_until_.end() && world_.clock.now() < bad->second;
  if (!world_.strikes(fault::provider, is_bad ? 500 : 80, random_))
    return call_fate::answered;
  constexpr std::array kinds{call_fate::no_connection, call_fate::lost_request, call_fate::lost_answer, call_fate::broken, call_fate::broken_after, call_fate::refused};
  const auto out = kinds[random_.below(kinds.size())];
  return out == call_fate::refused && !changes_something(request.what) ? call_fate::broken : out;
}

outside_answer<provider_reply> provider_world::call(const provider_request& request) {
  const auto soon = random_.between(20ms, 800ms);
  switch (fate_of(request)) {
    case call_fate::answered: return {effect(request), soon};
    case call_fate::no_connection: return {without_object(kind::not_sent, true, "connect"), soon};
    case call_fate::lost_request: return {without_object(kind::no_answer, true, "timeout"), request.timeout};
    case call_fate::lost_answer: effect(request); return {without_object(kind::no_answer, true, "timeout"), request.timeout};
    case call_fate::broken: return {without_object(kind::no_answer, true, "503"), soon};
    case call_fate::broken_after: effect(request); return {without_object(kind::no_answer, true, "500"), soon};
    case call_fate::refused: return {without_object(kind::refused, false, "400 invalid_request"), soon};
  }
  return {};
}

provider_reply provider_world::effect(const provider_request& request) {
  switch (request.what) {
    case operation::create: return create(request);
    case operation::create_refund: return create_refund(request);
    case operation::read_refund: return read_refund(request);
    case operation::read:
    case operation::cancel: break;
  }
  auto* one = find_for(request);
  if (one == nullptr)
    return without_object(request.what == operation::read ? kind::not_found : kind::refused, false, "404");
  tick(*one);
  const bool open = one->status == object_status::requires_payment_method || one->status == object_status::requires_action || one->status == object_status::processing;
  // Money that is on its way cannot be called back.
  if (request.what == operation::cancel && open && one->status != object_status::processing)
    one->status = object_status::cancelled;
  return shown(request, *one);
}

provider_reply provider_world::create(const provider_request& request) {
  if (const auto known = objects_.find(request.payment); known != objects_.end())
    return shown(request, known->second);
  object made;
  made.id = request.provider == "openpix" ? to_string(request.payment) : request.provider + "_" + std::to_string(++made_);
  made.provider = request.provider;
  made.method = request.method;
  made.payment = request.payment;
  made.intent = request.intent;
  made.asked = request.amount;
  made.unit = request.currency;
  made.expires_at = request.request.expires_at;
  if (made.expires_at && world_.strikes(fault::provider, 300, random_))
    *made.expires_at += random_.between(1s, 20min); // Its own clock and rules.
  const auto& card = request.request.payment_method_id;
  if (request.method != "stripe_card") {
    made.status = object_status::requires_action;
  } else if (const auto code = decline_of(card); !code.empty()) {
    made.failure_code = code;
  } else if (card == "pm_3ds") {
    made.status = object_status::requires_action;
  } else if (!card.empty()) {
    made.status = object_status::succeeded;
    made.captured = made.asked;
    made.captured_at = world_.clock.wall();
  }
  by_object_.emplace(made.id, made.payment);
  auto& kept = objects_.emplace(made.payment, std::move(made)).first->second;
  if (kept.status == object_status::succeeded)
    report(kept, "payment_intent.succeeded");
  auto out = shown(request, kept);
  if (!kept.failure_code.empty())
    out.what = kind::declined;
  return out;
}

provider_world::object* provider_world::find_for(const provider_request& request) {
  auto owner = request.payment;
  if (owner.is_nil()) {
    const auto named = by_object_.find(request.provider_object);
    if (named == by_object_.end())
      return nullptr;
    owner = named->second;
  }
  const auto found = objects_.find(owner);
  return found == objects_.end() ? nullptr : &found->second;
}

/// A PIX charge ends by itself.
void provider_world::tick(object& one) const {
  if (one.status == object_status::requires_action && one.expires_at && world_.clock.wall() >= *one.expires_at)
    one.status = object_status::expired;
}

provider_reply provider_world::shown(const provider_request& request, object& one) {
  tick(one);
  provider_reply out;
  out.what = kind::answered;
  out.payment_ref = to_string(one.payment);
  out.intent_ref = to_string(one.intent);
  auto& view = out.view;
  view.status = one.status;
  view.object = one.id;
  view.currency = one.unit;
  view.failure_code = one.failure_code;
  view.reference_matches = request.payment.is_nil() || request.payment == one.payment;
  if (one.status == object_status::succeeded) {
    view.captured = one.captured;
    view.charge = "ch_" + one.id;
  }
  if (one.status == object_status::requires_action)
    view.action_type = one.method == "stripe_card" ? "redirect_to_url" : "pix_display_qr_code";
  if (one.method != "stripe_card") {
    view.pix_text = "br.code." + one.id;
    view.pix_txid = one.id;
    view.pix_expires_at = one.expires_at;
  }
  return out;
}

bool provider_world::pay(payment_id payment, std::optional<money> amount, reserve::currency unit) {
  const auto found = objects_.find(payment);
  if (found == objects_.end())
    return false;
  auto& one = found->second;
  tick(one);
  // A declined card object can be tried again by the guest until it is cancelled.
  if (one.status != object_status::requires_action && one.status != object_status::requires_payment_method)
    return false;
  one.failure_code.clear();
  one.unit = unit;
  const auto sent = amount.value_or(one.asked);
  if (world_.strikes(fault::provider, 200, random_)) {
    one.status = object_status::processing;
    const auto way = random_.per_mille(500) ? random_.between(1s, 2min) : random_.between(1min, 55min); // Within what a given up charge is watched (B14b).
    world_.plan.after(way, agenda::nobody, [this, payment, sent] {
      auto& arrived = objects_.at(payment);
      arrived.captured = sent;
      captures(arrived, "payment.succeeded");
    });
    return true;
  }
  one.captured = sent;
  captures(one, "payment.succeeded");
  return true;
}

void provider_world::captures(object& one, const char* event) {
  one.status = object_status::succeeded;
  one.captured_at = world_.clock.wall();
  report(one, event);
}

bool provider_world::decline(payment_id payment, const std::string& code) {
  const auto found = objects_.find(payment);
  if (found == objects_.end() || found->second.status != object_status::requires_action)
    return false;
  found->second.status = object_status::requires_payment_method;
  found->second.failure_code = code;
  report(found->second, "payment.failed");
  return true;
}

const provider_world::object* provider_world::find(payment_id payment) const {
  const auto found = objects_.find(payment);
  return found == objects_.end() ? nullptr : &found->second;
}

provider_reply provider_world::said_of(const refund& one) {
  provider_reply out;
  out.what = kind::answered;
  out.refund = {one.id, one.failed ? refund_view::kind::refused : one.done ? refund_view::kind::completed : refund_view::kind::accepted, one.gateway_id, {}};
  return out;
}

provider_reply provider_world::create_refund(const provider_request& request) {
  auto* one = find_for(request);
  if (one == nullptr)
    return without_object(kind::refused, false, "404");
  for (const auto& known : one->refunds)
    if (known.id == request.refund)
      return said_of(known);
  money sum = request.refund_amount;
  for (const auto& known : one->refunds)
    if (!known.failed)
      sum += known.amount;
  if (sum > one->captured)
    return without_object(kind::refused, false, "400 amount_too_large");
  if (refuse_refunds > 0) {
    --refuse_refunds;
    return without_object(kind::refused, false, "400 refund_disabled");
  }
  refund made{request.refund, request.refund_amount, !slow_refunds, false, "re_" + std::to_string(++made_)};
  if (world_.strikes(fault::provider, 100, random_))
    made.done = false;
  one->refunds.push_back(made);
  if (!made.done)
    world_.plan.after(random_.between(10s, 2h), agenda::nobody, [this, payment = one->payment, id = made.id] {
      for (auto& known : objects_.at(payment).refunds)
        if (known.id == id)
          known.done = true;
    });
  return said_of(made);
}

provider_reply provider_world::read_refund(const provider_request& request) const {
  const auto found = objects_.find(request.payment);
  if (found != objects_.end())
    for (const auto& known : found->second.refunds)
      if (known.id == request.refund)
        return said_of(known);
  return without_object(kind::not_found, false, "404");
}

void provider_world::report(const object& one, const char* event) {
  if (world_.log.wants_lines())
    world_.log.line(world_.clock.now(), one.provider + " says " + event + " of " + to_string(one.payment) + ", captured " + to_string(one.captured));
  if (silent || !send_)
    return;
  handle_webhook what;
  what.provider = one.provider;
  what.event_type = event;
  what.object = one.id;
  // Mercado Pago names only its own object: our reference is read there.
  if (one.provider != "mercadopago") {
    what.payment_ref = to_string(one.payment);
    what.intent_ref = to_string(one.intent);
  }
  send_(one.provider + ":" + std::to_string(++told_), std::move(what));
}

} // namespace reserve::simulation
