#include "gateway/handlers.hpp"
#include "gateway/pictures.hpp"

namespace reserve::gateway {
namespace {

/// The id behind an id or a confirmation code.
task<result<reservation_id>> resolve(call& from) {
  const auto& asked = from.values;
  const auto* said = asked.root().find("id_or_code");
  if (said->type == checked_value::kind::uuid)
    co_return reservation_id{said->id};
  if (const auto id = parse_uuid(said->text))
    co_return reservation_id{*id};
  const auto code = normalized_code(said->text);
  if (!code)
    co_return errc::not_found;
  if (const auto* lately = from.shared.codes.find(*code))
    co_return *lately;
  auto& look = from.outside().look;
  auto start = [&look, wanted = *code](told<std::optional<reservation_id>> done) { look.resolve_code(wanted, std::move(done)); };
  auto hearing = hear<std::optional<reservation_id>>(std::move(start), from.shared.how.lookup_timeout);
  const auto found = co_await std::move(hearing);
  if (!found)
    co_return refusal(errc::service_unavailable, "the code could not be looked up");
  if (!*found)
    co_return refusal(errc::not_found, "there is no such reservation");
  co_return **found;
}

} // namespace

task<http::response> get_reservation(call& from) {
  auto resolving = resolve(from);
  const auto id = co_await std::move(resolving);
  if (!id)
    co_return from.refuse(id.error());
  const auto city = city_of_id(from, id->value, errc::not_found);
  if (!city)
    co_return from.refuse(city.error());
  auto reading = read_own_reservation(from, *id);
  const auto found = co_await std::move(reading);
  if (!found)
    co_return from.refuse(found.error());
  auto opening = open_guest(from, found->terms.intent, found->contact);
  const auto guest = co_await std::move(opening);
  std::string receipt;
  if (found->payment) {
    auto secrets = open_secrets(from, *found->payment);
    const auto opened = co_await std::move(secrets);
    receipt = opened.receipt_url;
  }
  co_return from.answer(200, reservation_view(*found, guest, *known_catalogue(from), viewer_of(from), receipt));
}

} // namespace reserve::gateway
