"""A Host that is slow, refuses, is down or is too late."""

import pytest

from waiting import PROJECTOR_DELAY, wait_for

MINUTE = 60


def reservation_row(world, intent):
    rows = world.sql("select id::text, status, host_commit_status, host_commit_attempts, host_failure_class, confirmation_code from reservations where booking_intent_id = %s",
                     intent)
    return rows[0] if rows else (None,) * 6


def test_a_booking_whose_answer_is_lost_is_found_and_made_once(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    world.fault("host", "create_booking", "timeout_after", calls=1)
    guest.card(intent, "pm_card_visa")
    view = guest.wait_reservation(intent, deadline=30)
    assert len(world.host_bookings(view["confirmation_code"])) == 1


def test_a_booking_that_never_reached_the_host_is_sent_again_with_the_same_key(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    after = world.last_call()
    world.fault("host", "create_booking", "timeout_before", calls=1)
    guest.card(intent, "pm_card_visa")
    view = guest.wait_reservation(intent, deadline=30)
    calls = [one for one in world.calls("host", "create_booking", after) if one["idempotency_key"] == view["id"]]
    assert len(calls) == 2, calls
    assert calls[0]["request"] == calls[1]["request"]
    assert len(world.host_bookings(view["confirmation_code"])) == 1


def test_a_booking_with_an_unreadable_answer_counts_as_a_time_out_and_is_looked_up(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    world.fault("host", "create_booking", "garbage", calls=1)
    guest.card(intent, "pm_card_visa")
    view = guest.wait_reservation(intent, deadline=30)
    assert len(world.host_bookings(view["confirmation_code"])) == 1


def test_the_echo_webhook_may_come_before_the_answer(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    world.fault("host", "create_booking", "latency", latency_ms=800, calls=1)
    guest.card(intent, "pm_card_visa")
    view = guest.wait_reservation(intent)
    assert len(world.host_bookings(view["confirmation_code"])) == 1
    world.wait_counters(stay, holds=0, bookings=1)
    assert world.value("select count(*) from exceptions where reservation_id = %s and status in ('open', 'in_progress')", view["id"]) == 0


def test_a_refusal_of_the_host_gives_the_money_and_the_nights_back(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    world.fault("host", "create_booking", "status", status=409, calls=1)
    payment = guest.card(intent, "pm_card_visa")
    guest.wait_reservation(intent, "refunded", deadline=30)
    wait_for("the money is back", lambda: world.value("select captured > 0 and captured = amount_refunded from payments where id = %s", payment["payment_id"]))
    world.wait_counters(stay, holds=0, bookings=0)
    assert world.value("select count(*) from exceptions where exception_type = 'host_rejected' and reservation_id = %s", reservation_row(world, intent)[0]) == 1


def test_a_host_that_stays_down_leaves_the_booking_to_the_desk_and_a_retry_by_hand_confirms_it(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    world.fault("host", "create_booking", "status", status=503)
    guest.card(intent, "pm_card_visa")
    view = guest.wait_reservation(intent, "host_commit_failed", deadline=30)
    wait_for("the desk is told", lambda: world.value("select count(*) from exceptions where exception_type = 'host_booking_failed' and reservation_id = %s",
                                                     view["id"]) == 1)
    world.wait_counters(stay, holds=0, bookings=1)
    world.no_faults()
    said = world.internal("host-commit", {"reservation_id": view["id"]}).expect(200).data
    assert said["reservation_id"] == view["id"]
    guest.wait_reservation(intent)
    assert len(world.host_bookings(view["confirmation_code"])) == 1
    wait_for("the desk is told", lambda: world.value("select status from exceptions where exception_type = 'host_booking_failed' and reservation_id = %s",
                                                     view["id"]) == "resolved")
    world.internal("host-commit", {"reservation_id": view["id"]}).expect(409, "INVALID_STATE")


def test_a_booking_that_failed_for_good_is_refunded_after_half_an_hour(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    world.fault("host", "create_booking", "status", status=503)
    guest.card(intent, "pm_card_visa")
    guest.wait_reservation(intent, "host_commit_failed", deadline=30)
    world.advance(30 * MINUTE + 5)
    guest.wait_reservation(intent, "refunded", deadline=30)
    world.wait_counters(stay, holds=0, bookings=0)


def test_a_success_that_shows_up_after_we_gave_up_is_cancelled_at_the_host(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    world.rule("host", "drop")
    world.fault("host", "find_booking", "status", status=503)
    world.fault("host", "create_booking", "timeout_after")
    guest.card(intent, "pm_card_visa")
    view = guest.wait_reservation(intent, "host_commit_failed", deadline=40)
    at_host = world.host_bookings(view["confirmation_code"])
    assert len(at_host) == 1 and at_host[0]["status"] != "cancelled"
    world.advance(30 * MINUTE + 5)
    guest.wait_reservation(intent, "refunded", deadline=30)
    world.no_faults()
    # The Host's own event tells of it at last.
    events = [one for one in world.control("state", method="GET")["webhooks"] if one["provider"] == "host" and one["ref"] == at_host[0]["booking_id"]]
    assert events, "the Host has an event of its booking"
    world.control("webhooks/%s/send" % events[0]["event_id"])
    wait_for("the booking is cancelled at the Host", lambda: world.host_bookings(view["confirmation_code"])[0]["status"] == "cancelled", 30)
    assert guest.reservation(view["id"])["status"] == "refunded"


def test_a_night_that_the_host_closes_ends_the_hold_on_it(world, guest):
    stay = world.stay()
    intent = guest.hold(stay)
    world.set_nights(stay, closed=True)
    seen = guest.wait_intent(intent, "cancelled")
    assert seen["status_reason"] == "inventory_lost"


def test_the_live_check_before_a_payment_sees_that_the_host_is_full(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    # Nobody is told: the Host just differs.
    world.set_nights(stay, closed=True, webhook=False)
    guest.try_card(intent, "pm_card_visa").expect(409, "INSUFFICIENT_INVENTORY")


def test_a_booking_made_at_the_host_itself_takes_its_room(world, guest):
    stay = world.stay(allotment=1)
    world.control("host/bookings", {"property_id": stay.host_property_id, "room_type_id": stay.host_unit_id, "check_in": str(stay.check_in),
                                    "check_out": str(stay.check_out), "guests": {"adults": 2}})
    wait_for("the room is taken here too", lambda: guest.try_hold(stay).status == 409 or guest.cancel(guest.hold(stay)) is None)
    rows = wait_for("it is a reservation here", lambda: world.sql("""select source, status, payment_collect, payment_status, host_booking_id, confirmation_code
        from reservations where unit_id = %s and check_in = %s and source = 'host'""", stay.unit_id, stay.check_in))
    assert len(rows) == 1
    source, status, collect, paid, host_booking, code = rows[0]
    assert (status, collect, paid) == ("confirmed", "property", "not_required") and host_booking and code.startswith("RES-")


@pytest.fixture(scope="module")
def nervous_world(make_world):
    """A World whose breaker opens after three failures. Open long enough to be seen in tables that are behind: each time it lets one try through, and a booking has four."""
    one = make_world({"host.breaker.failures": "3", "host.breaker.open": '"%ds"' % (1 + 2 * PROJECTOR_DELAY)})
    yield one
    one.stop_programs()


def host_component(world):
    return {one["name"]: one["status"] for one in world.client.get("/readyz").json["components"]}


def test_the_breaker_opens_and_closes_and_queued_bookings_go_through(nervous_world):
    world = nervous_world
    first, second = world.guest(), world.guest()
    one, other = first.prepared(world.stay()), second.prepared(world.stay())
    world.fault("host", "create_booking", "status", status=503)
    first.card(one, "pm_card_visa")
    wait_for("the breaker is open", lambda: "degraded" in [status for name, status in host_component(world).items() if "host" in name or "breaker" in name])
    second.card(other, "pm_card_visa")
    wait_for("the second booking waits", lambda: reservation_row(world, other)[2] in ("queued", "pending", "in_progress"))
    world.no_faults()
    second.wait_reservation(other, deadline=30)

    def first_is_done():
        status = reservation_row(world, one)[1]
        return status == "confirmed"

    wait_for("the first is confirmed too, by itself", first_is_done, 30)
    wait_for("the breaker is closed", lambda: "degraded" not in host_component(world).values())
