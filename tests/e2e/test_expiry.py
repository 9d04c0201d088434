"""What happens when the time is up, and when money comes afterwards."""

import datetime

import pytest

from waiting import wait_for

MINUTE = 60


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def test_an_intent_expires_after_fifteen_minutes_and_gives_its_nights_back(world, guest):
    stay = world.stay(allotment=1)
    intent = guest.hold(stay)
    assert abs(instant(guest.intent(intent)["expires_at"]) - world.now() - 15 * MINUTE) < 30
    world.guest().try_hold(stay).expect(409, "INSUFFICIENT_INVENTORY")
    world.advance(15 * MINUTE + 1)
    guest.try_traveler(intent).expect(410, "BOOKING_INTENT_EXPIRED")
    guest.wait_intent(intent, "expired")
    world.wait_counters(stay, holds=0, bookings=0)
    world.guest().hold(stay)


def test_a_traveler_keeps_the_deadline_and_the_expiry_of_the_handed_over_hold(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    world.advance(15 * MINUTE + 1)
    guest.wait_intent(intent, "expired")
    world.wait_counters(stay, holds=0, bookings=0)


@pytest.mark.parametrize("provider", ["stripe", "mercadopago", "openpix"])
def test_an_unpaid_pix_expires_with_its_intent(world, guest, provider):
    stay = world.stay()
    intent = guest.prepared(stay)
    charge = guest.pix(intent, provider)
    assert abs(instant(charge["expires_at"]) - world.now() - 15 * MINUTE) < 30
    world.advance(15 * MINUTE + 2)
    guest.wait_intent(intent, "expired")
    world.wait_counters(stay, holds=0, bookings=0)
    wait_for("the charge has expired", lambda: world.value("select status from pix_charges where payment_id = %s", charge["payment_id"]) == "expired")


def test_a_pix_paid_after_the_expiry_gets_the_room_when_it_is_still_free(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    charge = guest.pix(intent, "mercadopago")
    world.advance(15 * MINUTE + 2)
    guest.wait_intent(intent, "expired")
    world.control("payments/%s/pay" % charge["payment_id"])
    view = guest.wait_reservation(intent)
    old = guest.intent(intent)
    assert old["status"] == "expired"
    assert old["recovered_by_intent_id"] not in (None, intent)
    assert len(world.host_bookings(view["confirmation_code"])) == 1
    world.wait_counters(stay, holds=0, bookings=1)


def test_a_pix_paid_after_the_expiry_is_refunded_when_the_room_is_gone(world, guest):
    stay = world.stay(allotment=1)
    intent = guest.prepared(stay)
    charge = guest.pix(intent, "mercadopago")
    world.advance(15 * MINUTE + 2)
    guest.wait_intent(intent, "expired")
    world.guest().hold(stay)
    world.control("payments/%s/pay" % charge["payment_id"])

    def refunded():
        row = world.sql("select captured, amount_refunded, status from payments where id = %s", charge["payment_id"])
        return row and row[0][0] > 0 and row[0][0] == row[0][1]

    wait_for("the late payment is refunded", refunded)
    wait_for("the exception is resolved", lambda: world.value("select status from exceptions where exception_type = 'late_payment' and payment_id = %s",
                                                              charge["payment_id"]) == "resolved")
    assert guest.intent(intent)["reservation"] is None
    assert guest.intent(intent)["status"] == "expired"


@pytest.mark.parametrize("provider", ["stripe", "mercadopago", "openpix"])
def test_a_paid_pix_whose_webhook_is_lost_is_found_by_polling(world, guest, provider):
    stay = world.stay()
    intent = guest.prepared(stay)
    guest.pix(intent, provider)
    world.control("payments/%s/pay" % intent, {"webhook": "drop"})
    guest.wait_reservation(intent, deadline=30)


def test_a_paid_card_whose_webhook_is_lost_is_found_by_polling_within_thirty_seconds(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    guest.card(intent)
    world.control("payments/%s/pay" % intent, {"webhook": "drop"})
    guest.wait_reservation(intent, deadline=30)


def test_three_declines_end_the_intent_and_the_first_two_give_five_minutes_more(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    ends = []
    for left in (2, 1):
        refused = (guest.try_card(intent, "pm_card_chargeDeclined") if left == 2 else guest.retry(intent, "stripe_card", "pm_card_chargeDeclinedInsufficientFunds"))
        refused.expect(402, "PAYMENT_FAILED")
        assert refused.details["retries_left"] == left
        seen = guest.intent(intent)
        assert (seen["status"], seen["payment_failures"], seen["retries_left"]) == ("payment_pending", 3 - left, left)
        ends.append(instant(seen["expires_at"]))
    assert 4 * MINUTE <= ends[1] - ends[0] <= 6 * MINUTE
    assert abs(ends[0] - world.now() - 35 * MINUTE) < 30
    assert guest.retry(intent, "stripe_card", "pm_card_chargeDeclined").expect(402, "PAYMENT_FAILED").details["retries_left"] == 0
    seen = guest.wait_intent(intent, "cancelled")
    assert seen["status_reason"] == "payment_failures"
    world.wait_counters(stay, holds=0, bookings=0)
    guest.retry(intent, "stripe_card", "pm_card_visa").expect(410, "BOOKING_INTENT_EXPIRED")


def test_a_decline_followed_by_a_good_card_is_confirmed(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    guest.try_card(intent, "pm_card_chargeDeclined").expect(402, "PAYMENT_FAILED")
    guest.retry(intent, "stripe_card", "pm_card_visa").expect(201)
    guest.wait_reservation(intent)
    world.wait_counters(stay, holds=0, bookings=1)


def test_an_authentication_that_nobody_finishes_ends_the_intent_after_fifteen_minutes(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    asked = guest.card(intent, "pm_card_authenticationRequired")
    assert asked["status"] == "requires_action"
    assert asked["next_action"] is not None
    world.advance(14 * MINUTE)
    assert guest.intent(intent)["status"] == "payment_pending"
    world.advance(1 * MINUTE + 5)
    seen = guest.wait_intent(intent, "cancelled")
    assert seen["status_reason"] == "authentication_abandoned"
    world.wait_counters(stay, holds=0, bookings=0)


def test_an_authentication_that_is_finished_ends_in_a_reservation(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    assert guest.card(intent, "pm_card_authenticationRequired")["status"] == "requires_action"
    world.control("payments/%s/authenticate" % intent)
    guest.wait_reservation(intent)


def test_expire_intents_counts_what_was_due(world, guest):
    guest.hold(world.stay())
    world.advance(15 * MINUTE + 1)
    said = world.internal("expire-intents").expect(200).data
    assert said["expired"] >= 0 and said["checked"] >= 0
