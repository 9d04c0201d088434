#include "world_fixture.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::sandbox;

namespace {

const std::string bookings = "/host/api/v1/bookings";

std::int64_t available(test_world& at, const std::string& day) {
  const auto out = at.get("/host/api/v1/availability?property_id=urb-001&room_type_id=urb-001-r1&start_date=" + day + "&end_date=2027-04-10");
  return json_of(out)["availability"][0]["available"].integer().value_or(-1);
}

} // namespace

TEST_CASE("a booking lowers what is available, its cancellation gives it back", "[sandbox][host]") {
  test_world at;
  const auto before = available(at, "2027-04-05");
  const auto made = at.post(bookings, booking_body("RES-1"), "key-1");
  REQUIRE(made.status == 201);
  const auto booking = json_of(made);
  CHECK(booking["external_reference"].text() == "RES-1");
  CHECK(booking["status"].text() == "confirmed");
  CHECK(available(at, "2027-04-05") == before - 1);
  CHECK(available(at, "2027-04-07") == before);
  const auto id = booking["booking_id"].text();
  const auto gone = at.call("DELETE", bookings + "/" + id, R"({"reason":"guest"})").content;
  CHECK(gone.status == 200);
  CHECK(json_of(gone)["status"].text() == "cancelled");
  CHECK(available(at, "2027-04-05") == before);
  const auto again = at.call("DELETE", bookings + "/" + id, "{}").content;
  CHECK(again.status == 409);
  CHECK(json_of(again)["error"].text() == "already_cancelled");
}

TEST_CASE("a known key is answered with the same booking for 24 hours", "[sandbox][host]") {
  test_world at;
  const auto first = json_of(at.post(bookings, booking_body("RES-1"), "key-1"))["booking_id"].text();
  const auto repeat = at.post(bookings, booking_body("RES-1"), "key-1");
  CHECK(repeat.status == 200);
  CHECK(json_of(repeat)["booking_id"].text() == first);
  at.advance(std::chrono::hours(24));
  const auto late = at.post(bookings, booking_body("RES-1"), "key-1");
  CHECK(late.status == 201);
  CHECK(json_of(late)["booking_id"].text() != first);
  CHECK(json_of(at.get(bookings + "?external_reference=RES-1"))["bookings"].items().size() == 2);
}

TEST_CASE("a sold out night is refused with its dates", "[sandbox][host]") {
  test_world at;
  const auto left = available(at, "2027-04-06");
  for (std::int64_t i = 0; i < left; ++i)
    REQUIRE(at.post(bookings, booking_body("RES-" + std::to_string(i), "urb-001-r1", "2027-04-06", "2027-04-07")).status == 201);
  const auto refused = at.post(bookings, booking_body("RES-X"));
  CHECK(refused.status == 409);
  const auto json = json_of(refused);
  CHECK(json["error"].text() == "room_type_unavailable");
  REQUIRE(json["details"]["conflicting_dates"].items().size() == 1);
  CHECK(json["details"]["conflicting_dates"][0].text() == "2027-04-06");
}

TEST_CASE("what the Host cannot read or does not have is refused", "[sandbox][host]") {
  test_world at;
  auto [body, status] = GENERATE(Catch::Generators::table<std::string, int>({
      {"not json", 400},
      {"{}", 422},
      {booking_body("R", "urb-001-r9"), 404},
      {booking_body("R", "urb-099-r1"), 404},
      {booking_body("R", "urb-001-r1", "2027-04-07", "2027-04-07"), 422},
  }));
  CHECK(at.post(bookings, body).status == status);
}

TEST_CASE("a stay is moved by PATCH without standing in its own way", "[sandbox][host]") {
  test_world at;
  const auto left = available(at, "2027-04-05");
  std::string id;
  for (std::int64_t i = 0; i < left; ++i)
    id = json_of(at.post(bookings, booking_body("RES-" + std::to_string(i))))["booking_id"].text();
  const auto moved = at.call("PATCH", bookings + "/" + id, R"({"check_out":"2027-04-08"})").content;
  CHECK(moved.status == 200);
  CHECK(json_of(moved)["check_out"].text() == "2027-04-08");
  CHECK(json_of(at.call("PATCH", bookings + "/" + id, R"({"status":"no_show"})").content)["status"].text() == "no_show");
}

TEST_CASE("more than 100 calls in a minute for one property are refused", "[sandbox][host]") {
  test_world at;
  const std::string path = "/host/api/v1/properties/urb-003/room-types";
  for (int i = 0; i < 100; ++i)
    REQUIRE(at.get(path).status == 200);
  const auto refused = at.get(path);
  CHECK(refused.status == 429);
  CHECK(refused.headers.count("Retry-After") == 1);
  CHECK(at.get("/host/api/v1/properties/urb-004/room-types").status == 200);
  CHECK(at.get("/host/health").status == 200);
  at.advance(std::chrono::seconds(61));
  CHECK(at.get(path).status == 200);
}

TEST_CASE("the desk changes bookings and nights, and reports them", "[sandbox][host]") {
  test_world at;
  const auto made = at.control("/host/bookings", R"({"property_id":"urb-001","room_type_id":"urb-001-r1","check_in":"2027-04-05",
    "check_out":"2027-04-07","guests":{"adults":1}})");
  const auto id = made["booking_id"].text();
  CHECK(at.control("/host/bookings/" + id + "/checkin", "{}")["status"].text() == "checked_in");
  CHECK(at.control("/host/bookings/" + id + "/checkout", "{}")["status"].text() == "checked_out");
  CHECK(at.post("/control/host/bookings/" + id + "/cancel", "{}").status == 400);
  at.control("/host/availability", R"({"property_id":"urb-001","room_type_id":"urb-001-r1","start_date":"2027-04-05","end_date":"2027-04-06",
    "allotment":0,"base_price":99.90,"closed":true})");
  const auto night =
      json_of(at.get("/host/api/v1/availability?property_id=urb-001&room_type_id=urb-001-r1&start_date=2027-04-05&end_date=2027-04-07"));
  CHECK(night["availability"][0]["allotment"].integer() == 0);
  CHECK(night["availability"][0]["base_price"].amount() == money{9990});
  CHECK(night["availability"][0]["closed"].truth());
  CHECK_FALSE(night["availability"][1]["closed"].truth());
  CHECK(at.deliver() == std::vector<std::string>{"booking.created", "checkin.completed", "checkout.completed", "availability.changed"});
}
