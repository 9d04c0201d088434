#include "gateway/api/field.hpp"
#include "gateway/pictures.hpp"

#include <array>

namespace reserve::gateway {
namespace {

struct member_of_guest {
  const char* name;
  std::string guest_details::*where;
};

constexpr std::array members{
    member_of_guest{"first_name", &guest_details::first_name}, member_of_guest{"last_name", &guest_details::last_name},
    member_of_guest{"email", &guest_details::email},           member_of_guest{"phone", &guest_details::phone},
    member_of_guest{"document", &guest_details::document},     member_of_guest{"country", &guest_details::country},
    member_of_guest{"locale", &guest_details::locale},
};

} // namespace

void merge_traveler(guest_details& into, const validated& values, const std::string& prefix) {
  for (const auto& each : members)
    if (const auto said = values.maybe_text(prefix + each.name))
      into.*each.where = *said;
  if (prefix.empty())
    if (const auto said = values.maybe_text("special_requests"))
      into.special_requests = *said;
}

std::optional<refusal> check_document(const guest_details& guest, const std::string& prefix) {
  if (guest.country != "BR" || guest.document.empty() || is_cpf(guest.document))
    return std::nullopt;
  refusal why(errc::invalid_parameter, "the document is not a CPF");
  why.fields.emplace_back(prefix + "document", "malformed");
  return why;
}

std::optional<std::string> first_difference(const guest_details& known, const validated& values, const std::string& prefix) {
  for (const auto& each : members)
    if (const auto said = values.maybe_text(prefix + each.name); said && *said != known.*each.where)
      return prefix + each.name;
  return std::nullopt;
}

task<std::optional<guest_details>> open_guest(call& from, intent_id stay, const contact_flags& contact) {
  if (contact == contact_flags{})
    co_return std::nullopt;
  auto& vault = from.outside().vault;
  auto start = [&vault, code = from.city->code(), stay](told<guest_details> done) { vault.open(code, stay, std::move(done)); };
  auto hearing = hear<guest_details>(std::move(start), from.shared.how.lookup_timeout);
  auto found = co_await std::move(hearing);
  co_return found;
}

task<provider_secrets> open_secrets(call& from, payment_id payment) {
  auto& vault = from.outside().vault;
  auto start = [&vault, code = from.city->code(), payment](told<provider_secrets> done) { vault.open_payment(code, payment, std::move(done)); };
  auto hearing = hear<provider_secrets>(std::move(start), from.shared.how.lookup_timeout);
  const auto found = co_await std::move(hearing);
  co_return found.value_or(provider_secrets{});
}

task<result<intent>> read_own_intent(call& from, intent_id id) {
  const auto city = city_of_id(from, id.value, errc::booking_intent_not_found);
  if (!city)
    co_return city.error();
  auto asking = ask(from, lane::guest, command_for(from, entity_kind::intent, id.value, read_intent{}));
  const auto heard = co_await std::move(asking);
  if (heard.refused())
    co_return heard.why();
  const auto* found = std::get_if<intent>(&heard.content);
  if (!found || !from.who().may_see(found->terms.session))
    co_return errc::booking_intent_not_found;
  co_return *found;
}

task<result<payment>> read_payment_of(call& from, payment_id id) {
  auto asking = ask(from, lane::guest, command_for(from, entity_kind::payment, id.value, read_payment{}));
  const auto heard = co_await std::move(asking);
  if (heard.refused())
    co_return heard.why();
  const auto* found = std::get_if<payment_answer>(&heard.content);
  if (!found)
    co_return errc::not_found;
  co_return found->payment;
}

task<result<reservation>> read_own_reservation(call& from, reservation_id id) {
  auto asking = ask(from, lane::guest, command_for(from, entity_kind::reservation, id.value, read_reservation{}));
  const auto heard = co_await std::move(asking);
  if (heard.refused())
    co_return heard.why();
  const auto* found = std::get_if<reservation>(&heard.content);
  if (!found || !from.who().may_see(found->terms.session))
    co_return errc::not_found;
  from.shared.codes.put(found->confirmation_code, found->id);
  co_return *found;
}

task<intent_picture> picture_of(call& from, intent known, bool with_guest) {
  intent_picture made;
  made.state = std::move(known);
  if (const auto shown = made.state.counted ? made.state.counted : made.state.current) {
    auto reading = read_payment_of(from, *shown);
    const auto paying = co_await std::move(reading);
    if (paying)
      made.paying = *paying;
  }
  auto booked = made.state.reservation;
  if (!booked && made.state.recovered_by) {
    auto reading = read_own_intent(from, *made.state.recovered_by);
    const auto successor = co_await std::move(reading);
    if (successor)
      booked = successor->reservation;
  }
  if (booked) {
    auto reading = read_own_reservation(from, *booked);
    const auto found = co_await std::move(reading);
    if (found)
      made.booked = *found;
  }
  if (with_guest) {
    auto opening = open_guest(from, made.state.terms.intent, made.state.contact);
    made.guest = co_await std::move(opening);
  }
  co_return made;
}

viewer viewer_of(const call& from) {
  return {from.speaks_portuguese(), from.city ? from.city->code() : std::string()};
}

std::shared_ptr<const catalogue_view> known_catalogue(const call& from) {
  auto known = from.city->index().catalogue();
  return known ? known : std::make_shared<const catalogue_view>();
}

task<void> pause(call& from) {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, from.shared.how.poll_every);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

} // namespace reserve::gateway
