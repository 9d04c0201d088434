"""Programs that stop and start again go on where they were. What happens when they are killed: tests/faults."""

import pytest

from waiting import wait_for


@pytest.fixture(scope="module")
def own_world(make_world):
    world = make_world()
    yield world
    world.stop_programs()


def test_a_stopped_server_finishes_and_starts_again_where_it_was(own_world):
    world = own_world
    guest = world.guest()
    intent, view = guest.book(world.stay())
    world.advance(60)
    before = world.internal("clock", {"advance_seconds": 0}).expect(200).data
    assert world.server.stop() == 0
    world.client.close()
    world.start_server()
    after = world.internal("clock", {"advance_seconds": 0}).expect(200).data
    assert after["offset_seconds"] == before["offset_seconds"]
    assert after["now"] >= before["now"]
    assert guest.reservation(view["id"]) == view


def test_a_sandbox_that_was_away_is_found_again(own_world):
    world = own_world
    guest = world.guest()
    intent = guest.prepared(world.stay())
    world.sandbox.stop()
    world.desk.close()
    guest.try_card(intent, "pm_card_visa").expect(503)
    world.start_sandbox()
    wait_for("the provider answers again", lambda: guest.try_card(intent, "pm_card_visa").status == 201, 30)
    guest.wait_reservation(intent)
