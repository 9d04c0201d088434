#include "gateway/handlers.hpp"
#include "gateway/http/json.hpp"
#include "gateway/http/text.hpp"

#include "domain/catalogue.hpp"

namespace reserve::gateway {
namespace {

constexpr std::chrono::milliseconds hand_over_timeout{2000};

std::string provider_of(const call& from) {
  const auto& operation = from.context.target->operation_id;
  if (operation == "host_webhook_receiver")
    return "host";
  return operation == "handle_stripe_webhook" ? "stripe" : std::string(from.values.text("provider"));
}

std::string ack(bool processed, bool duplicate) {
  http::json_writer out;
  out.begin_object().member("received", true).member("processed", processed).member("duplicate", duplicate).end_object();
  return out.take();
}

std::shared_ptr<const delivery> delivery_of(const call& from) {
  auto made = std::make_shared<delivery>();
  made->provider = provider_of(from);
  made->headers = from.what.headers;
  made->query = http::parse_query(from.what.query).value_or(http::pairs());
  made->body = from.what.body;
  return made;
}

/// Gives a stored event to the city's inbox; false: it stays in the table until somebody looks again.
task<bool> hand_over(call& from, delivery_event event, uuid inbox) {
  from.city = event.city == 0 ? nullptr : from.outside().cities.find(event.city);
  if (!from.city || !from.city->online())
    co_return false;
  event.command.inbox = inbox;
  auto order = command_for(from, entity_kind::inbox, inbox_entity(event.city), std::move(event.command));
  order->who = reserve::caller{actor_kind::system, "", "webhook"};
  const auto ticket = from.shared.lanes_for(event.city).enter(lane::system);
  if (!ticket)
    co_return false;
  auto asking = from.shared.port->ask(*from.city, std::move(order), hand_over_timeout);
  const auto heard = co_await std::move(asking);
  co_return !heard.refused();
}

} // namespace

task<http::response> receive_webhook(call& from) {
  const auto what = delivery_of(from);
  auto& desk = from.outside().webhooks;
  auto start = [&desk, what](told<delivery_check> done) { desk.check(what, std::move(done)); };
  auto checking = hear<delivery_check>(std::move(start), from.shared.how.lookup_timeout);
  const auto checked = co_await std::move(checking);
  if (!checked)
    co_return from.refuse(refusal(errc::service_unavailable, "the signature cannot be checked now"));
  if (!checked->ok) {
    from.outside().self.log_security("webhook refused provider=" + what->provider + " why=" + checked->why + " address=" + from.what.remote_address +
                                     " request_id=" + from.context.request_id);
    co_return from.refuse(failure("SIGNATURE_INVALID", "the signature is missing, wrong or too old"));
  }
  const auto event = desk.parse(*what);
  auto keep = [&desk, what, dedup = checked->dedup_key, known = event ? &*event : nullptr](told<stored_delivery> done) {
    desk.store(what, dedup, known, std::move(done));
  };
  auto storing = hear<stored_delivery>(std::move(keep), from.shared.how.lookup_timeout);
  const auto stored = co_await std::move(storing);
  if (!stored)
    co_return from.refuse(refusal(errc::service_unavailable, "the event could not be stored; send it again"));
  if (stored->duplicate || !event || !event->is_consumed)
    co_return from.answer(200, ack(false, stored->duplicate));
  auto handing = hand_over(from, *event, stored->inbox);
  const bool processed = co_await std::move(handing);
  from.city = nullptr; // A partner has no use for positions.
  co_return from.answer(200, ack(processed, false));
}

} // namespace reserve::gateway
