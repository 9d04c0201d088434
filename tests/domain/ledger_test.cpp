#include "calendar_world.hpp"

#include "domain/ledger.hpp"

using namespace reserve;
using namespace reserve::test;

namespace {

const auto payment = id_of<payment_id>("payment");
const auto intent = id_of<intent_id>("intent");
const auto property = id_of<property_id>("property");
const auto reservation = id_of<reservation_id>("reservation");
const auto refund = id_of<refund_id>("refund");
const currency brl{};

/// A line as the tables of the spec print it: "entry_type account(dimension) D 1000.00".
std::vector<std::string> lines(const ledger_transaction& transaction) {
  std::vector<std::string> out;
  for (const auto& one : transaction.entries) {
    const std::string dimension = one.gateway + one.tax_type;
    out.push_back(one.entry_type + ' ' + one.account + (dimension.empty() ? "" : '(' + dimension + ')') +
                  (one.side == direction::debit ? " D " : " C ") + to_string(one.amount));
  }
  return out;
}

using table_of = std::vector<std::string>;

commission_snapshot fifteen_percent() {
  return commission_of({}, {100000}, {100000}, {500});
}

} // namespace

TEST_CASE("a card payment posts 5.1", "[domain][ledger]") {
  const auto posted = payment_captured(payment, intent, property, "stripe_card", "stripe", {100000}, {{290}, {30}, {38}}, brl);
  CHECK(lines(posted) == table_of{
                             "payment_received cash_reserve(stripe) D 1000.00",
                             "payment_received customer_deposits C 1000.00",
                             "gateway_fee gateway_fee_expense(stripe) D 29.30",
                             "gateway_fee gateway_fees_payable(stripe) C 29.30",
                         });
  CHECK(posted.idempotency_key == "payment:" + to_string(payment) + ":captured");
  CHECK(posted.type == "payment_captured");
  CHECK(posted.payment == payment);
  CHECK(posted.intent == intent);
  CHECK(posted.reservation.is_nil());
  CHECK(balanced(posted));
}

TEST_CASE("a PIX payment posts 5.2", "[domain][ledger]") {
  const auto posted = payment_captured(payment, intent, property, "mercadopago_pix", "mercadopago", {100000}, {{99}, {}, {38}}, brl);
  CHECK(lines(posted) == table_of{
                             "payment_received cash_reserve(mercadopago) D 1000.00",
                             "payment_received customer_deposits C 1000.00",
                             "iof_tax iof_expense D 3.80",
                             "iof_tax tax_payable(iof) C 3.80",
                             "gateway_fee gateway_fee_expense(mercadopago) D 9.90",
                             "gateway_fee gateway_fees_payable(mercadopago) C 9.90",
                         });
  CHECK(balanced(posted));
}

TEST_CASE("PIX free of IOF and of fees posts the money alone", "[domain][ledger]") {
  CHECK(payment_captured(payment, intent, property, "openpix", "openpix", {100000}, {}, brl).entries.size() == 2);
}

TEST_CASE("fees are rounded half-even before the fixed part is added", "[domain][ledger]") {
  const auto [captured, fee] = GENERATE(table<int, std::string>({
      {50, "0.31"},   // 2.9 % of 0.50 = 1.45 cents
      {500, "0.44"},  // 14.5 -> 14
      {1500, "0.74"}, // 43.5 -> 44
  }));
  const auto posted = payment_captured(payment, intent, property, "stripe_card", "stripe", {captured}, {{290}, {30}, {}}, brl);
  CHECK(to_string(posted.entries[2].amount) == fee);
}

TEST_CASE("the provider's real fee posts 5.3", "[domain][ledger]") {
  const auto settled = [](std::int64_t accrued, std::int64_t real) {
    return fee_settled(payment, intent, property, "stripe", {accrued}, {real}, brl);
  };
  CHECK(lines(settled(2930, 2935)) == table_of{
                                          "gateway_fee gateway_fee_expense(stripe) D 0.05",
                                          "gateway_settlement gateway_fees_payable(stripe) D 29.30",
                                          "gateway_settlement cash_reserve(stripe) C 29.35",
                                      });
  CHECK(lines(settled(2930, 2920)) == table_of{
                                          "gateway_fee gateway_fee_expense(stripe) C 0.10",
                                          "gateway_settlement gateway_fees_payable(stripe) D 29.30",
                                          "gateway_settlement cash_reserve(stripe) C 29.20",
                                      });
  CHECK(settled(2930, 2930).entries.size() == 2);
  CHECK(settled(2930, 0).entries.size() == 2);
  CHECK(balanced(settled(0, 7)));
  CHECK(settled(2930, 2935).idempotency_key == "payment:" + to_string(payment) + ":fee_settled");
}

TEST_CASE("commission posts 5.4, with the tax that the platform remits", "[domain][ledger]") {
  const table_of plain{
      "commission_taken customer_deposits D 150.00",
      "commission_revenue commission_revenue C 150.00",
      "iss_tax iss_expense D 7.50",
      "iss_tax tax_payable(iss) C 7.50",
  };
  const auto posted = commission_taken(reservation, property, fifteen_percent(), {}, brl);
  REQUIRE(posted);
  CHECK(lines(*posted) == plain);
  CHECK(posted->idempotency_key == "reservation:" + to_string(reservation) + ":commission");
  CHECK(posted->reservation == reservation);

  table_of taxed = plain;
  taxed.push_back("booking_tax customer_deposits D 20.00");
  taxed.push_back("booking_tax tax_payable(booking) C 20.00");
  CHECK(lines(*commission_taken(reservation, property, fifteen_percent(), {2000}, brl)) == taxed);
  CHECK(commission_taken(reservation, property, {}, {}, brl) == std::nullopt);
}

TEST_CASE("a full refund posts 5.7", "[domain][ledger]") {
  SECTION("i: no commission was taken") {
    const auto accrued = refund_accrued(refund, payment, {}, intent, property, {100000}, std::nullopt, {2000}, brl);
    CHECK(lines(accrued) == table_of{"refund_accrued customer_deposits D 1000.00", "refund_accrued refunds_payable C 1000.00"});
    CHECK(accrued.idempotency_key == "refund:" + to_string(refund) + ":accrued");
  }
  SECTION("ii: commission was taken") {
    const auto accrued = refund_accrued(refund, payment, reservation, intent, property, {100000}, fifteen_percent(), {}, brl);
    CHECK(lines(accrued) == table_of{
                                "refund_reversal commission_revenue D 150.00",
                                "refund_reversal customer_deposits C 150.00",
                                "iss_tax tax_payable(iss) D 7.50",
                                "iss_tax iss_expense C 7.50",
                                "refund_accrued customer_deposits D 1000.00",
                                "refund_accrued refunds_payable C 1000.00",
                            });
    CHECK(balanced(accrued));
  }
  SECTION("4b is taken back with it") {
    const auto accrued = refund_accrued(refund, payment, reservation, intent, property, {100000}, fifteen_percent(), {2000}, brl);
    CHECK(lines(accrued)[4] == "booking_tax tax_payable(booking) D 20.00");
    CHECK(lines(accrued)[5] == "booking_tax customer_deposits C 20.00");
    CHECK(balanced(accrued));
  }
  SECTION("the cash leg, once for each time the money leaves") {
    const auto paid = refund_paid(refund, payment, reservation, intent, property, {100000}, "stripe", brl, 1);
    CHECK(lines(paid) == table_of{"refund_processed refunds_payable D 1000.00", "refund_processed cash_reserve(stripe) C 1000.00"});
    CHECK(paid.idempotency_key == "refund:" + to_string(refund) + ":paid");
    CHECK(refund_paid(refund, payment, reservation, intent, property, {1}, "stripe", brl, 2).idempotency_key == paid.idempotency_key + ":2");
    CHECK(paid.refund == refund);
  }
}

TEST_CASE("accounts of a refunded reservation return to zero", "[domain][ledger]") {
  std::map<std::string, std::int64_t> balance;
  const auto post = [&](const ledger_transaction& posted) {
    for (const auto& one : posted.entries)
      balance[one.account] += one.side == direction::debit ? one.amount.minor_units : -one.amount.minor_units;
  };
  post(payment_captured(payment, intent, property, "stripe_card", "stripe", {123457}, {{290}, {30}, {}}, brl));
  const auto commission = commission_of({}, {100033}, {123457}, {500});
  post(*commission_taken(reservation, property, commission, {2001}, brl));
  post(refund_accrued(refund, payment, reservation, intent, property, {123457}, commission, {2001}, brl));
  post(refund_paid(refund, payment, reservation, intent, property, {123457}, "stripe", brl, 1));
  for (const auto& account : {"cash_reserve", "customer_deposits", "refunds_payable", "tax_payable", "iss_expense", "commission_revenue"}) {
    CAPTURE(account);
    CHECK(balance[account] == 0);
  }
  CHECK(balance["gateway_fee_expense"] == -balance["gateway_fees_payable"]);
}

TEST_CASE("what does not balance is never built", "[domain][ledger]") {
  ledger_builder made("adjustment", "adjustment:1:made", brl);
  CHECK_THROWS_AS(made.group({{"adjustment", "cash_reserve", direction::debit, {1}, {}, {}}}), std::logic_error);
  CHECK_THROWS_AS(made.move("adjustment", "cash_reserve", "refund_loss", {-1}), std::logic_error);
  CHECK(ledger_builder("adjustment", "k", brl).move("adjustment", "cash_reserve", "refund_loss", {}).group({}).refs().entries.empty());
  CHECK(ledger_builder("adjustment", "k", brl).done() == std::nullopt);
  CHECK_FALSE(balanced({"x", "k", brl, {{"x", "a", direction::debit, {1}, {}, {}}}, {}, {}, {}, {}, {}}));
  CHECK_FALSE(
      balanced({"x", "k", brl, {{"x", "a", direction::debit, {-1}, {}, {}}, {"x", "b", direction::credit, {-1}, {}, {}}}, {}, {}, {}, {}, {}}));
}

TEST_CASE("commission follows its rule within its limits", "[domain][ledger]") {
  struct row {
    std::int64_t base;
    commission_rule rule;
    std::int64_t ceiling, expected;
  };
  const auto percent = [](std::int64_t share, std::optional<money> minimum = {}, std::optional<money> maximum = {}) {
    return commission_rule{"percentage", {share}, {}, minimum, maximum};
  };
  const auto [base, rule, ceiling, expected] = GENERATE_COPY(values<row>({
      {100000, percent(1500), 100000, 15000},
      {100000, percent(1000), 100000, 10000},
      {100000, percent(1250), 100000, 12500},
      {20000, percent(1500, money{5000}), 20000, 5000},
      {33335, percent(1500), 33335, 5000},
      {100000, {"fixed", {}, {8000}, {}, {}}, 100000, 8000},
      {900000, percent(1500, {}, money{100000}), 900000, 100000},
      {3000, percent(1500, money{5000}), 3000, 3000}, // never above what the guest paid
      {3000, percent(1500), -5, 0},
      {0, percent(1500), 0, 0},
  }));
  CAPTURE(base, rule.kind, expected);
  const auto made = commission_of(rule, {base}, {ceiling}, {500});
  CHECK(made.amount == money{expected});
  CHECK(made.kind == rule.kind);
  CHECK(made.iss == rate{500});
}
