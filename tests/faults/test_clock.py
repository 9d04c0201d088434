"""The machine's clock steps, and the city's time does not run back: what has expired stays expired."""

import pytest

from fault_world import FaultWorld
from world import CITY

A_HOLD = 15 * 60


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    one = FaultWorld(tmp_path_factory.mktemp("clock"), postgres)
    yield one.start()
    one.stop()


def restart_with_clock(world, offset):
    """The server comes back on a machine whose clock is `offset` seconds away from ours."""
    world.server.kill()
    world.client.close()
    world.offset = offset
    world.start_server()


def steps_back(world):
    return world.value("""select count(*) from (select occurred_at < lag(occurred_at) over (order by seq) as back from journal where city_code = %s) t
                          where back""", CITY)


def test_a_clock_that_steps_back_revives_no_hold(world):
    stay = world.free_nights(world.single, 1)[0]
    first, second, third = world.guest(), world.guest(), world.guest()
    expired = first.hold(stay)
    world.advance(A_HOLD + 60)
    first.wait_intent(expired, "expired")
    held = second.hold(stay)
    world.projected()  # Nothing but the journal remembers the last record's time.
    restart_with_clock(world, 0)
    assert first.intent(expired)["status"] == "expired"
    assert first.try_traveler(expired).status in (409, 410)
    assert second.intent(held)["status"] == "intent_created"
    third.try_hold(stay).expect(409, "INSUFFICIENT_INVENTORY")
    third.hold(world.free_nights(world.plenty, 1)[0])
    assert steps_back(world) == 0


def test_a_clock_that_steps_forward_ends_what_is_due_before_anybody_gets_the_room(world):
    stay = world.free_nights(world.single, 1)[0]
    early, late = world.guest(), world.guest()
    old = early.hold(stay)
    restart_with_clock(world, world.offset + 3 * A_HOLD)
    new = late.hold(stay)
    assert early.intent(old)["status"] == "expired"
    assert late.intent(new)["status"] == "intent_created"
    assert steps_back(world) == 0
    assert world.inconsistencies() == []
    assert "equal" in world.reserve("rebuild", "--city", CITY, "--check")
