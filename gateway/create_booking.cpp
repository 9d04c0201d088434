#include "gateway/handlers.hpp"
#include "gateway/pictures.hpp"

namespace reserve::gateway {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds resolve_for{2}; ///< A payment made a moment ago may not be readable by its provider's id yet.

refusal differs(std::string field, const char* sentence) {
  refusal why(errc::invalid_parameter, sentence);
  why.fields.emplace_back(std::move(field), "not_equal");
  return why;
}

/// Our id of a payment from ours or its provider's.
task<result<payment_id>> resolve(call& from) {
  const std::string said(from.values.text("payment_intent_id"));
  if (const auto ours = parse_uuid(said))
    co_return payment_id{*ours};
  if (const auto* lately = from.shared.objects.find(said))
    co_return *lately;
  auto& look = from.outside().look;
  const auto until = clock::now() + resolve_for;
  while (true) {
    auto start = [&look, said](told<std::optional<payment_id>> done) { look.resolve_payment(said, std::move(done)); };
    auto hearing = hear<std::optional<payment_id>>(std::move(start), from.shared.how.lookup_timeout);
    const auto found = co_await std::move(hearing);
    if (!found)
      co_return refusal(errc::service_unavailable, "the payment could not be looked up");
    if (*found)
      co_return **found;
    if (clock::now() >= until)
      co_return refusal(errc::not_found, "there is no such payment");
    auto waiting = pause(from);
    co_await std::move(waiting);
  }
}

/// Does the request speak of the stay that was paid?
std::optional<refusal> compare(const call& from, const booking_terms& terms) {
  const auto& asked = from.values;
  const auto catalogue = known_catalogue(from);
  const auto property = catalogue->by_slug.find(std::string(asked.text("property_slug")));
  if (property == catalogue->by_slug.end())
    return refusal(errc::not_found, "there is no such property");
  const auto& content = catalogue->properties[property->second];
  const unit_content* unit = nullptr;
  for (const auto& each : content.units)
    if (each.slug == asked.text("unit_slug"))
      unit = &each;
  if (!unit)
    return refusal(errc::not_found, "there is no such unit");
  if (content.id != terms.property)
    return differs("property_slug", "the payment belongs to another property");
  if (unit->id != terms.unit)
    return differs("unit_slug", "the payment belongs to another unit");
  if (asked.date_of("check_in") != terms.stay.check_in)
    return differs("check_in", "the payment belongs to other dates");
  if (asked.date_of("check_out") != terms.stay.check_out)
    return differs("check_out", "the payment belongs to other dates");
  if (asked.party_of() != terms.guests)
    return differs("guests", "the payment belongs to another party");
  return std::nullopt;
}

task<std::optional<refusal>> compare_guest(call& from, const intent& known) {
  if (!from.values.has("guest_details"))
    co_return std::nullopt;
  auto opening = open_guest(from, known.terms.intent, known.contact);
  const auto guest = co_await std::move(opening);
  if (!guest)
    co_return std::nullopt;
  const auto field = first_difference(*guest, from.values, "guest_details.");
  co_return field ? std::optional(differs(*field, "the payment belongs to another guest")) : std::nullopt;
}

/// Reads the payment, at its provider when nothing has been reported yet. PAYMENT_FAILED unless there is money.
task<std::optional<refusal>> see_money(call& from, payment known) {
  if (known.object_open()) {
    auto asking = ask(from, lane::guest, command_for(from, entity_kind::payment, known.id.value, look_at_provider{}));
    const auto heard = co_await std::move(asking);
    if (heard.refused())
      co_return heard.why();
    auto reading = read_payment_of(from, known.id);
    const auto again = co_await std::move(reading);
    if (!again)
      co_return again.error();
    known = *again;
  }
  if (has_money(known))
    co_return std::nullopt;
  refusal why(errc::payment_failed,
              known.status == payment_status::failed ? decline_text(known.failure_code, from.speaks_portuguese()) : "the payment has not succeeded");
  std::string code;
  http::append_json_string(code, known.status == payment_status::failed ? known.failure_code : std::string(name_of(known.status)));
  why.details.emplace_back("failure_code", code);
  co_return why;
}

/// Waits until the paid intent has become a reservation, following the one that recovered it.
task<result<intent>> wait_for_conversion(call& from, intent known, clock::time_point until) {
  while (true) {
    if (known.reservation)
      co_return known;
    const bool has_ended = known.status == intent_status::cancelled || known.status == intent_status::expired;
    const auto next = known.recovered_by.value_or(known.terms.intent);
    if (has_ended && !known.recovered_by && !known.recovering) {
      if (known.cancel_reason == "inventory_lost")
        co_return refusal(errc::insufficient_inventory, "the nights were lost; the money goes back");
      co_return refusal(errc::booking_intent_expired, "the booking ended before it was paid; the money goes back");
    }
    if (clock::now() >= until)
      co_return known;
    if (!known.recovered_by) {
      auto waiting = pause(from);
      co_await std::move(waiting);
    }
    auto reading = read_own_intent(from, next);
    const auto again = co_await std::move(reading);
    if (!again)
      co_return again.error();
    known = *again;
  }
}

task<result<reservation>> wait_for_host(call& from, reservation_id id, clock::time_point until) {
  while (true) {
    auto reading = read_own_reservation(from, id);
    const auto found = co_await std::move(reading);
    if (!found || found->status != reservation_status::host_commit_pending || clock::now() >= until)
      co_return found;
    auto waiting = pause(from);
    co_await std::move(waiting);
  }
}

refusal commit_failed(const reservation& booked) {
  refusal why(errc::host_commit_failed, "the property's system did not take the booking; we look after it");
  why.details.emplace_back("reservation_id", "\"" + to_string(booked.id) + "\"");
  why.details.emplace_back("confirmation_code", "\"" + booked.confirmation_code + "\"");
  return why;
}

task<http::response> answer_booking(call& from, const intent& known, const reservation& booked) {
  if (!booked.confirmed_at && booked.status != reservation_status::host_commit_pending && booked.status != reservation_status::confirmed)
    co_return from.refuse(commit_failed(booked));
  std::string receipt;
  if (booked.payment) {
    auto opening = open_secrets(from, *booked.payment);
    const auto secrets = co_await std::move(opening);
    receipt = secrets.receipt_url;
  }
  const unsigned status = booked.status == reservation_status::host_commit_pending ? 202 : 201;
  auto made = from.answer(status, booking_view(known, &booked, receipt));
  if (status == 201)
    made.headers.add("Location", std::string(base_path) + "/reservations/" + to_string(booked.id));
  co_return made;
}

/// The payment and its intent, both proved to be the caller's and to belong to the stay that was asked for.
task<result<std::pair<payment, intent>>> find_paid(call& from, payment_id id) {
  auto reading = read_payment_of(from, id);
  const auto paid = co_await std::move(reading);
  if (!paid)
    co_return paid.error();
  auto reading_intent = read_own_intent(from, paid->intent);
  const auto known = co_await std::move(reading_intent);
  if (!known)
    co_return known.error().code == errc::booking_intent_not_found ? refusal(errc::not_found, "there is no such payment") : known.error();
  if (auto why = compare(from, known->terms))
    co_return *why;
  auto comparing = compare_guest(from, *known);
  if (auto why = co_await std::move(comparing))
    co_return *why;
  std::pair<payment, intent> found(*paid, *known);
  co_return found;
}

} // namespace

task<http::response> create_booking(call& from) {
  if (!from.values.has("payment_intent_id")) {
    refusal why(errc::missing_required_field);
    why.fields.emplace_back("payment_intent_id", "missing");
    co_return from.refuse(why);
  }
  auto resolving = resolve(from);
  const auto id = co_await std::move(resolving);
  if (!id)
    co_return from.refuse(id.error());
  const auto city = city_of_id(from, id->value, errc::not_found);
  if (!city)
    co_return from.refuse(city.error());
  if (from.values.has("city_code") && from.values.text("city_code") != (*city)->code())
    co_return from.refuse(differs("city_code", "the payment belongs to another city"));
  std::optional<command_key> key;
  auto claiming = claim_key(from, **city, key, "create_booking");
  const auto claimed = co_await std::move(claiming);
  if (!claimed)
    co_return from.refuse(claimed.error());
  auto finding = find_paid(from, *id);
  const auto found = co_await std::move(finding);
  if (!found)
    co_return from.refuse(found.error());
  auto known = found->second;
  if (!known.reservation) {
    auto seeing = see_money(from, found->first);
    if (const auto why = co_await std::move(seeing))
      co_return from.refuse(*why);
  }
  const auto until = clock::now() + from.shared.how.booking_wait;
  auto converting = wait_for_conversion(from, known, until);
  const auto converted = co_await std::move(converting);
  if (!converted)
    co_return from.refuse(converted.error());
  known = *converted;
  if (!known.reservation)
    co_return from.answer(202, booking_view(known, nullptr, ""));
  auto waiting = wait_for_host(from, *known.reservation, until);
  const auto booked = co_await std::move(waiting);
  if (!booked)
    co_return from.refuse(booked.error());
  auto answering = answer_booking(from, known, *booked);
  auto answer = co_await std::move(answering);
  co_return answer;
}

} // namespace reserve::gateway
