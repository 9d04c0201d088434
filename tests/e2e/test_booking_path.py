"""From the search to a reservation that the Host knows."""

import base64
import decimal
import os
import subprocess

import pytest

from guest import TRAVELER
from waiting import wait_for

PIX_PROVIDERS = ["stripe", "mercadopago", "openpix"]


def decoded(png_base64, folder):
    path = os.path.join(str(folder), "code.png")
    with open(path, "wb") as file:
        file.write(base64.b64decode(png_base64))
    return subprocess.run(["zbarimg", "--quiet", "--raw", path], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


def assert_booked_everywhere(world, guest, stay, intent, view):
    assert view["status"] == "confirmed"
    assert view["payment_status"] == "paid"
    assert view["paid"] == view["price_breakdown"]["amount_due_now"]
    at_host = world.host_bookings(view["confirmation_code"])
    assert len(at_host) == 1, at_host
    assert at_host[0]["external_id"] == view["id"]
    assert (at_host[0]["check_in"], at_host[0]["check_out"]) == (str(stay.check_in), str(stay.check_out))

    world.wait_counters(stay, holds=0, bookings=1)
    world.projected()
    row = world.sql("select status, payment_status, host_booking_id, host_commit_status, amount_paid from reservations where id = %s", view["id"])
    assert row[0][:3] == ("confirmed", "paid", at_host[0]["booking_id"])
    assert row[0][4] == decimal.Decimal(str(view["paid"]))
    assert world.value("select status from booking_intents where id = %s", intent) == "converted"
    assert world.value("select count(*) from reservation_nights where reservation_id = %s", view["id"]) == stay.nights

    sums = world.sql("""select transaction_id, sum(amount) filter (where direction = 'debit'), sum(amount) filter (where direction = 'credit')
                        from ledger_entries e join ledger_transactions t on t.id = e.transaction_id where t.reservation_id = %s or e.booking_intent_id = %s
                        or t.payment_id in (select id from payments where booking_intent_id = %s) group by 1""", view["id"], intent, intent)
    assert len(sums) >= 2, "the capture and the commission are booked"
    assert all(debit == credit and debit > 0 for _, debit, credit in sums)

    actions = [row[0] for row in world.sql("select action from audit_logs where entity_id in (%s, %s)", intent, view["id"])]
    assert actions, "the audit tells what has happened"
    steps = [row[0] for row in world.sql("select event_type from booking_events where booking_intent_id = %s or reservation_id = %s order by seq, n",
                                         intent, view["id"])]
    assert steps, "the booking log tells what has happened"


def test_the_search_offers_what_can_be_held_and_the_hold_costs_what_the_search_said(world, guest):
    stay = world.stay()
    found = guest.search(stay).expect(200).data
    card = [one for one in found["properties"] if one["id"] == stay.property_id]
    assert card and card[0]["available"] is True
    detail = guest.get("/properties/%s?city_code=URB&check_in=%s&check_out=%s&guests=2" % (stay.property_slug, stay.check_in, stay.check_out)).expect(200).data
    unit = [one for one in detail["unit_types"] if one["id"] == stay.unit_id][0]
    assert unit["available"] is True

    reply = guest.try_hold(stay, expected_total=unit["price_breakdown"]["total"]).expect(201)
    view = reply.data
    assert view["status"] == "intent_created"
    assert view["total_amount"] == unit["price_breakdown"]["total"]
    assert reply.headers["location"].endswith(view["booking_intent_id"])
    world.wait_counters(stay, holds=1, bookings=0)


def test_a_card_payment_ends_in_a_confirmed_reservation_with_a_host_booking_and_a_balanced_ledger(world, guest):
    stay = world.stay()
    intent = guest.hold(stay)
    world.wait_counters(stay, holds=1, bookings=0)
    assert guest.traveler(intent)["traveler"]["email"] == TRAVELER["email"]
    paid = guest.card(intent, "pm_card_visa")
    assert paid["status"] == "succeeded"
    assert paid["client_secret"] is None
    view = guest.wait_reservation(intent)
    assert_booked_everywhere(world, guest, stay, intent, view)


def test_a_card_that_the_browser_confirms_ends_in_a_confirmed_reservation(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    open_payment = guest.card(intent)
    assert open_payment["status"] == "requires_payment_method"
    assert open_payment["client_secret"]
    world.control("payments/%s/pay" % intent)
    assert_booked_everywhere(world, guest, stay, intent, guest.wait_reservation(intent))


@pytest.mark.parametrize("provider", PIX_PROVIDERS)
def test_a_paid_pix_of_each_provider_ends_in_a_confirmed_reservation(world, guest, provider, tmp_path):
    stay = world.stay()
    intent = guest.prepared(stay)
    charge = guest.pix(intent, provider)
    assert charge["provider"] == provider
    assert charge["currency"] == "BRL"
    assert decoded(charge["qr_code_base64"], tmp_path) == charge["qr_code_text"]
    assert guest.status(intent)["status"] == "payment_pending"
    world.control("payments/%s/pay" % intent)
    view = guest.wait_reservation(intent)
    assert_booked_everywhere(world, guest, stay, intent, view)
    wait_for("the charge is paid", lambda: world.value("select status from pix_charges where payment_id = %s", charge["payment_id"]) == "paid")


def test_create_booking_waits_for_the_host_and_a_repeat_says_the_same(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    payment = guest.card(intent, "pm_card_visa")
    body = {"property_slug": stay.property_slug, "unit_slug": stay.unit_slug, "check_in": str(stay.check_in), "check_out": str(stay.check_out), "guests": 2,
            "payment_intent_id": payment["payment_intent_id"]}
    reply = guest.send("POST", "/bookings", body).expect(201)
    assert reply.data["status"] == "confirmed"
    assert reply.data["booking_intent_id"] == intent
    again = guest.send("POST", "/bookings", body).expect(201)
    assert again.data["reservation_id"] == reply.data["reservation_id"]
    assert len(world.host_bookings(reply.data["confirmation_code"])) == 1


def test_create_booking_of_a_pix_reads_the_payment_when_its_webhook_has_not_come(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    charge = guest.pix(intent, "openpix")
    world.control("payments/%s/pay" % intent, {"webhook": "drop"})
    body = {"property_slug": stay.property_slug, "unit_slug": stay.unit_slug, "check_in": str(stay.check_in), "check_out": str(stay.check_out),
            "guests": {"adults": 2}, "payment_intent_id": charge["payment_id"], "city_code": "URB"}
    assert guest.send("POST", "/bookings", body).expect(201).data["status"] == "confirmed"


def test_create_booking_refuses_a_payment_of_other_dates(world, guest):
    stay, other = world.stay(), world.stay()
    payment = guest.card(guest.prepared(stay), "pm_card_visa")
    body = {"property_slug": other.property_slug, "unit_slug": other.unit_slug, "check_in": str(other.check_in), "check_out": str(other.check_out),
            "guests": 2, "payment_intent_id": payment["payment_id"]}
    guest.send("POST", "/bookings", body).expect(422, "INVALID_PARAMETER")


def test_a_reservation_is_found_by_id_and_by_code_and_only_by_its_session(world, guest):
    stay = world.stay()
    intent, view = guest.book(stay)
    assert guest.reservation(view["confirmation_code"])["id"] == view["id"]
    assert view["traveler"]["email"] == TRAVELER["email"]
    assert view["nights"] == stay.nights
    stranger = world.guest()
    for name in (view["id"], view["confirmation_code"]):
        stranger.get("/reservations/" + name).expect(404, "NOT_FOUND")
    stranger.get("/booking-intents/" + intent).expect(404, "BOOKING_INTENT_NOT_FOUND")
    stranger.cancel(intent).expect(404, "BOOKING_INTENT_NOT_FOUND")
    stranger.try_card(intent, "pm_card_visa").expect(404, "BOOKING_INTENT_NOT_FOUND")
    world.client.get("/api/v1/reservations/" + view["id"]).expect(401, "UNAUTHORIZED")
    assert world.client.get("/api/v1/reservations/" + view["id"], world.service()).expect(200).data["id"] == view["id"]


def test_a_cancelled_intent_gives_its_nights_back_and_a_repeat_says_the_same(world, guest):
    stay = world.stay()
    intent = guest.hold(stay)
    world.wait_counters(stay, holds=1, bookings=0)
    assert guest.cancel(intent).expect(200).data["status"] == "cancelled"
    assert guest.cancel(intent).expect(200).data["status"] == "cancelled"
    world.wait_counters(stay, holds=0, bookings=0)
    guest.try_card(intent, "pm_card_visa").expect(410, "BOOKING_INTENT_EXPIRED")


def test_a_paid_intent_cannot_be_cancelled_or_paid_again(world, guest):
    intent, view = guest.book(world.stay())
    refused = guest.cancel(intent).expect(409, "PAYMENT_ALREADY_PROCESSED")
    assert refused.details["reservation_id"] == view["id"]
    guest.try_pix(intent, "openpix").expect(409, "PAYMENT_ALREADY_PROCESSED")


def test_a_payment_names_what_the_traveler_still_lacks(world, guest):
    intent = guest.hold(world.stay())
    refused = guest.try_card(intent, "pm_card_visa").expect(400, "MISSING_REQUIRED_FIELD")
    assert set(refused.details["fields"]) == {"traveler.first_name", "traveler.last_name", "traveler.email", "traveler.phone"}


def test_a_sixth_live_intent_of_one_session_is_refused(world, guest):
    intents = [guest.hold(world.stay()) for _ in range(5)]
    refused = guest.try_hold(world.stay()).expect(429, "RATE_LIMIT_EXCEEDED")
    assert refused.details["limit"] == "live_intents"
    guest.cancel(intents[0]).expect(200)
    guest.hold(world.stay())


def test_no_personal_data_is_written_to_the_log_or_the_journal(world, guest):
    guest.book(world.stay())
    with open(world.server.log_path, encoding="utf-8", errors="replace") as log:
        text = log.read()
    for value in (TRAVELER["email"], TRAVELER["phone"], TRAVELER["last_name"]):
        assert value not in text
        assert world.value("select count(*) from journal where position(%s::bytea in events) > 0", value.encode()) == 0
