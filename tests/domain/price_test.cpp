#include "calendar_world.hpp"

using namespace reserve;
using namespace reserve::test;
using namespace std::chrono_literals;

namespace {

std::string field(const refusal& why) {
  return why.fields.empty() ? "(none)" : why.fields[0].first + ' ' + why.fields[0].second;
}

tax_rule booking_tax(rate share, const std::string& remitted_by = "property") {
  tax_rule out;
  out.type = "booking";
  out.share = share;
  out.applies_to = "booking";
  out.remitted_by = remitted_by;
  out.from = day(-100);
  return out;
}

fee stay_fee(money amount, const std::string& basis = "per_stay", bool taxable = false) {
  return {"cleaning", "Cleaning", basis, amount, {}, taxable};
}

} // namespace

TEST_CASE("dates that cannot be booked are refused by name", "[domain][price]") {
  const auto unit = open_calendar();
  struct row {
    stay range;
    local_time now;
    std::string refused; ///< Empty = accepted.
  };
  const auto today = day(1);
  const auto [range, now, refused] = GENERATE_COPY(values<row>({
      {nights(1, 2), {today, 12h}, ""},
      {nights(0, 2), {today, 12h}, "check_in out_of_range"},
      {nights(1, 2), {day(2), 0min}, "check_in out_of_range"}, // yesterday, one minute past midnight
      {nights(1, 2), {today, 20h}, ""},
      {nights(1, 2), {today, 20h + 1min}, "check_in out_of_range"},
      {nights(2, 3), {today, 23h + 59min}, ""},
      {nights(2, 32), {today, 12h}, ""}, // 30 nights
      {nights(2, 33), {today, 12h}, "check_out out_of_range"},
      {nights(5, 5), {today, 12h}, "check_out not_after"},
      {nights(5, 4), {today, 12h}, "check_out not_after"},
      {nights(2, 3), {day(2) - std::chrono::days(365), 12h}, ""}, // the last night that is sold
      {nights(2, 3), {day(2) - std::chrono::days(366), 12h}, "check_in out_of_range"},
      {nights(2, 4), {day(2) - std::chrono::days(365), 12h}, "check_out out_of_range"},
  }));
  CAPTURE(to_string(range.check_in), to_string(range.check_out), to_string(now.day), now.time_of_day.count());
  auto asked = question(range);
  asked.city_now = now;
  const auto priced = quote(unit, rules(), asked);
  REQUIRE(priced.has_value() == refused.empty());
  if (refused.empty())
    return;
  CHECK(priced.error().code == errc::invalid_parameter);
  CHECK(field(priced.error()) == refused);
}

TEST_CASE("a stay may have to be booked some hours ahead of check-in", "[domain][price]") {
  const auto unit = open_calendar();
  auto with = rules();
  const auto [hours, accepted] = GENERATE(table<int, bool>({{0, true}, {27, true}, {28, false}, {48, false}}));
  with.min_advance_hours = hours; // check-in tomorrow at 15:00 is 27 hours from today's noon
  CHECK(quote(unit, with, question(nights(2, 3))).has_value() == accepted);
}

TEST_CASE("the party must fit, infants aside", "[domain][price]") {
  const auto unit = open_calendar(5);
  const auto [adults, children, infants, rooms, refused] = GENERATE(table<int, int, int, int, std::optional<errc>>({
      {1, 0, 0, 1, std::nullopt},
      {3, 0, 2, 1, std::nullopt},
      {2, 1, 5, 1, std::nullopt},
      {4, 0, 0, 2, std::nullopt},
      {4, 0, 0, 1, errc::capacity_exceeded},
      {2, 2, 0, 1, errc::capacity_exceeded},
      {1, 3, 0, 1, errc::capacity_exceeded},
      {5, 2, 0, 2, errc::capacity_exceeded},
      {0, 1, 0, 1, errc::invalid_parameter},
      {1, 0, 0, 0, errc::invalid_parameter},
  }));
  CAPTURE(adults, children, infants, rooms);
  const party guests{static_cast<std::uint8_t>(adults), static_cast<std::uint8_t>(children), static_cast<std::uint8_t>(infants)};
  const auto priced = quote(unit, rules(), question(nights(10, 11), guests, static_cast<std::uint8_t>(rooms)));
  REQUIRE(priced.has_value() == !refused);
  if (!refused)
    return;
  CHECK(priced.error().code == *refused);
  if (*refused == errc::capacity_exceeded)
    CHECK(detail(priced.error(), "max_occupancy") == "3");
}

TEST_CASE("the arrival night says how short and how long a stay may be", "[domain][price]") {
  auto unit = open_calendar();
  say(unit, day(10), [](auto& read) { read.min_stay = 3, read.max_stay = 5; });
  say(unit, day(11), [](auto& read) { read.min_stay = 7; }); // not the arrival night of any stay below
  const auto [from, to, min_stay, max_stay] = GENERATE(table<int, int, std::string, std::string>({
      {10, 13, "", ""},
      {10, 15, "", ""},
      {9, 12, "", ""},
      {10, 12, "3", "5"},
      {10, 11, "3", "5"},
      {10, 16, "3", "5"},
  }));
  CAPTURE(from, to);
  const auto priced = quote(unit, rules(), question(nights(from, to)));
  REQUIRE(priced.has_value() == min_stay.empty());
  if (min_stay.empty())
    return;
  CHECK(priced.error().code == errc::min_stay_violation);
  CHECK(detail(priced.error(), "min_stay") == min_stay);
  CHECK(detail(priced.error(), "max_stay") == max_stay);
}

TEST_CASE("closed nights, arrivals and departures are refused by date", "[domain][price]") {
  auto unit = open_calendar();
  say(unit, day(10), [](auto& read) { read.closed_to_arrival = true; });
  say(unit, day(15), [](auto& read) { read.closed_to_departure = true; });
  say(unit, day(20), [](auto& read) { read.closed = true; });
  say(unit, day(25), [](auto& read) { read.price = -1; });
  const auto [from, to, dates] = GENERATE(table<int, int, std::string>({
      {9, 11, ""}, // arrives the day before
      {14, 16, ""},
      {15, 17, ""},
      {18, 20, ""}, // leaves on the closed day
      {10, 11, R"(["2026-12-10"])"},
      {12, 15, R"(["2026-12-15"])"},
      {10, 15, R"(["2026-12-10","2026-12-15"])"},
      {19, 22, R"(["2026-12-20"])"},
      {20, 21, R"(["2026-12-20"])"},
      {24, 27, R"(["2026-12-25"])"},
      {19, 26, R"(["2026-12-20","2026-12-25"])"},
      {61, 65, R"(["2027-02-01","2027-02-02"])"}, // never told by the Host
  }));
  CAPTURE(from, to);
  const auto priced = quote(unit, rules(), question(nights(from, to)));
  REQUIRE(priced.has_value() == dates.empty());
  if (dates.empty())
    return;
  CHECK(priced.error().code == errc::dates_closed);
  CHECK(detail(priced.error(), "dates") == dates);
}

TEST_CASE("the first check that fails is the answer", "[domain][price]") {
  auto unit = open_calendar(0);
  say(unit, day(10), [](auto& read) { read.min_stay = 3, read.closed = true; });
  auto asked = question(nights(10, 11), {9, 0, 0});
  asked.expected_total = money{1};
  asked.city_now.day = day(11);
  CHECK(quote(unit, rules(), asked).error().code == errc::invalid_parameter);
  asked.city_now.day = day(1);
  CHECK(quote(unit, rules(), asked).error().code == errc::capacity_exceeded);
  asked.guests = {2, 0, 0};
  CHECK(quote(unit, rules(), asked).error().code == errc::min_stay_violation);
  asked.stay = nights(10, 13);
  CHECK(quote(unit, rules(), asked).error().code == errc::dates_closed);
  say(unit, day(10), [](auto& read) { read.closed = false; });
  CHECK(quote(unit, rules(), asked).error().code == errc::insufficient_inventory);
  CHECK(quote(unit, rules(), asked, true).error().code == errc::price_changed);
  asked.expected_total = money{90000};
  CHECK(quote(unit, rules(), asked, true));
}

TEST_CASE("a quote counts a hold that is due as gone", "[domain][price]") {
  auto unit = open_calendar();
  const auto held = place(unit, ask("a", nights(10, 12)));
  CHECK(quote(unit, rules(), question(nights(11, 13)), held.expires_at - 1us).error().code == errc::insufficient_inventory);
  CHECK(quote(unit, rules(), question(nights(11, 13)), held.expires_at));
  CHECK_FALSE(quote(unit, rules(), question(nights(11, 13))));
}

TEST_CASE("another total than expected is refused with the new breakdown", "[domain][price]") {
  const auto unit = open_calendar();
  auto with = rules();
  with.fees = {{"clean", "Taxa \"limpeza\"", "per_stay", {8000}, {}, false}};
  auto asked = question(nights(10, 12));
  asked.expected_total = money{67999};
  const auto priced = quote(unit, with, asked);
  REQUIRE_FALSE(priced);
  CHECK(priced.error().code == errc::price_changed);
  CHECK(priced.error().message == "the total is 680.00, not 679.99");
  CHECK(detail(priced.error(), "price_breakdown") ==
        R"({"currency":"BRL","base_price":600.00,"extras":0.00,"fees":80.00,"taxes":0.00,"discount":0.00,"total":680.00,"amount_due_now":680.00,)"
        R"("balance_due":0.00,"balance_due_at":null,"nights":[{"date":"2026-12-10","price":300.00},{"date":"2026-12-11","price":300.00}],)"
        R"("fee_lines":[{"code":"clean","name":"Taxa \"limpeza\"","amount":80.00}],"tax_lines":[],"extras_lines":[],"promo":null})");
}

TEST_CASE("a night costs what the Host says, else what the unit costs", "[domain][price]") {
  auto unit = open_calendar();
  say(unit, day(11), [](auto& read) { read.price = -1; });
  say(unit, day(12), [](auto& read) { read.price = 0; });
  auto with = rules();
  with.base_price = money{25050};
  const auto priced = quote(unit, with, question(nights(10, 13)));
  REQUIRE(priced);
  CHECK(priced->nights == std::vector<money>{{30000}, {25050}, {0}});
  CHECK(priced->base == money{55050});
}

TEST_CASE("persons above the base capacity cost extra each night", "[domain][price]") {
  const auto unit = open_calendar(2);
  auto with = rules();
  with.max_occupancy = 5;
  with.extra_adult = {5000};
  with.extra_child = {2500};
  const auto [adults, children, rooms, nightly] = GENERATE(table<int, int, int, int>({
      {2, 0, 1, 30000},
      {1, 1, 1, 30000},
      {3, 0, 1, 35000},
      {2, 1, 1, 32500},
      {1, 2, 1, 32500},
      {3, 2, 1, 40000},
      {4, 0, 2, 60000},
      {5, 1, 2, 67500},
  }));
  CAPTURE(adults, children, rooms);
  const party guests{static_cast<std::uint8_t>(adults), static_cast<std::uint8_t>(children), 1};
  const auto priced = quote(unit, with, question(nights(10, 12), guests, static_cast<std::uint8_t>(rooms)));
  REQUIRE(priced);
  CHECK(priced->nights == std::vector<money>{{nightly}, {nightly}});
}

TEST_CASE("fees follow their basis", "[domain][price]") {
  const auto unit = open_calendar(2);
  auto with = rules();
  const auto [basis, rooms, expected] = GENERATE(table<std::string, int, int>({
      {"per_stay", 1, 1000},
      {"per_stay", 2, 2000},
      {"per_night", 1, 3000},
      {"per_night", 2, 6000},
      {"per_person_night", 1, 9000}, // 2 adults, 1 child, 3 nights; the infant is free
      {"percent", 1, 9450},          // 10.5 % of 900.00
  }));
  CAPTURE(basis, rooms);
  with.fees = {stay_fee({1000}, basis)};
  with.fees[0].share = {1050};
  const auto priced = quote(unit, with, question(nights(10, 13), {2, 1, 1}, static_cast<std::uint8_t>(rooms)));
  REQUIRE(priced);
  CHECK(priced->fees == money{expected});
  CHECK(priced->total == priced->base + priced->fees);
}

TEST_CASE("taxes are on the base and the taxable fees, rounded half-even, while in force", "[domain][price]") {
  const auto unit = open_calendar();
  auto with = rules();
  with.fees = {stay_fee({8000}), stay_fee({1025}, "per_stay", true)};
  with.booking_taxes = {booking_tax({200}), booking_tax({200}, "platform"), booking_tax({5000}), booking_tax({5000}), booking_tax({5000}),
                        booking_tax({5000})};
  with.booking_taxes[2].active = false;
  with.booking_taxes[3].from = day(2);
  with.booking_taxes[4].to = day(0);
  with.booking_taxes[5].applies_to = "commission";
  const auto priced = quote(unit, with, question(nights(10, 11)));
  REQUIRE(priced);
  // 2 % of 310.25 = 6.205 -> 6.20, twice
  REQUIRE(priced->tax_lines.size() == 2);
  CHECK(priced->tax_lines[0].amount == money{620});
  CHECK(priced->taxes == money{1240});
  CHECK(priced->platform_taxes == money{620});
  CHECK(priced->total == money{30000 + 9025 + 1240});
  CHECK(priced->due_now == priced->total);
  with.booking_taxes[4].to = day(1); // its last day is today
  CHECK(quote(unit, with, question(nights(10, 11)))->tax_lines.size() == 3);
}

TEST_CASE("the worked example, from the price of the nights after all rules", "[domain][price]") {
  auto unit = open_calendar();
  const int amounts[] = {27000, 32400, 32400, 27000};
  for (int n = 0; n < 4; ++n)
    say(unit, day(10 + n), [&](auto& read) { read.price = amounts[n]; });
  auto with = rules();
  with.fees = {stay_fee({8000})};
  with.booking_taxes = {booking_tax({200})};
  const auto priced = quote(unit, with, question(nights(10, 14)));
  REQUIRE(priced);
  CHECK(priced->base == money{118800});
  CHECK(priced->fees == money{8000});
  CHECK(priced->taxes == money{2376}); // without the promo code of the example: 1188.00 × 2 %
  CHECK(priced->total == money{129176});
}
