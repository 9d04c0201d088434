"""A record that cannot be projected: people see it, the booking path goes on, and a restart heals what was mended."""

from waiting import wait_for


def projection_of(world):
    components = world.client.get("/readyz").expect(200).json["components"]
    return next(one for one in components if one["name"] == "projection")


def open_problems(world):
    return world.sql("""select city_code, severity, error_message from exceptions
                        where exception_type = 'projection_stopped' and entity_key = 'city:URB' and status = 'open'""")


def test_a_projection_that_stops_is_an_open_problem_until_it_goes_on(make_world):
    world = make_world()
    stay, other = world.stay(), world.stay()
    world.projected()
    assert projection_of(world)["status"] == "ok"
    assert open_problems(world) == []

    world.sql("alter table booking_intents add constraint never check (false) not valid")
    guest = world.guest()
    intent = guest.hold(stay)
    [(where, severity, why)] = wait_for("an open problem", lambda: open_problems(world), 60)
    assert where != "URB", "the city's own tables stand still"
    assert severity == "critical"
    assert "hot at" in why and "23514" in why
    assert projection_of(world) == {"name": "projection", "status": "degraded", "detail": "stands still: URB"}
    # Journal, actors and index need no tables.
    assert guest.intent(intent)["status"] == "intent_created"
    guest.hold(other)

    world.sql("alter table booking_intents drop constraint never")
    world.restart_server()
    world.projected(60)
    wait_for("the problem is over", lambda: not open_problems(world), 60)
    assert projection_of(world)["status"] == "ok"
    assert world.value("select count(*) from booking_intents where status = 'intent_created'") == 2
    world.stop_programs()
