#include "integrations/host/host_wire.hpp"

#include "integrations/crypto.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::integrations;
using namespace std::chrono_literals;
using operation = host_request::operation;
using kind = host_answer::kind;

namespace {

host_request commit() {
  host_request out;
  out.what = operation::create_booking;
  out.host_property_id = "prop-1";
  out.host_unit_id = "rt-1";
  out.range = {*parse_date("2026-12-01"), *parse_date("2026-12-03")};
  out.idempotency_key = out.external_id = "0004a1b2-0000-4000-8000-000000000001";
  out.external_reference = "RES-2026-7K3M9Q";
  out.traveler_id = "t-1";
  out.guests = {2, 1, 0};
  out.total = money{140000};
  guest_details guest;
  guest.first_name = "João \"Jo\"";
  guest.last_name = "Silva";
  guest.email = "joao@example.com";
  guest.phone = "+5549999990000";
  guest.special_requests = "late arrival";
  out.guest = std::make_shared<const guest_details>(guest);
  return out;
}

host_request asking(operation what) {
  auto out = commit();
  out.what = what;
  out.booking_id = "bk/1";
  return out;
}

outbound_result answer(int status, std::string body) {
  outbound_result out;
  out.kind = outbound_kind::answered;
  out.status = status;
  out.body = std::move(body);
  return out;
}

outbound_result broken(outbound_kind what) {
  outbound_result out;
  out.kind = what;
  out.problem = "Connection refused";
  return out;
}

const std::string booking = R"({"booking_id":"bk/1","external_reference":"RES-2026-7K3M9Q","external_id":"0004a1b2-0000-4000-8000-000000000001",
  "status":"Confirmed","confirmation_code":"H1","property_id":"prop-1","room_type_id":"rt-1","check_in":"2026-12-01","check_out":"2026-12-03",
  "guests":{"adults":2,"children":1},"guest_details":{"first_name":"J"}})";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

} // namespace

TEST_CASE("a commit has the same bytes every time", "[integrations][host]") {
  const auto request = host::render(commit());
  CHECK(request == host::render(commit()));
  CHECK(request.method == "POST");
  CHECK(request.target == "/api/v1/bookings");
  CHECK(find_field(request.headers, "Idempotency-Key") == "0004a1b2-0000-4000-8000-000000000001");
  CHECK(request.body ==
        R"({"property_id":"prop-1","room_type_id":"rt-1","check_in":"2026-12-01","check_out":"2026-12-03","guests":{"adults":2,"children":1},)"
        R"("guest_details":{"first_name":"João \"Jo\"","last_name":"Silva","email":"joao@example.com","phone":"+5549999990000","external_id":"t-1"},)"
        R"("external_reference":"RES-2026-7K3M9Q","external_id":"0004a1b2-0000-4000-8000-000000000001","total_amount":1400.00,"special_requests":"late arrival"})");
}

TEST_CASE("the other calls of the Host", "[integrations][host]") {
  CHECK(host::render(asking(operation::availability)).target ==
        "/api/v1/availability?property_id=prop-1&room_type_id=rt-1&start_date=2026-12-01&end_date=2026-12-03");
  CHECK(host::render(asking(operation::find_booking)).target == "/api/v1/bookings?external_reference=RES-2026-7K3M9Q");
  CHECK(host::render(asking(operation::get_booking)).target == "/api/v1/bookings/bk%2F1");
  CHECK(host::render(asking(operation::properties)).target == "/api/v1/properties");
  CHECK(host::render(asking(operation::room_types)).target == "/api/v1/properties/prop-1/room-types");
  CHECK(host::render(asking(operation::health)).target == "/health");
  auto cancel = asking(operation::cancel_booking);
  cancel.reason = "guest_request";
  cancel.refund = money{5000};
  const auto request = host::render(cancel);
  CHECK(request.method == "DELETE");
  CHECK(request.body == R"({"reason":"guest_request","refund_amount":50.00})");
  CHECK(find_field(request.headers, "Idempotency-Key") == "cancel-bk/1");
}

TEST_CASE("the token is a JWT of five minutes", "[integrations][host]") {
  const auto token = host::bearer_token("secret", timestamp(1'700'000'000s));
  const auto dot = token.rfind('.');
  CHECK(token.substr(0, token.find('.')) == to_base64url(R"({"alg":"HS256","typ":"JWT"})"));
  CHECK(token.substr(token.find('.') + 1, dot - token.find('.') - 1) ==
        to_base64url(R"({"iss":"reserve-connect","aud":"host-connect","iat":1700000000,"exp":1700000300})"));
  CHECK(token.substr(dot + 1) == to_base64url(hmac_sha256("secret", token.substr(0, dot))));
}

TEST_CASE("what an answer to a commit means", "[integrations][host]") {
  struct row {
    outbound_result result;
    kind what;
    bool unknown, failure;
  };
  const auto rows = std::vector<row>{
      {answer(201, booking), kind::booked, false, false},
      {answer(200, booking), kind::booked, false, false},
      {answer(201, replaced(booking, "RES-2026-7K3M9Q", "RES-2026-OTHER1")), kind::odd, true, false},
      {answer(201, replaced(booking, "0004a1b2", "1004a1b2")), kind::odd, true, false},
      {answer(201, replaced(booking, "bk/1", "")), kind::odd, true, false},
      {answer(201, "<html>"), kind::odd, true, false},
      {answer(200, ""), kind::odd, true, false},
      {answer(409, R"({"error":"room_type_unavailable"})"), kind::refused, false, false},
      {answer(404, "{}"), kind::refused, false, false},
      {answer(422, "not json"), kind::refused, false, false},
      {answer(400, "{}"), kind::refused, false, false},
      {answer(401, "{}"), kind::transient, false, false},
      {answer(403, "{}"), kind::transient, false, false},
      {answer(425, "{}"), kind::transient, false, false},
      {answer(429, "{}"), kind::transient, false, true},
      {answer(408, "{}"), kind::transient, true, false},
      {answer(500, "{}"), kind::transient, true, true},
      {answer(503, "{}"), kind::transient, true, true},
      {answer(302, "{}"), kind::transient, true, false},
      {broken(outbound_kind::not_sent), kind::transient, false, true},
      {broken(outbound_kind::no_answer), kind::transient, true, true},
      {broken(outbound_kind::too_large), kind::odd, true, true},
  };
  for (const auto& [result, what, unknown, failure] : rows) {
    INFO(result.status << ' ' << name_of(result.kind) << ' ' << result.body);
    const auto reply = host::parse(commit(), result);
    CHECK(reply.booking.what == what);
    CHECK(reply.booking.unknown == unknown);
    CHECK(reply.failure == failure);
    CHECK(reply.answered == (what == kind::booked || what == kind::refused));
  }
}

TEST_CASE("a booking is read with what we compare", "[integrations][host]") {
  const auto reply = host::parse(commit(), answer(201, booking));
  const auto& read = reply.booking.booking;
  CHECK(read.booking_id == "bk/1");
  CHECK(read.status == "confirmed");
  CHECK(read.confirmation_code == "H1");
  CHECK(read.host_unit_id == "rt-1");
  CHECK(read.stay == stay{*parse_date("2026-12-01"), *parse_date("2026-12-03")});
  CHECK(read.guests == party{2, 1, 0});
}

TEST_CASE("an error names its code and no person", "[integrations][host]") {
  const auto reply = host::parse(commit(), answer(409, R"({"error":"room_type_unavailable","message":"João Silva already booked"})"));
  CHECK(reply.booking.error == "409 room_type_unavailable");
  CHECK(host::parse(commit(), broken(outbound_kind::not_sent)).booking.error == "not_sent: Connection refused");
  auto busy = answer(429, "{}");
  busy.headers = {{"retry-after", "7"}};
  CHECK(host::parse(commit(), busy).retry_after == 7s);
}

TEST_CASE("a look-up finds ours, proves that there is none, or proves nothing", "[integrations][host]") {
  const auto look = [](const outbound_result& result) { return host::parse(asking(operation::find_booking), result).booking; };
  const auto cancelled = replaced(booking, "Confirmed", "cancelled");
  const auto other = replaced(booking, "RES-2026-7K3M9Q", "RES-2026-OTHER1");
  CHECK(look(answer(200, "{\"bookings\":[" + booking + "]}")).what == kind::found);
  CHECK(look(answer(200, "[" + booking + "]")).what == kind::found);
  CHECK(look(answer(200, booking)).what == kind::found);
  CHECK(look(answer(200, "[" + cancelled + "," + booking + "]")).booking.status == "confirmed");
  CHECK(look(answer(200, "{\"bookings\":[]}")).what == kind::not_found);
  CHECK(look(answer(404, R"({"error":"booking_not_found"})")).what == kind::not_found);
  CHECK(look(answer(404, "<html>no such page</html>")).what != kind::not_found);
  CHECK(look(answer(200, "[" + other + "]")).what == kind::transient);
  CHECK(look(answer(200, "<html>")).what == kind::transient);
  CHECK(look(answer(500, "{}")).what == kind::transient);
  CHECK(look(broken(outbound_kind::no_answer)).what == kind::transient);
}

TEST_CASE("one booking is read by its id", "[integrations][host]") {
  const auto look = [](const outbound_result& result) { return host::parse(asking(operation::get_booking), result).booking; };
  CHECK(look(answer(200, booking)).what == kind::found);
  CHECK(look(answer(404, "{}")).what == kind::not_found);
  CHECK(look(answer(200, replaced(booking, "bk/1", "bk/2"))).what == kind::transient);
}

TEST_CASE("a cancelled booking is cancelled, however it is told", "[integrations][host]") {
  const auto cancel = [](const outbound_result& result) { return host::parse(asking(operation::cancel_booking), result).booking.what; };
  CHECK(cancel(answer(200, R"({"booking_id":"bk/1","status":"cancelled"})")) == kind::cancelled);
  CHECK(cancel(answer(204, "")) == kind::cancelled);
  CHECK(cancel(answer(404, "{}")) == kind::cancelled);
  CHECK(cancel(answer(409, R"({"error":"already_cancelled"})")) == kind::cancelled);
  CHECK(cancel(answer(422, R"({"error":"bad","message":"Booking already cancelled"})")) == kind::cancelled);
  CHECK(cancel(answer(409, R"({"error":"invalid_state"})")) == kind::refused);
  CHECK(cancel(answer(200, "<html>")) == kind::transient);
  CHECK(cancel(answer(503, "{}")) == kind::transient);
}

TEST_CASE("availability is grouped by room type and leaves out what cannot be read", "[integrations][host]") {
  const auto reply = host::parse(asking(operation::availability), answer(200, R"({"property_id":"prop-1","availability":[
    {"room_type_id":"rt-1","date":"2026-12-01","available":2,"allotment":5,"closed":false,"base_price":420.50,"currency":"BRL","min_stay":2},
    {"room_type_id":"rt-2","date":"2026-12-01","available":-1,"allotment":3,"closed":true,"closed_to_arrival":true},
    {"room_type_id":"rt-1","date":"2026-12-02","available":0,"allotment":99999999,"base_price":1e9},
    {"room_type_id":"rt-1","date":"soon","available":1},{"date":"2026-12-02","available":1},{"room_type_id":"rt-1","date":"2026-12-03"},7]})"));
  REQUIRE(reply.answered);
  REQUIRE(reply.availability.size() == 2);
  const auto& first = reply.availability[0];
  CHECK(first.host_unit_id == "rt-1");
  REQUIRE(first.nights.size() == 2);
  CHECK(first.nights[0] == night_reading{*parse_date("2026-12-01"), 5, 42050, 2, 0, false, false, false});
  CHECK(first.available == std::vector{2, 0});
  CHECK(first.nights[1].allotment == 32767);
  CHECK(first.nights[1].price == -1);
  CHECK(reply.availability[1].available == std::vector{0});
  CHECK(reply.availability[1].nights[0].closed);
  CHECK(reply.availability[1].nights[0].closed_to_arrival);
}

TEST_CASE("availability of another property or without a list is no answer", "[integrations][host]") {
  for (const auto* body : {R"({"property_id":"prop-2","availability":[]})", R"({"property_id":"prop-1"})", "[]", "x"})
    CHECK_FALSE(host::parse(asking(operation::availability), answer(200, body)).answered);
}

TEST_CASE("properties and room types are read", "[integrations][host]") {
  const auto properties = host::parse(asking(operation::properties), answer(200, R"({"properties":[{"property_id":"p","name":"Pousada","slug":"pousada",
    "description":"d","address":{"street":"Rua A, 1","district":"Centro","city":"Urubici","state":"SC"},"coordinates":{"lat":-28.0153,"lng":"-49.591712345"},
    "contacts":{"phone":"1","email":"e","whatsapp":"w"},"amenities":["wifi",7],"images":[{"url":"u","alt":"a"},"v",{}],"check_in_time":"14:30",
    "active":false},{"name":"no id"}]})"));
  REQUIRE(properties.answered);
  REQUIRE(properties.properties.size() == 1);
  const auto& content = properties.properties[0].content;
  CHECK(content.address == "Rua A, 1, Centro");
  CHECK(content.city_name == "Urubici");
  CHECK(content.lat_e6 == -28'015'300);
  CHECK(content.lng_e6 == -49'591'712);
  CHECK(content.amenities == std::vector<std::string>{"wifi"});
  CHECK(content.images.size() == 2);
  CHECK(content.check_in_time == 14h + 30min);
  CHECK_FALSE(content.active);
  const auto rooms = host::parse(asking(operation::room_types), answer(200, R"({"room_types":[{"room_type_id":"r","name":"Suite","max_occupancy":300,
    "base_capacity":2,"beds":[{"type":"double","count":1}],"base_price":420.00,"size_m2":24}]})"));
  REQUIRE(rooms.room_types.size() == 1);
  CHECK(rooms.room_types[0].content.max_occupancy == 255);
  CHECK(rooms.room_types[0].content.base_price == money{42000});
  CHECK(rooms.room_types[0].content.beds.size() == 1);
  CHECK_FALSE(host::parse(asking(operation::properties), answer(200, "{}")).answered);
}
