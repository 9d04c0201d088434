"""A city of which a record cannot be read is not served; nothing of it is skipped, and the server stands for all the others."""


def cities_of(world):
    components = world.client.get("/readyz").expect(200).json["components"]
    return next(one for one in components if one["name"] == "cities")


def change_last_event(world, code):
    """The type of the last record's first event: its number is the first byte."""
    world.sql("update journal set events = set_byte(events, 0, %s) where city_code = 'URB' and seq = (select max(seq) from journal where city_code = 'URB')", code)


def test_one_city_that_cannot_be_read_stops_no_server(make_world):
    world = make_world()
    stay, other = world.stay(), world.stay()
    guest = world.guest()
    intent = guest.hold(stay)
    world.projected()
    known = world.value("select get_byte(events, 0) from journal where city_code = 'URB' order by seq desc limit 1")
    head = world.value("select max(seq) from journal where city_code = 'URB'")

    world.server.stop()
    world.client.close()
    change_last_event(world, 255)
    world.start_server()
    assert cities_of(world) == {"name": "cities", "status": "degraded", "detail": "not served, a record of its journal cannot be read: URB"}
    refused = guest.try_hold(other)
    assert refused.status == 503 and refused.headers["retry-after"]
    assert guest.get("/booking-intents/" + intent).status == 503, "it is there, only not here and now"
    assert world.value("select max(seq) from journal where city_code = 'URB'") == head

    world.server.stop()
    world.client.close()
    change_last_event(world, known)
    world.start_server()
    assert cities_of(world)["status"] == "ok"
    assert guest.intent(intent)["status"] == "intent_created"
    guest.hold(other)
    world.stop_programs()
