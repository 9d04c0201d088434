"""Webhooks: who may send one, and how often it counts."""

import hashlib
import hmac
import json
import uuid

import pytest

from world import SECRETS
from waiting import wait_for


def stamped(secret, body, at):
    return "t=%d,v1=%s" % (at, hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest())


def event_of(source):
    """(path, body) of an event that nobody has seen before."""
    unique = uuid.uuid4().hex
    if source == "stripe":
        return "/api/v1/webhooks/stripe", {"id": "evt_" + unique, "type": "customer.created", "created": 1, "data": {"object": {"id": "cus_" + unique, "object": "customer"}}}
    return "/api/v1/webhooks/host", {"event_type": "something.unknown", "timestamp": "2026-11-20T12:00:00Z", "property_id": "urb-001", "data": {"note": unique}}


HEADER = {"stripe": "Stripe-Signature", "host": "X-Host-Signature"}


def stored(world):
    return world.value("select count(*) from webhook_inbox") + world.value("select count(*) from webhook_dedup")


def settled(world):
    """No webhook of an earlier test is still on its way."""
    world.projected()
    return stored(world)


@pytest.mark.parametrize("source", ["stripe", "host"])
def test_a_wrong_old_or_missing_signature_is_refused_and_nothing_is_stored(world, source):
    path, content = event_of(source)
    body = json.dumps(content).encode()
    now = int(world.now())
    before = settled(world)
    good = stamped(SECRETS[source], body, now)
    for wrong in (stamped("another secret", body, now), stamped(SECRETS[source], body, now - 320), stamped(SECRETS[source], body, now + 320),
                  stamped(SECRETS[source], body + b" ", now), good[:-1] + ("0" if good[-1] != "0" else "1"), "t=%d" % now, "v1=", "", "nonsense"):
        world.client.send("POST", path, body, {HEADER[source]: wrong}).expect(401, "SIGNATURE_INVALID")
    world.client.send("POST", path, body).expect(401, "SIGNATURE_INVALID")
    assert stored(world) == before


def test_a_pix_webhook_without_a_valid_signature_is_refused_and_nothing_is_stored(world):
    before = settled(world)
    body = b'{"action":"payment.updated","type":"payment","data":{"id":"123"}}'
    at = int(world.now())
    manifest = "id:123;request-id:r-1;ts:%d;" % at
    wrong = hmac.new(b"another", manifest.encode(), hashlib.sha256).hexdigest()
    for headers in ({}, {"x-signature": "ts=%d,v1=%s" % (at, wrong), "x-request-id": "r-1"}, {"x-signature": "ts=,v1="}):
        world.client.send("POST", "/api/v1/webhooks/pix/mercadopago?data.id=123&type=payment", body, headers).expect(401, "SIGNATURE_INVALID")
    for headers in ({}, {"x-webhook-signature": "AAAA"}, {"x-webhook-signature": "not base64!"}):
        world.client.send("POST", "/api/v1/webhooks/pix/openpix", b'{"event":"OPENPIX:CHARGE_COMPLETED"}', headers).expect(401, "SIGNATURE_INVALID")
    assert stored(world) == before


@pytest.mark.parametrize("source", ["stripe", "host"])
def test_the_same_event_again_is_a_duplicate_and_is_stored_once(world, source):
    path, content = event_of(source)
    body = json.dumps(content).encode()
    before = settled(world)
    now = int(world.now())
    first = world.client.send("POST", path, body, {HEADER[source]: stamped(SECRETS[source], body, now)}).expect(200).data
    assert (first["received"], first["duplicate"]) == (True, False)
    again = world.client.send("POST", path, body, {HEADER[source]: stamped(SECRETS[source], body, now - 1)}).expect(200).data
    assert (again["received"], again["processed"], again["duplicate"]) == (True, False, True)
    assert stored(world) == before + 2


def test_a_webhook_that_is_no_json_is_kept_and_answered(world):
    body = b"\xff\xfe not json " + uuid.uuid4().hex.encode()
    reply = world.client.send("POST", "/webhooks/host", body, {"X-Host-Signature": stamped(SECRETS["host"], body, int(world.now()))})
    assert reply.expect(200).data["received"] is True


def test_the_sandbox_can_send_an_event_again_and_it_counts_once(world, guest):
    stay = world.stay()
    intent = guest.prepared(stay)
    payment = guest.card(intent, "pm_card_visa")
    view = guest.wait_reservation(intent)
    world.projected()
    before = world.value("select count(*) from ledger_transactions")
    events = [one for one in world.control("state", method="GET")["webhooks"] if one["provider"] == "stripe" and one["ref"] == payment["payment_intent_id"]]
    assert events
    for how in ("fresh", "original"):
        world.control("webhooks/%s/send" % events[-1]["event_id"], {"signature": how})
    world.projected()
    assert world.value("select count(*) from ledger_transactions") == before
    assert guest.reservation(view["id"])["status"] == "confirmed"


def test_a_clock_of_the_sender_that_is_wrong_by_more_than_five_minutes_is_refused_and_the_payment_is_found_all_the_same(world, guest):
    intent = guest.prepared(world.stay())
    guest.card(intent)
    world.control("clock", {"advance_seconds": 0, "skew_seconds": -400})
    try:
        world.control("payments/%s/pay" % intent)
        guest.wait_reservation(intent, deadline=30)
    finally:
        world.control("clock", {"advance_seconds": 0, "skew_seconds": 0})


def test_what_was_handed_on_is_marked_in_the_inbox(world, guest):
    guest.book(world.stay())
    wait_for("the inbox is worked off", lambda: world.value("select count(*) from webhook_inbox where provider = 'stripe' and processed") > 0)
