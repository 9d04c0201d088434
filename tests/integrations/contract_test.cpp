#include "integrations/host_adapter.hpp"
#include "integrations/payment_adapter.hpp"
#include "integrations/pix/brcode.hpp"
#include "integrations/sandbox/server.hpp"

#include "client_fixture.hpp"
#include "payment_requests.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/post.hpp>

#include <cstdlib>
#include <filesystem>

// The adapters against the sandbox, over HTTP: both sides read spec 30§18 and nobody has to believe the other.

using namespace reserve;
using namespace reserve::integrations;
using namespace reserve::integrations::test;
using namespace std::chrono_literals;
using operation = provider_request::operation;
using kind = provider_reply::kind;
using refund_kind = refund_view::kind;
using host_operation = host_request::operation;
using host_kind = host_answer::kind;

namespace {

class town {
public:
  town() {
    std::string folder = (std::filesystem::temp_directory_path() / "contract-XXXXXX").string();
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    sandbox::server_settings settings;
    settings.state_dir = folder;
    settings.machine_clock = [] { return now(); };
    settings.world.host = {"host-key", "jwt"};
    settings.world.stripe_key = "sk";
    settings.world.mercadopago_token = "token";
    settings.world.openpix_app_id = "app";
    sandbox_ = std::make_unique<sandbox::sandbox_server>(fixture_.io(), std::move(settings));
    base_ = "http://127.0.0.1:" + std::to_string(sandbox_->port());
    payment_accounts accounts;
    accounts.stripe = stripe_account{base_ + "/stripe", "sk", ""};
    accounts.mercadopago = mercadopago_account{base_ + "/mercadopago", "token"};
    accounts.openpix = openpix_account{base_ + "/openpix", "app"};
    payments_ = std::make_unique<payment_adapter>(fixture_.client(), accounts);
    host_ = std::make_unique<host_adapter>(fixture_.client(), host_account{base_ + "/host", "host-key", "jwt"});
  }

  ~town() {
    std::promise<void> stopped;
    boost::asio::post(fixture_.io(), [&] {
      sandbox_->stop();
      stopped.set_value();
    });
    stopped.get_future().wait();
    std::filesystem::remove_all(folder_);
  }

  /// The sandbox's clock stands still, at the time of the records.
  static timestamp now() { return *parse_timestamp("2026-12-01T12:00:00Z"); }

  provider_reply pay(const provider_request& request) {
    std::promise<provider_reply> out;
    payments_->call(request, [&out](provider_reply reply) { out.set_value(std::move(reply)); });
    return out.get_future().get();
  }

  host_reply ask(host_request request) {
    request.now = now();
    std::promise<host_reply> out;
    host_->call(std::move(request), [&out](host_reply reply) { out.set_value(std::move(reply)); });
    return out.get_future().get();
  }

  void control(const std::string& target, const std::string& body) {
    outbound_request request;
    request.method = "POST";
    request.url = base_ + "/control" + target;
    request.body = body;
    const auto result = fixture_.call(request);
    INFO(target << ": " << result.body);
    REQUIRE(result.status / 100 == 2);
  }

private:
  client_fixture fixture_;
  std::filesystem::path folder_;
  std::string base_;
  std::unique_ptr<sandbox::sandbox_server> sandbox_;
  std::unique_ptr<payment_adapter> payments_;
  std::unique_ptr<host_adapter> host_;
};

struct rail {
  std::string provider, method;
};

provider_request wish(const rail& on, operation what) { return payment_request_for(on.provider, on.method, what); }

host_request commit(const std::string& reference) {
  host_request out;
  out.what = host_operation::create_booking;
  out.host_property_id = "urb-001";
  out.host_unit_id = "urb-001-r1";
  out.range = {*parse_date("2027-04-05"), *parse_date("2027-04-07")};
  out.idempotency_key = out.external_id = "0004a1b2-0000-4000-8000-000000000001";
  out.external_reference = reference;
  out.guests = {2, 0, 0};
  out.total = money{64000};
  guest_details guest;
  guest.first_name = "Ana";
  guest.last_name = "Souza";
  out.guest = std::make_shared<const guest_details>(guest);
  return out;
}

} // namespace

TEST_CASE("a booking is made once, found, and cancelled", "[integrations][contract]") {
  town at;
  const auto booked = at.ask(commit("RES-2026-AAAAAA"));
  REQUIRE(booked.booking.what == host_kind::booked);
  CHECK(at.ask(commit("RES-2026-AAAAAA")).booking.booking.booking_id == booked.booking.booking.booking_id);
  auto look = commit("RES-2026-AAAAAA");
  look.what = host_operation::find_booking;
  CHECK(at.ask(look).booking.what == host_kind::found);
  look.external_reference = "RES-2026-BBBBBB";
  CHECK(at.ask(look).booking.what == host_kind::not_found);
  auto cancel = commit("RES-2026-AAAAAA");
  cancel.what = host_operation::cancel_booking;
  cancel.booking_id = booked.booking.booking.booking_id;
  cancel.reason = "guest_request";
  CHECK(at.ask(cancel).booking.what == host_kind::cancelled);
  CHECK(at.ask(cancel).booking.what == host_kind::cancelled);
  cancel.what = host_operation::get_booking;
  CHECK(at.ask(cancel).booking.booking.status == "cancelled");
  cancel.booking_id = "nothing";
  CHECK(at.ask(cancel).booking.what == host_kind::not_found);
}

TEST_CASE("the Host's catalogue and nights are read", "[integrations][contract]") {
  town at;
  host_request request = commit("");
  request.what = host_operation::health;
  CHECK(at.ask(request).answered);
  request.what = host_operation::properties;
  CHECK(at.ask(request).properties.size() == 20);
  request.what = host_operation::room_types;
  const auto rooms = at.ask(request).room_types;
  REQUIRE_FALSE(rooms.empty());
  CHECK(rooms[0].content.base_price);
  request.what = host_operation::availability;
  const auto nights = at.ask(request).availability;
  REQUIRE(nights.size() == 1);
  CHECK(nights[0].nights.size() == 2);
  CHECK(nights[0].nights[0].price > 0);
  request.host_unit_id.clear();
  CHECK(at.ask(request).availability.size() == rooms.size());
}

TEST_CASE("a full unit is refused, a silent Host is not known", "[integrations][contract]") {
  town at;
  at.control("/host/availability", R"({"property_id":"urb-001","room_type_id":"urb-001-r1","start_date":"2027-04-05","end_date":"2027-04-06","closed":true})");
  const auto refused = at.ask(commit("RES-2026-AAAAAA"));
  CHECK(refused.booking.what == host_kind::refused);
  CHECK(refused.booking.error == "409 room_type_unavailable");
  at.control("/host/availability", R"({"property_id":"urb-001","room_type_id":"urb-001-r1","start_date":"2027-04-05","end_date":"2027-04-06","closed":false})");
  at.control("/faults", R"({"provider":"host","operation":"create_booking","effect":"timeout_after","calls":1})");
  auto slow = commit("RES-2026-AAAAAA");
  slow.timeout = 200ms;
  const auto silent = at.ask(slow);
  CHECK(silent.booking.what == host_kind::transient);
  CHECK(silent.booking.unknown);
  slow.what = host_operation::find_booking;
  slow.timeout = 5s;
  CHECK(at.ask(slow).booking.what == host_kind::found);
  at.control("/faults", R"({"provider":"host","operation":"create_booking","effect":"garbage","calls":1})");
  CHECK(at.ask(commit("RES-2026-CCCCCC")).booking.what == host_kind::odd);
}

TEST_CASE("a PIX payment from the code to the refund", "[integrations][contract]") {
  const auto on = GENERATE(rail{"stripe", "stripe_pix"}, rail{"mercadopago", "mercadopago_pix"}, rail{"openpix", "openpix"});
  INFO(on.provider);
  town at;
  CHECK(at.pay(wish(on, operation::read)).what == kind::not_found);
  const auto made = at.pay(wish(on, operation::create));
  REQUIRE(made.what == kind::answered);
  CHECK(made.view.status == object_status::requires_action);
  CHECK(made.view.action_type == "pix_display_qr_code");
  CHECK(pix::parse(made.view.pix_text).code.amount == money{5880});
  CHECK_FALSE(made.view.pix_txid.empty());
  CHECK(made.view.pix_expires_at >= *parse_timestamp("2026-12-01T12:15:00Z"));
  CHECK(at.pay(wish(on, operation::create)).view.object == made.view.object);
  const auto found = at.pay(wish(on, operation::read));
  CHECK(found.view.object == made.view.object);
  CHECK(found.payment_ref == payment_text);
  CHECK(found.intent_ref == intent_text);

  at.control("/payments/" + payment_text + "/pay", R"({"amount":60.00})");
  auto request = wish(on, operation::read);
  request.provider_object = made.view.object;
  const auto paid = at.pay(request);
  CHECK(paid.view.status == object_status::succeeded);
  CHECK(paid.view.captured == money{6000});
  CHECK(paid.view.reference_matches);
  CHECK(paid.view.fee);
  request.what = operation::cancel;
  CHECK(at.pay(request).view.status == object_status::succeeded);

  request.what = operation::read_refund;
  CHECK(at.pay(request).refund.what == refund_kind::unknown_to_provider);
  request.what = operation::create_refund;
  const auto refund = at.pay(request).refund;
  CHECK(refund.what == refund_kind::completed);
  CHECK(at.pay(request).refund.gateway_refund_id == refund.gateway_refund_id);
  request.what = operation::read_refund;
  request.gateway_refund_id = refund.gateway_refund_id;
  CHECK(at.pay(request).refund.what == refund_kind::completed);
  request.what = operation::create_refund;
  request.refund = {*parse_uuid(intent_text)};
  request.refund_amount = money{999'00};
  CHECK(at.pay(request).refund.what == refund_kind::refused);
}

TEST_CASE("a PIX payment that is cancelled", "[integrations][contract]") {
  const auto on = GENERATE(rail{"stripe", "stripe_pix"}, rail{"mercadopago", "mercadopago_pix"}, rail{"openpix", "openpix"});
  INFO(on.provider);
  town at;
  auto request = wish(on, operation::cancel);
  request.provider_object = at.pay(wish(on, operation::create)).view.object;
  CHECK(at.pay(request).view.status == object_status::cancelled);
  CHECK(at.pay(request).view.status == object_status::cancelled);
}

TEST_CASE("a PIX payment that expires at the provider", "[integrations][contract]") {
  const auto on = GENERATE(rail{"stripe", "stripe_pix"}, rail{"mercadopago", "mercadopago_pix"}, rail{"openpix", "openpix"});
  INFO(on.provider);
  town at;
  auto request = wish(on, operation::read);
  request.provider_object = at.pay(wish(on, operation::create)).view.object;
  at.control("/payments/" + payment_text + "/expire", "{}");
  CHECK(at.pay(request).view.status == object_status::expired);
}

TEST_CASE("cards are paid, declined and asked for authentication", "[integrations][contract]") {
  town at;
  const rail cards{"stripe", "stripe_card"};
  auto request = wish(cards, operation::create);
  SECTION("by the browser") {
    const auto made = at.pay(request);
    CHECK(made.view.status == object_status::requires_payment_method);
    CHECK_FALSE(made.secrets.client_secret.empty());
  }
  SECTION("paid") {
    request.request.payment_method_id = "pm_card_visa";
    const auto paid = at.pay(request);
    CHECK(paid.view.status == object_status::succeeded);
    CHECK(paid.view.captured == money{5880});
    CHECK(paid.view.card_last4 == "4242");
    CHECK(paid.view.fee);
  }
  SECTION("declined") {
    request.request.payment_method_id = "pm_card_chargeDeclinedInsufficientFunds";
    const auto declined = at.pay(request);
    CHECK(declined.what == kind::declined);
    CHECK(declined.view.failure_code == "insufficient_funds");
    CHECK_FALSE(declined.view.object.empty());
    CHECK(declined.view.reference_matches);
  }
  SECTION("authentication") {
    request.request.payment_method_id = "pm_card_authenticationRequired";
    CHECK(at.pay(request).view.status == object_status::requires_action);
    at.control("/payments/" + payment_text + "/authenticate", "{}");
    CHECK(at.pay(wish(cards, operation::read)).view.status == object_status::succeeded);
  }
  SECTION("unknown method") {
    request.request.payment_method_id = "pm_nothing";
    CHECK(at.pay(request).what == kind::refused);
  }
}

TEST_CASE("a lost refund is found again or sent again under its key", "[integrations][contract]") {
  const auto on = GENERATE(rail{"stripe", "stripe_pix"}, rail{"mercadopago", "mercadopago_pix"}, rail{"openpix", "openpix"});
  INFO(on.provider);
  town at;
  auto request = wish(on, operation::create_refund);
  request.provider_object = at.pay(wish(on, operation::create)).view.object;
  at.control("/payments/" + payment_text + "/pay", "{}");
  at.control("/faults", R"({"provider":")" + on.provider + R"(","operation":"*","effect":"timeout_after","calls":1})");
  request.timeout = 200ms;
  CHECK(at.pay(request).refund.what == refund_kind::error);
  request.timeout = 5s;
  request.refund_first_sent_at = request.now;
  request.what = operation::read_refund;
  if (at.pay(request).refund.what == refund_kind::unknown_to_provider) {
    request.what = operation::create_refund;
    CHECK(at.pay(request).refund.what == refund_kind::completed);
  }
  // One refund of 10.00 has left 48.80, not 38.80.
  request.what = operation::create_refund;
  request.refund = {*parse_uuid(intent_text)};
  request.refund_amount = money{4880};
  CHECK(at.pay(request).refund.what == refund_kind::completed);
}
