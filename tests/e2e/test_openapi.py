"""Every answer that this suite has seen fits what the document says. Runs last."""

import pytest

from schema import Checker, parse

MAIN_OPERATIONS = {
    "search_availability", "get_cities", "get_property_list", "get_property_detail", "get_unit_availability_calendar", "check_availability",
    "create_booking_intent", "get_booking_intent", "update_traveler_details", "cancel_booking_intent", "create_booking", "get_payment_options",
    "create_payment_intent_stripe", "create_pix_charge", "poll_payment_status", "retry_failed_payment", "get_reservation", "health_check", "ready_check",
    "host_webhook_receiver",
}


@pytest.fixture(scope="module")
def checker(shared_world):
    reply = shared_world.client.get("/api/v1/openapi.json")
    assert reply.status == 200
    return Checker(parse(reply.body))


def use_every_main_operation(world):
    guest = world.guest()
    stay = world.stay()
    guest.search(stay).expect(200)
    guest.send("POST", "/search/availability", {"city_code": "URB", "check_in": str(stay.check_in), "check_out": str(stay.check_out), "guests": 2}).expect(200)
    guest.get("/cities").expect(200)
    guest.get("/cities/URB").expect(200)
    guest.get("/properties?city_code=URB").expect(200)
    guest.get("/properties/%s?city_code=URB&check_in=%s&check_out=%s&guests=2" % (stay.property_slug, stay.check_in, stay.check_out)).expect(200)
    guest.get("/units/%s/calendar?start_date=%s&end_date=%s" % (stay.unit_id, stay.check_in, stay.check_out)).expect(200)
    guest.send("POST", "/availability/check", {"property_id": stay.property_id, "unit_id": stay.unit_id, "check_in": str(stay.check_in),
                                               "check_out": str(stay.check_out), "guests": {"adults": 2}}).expect(200)
    intent = guest.prepared(stay)
    guest.get("/booking-intents/%s/payment-options" % intent).expect(200)
    guest.status(intent)
    guest.try_card(intent, "pm_card_chargeDeclined").expect(402)
    paid = guest.retry(intent, "stripe_card", "pm_card_visa").expect(201).data
    view = guest.wait_reservation(intent)
    guest.send("POST", "/bookings", {"property_slug": stay.property_slug, "unit_slug": stay.unit_slug, "check_in": str(stay.check_in),
                                     "check_out": str(stay.check_out), "guests": 2, "payment_intent_id": paid["payment_intent_id"]}).expect(201)
    guest.reservation(view["id"])
    other = guest.hold(world.stay())
    guest.traveler(other)
    guest.pix(other, "openpix")
    guest.cancel(other).expect(200)
    world.client.get("/healthz").expect(200)
    world.client.get("/readyz").expect(200)
    world.client.send("POST", "/api/v1/webhooks/host", b"{}").expect(401)


def test_every_answer_fits_the_document(shared_world, answers, checker):
    use_every_main_operation(shared_world)
    found, seen = {}, set()
    for method, path, status, reply in answers.all():
        name, problems = checker.check(method, path, status, reply.body)
        if name is not None:
            seen.add(name)
        for problem in problems:
            found.setdefault("%s %s %d: %s" % (name, method, status, problem), str(reply)[:300])
    assert not found, "\n".join("%s\n    %s" % pair for pair in list(found.items())[:20])
    assert MAIN_OPERATIONS <= seen, MAIN_OPERATIONS - seen


def test_the_document_is_the_same_at_both_places_and_from_the_program(shared_world):
    document = parse(shared_world.client.get("/api/v1/openapi.json").body)
    assert parse(shared_world.client.get("/openapi.json").body) == document
    import programs

    printed = programs.run(["openapi"])
    assert printed.returncode == 0, printed.stderr
    assert set(parse(printed.stdout)["paths"]) == set(document["paths"])


def test_every_answer_carries_its_request_id_and_the_correlation_id(shared_world):
    reply = shared_world.client.get("/api/v1/cities", {"X-Correlation-ID": "e2e-correlation-1"})
    assert reply.headers["x-correlation-id"] == "e2e-correlation-1"
    assert reply.headers["x-request-id"] == reply.json["meta"]["request_id"]
    refused = shared_world.client.get("/api/v1/nowhere")
    assert refused.status == 404
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert refused.json["status"] == 404 and refused.json["instance"].endswith(refused.headers["x-request-id"])
