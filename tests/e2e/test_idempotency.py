"""A repeat is answered as the first time, and never done twice."""

import uuid


def key():
    return {"Idempotency-Key": "e2e-" + uuid.uuid4().hex}


def test_the_same_key_with_the_same_body_replays_the_first_answer(world, guest):
    stay = world.stay()
    head = key()
    first = guest.try_hold(stay, head).expect(201)
    assert not first.is_replay
    again = guest.try_hold(stay, head).expect(201)
    assert again.is_replay
    assert again.data == first.data
    world.wait_counters(stay, holds=1, bookings=0)


def test_the_same_key_with_another_body_is_refused(world, guest):
    stay = world.stay()
    head = key()
    guest.try_hold(stay, head).expect(201)
    guest.try_hold(stay, head, guests={"adults": 1}).expect(422, "IDEMPOTENCY_KEY_REUSED")


def test_the_same_key_with_another_unit_is_refused(world, guest):
    head = key()
    guest.try_hold(world.stay(), head).expect(201)
    other = world.stay()
    guest.try_hold(other, head).expect(422, "IDEMPOTENCY_KEY_REUSED")
    world.wait_counters(other, holds=0, bookings=0)


def test_another_session_may_use_the_same_key(world, guest):
    stay, head = world.stay(allotment=2), key()
    one = guest.try_hold(stay, head).expect(201)
    other = world.guest().try_hold(stay, head).expect(201)
    assert not other.is_replay
    assert other.data["booking_intent_id"] != one.data["booking_intent_id"]


def test_without_a_key_the_same_wish_of_the_same_session_is_the_same_intent(world, guest):
    stay = world.stay()
    first = guest.try_hold(stay).expect(201)
    again = guest.try_hold(stay).expect(201)
    assert again.is_replay
    assert again.data["booking_intent_id"] == first.data["booking_intent_id"]
    guest.cancel(first.data["booking_intent_id"]).expect(200)
    anew = guest.try_hold(stay).expect(201)
    assert not anew.is_replay
    assert anew.data["booking_intent_id"] != first.data["booking_intent_id"]


def test_a_refusal_leaves_no_key(world, guest):
    stay = world.stay(allotment=1)
    winner = world.guest()
    taken = winner.hold(stay)
    head = key()
    guest.try_hold(stay, head).expect(409, "INSUFFICIENT_INVENTORY")
    winner.cancel(taken).expect(200)
    assert not guest.try_hold(stay, head).expect(201).is_replay


def test_a_repeated_payment_call_answers_the_same_payment(world, guest):
    intent = guest.prepared(world.stay())
    first = guest.pix(intent, "openpix")
    again = guest.try_pix(intent, "openpix").expect(201)
    assert again.is_replay
    assert again.data["payment_id"] == first["payment_id"]
    charges = [one for one in world.state("openpix")["charges"] if one["correlationID"] == first["payment_id"]]
    assert len(charges) == 1


def test_a_payment_with_a_key_replays(world, guest):
    intent = guest.prepared(world.stay())
    head = key()
    path = "/booking-intents/%s/payments/stripe" % intent
    body = {"session_id": guest.session, "payment_method_id": "pm_card_visa"}
    first = guest.send("POST", path, body, head).expect(201)
    again = guest.send("POST", path, body, head).expect(201)
    assert again.is_replay
    assert again.data["payment_id"] == first.data["payment_id"]
    guest.send("POST", path, dict(body, payment_method_id="pm_card_mastercard"), head).expect(422, "IDEMPOTENCY_KEY_REUSED")


def test_keys_and_answers_survive_a_restart_of_the_server(world, guest):
    stay = world.stay()
    head = key()
    first = guest.try_hold(stay, head).expect(201)
    booked = world.guest()
    intent, view = booked.book(world.stay())
    world.restart_server()
    again = guest.try_hold(stay, head).expect(201)
    assert again.is_replay
    assert again.data["booking_intent_id"] == first.data["booking_intent_id"]
    guest.try_hold(stay, head, guests={"adults": 1}).expect(422, "IDEMPOTENCY_KEY_REUSED")
    assert guest.try_hold(stay).expect(201).is_replay
    assert booked.reservation(view["confirmation_code"]) == view
    world.wait_counters(stay, holds=1, bookings=0)
