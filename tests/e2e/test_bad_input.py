"""What cannot be accepted is refused with the documented code and the field's name, and leaves no trace."""

import base64
import json
import socket

import pytest

import programs
from world import SERVICE_TOKEN

COUNTED = ["journal", "command_keys", "booking_intents", "room_availability_holds", "reservations", "payments", "payment_attempts", "pix_charges", "refunds",
           "travelers", "ledger_transactions", "audit_logs", "booking_events", "webhook_inbox", "webhook_dedup", "exceptions"]


def counts(world):
    world.projected()
    return {table: world.value('select count(*) from "%s"' % table) for table in COUNTED}


@pytest.fixture
def unchanged(world):
    before = counts(world)
    yield
    assert counts(world) == before


def matrix():
    made = programs.run(["openapi", "--bad-input"])
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)


def problem_of(case, reply):
    """Why the answer is not the documented refusal, or None."""
    if reply.status != case["status"]:
        return "status %d instead of %d" % (reply.status, case["status"])
    content = json.loads(reply.body)
    if case["code"] and content["error"]["code"] != case["code"]:
        return "code %s instead of %s" % (content["error"]["code"], case["code"])
    details = content["error"]["details"]
    if case["field"] and case["field"] not in details.get("fields", []):
        return "fields %s without %s" % (details.get("fields"), case["field"])
    if case["problem"] and {"field": case["field"], "problem": case["problem"]} not in [
            {"field": one["field"], "problem": one["problem"]} for one in details.get("problems", [])]:
        return "problems %s without %s" % (details.get("problems"), case["problem"])
    return None


def test_every_field_of_every_operation_refuses_what_does_not_fit(world, unchanged):
    cases = matrix()
    assert len(cases) > 300
    wrong = []
    for case in cases:
        headers = {name: value.replace("{service_token}", SERVICE_TOKEN) for name, value in case["headers"].items()}
        body = base64.b64decode(case["body_base64"]) + b"x" * case["fill"]
        try:
            reply = world.client.send(case["method"], case["target"], body if body or case["method"] != "GET" else None, headers)
        except (OSError, Exception) as broken:
            wrong.append("%s: %r" % (case["name"], broken))
            continue
        problem = problem_of(case, reply)
        if problem:
            wrong.append("%s: %s" % (case["name"], problem))
    assert not wrong, "%d of %d:\n%s" % (len(wrong), len(cases), "\n".join(wrong[:40]))


INTENT = {"city_code": "URB", "property_id": "0191f1a0-0000-7000-8000-000000000001", "unit_id": "0191f1a0-0000-7000-8000-000000000002",
          "check_in": "2027-03-01", "check_out": "2027-03-03", "guests": {"adults": 2}}

UNREADABLE = {
    "broken UTF-8": b'{"city_code":"U\xff\xfeB"}',
    "an overlong encoding": b'{"city_code":"\xc0\xaf"}',
    "a surrogate": b'{"city_code":"\xed\xa0\x80"}',
    "U+0000 escaped": b'{"city_code":"U\\u0000B"}',
    "U+0000 itself": b'{"city_code":"U\x00B"}',
    "a lonely surrogate escape": b'{"city_code":"\\ud800"}',
    "a depth of a thousand": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "a thousand arrays": b"[" * 1000 + b"]" * 1000,
    "an array": b"[]",
    "a number": b"1",
    "nothing": b"",
    "half an object": b'{"city_code":"URB"',
    "more behind the object": b"{} {}",
    "a comma too many": b'{"city_code":"URB",}',
    "NaN": b'{"expected_total":NaN}',
}


@pytest.mark.parametrize("what", sorted(UNREADABLE))
def test_a_body_that_cannot_be_read_is_an_invalid_request(world, guest, unchanged, what):
    guest.send("POST", "/booking-intents", UNREADABLE[what]).expect(400, "INVALID_REQUEST")


def test_a_body_of_ten_mebibytes_is_refused_before_it_is_read(world, unchanged):
    with socket.create_connection(("127.0.0.1", world.http_port), timeout=20) as wire:
        wire.sendall(b"POST /api/v1/booking-intents HTTP/1.1\r\nHost: x\r\nX-Session-Id: e2e-large-body\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n" % (10 * 1024 * 1024))
        answer = wire.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413"), answer[:200]
    assert b"PAYLOAD_TOO_LARGE" in answer


def test_a_session_is_asked_for_and_a_wrong_one_is_refused(world, unchanged):
    client = world.client
    client.post("/api/v1/booking-intents", INTENT).expect(400, "MISSING_REQUIRED_FIELD")
    client.post("/api/v1/booking-intents", INTENT, {"X-Session-Id": "short"}).expect(422, "INVALID_PARAMETER")
    client.post("/api/v1/booking-intents", dict(INTENT, session_id="another-session-1"), {"X-Session-Id": "one-session-0001"}).expect(422, "INVALID_PARAMETER")
    client.get("/api/v1/booking-intents/0191f1a0-0000-7000-8000-000000000001").expect(401, "UNAUTHORIZED")


def test_what_the_city_does_not_have_is_not_found(world, guest, unchanged):
    guest.send("POST", "/booking-intents", INTENT).expect(404, "NOT_FOUND")
    guest.send("POST", "/booking-intents", dict(INTENT, city_code="XXX")).expect(404, "NOT_FOUND")
    guest.get("/search?city_code=XXX&check_in=2027-03-01&check_out=2027-03-02&adults=2").expect(404, "NOT_FOUND")
    guest.get("/booking-intents/0191f1a0-0000-7000-8000-000000000001").expect(404, "BOOKING_INTENT_NOT_FOUND")
    guest.get("/reservations/URB-XXXXXX").expect(404, "NOT_FOUND")


def test_a_stay_that_does_not_fit_is_refused_in_the_documented_order(world, guest):
    stay = world.stay()
    before = counts(world)
    guest.try_hold(stay, check_out=str(stay.check_in)).expect(422, "INVALID_PARAMETER")
    guest.try_hold(stay, check_in="2020-01-01", check_out="2020-01-03").expect(422, "INVALID_PARAMETER")
    guest.try_hold(stay, guests={"adults": 20}).expect(422, "CAPACITY_EXCEEDED")
    guest.try_hold(stay, expected_total=1.00).expect(409, "PRICE_CHANGED")
    guest.try_hold(stay, colour="blue").expect(422, "INVALID_PARAMETER")
    guest.try_hold(stay, property_id=[one for one in world.units() if one[0] != stay.property_id][0][0]).expect(404, "NOT_FOUND")
    assert counts(world) == before


def test_internal_commands_are_for_the_service_alone(world, guest, unchanged):
    for path in ("clock", "host-commit", "finalize-reservation", "expire-intents"):
        world.client.post("/api/v1/internal/" + path, {}).expect(401, "UNAUTHORIZED")
        world.client.post("/api/v1/internal/" + path, {}, {"Authorization": "Bearer wrong"}).expect(401, "UNAUTHORIZED")


def test_methods_media_types_and_paths_that_do_not_exist(world, guest, unchanged):
    client = world.client
    client.send("PUT", "/api/v1/booking-intents", INTENT, {"X-Session-Id": guest.session}).expect(405, "METHOD_NOT_ALLOWED")
    client.send("POST", "/api/v1/booking-intents", b"a=b", {"X-Session-Id": guest.session, "Content-Type": "application/x-www-form-urlencoded"}).expect(
        415, "UNSUPPORTED_MEDIA_TYPE")
    client.get("/api/v1/no/such/path").expect(404)
    client.get("/api/v1/search?city_code=%ZZ").expect(400, "INVALID_REQUEST")
