#pragma once

#include "domain/codec.hpp"
#include "domain/intent.hpp"
#include "domain/payment.hpp"

#include <algorithm>

namespace reserve::test {

using namespace std::chrono_literals;

inline constexpr timestamp noon{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + 12h};

template <class Id>
Id id_of(std::uint8_t kind, std::uint8_t n) {
  Id id;
  id.value.bytes[1] = 7;
  id.value.bytes[14] = kind;
  id.value.bytes[15] = n;
  return id;
}

inline payment_id pay(std::uint8_t n) {
  return id_of<payment_id>(1, n);
}
inline const intent_id some_intent = id_of<intent_id>(2, 1);
inline const reservation_id some_reservation = id_of<reservation_id>(3, 1);
inline const property_id some_property = id_of<property_id>(4, 1);

inline contact_flags whole_contact() {
  contact_flags contact;
  contact.traveler = id_of<traveler_id>(5, 1);
  contact.has_first_name = contact.has_last_name = contact.has_email = contact.has_phone = true;
  return contact;
}

inline booking_terms some_terms() {
  booking_terms terms;
  terms.intent = some_intent;
  terms.property = some_property;
  terms.unit = id_of<unit_id>(6, 1);
  terms.hold = id_of<hold_id>(8, 1);
  terms.stay = {date(std::chrono::year(2026) / 12 / 20), date(std::chrono::year(2026) / 12 / 22)};
  terms.price.total = terms.price.due_now = {100000};
  terms.created_at = noon;
  return terms;
}

/// An intent on its own, with a clock that the test turns.
struct intent_story {
  intent known;
  city_settings settings;
  timestamp now = noon;
  std::uint64_t seq = 1;

  intent_story() { apply(opened()); }

  intent_opened opened(intent_status status = intent_status::intent_created) const {
    intent_opened event;
    event.terms = some_terms();
    event.contact = whole_contact();
    event.status = status;
    event.expires_at = now + 15min;
    return event;
  }

  intent_context context() const { return {now, &settings}; }
  void apply(const intent_event& event) { evolve(known, event, now, ++seq); }

  /// Applies what was decided; the names of the test cases say what that is.
  std::vector<intent_event> take(const intent_decision& decided) {
    if (!decided)
      throw std::logic_error("refused: " + std::to_string(static_cast<int>(decided.error().code)));
    for (const auto& event : *decided)
      apply(event);
    return *decided;
  }

  intent_decision try_start(std::uint8_t n, const std::string& method = "stripe_card") const {
    start_payment command;
    command.payment = pay(n);
    command.method = method;
    command.provider = method == "openpix" ? "openpix" : "stripe";
    return decide(known, command, context(), false);
  }
  std::vector<intent_event> start(std::uint8_t n, const std::string& method = "stripe_card") { return take(try_start(n, method)); }

  intent_decision try_report(std::uint8_t n, payment_report::kind what, std::int64_t captured = 0, bool same_currency = true) const {
    return decide(known, payment_report{pay(n), what, money{captured}, same_currency, {}}, context());
  }
  std::vector<intent_event> report(std::uint8_t n, payment_report::kind what, std::int64_t captured = 0, bool same_currency = true) {
    return take(try_report(n, what, captured, same_currency));
  }
  std::vector<intent_event> paid(std::uint8_t n, std::int64_t captured = 100000, bool same_currency = true) {
    return report(n, payment_report::kind::succeeded, captured, same_currency);
  }

  const intent_payment& payment(std::uint8_t n) const {
    return *std::find_if(known.payments.begin(), known.payments.end(), [&](const auto& one) { return one.id == pay(n); });
  }

  template <class Step>
  std::vector<Step> steps() const {
    std::vector<Step> found;
    for (const auto& one : next_steps(known))
      if (const auto* step = std::get_if<Step>(&one))
        found.push_back(*step);
    return found;
  }

  bool raised(std::string_view type) const {
    return std::any_of(known.notices.begin(), known.notices.end(), [&](const auto& notice) { return notice.type == type; });
  }
};

/// A payment on its own.
struct payment_story {
  payment known;
  city_settings settings;
  timestamp now = noon;
  std::uint64_t seq = 1;

  explicit payment_story(const std::string& method = "stripe_card") {
    payment_created event;
    event.payment = pay(1);
    event.intent = some_intent;
    event.property = some_property;
    event.method = method;
    event.provider = method == "openpix" ? "openpix" : "stripe";
    event.amount = {100000};
    event.pix = method == "stripe_card" ? pix_charge_id{} : id_of<pix_charge_id>(9, 1);
    if (method != "stripe_card")
      event.request.expires_at = now + 15min;
    event.request.created_at = now;
    apply(event);
  }

  payment_context context() const { return {now, &settings, {{"openpix", rate{38}}, {"stripe_pix", rate{38}}, {"stripe_card", rate{38}}}}; }
  void apply(const payment_event& event) { evolve(known, event, now, ++seq); }

  std::vector<payment_event> take(const payment_decision& decided) {
    if (!decided)
      throw std::logic_error("refused: " + std::to_string(static_cast<int>(decided.error().code)));
    for (const auto& event : *decided)
      apply(event);
    return *decided;
  }

  static provider_view view(object_status status, std::int64_t captured = 0) {
    provider_view seen;
    seen.status = status;
    seen.object = "pi_1";
    seen.captured = {captured};
    if (status == object_status::failed)
      seen.failure_code = "card_declined";
    return seen;
  }

  std::vector<payment_event> created(object_status status = object_status::requires_payment_method) {
    return take(decide_created(known, view(status), context()));
  }
  std::vector<payment_event> read(object_status status, std::int64_t captured = 0) {
    return take(decide_read(known, view(status, captured), context()));
  }
  std::vector<payment_event> paid(std::int64_t captured = 100000) { return read(object_status::succeeded, captured); }

  payment_decision try_refund(std::uint8_t n, std::int64_t amount, const std::string& reason = "customer_request",
                              bool for_reservation = false) const {
    request_refund command;
    command.refund = id_of<refund_id>(10, n);
    command.amount = {amount};
    command.reason = reason;
    if (for_reservation)
      command.reservation = some_reservation;
    return decide(known, command, context());
  }
  std::vector<payment_event> refund(std::uint8_t n, std::int64_t amount, const std::string& reason = "customer_request",
                                    bool for_reservation = false) {
    return take(try_refund(n, amount, reason, for_reservation));
  }
  std::vector<payment_event> answer(std::uint8_t n, refund_view::kind what) {
    return take(decide_refund(known, refund_view{id_of<refund_id>(10, n), what, "re_1", "said no"}, context()));
  }
  void send(std::uint8_t n) { apply(refund_started{id_of<refund_id>(10, n)}); }

  template <class Step>
  std::vector<Step> steps() const {
    std::vector<Step> found;
    for (const auto& one : next_steps(known, now))
      if (const auto* step = std::get_if<Step>(&one))
        found.push_back(*step);
    return found;
  }

  bool tells(payment_notice::kind what) const {
    return std::any_of(known.notices.begin(), known.notices.end(), [&](const auto& notice) { return notice.what == what; });
  }
};

/// The event of this type among those decided, or nullptr.
template <class Event, class Variant>
const Event* the(const std::vector<Variant>& decided) {
  for (const auto& one : decided)
    if (const auto* event = std::get_if<Event>(&one))
      return event;
  return nullptr;
}

} // namespace reserve::test
