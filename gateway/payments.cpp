#include "gateway/handlers.hpp"
#include "gateway/pictures.hpp"

#include <algorithm>

namespace reserve::gateway {
namespace {

constexpr std::string_view card = "stripe_card";

std::string_view method_of_pix(std::string_view provider) {
  return provider == "stripe" ? "stripe_pix" : provider == "mercadopago" ? "mercadopago_pix" : "openpix";
}

std::string_view provider_of(std::string_view method) {
  return method == "mercadopago_pix" ? "mercadopago" : method == "openpix" ? "openpix" : "stripe";
}

/// Methods that the property offers, else the city's, in the order in which they are preferred (spec 40§3, 50§10).
std::vector<std::string> methods_of(const call& from, const intent& known) {
  const auto catalogue = known_catalogue(from);
  const auto& settings = catalogue->settings;
  const auto at = catalogue->by_id.find(known.terms.property);
  const auto* property = at == catalogue->by_id.end() ? nullptr : &catalogue->properties[at->second];
  const auto& wanted = property && !property->payment_methods.empty() ? property->payment_methods : settings.payment.methods;
  const auto& providers = property && !property->pix_providers.empty() ? property->pix_providers : settings.payment.pix_providers;
  std::vector<std::string> found;
  const auto add = [&](std::string_view method) {
    const bool is_on = method == card ? settings.flags.cards : settings.flags.pix;
    if (is_on && from.city->provider_offered(provider_of(method)) && std::find(found.begin(), found.end(), method) == found.end())
      found.emplace_back(method);
  };
  for (const auto& each : wanted) {
    if (each == "pix")
      for (const auto& provider : providers)
        add(method_of_pix(provider));
    else if (each == card || each == "stripe_pix" || each == "mercadopago_pix" || each == "openpix")
      add(each);
  }
  return found;
}

/// How a payment was asked for.
struct wish {
  std::string operation;
  std::string method; ///< Empty: the first PIX that is offered.
  std::string field;  ///< The one to blame when the method is not offered.
  bool retry = false;
  payment_request request;
};

refusal not_offered(const std::string& field) {
  refusal why(errc::invalid_parameter, "the property does not offer this method");
  why.fields.emplace_back(field, "not_allowed");
  return why;
}

result<std::string> choose_method(const call& from, const wish& asked, const intent& known) {
  const auto offered = methods_of(from, known);
  const auto found = std::find_if(offered.begin(), offered.end(),
                                  [&](const std::string& each) { return asked.method.empty() ? each != card : each == asked.method; });
  if (found == offered.end())
    return not_offered(asked.field);
  return *found;
}

/// Is the payment that this call means known already? Then it is answered once more.
bool is_known(const intent& known, std::string_view method) {
  const auto id = payment_for(known, method);
  return std::any_of(known.payments.begin(), known.payments.end(), [&](const auto& each) { return each.id == id; });
}

/// Takes what the payment form says of its payer and the traveler has not said.
task<std::optional<refusal>> complete_traveler(call& from, const intent& known) {
  const auto email = from.values.maybe_text("customer_email");
  const auto document = from.values.maybe_text("payer_document");
  if (!email && !document)
    co_return std::nullopt;
  auto opening = open_guest(from, known.terms.intent, known.contact);
  const auto before = co_await std::move(opening);
  if (!before && known.contact != contact_flags{})
    co_return refusal(errc::service_unavailable, "what is known of the traveler cannot be read now");
  guest_details guest = before.value_or(guest_details{});
  const bool has_news = (email && guest.email.empty()) || (document && guest.document.empty());
  if (!has_news)
    co_return std::nullopt;
  if (email && guest.email.empty())
    guest.email = *email;
  if (document && guest.document.empty())
    guest.document = *document;
  auto sealed = from.outside().vault.seal(from.city->number(), known.terms.intent, guest);
  change_traveler change;
  change.contact = std::move(sealed.contact);
  auto order = command_for(from, entity_kind::intent, known.terms.intent.value, std::move(change));
  order->vault = std::move(sealed.rows);
  auto asking = ask(from, lane::guest, std::move(order));
  const auto heard = co_await std::move(asking);
  co_return heard.refused() ? std::optional(heard.why()) : std::nullopt;
}

/// 402: the decline is a result.
task<http::response> answer_decline(call& from, const payment& declined) {
  auto reading = read_own_intent(from, declined.intent);
  const auto known = co_await std::move(reading);
  refusal why(errc::payment_failed, decline_text(declined.failure_code, from.speaks_portuguese()));
  std::string code;
  http::append_json_string(code, declined.failure_code);
  why.details.emplace_back("failure_code", code);
  if (known)
    why.details.emplace_back("retries_left", std::to_string(retries_left(*known, *known_catalogue(from))));
  co_return from.refuse(why);
}

/// StripePayment or PixPayment.
task<http::response> answer_payment(call& from, const payment_answer& heard) {
  const auto& made = heard.payment;
  if (made.status == payment_status::failed) {
    auto declining = answer_decline(from, made);
    auto answer = co_await std::move(declining);
    co_return answer;
  }
  if (!made.provider_object.empty())
    from.shared.objects.put(made.provider_object, made.id);
  if (made.is_pix())
    co_return from.answer(201, pix_payment_view(made, made.pix_text.empty() ? std::string() : from.outside().self.qr_base64(made.pix_text)));
  auto secrets = heard.secrets;
  if (secrets.client_secret.empty() && !is_final(made)) {
    auto opening = open_secrets(from, made.id);
    secrets = co_await std::move(opening);
  }
  auto reading = read_own_intent(from, made.intent);
  const auto known = co_await std::move(reading);
  co_return from.answer(201, stripe_payment_view(made, secrets, known ? known->expires_at : heard.intent.expires_at));
}

/// The payment of a key that is known: it answers as soon as its provider has.
task<http::response> replay_payment(call& from, sequence seq) {
  auto reading = record_of(from, *from.city, seq);
  const auto found = co_await std::move(reading);
  if (!found)
    co_return from.refuse(found.error());
  for (const auto& each : (*found)->events) {
    const auto* made = each.what.as<payment_created>();
    if (!made)
      continue;
    auto asking = ask(from, lane::guest, command_for(from, entity_kind::payment, made->payment.value, open_payment{}));
    const auto heard = co_await std::move(asking);
    if (heard.refused())
      co_return from.refuse(heard.why());
    auto answering = answer_payment(from, std::get<payment_answer>(heard.content));
    auto answer = co_await std::move(answering);
    co_return answer;
  }
  co_return from.refuse(refusal(errc::internal_error, "the record holds no payment"));
}

task<http::response> start_payment_of(call& from, wish asked) {
  const auto id = from.values.id<intent_id>("id");
  auto reading = read_own_intent(from, id);
  const auto known = co_await std::move(reading);
  if (!known)
    co_return from.refuse(known.error());
  std::optional<command_key> key;
  auto claiming = claim_key(from, *from.city, key, asked.operation);
  const auto claimed = co_await std::move(claiming);
  if (!claimed)
    co_return from.refuse(claimed.error());
  if (*claimed) {
    auto replaying = replay_payment(from, **claimed);
    auto answer = co_await std::move(replaying);
    co_return answer;
  }
  const auto method = choose_method(from, asked, *known);
  if (!method)
    co_return from.refuse(method.error());
  const bool can_start = known->status == intent_status::intent_created || known->status == intent_status::payment_pending;
  const bool is_repeat = is_known(*known, *method);
  if (can_start && !is_repeat && !from.city->provider_available(provider_of(*method)))
    co_return from.refuse(refusal(errc::payment_provider_unavailable, "the payment provider does not answer now; choose another method"));
  if (can_start && !is_repeat) {
    auto completing = complete_traveler(from, *known);
    if (const auto why = co_await std::move(completing))
      co_return from.refuse(*why);
  }
  begin_payment start;
  start.method = *method;
  start.provider = std::string(provider_of(*method));
  start.retry = asked.retry;
  start.request = std::move(asked.request);
  start.request.description = "Booking " + to_string(id);
  auto order = command_for(from, entity_kind::intent, id.value, std::move(start));
  order->key = key;
  auto asking = ask(from, lane::guest, std::move(order));
  const auto heard = co_await std::move(asking);
  if (heard.refused())
    co_return from.refuse(heard.why());
  from.is_replay = is_repeat;
  auto answering = answer_payment(from, std::get<payment_answer>(heard.content));
  auto answer = co_await std::move(answering);
  co_return answer;
}

} // namespace

task<http::response> create_payment_intent_stripe(call& from) {
  wish asked;
  asked.operation = "create_payment_intent_stripe";
  asked.method = card;
  asked.field = "method";
  asked.request.payment_method_id = std::string(from.values.text("payment_method_id"));
  asked.request.return_url = std::string(from.values.text("return_url"));
  auto starting = start_payment_of(from, std::move(asked));
  auto answer = co_await std::move(starting);
  co_return answer;
}

task<http::response> create_pix_charge(call& from) {
  wish asked;
  asked.operation = "create_pix_charge";
  asked.field = "provider";
  if (from.values.has("provider"))
    asked.method = method_of_pix(from.values.text("provider"));
  auto starting = start_payment_of(from, std::move(asked));
  auto answer = co_await std::move(starting);
  co_return answer;
}

task<http::response> retry_failed_payment(call& from) {
  wish asked;
  asked.operation = "retry_failed_payment";
  asked.method = std::string(from.values.text("method"));
  asked.field = "method";
  asked.retry = true;
  asked.request.payment_method_id = std::string(from.values.text("payment_method_id"));
  auto starting = start_payment_of(from, std::move(asked));
  auto answer = co_await std::move(starting);
  co_return answer;
}

task<http::response> get_payment_options(call& from) {
  auto reading = read_own_intent(from, from.values.id<intent_id>("id"));
  const auto known = co_await std::move(reading);
  if (!known)
    co_return from.refuse(known.error());
  using enum intent_status;
  const bool is_due = (known->status == intent_created || known->status == awaiting_confirmation) && from.city->now() >= known->expires_at;
  if (known->status == expired || known->status == cancelled || is_due)
    co_return from.refuse(errc::booking_intent_expired);
  http::json_writer out;
  out.begin_object().key("methods").begin_array();
  for (const auto& method : methods_of(from, *known)) {
    const auto provider = provider_of(method);
    out.begin_object().member("method", method).member("provider", provider).member("enabled", from.city->provider_available(provider));
    write_text(out, "publishable_key", method == card ? from.shared.how.publishable_key : std::string());
    out.end_object();
  }
  out.end_array().member("amount_due_now", known->terms.price.due_now).member("currency", known->terms.currency.text());
  out.key("deposit").begin_object().member("mode", "full").end_object().end_object();
  co_return from.answer(200, out.text());
}

task<http::response> poll_payment_status(call& from) {
  auto reading = read_own_intent(from, from.values.id<intent_id>("id"));
  const auto known = co_await std::move(reading);
  if (!known)
    co_return from.refuse(known.error());
  auto completing = picture_of(from, *known, false);
  const auto what = co_await std::move(completing);
  co_return from.answer(200, payment_status_view(what, *known_catalogue(from), viewer_of(from)));
}

} // namespace reserve::gateway
