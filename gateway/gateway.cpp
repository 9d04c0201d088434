#include "gateway/gateway.hpp"

#include "gateway/api/door.hpp"
#include "gateway/handlers.hpp"

#include <map>

namespace reserve::gateway {
namespace {

door_settings door_of(const settings& how) {
  door_settings made;
  made.public_url = how.public_url;
  made.rights.service_token = how.service_token;
  made.rights.clock_control = how.clock_control;
  made.exempt_networks = how.exempt_networks;
  return made;
}

const std::map<std::string_view, handler_function>& handlers() {
  static const std::map<std::string_view, handler_function> all{
      {"search_availability", search_availability},
      {"search_availability_post", search_availability},
      {"get_cities", get_cities},
      {"get_city", get_city},
      {"get_property_list", get_property_list},
      {"get_property_detail", get_property_detail},
      {"get_unit_availability_calendar", get_unit_availability_calendar},
      {"check_availability", check_availability},
      {"create_booking_intent", create_booking_intent},
      {"get_booking_intent", get_booking_intent},
      {"update_traveler_details", update_traveler_details},
      {"cancel_booking_intent", cancel_booking_intent},
      {"create_booking", create_booking},
      {"get_payment_options", get_payment_options},
      {"create_payment_intent_stripe", create_payment_intent_stripe},
      {"create_pix_charge", create_pix_charge},
      {"poll_payment_status", poll_payment_status},
      {"retry_failed_payment", retry_failed_payment},
      {"get_reservation", get_reservation},
      {"host_webhook_receiver", receive_webhook},
      {"handle_stripe_webhook", receive_webhook},
      {"handle_pix_webhook", receive_webhook},
      {"finalize_reservation", finalize_reservation},
      {"host_commit_booking", host_commit_booking},
      {"expire_intents", expire_intents},
      {"move_clock", move_clock},
      {"health_check", health_check},
      {"ready_check", ready_check},
      {"openapi", openapi},
  };
  return all;
}

} // namespace

handler_function handler_of(std::string_view operation_id) noexcept {
  const auto found = handlers().find(operation_id);
  return found == handlers().end() ? nullptr : found->second;
}

class front_desk::implementation {
public:
  implementation(services outside, settings how, boost::asio::any_io_executor executor)
      : door_(door_of(how)), hall_(outside, std::move(how), std::move(executor)) {
    for (const auto& each : endpoints())
      ensure(handler_of(each.operation_id) != nullptr, "an endpoint has no handler");
  }

  http::admission admit(const http::request& head) { return door_.admit(head); }
  http::response refuse(unsigned status, const http::request& head, std::string_view why) const { return door_.refuse(status, head, why); }
  std::size_t pending() const noexcept { return hall_.port->pending(); }

  task<http::response> handle(const http::request& what) {
    const entry came = door_.enter(what);
    http::response answer;
    if (const auto* why = std::get_if<failure>(&came.outcome)) {
      answer = refused(came.context, *why);
    } else {
      call from{hall_, what, came.context, std::get<validated>(came.outcome)};
      auto handling = guarded(from, handler_of(came.target().operation_id));
      answer = co_await std::move(handling);
      if (from.city && !from.city->online() && answer.status < 500)
        answer = from.refuse(no_longer_ours(from));
    }
    log(came, answer.status);
    co_return answer;
  }

private:
  /// Commit-protocol §4: past its lease an owner answers nothing, not even what it had ready: it may have slept, and somebody else decides now.
  static refusal no_longer_ours(const call& from) {
    refusal why(errc::service_unavailable, "the city is not served here now; repeat with the same Idempotency-Key");
    why.effect = from.was_sent && from.what.method != "GET" ? effect::unknown : effect::none;
    return why;
  }

  /// What a handler throws is a bug; the guest learns nothing of it, and it is told under the request's own id.
  task<http::response> guarded(call& from, handler_function handle_it) {
    std::string problem;
    try {
      auto handling = handle_it(from);
      auto answer = co_await std::move(handling);
      co_return answer;
    } catch (const boost::system::system_error& cancelled) {
      if (cancelled.code() == boost::asio::error::operation_aborted)
        throw; // The request took too long: the server answers.
      problem = cancelled.what();
    } catch (const std::exception& bug) {
      problem = bug.what();
    }
    from.outside().self.log_request("request failed request_id=" + from.context.request_id + " problem=" + problem);
    co_return from.refuse(refusal(errc::internal_error, "an internal error"));
  }

  void log(const entry& came, unsigned status) {
    if (!hall_.outside.self.logs_requests())
      return;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - came.context.started);
    const auto* target = came.where.target;
    line_.assign("request request_id=");
    line_ += came.context.request_id;
    line_ += " correlation_id=";
    line_ += came.context.correlation_id;
    line_ += " operation=";
    line_ += target ? std::string_view(target->operation_id) : std::string_view("none");
    line_ += " status=";
    line_ += std::to_string(status);
    line_ += " duration_us=";
    line_ += std::to_string(took.count());
    hall_.outside.self.log_request(line_);
  }

  door door_;
  hall hall_;
  std::string line_; ///< Of the log; kept for its memory.
};

front_desk::front_desk(services outside, settings how, boost::asio::any_io_executor executor)
    : implementation_(std::make_unique<implementation>(outside, std::move(how), std::move(executor))) {}

front_desk::~front_desk() = default;

http::admission front_desk::admit(const http::request& head) {
  return implementation_->admit(head);
}

boost::asio::awaitable<http::response> front_desk::handle(const http::request& what) {
  return implementation_->handle(what);
}

http::response front_desk::refuse(unsigned status, const http::request& head, std::string_view why) {
  return implementation_->refuse(status, head, why);
}

std::size_t front_desk::pending() const noexcept {
  return implementation_->pending();
}

} // namespace reserve::gateway
