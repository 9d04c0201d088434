#include "gateway/handlers.hpp"
#include "gateway/pictures.hpp"

#include <algorithm>
#include <atomic>

namespace reserve::gateway {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds finalize_wait{10};
constexpr std::size_t sweep_window = 256; ///< Calendars that are asked at the same time.

/// What a sweep has found.
struct sweep {
  std::atomic<std::size_t> waiting{0};
  std::atomic<std::uint64_t> expired{0};
};

/// Asks some calendars at once to end what is due.
task<std::uint64_t> sweep_units(call& from, std::vector<unit_id> units) {
  const auto seen = std::make_shared<sweep>();
  seen->waiting = units.size();
  auto start = [&from, &units, seen](told<std::uint64_t> done) {
    for (const auto& unit : units) {
      auto order = command_for(from, entity_kind::unit, unit.value, expire_due{});
      order->who = reserve::caller{actor_kind::system, "", "sweep"};
      order->reply = reply_function::make([seen, done](const reserve::answer& heard) {
        if (const auto* due = std::get_if<due_answer>(&heard.content))
          seen->expired += due->handled;
        if (--seen->waiting == 0)
          done(seen->expired.load());
      });
      from.city->send(std::move(order));
    }
  };
  auto hearing = hear<std::uint64_t>(std::move(start), from.shared.how.command_timeout);
  const auto all = co_await std::move(hearing);
  co_return all.value_or(seen->expired.load());
}

http::response finalized(const call& from, const reservation& booked) {
  http::json_writer out;
  out.begin_object().member("reservation_id", booked.id).member("status", name_of(booked.status)).end_object();
  return from.answer(200, out.text());
}

http::response committed(const call& from, const reservation& booked) {
  using enum reservation_status;
  const bool failed = booked.status == host_commit_failed;
  const bool refund = booked.auto_refund_at || booked.refund || booked.status == refund_pending;
  http::json_writer out;
  out.begin_object().member("reservation_id", booked.id);
  write_text(out, "host_booking_id", booked.host_booking_id);
  out.member("status", name_of(booked.status));
  write_text(out, "error_code", failed ? std::string("HOST_COMMIT_FAILED") : std::string());
  write_text(out, "error_message", failed ? booked.commit_error : std::string());
  out.member("will_trigger_refund", !booked.confirmed_at && refund).end_object();
  return from.answer(200, out.text());
}

/// One look at a paid intent: has it become a reservation?
task<result<std::optional<reservation>>> look_for_reservation(call& from, intent_id id) {
  auto reading = read_own_intent(from, id);
  const auto known = co_await std::move(reading);
  if (!known)
    co_return known.error();
  std::optional<reservation> none;
  if (!known->reservation)
    co_return none;
  auto reading_booked = read_own_reservation(from, *known->reservation);
  const auto booked = co_await std::move(reading_booked);
  if (!booked)
    co_return booked.error();
  co_return std::optional(*booked);
}

/// Brings the payment up to date and starts the conversion if it has not begun by itself.
task<std::optional<refusal>> push(call& from, const intent& known, payment_id paid) {
  auto reading = read_payment_of(from, paid);
  auto seen = co_await std::move(reading);
  if (!seen)
    co_return seen.error();
  if (seen->object_open()) {
    auto asking = ask(from, lane::staff, command_for(from, entity_kind::payment, paid.value, look_at_provider{}));
    const auto heard = co_await std::move(asking);
    if (heard.refused())
      co_return heard.why();
    auto again = read_payment_of(from, paid);
    seen = co_await std::move(again);
    if (!seen)
      co_return seen.error();
  }
  if (!has_money(*seen))
    co_return refusal(errc::payment_failed, "the payment has not succeeded");
  if (known.status != intent_status::payment_confirmed && known.status != intent_status::converted)
    co_return std::nullopt; // Its report is on the way; the conversion follows by itself.
  auto asking = ask(from, lane::staff, command_for(from, entity_kind::intent, known.terms.intent.value, finalize_intent{}));
  const auto heard = co_await std::move(asking);
  co_return heard.refused() ? std::optional(heard.why()) : std::nullopt;
}

} // namespace

task<http::response> finalize_reservation(call& from) {
  const auto id = from.values.id<intent_id>("booking_intent_id");
  const auto paid = from.values.id<payment_id>("payment_id");
  auto reading = read_own_intent(from, id);
  const auto known = co_await std::move(reading);
  if (!known)
    co_return from.refuse(known.error());
  if (std::none_of(known->payments.begin(), known->payments.end(), [&](const auto& each) { return each.id == paid; }))
    co_return from.refuse(refusal(errc::not_found, "the intent has no such payment"));
  if (!known->reservation) {
    if (known->status == intent_status::expired || known->status == intent_status::cancelled)
      co_return from.refuse(errc::booking_intent_expired);
    auto pushing = push(from, *known, paid);
    if (const auto why = co_await std::move(pushing))
      co_return from.refuse(*why);
  }
  const auto until = clock::now() + finalize_wait;
  while (true) {
    auto looking = look_for_reservation(from, id);
    const auto found = co_await std::move(looking);
    if (!found)
      co_return from.refuse(found.error());
    if (*found)
      co_return finalized(from, **found);
    if (clock::now() >= until)
      break;
    auto waiting = pause(from);
    co_await std::move(waiting);
  }
  refusal why(errc::service_unavailable, "the conversion is still running");
  why.effect = effect::unknown;
  co_return from.refuse(why);
}

task<http::response> host_commit_booking(call& from) {
  const auto id = from.values.id<reservation_id>("reservation_id");
  const auto city = city_of_id(from, id.value, errc::not_found);
  if (!city)
    co_return from.refuse(city.error());
  auto asking = ask(from, lane::staff, command_for(from, entity_kind::reservation, id.value, retry_commit{}));
  const auto heard = co_await std::move(asking);
  if (const auto* booked = std::get_if<reservation>(&heard.content))
    co_return committed(from, *booked);
  const bool still_runs = heard.refused() && heard.why().code == errc::service_unavailable && heard.why().effect == effect::unknown;
  if (!still_runs)
    co_return from.refuse(heard.refused() ? heard.why() : refusal(errc::internal_error));
  // A run may take longer than a request: what it has come to so far.
  auto reading = read_own_reservation(from, id);
  const auto found = co_await std::move(reading);
  co_return found ? committed(from, *found) : from.refuse(heard.why());
}

task<http::response> expire_intents(call& from) {
  std::uint64_t expired = 0, checked = 0;
  for (auto* city : from.outside().cities.all()) {
    const auto catalogue = city->index().catalogue();
    if (!catalogue || !city->online())
      continue;
    from.city = city;
    for (std::size_t at = 0; at < catalogue->units.size(); at += sweep_window) {
      std::vector<unit_id> some;
      for (std::size_t i = at; i < std::min(catalogue->units.size(), at + sweep_window); ++i)
        some.push_back(catalogue->units[i].content->id);
      checked += some.size();
      auto sweeping = sweep_units(from, std::move(some));
      expired += co_await std::move(sweeping);
    }
  }
  from.city = nullptr;
  http::json_writer out;
  out.begin_object().member("expired", expired).member("checked", checked).end_object();
  co_return from.answer(200, out.text());
}

task<http::response> move_clock(call& from) {
  auto& self = from.outside().self;
  const auto offset = self.advance_clock(std::chrono::seconds(from.values.integer("advance_seconds")));
  http::json_writer out;
  out.begin_object().member("now", to_string(self.wall())).member("offset_seconds", offset.count()).end_object();
  co_return from.answer(200, out.text());
}

} // namespace reserve::gateway
