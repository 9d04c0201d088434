"""Money that comes in the wrong amount, twice or in the wrong order."""

import decimal

from waiting import wait_for

MINUTE = 60


def amount(value):
    return decimal.Decimal(str(value)).quantize(decimal.Decimal("0.01"))


def payment_row(world, payment_id):
    rows = world.sql("select captured, amount_refunded, refund_open, status from payments where id = %s", payment_id)
    return rows[0] if rows else (0, 0, 0, None)


def refunds(world, payment_id):
    return world.sql("select amount, reason, status from refunds where payment_id = %s order by created_at", payment_id)


def test_an_overpaid_pix_that_the_host_then_cancels_gives_back_exactly_what_came(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    charge = guest.pix(intent, "openpix")
    due = amount(charge["amount"])
    world.control("payments/%s/pay" % intent, {"amount": float(due + 20)})
    view = guest.wait_reservation(intent)
    payment = charge["payment_id"]
    wait_for("the surplus is refunded", lambda: payment_row(world, payment)[1] == 20)
    assert payment_row(world, payment)[0] == due + 20
    assert [row[:2] for row in refunds(world, payment)] == [(decimal.Decimal("20.00"), "overpayment")]

    booking = world.host_bookings(view["confirmation_code"])[0]["booking_id"]
    world.control("host/bookings/%s/cancel" % booking, {"reason": "property_closed"})
    guest.wait_reservation(intent, "refunded")
    wait_for("everything is given back", lambda: payment_row(world, payment)[:2] == (due + 20, due + 20))
    assert sum(row[0] for row in refunds(world, payment)) == due + 20
    world.wait_counters(stay, holds=0, bookings=0)


def test_an_underpaid_pix_makes_no_reservation_and_is_refunded_when_the_intent_ends(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    charge = guest.pix(intent, "mercadopago")
    paid = amount(charge["amount"]) - 10
    world.control("payments/%s/pay" % intent, {"amount": float(paid)})
    payment = charge["payment_id"]
    wait_for("the mismatch is on the desk", lambda: world.value(
        "select count(*) from exceptions where exception_type = 'payment_amount_mismatch' and booking_intent_id = %s", intent) == 1)
    assert guest.intent(intent)["status"] == "payment_pending"
    world.advance(31 * MINUTE)
    guest.wait_intent(intent, "expired")
    wait_for("it is refunded", lambda: payment_row(world, payment)[:2] == (paid, paid))
    assert guest.intent(intent)["reservation"] is None
    world.wait_counters(stay, holds=0, bookings=0)


def test_duplicate_and_reordered_webhooks_change_nothing(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    world.rule("stripe", "duplicate", count=4)
    first = guest.card(intent, "pm_card_visa")
    view = guest.wait_reservation(intent)
    world.no_faults()

    other = world.guest()
    world.rule("stripe", "reorder", count=2)
    second_stay = world.stay()
    second = other.prepared(second_stay)
    other.try_card(second, "pm_card_chargeDeclined").expect(402)
    paid = other.retry(second, "stripe_card", "pm_card_visa").expect(201).data
    other.wait_reservation(second)
    world.no_faults()
    world.projected()
    for payment in (first["payment_id"], paid["payment_id"]):
        captured, refunded, open_refunds, status = payment_row(world, payment)
        assert (captured > 0, refunded, open_refunds, status) == (True, 0, 0, "succeeded")
        assert world.value("select count(*) from ledger_transactions where payment_id = %s and type = 'payment_captured'", payment) == 1
        assert world.value("""select count(*) from (select idempotency_key from ledger_transactions where payment_id = %s
                              group by 1 having count(*) > 1) twice""", payment) == 0
    assert len(world.host_bookings(view["confirmation_code"])) == 1
    world.wait_counters(stay, holds=0, bookings=1)


def test_a_second_success_of_an_earlier_payment_is_refunded_in_full(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    pix = guest.pix(intent, "mercadopago")
    card = guest.card(intent, "pm_card_visa")
    view = guest.wait_reservation(intent)
    world.control("payments/%s/pay" % pix["payment_id"])

    def given_back():
        captured, refunded, _, _ = payment_row(world, pix["payment_id"])
        return captured > 0 and captured == refunded

    wait_for("the second payment is refunded", given_back)
    assert payment_row(world, card["payment_id"])[1] == 0
    assert world.value("select count(*) from exceptions where exception_type = 'duplicate_payment' and payment_id = %s", pix["payment_id"]) == 1
    assert guest.reservation(view["id"])["status"] == "confirmed"
    world.wait_counters(stay, holds=0, bookings=1)


def test_a_refund_that_stays_open_and_then_fails_is_tried_again_and_told(world, guest):
    stay = world.stay()
    intent, view = guest.book(stay)
    booking = world.host_bookings(view["confirmation_code"])[0]["booking_id"]
    world.fault("stripe", "create_refund", "status", status=503, calls=1)
    world.control("host/bookings/%s/cancel" % booking, {"reason": "flooded"})
    guest.wait_reservation(intent, "refunded")
    after = guest.reservation(view["id"])
    assert after["refunded"] == view["paid"]


def test_a_provider_that_is_out_leaves_no_payment_and_the_guest_can_choose_another(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    world.fault("openpix", "create", "status", status=503)
    refused = guest.try_pix(intent, "openpix").expect(503, "PAYMENT_PROVIDER_UNAVAILABLE")
    assert refused.details["effect"] == "none"
    world.no_faults()
    guest.card(intent, "pm_card_visa")
    guest.wait_reservation(intent)


def test_a_lost_answer_of_the_provider_is_looked_up_and_not_paid_twice(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    world.fault("stripe", "create_payment_intent", "reset", calls=1)
    guest.try_card(intent, "pm_card_visa").expect(201)
    guest.wait_reservation(intent)
    mine = [one for one in world.state("stripe")["payment_intents"] if one["metadata"].get("booking_intent_id") == intent]
    assert len([one for one in mine if one["status"] == "succeeded"]) == 1
