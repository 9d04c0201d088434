"""kill -9 under load. What was promised is there, what was refused is not, and the tables are what the journal says."""

import os
import random

import pytest

from fault_world import BATCHES
from waiting import pause, wait_for

SERVER_KILLS = int(os.environ.get("RESERVE_KILLS", "10"))
POSTGRES_KILLS = int(os.environ.get("RESERVE_POSTGRES_KILLS", "5"))


def test_a_killed_server_keeps_every_promise(world):
    chance = random.Random(20261121)
    for cycle in range(SERVER_KILLS):
        with world.load() as load:
            pause(chance.uniform(0, 0.5))
            world.server.kill()
            world.batch_max = BATCHES[cycle % len(BATCHES)]
            world.start_server()
            load.wait_acknowledged(10)
    at_host = [one["external_reference"] for one in world.state("host")["bookings"] if one["status"] != "cancelled" and one["external_reference"]]
    assert len(at_host) == len(set(at_host)), "no reservation has two bookings at the Host"
    confirmed = {row[0] for row in world.sql("select confirmation_code from reservations where status = 'confirmed'")}
    assert confirmed <= set(at_host), "each confirmed reservation is at the Host"


def kill_a_session(world):
    """PostgreSQL cannot know what a session killed like this has done to its memory: it ends them all and recovers by itself."""
    pids = [row[0] for row in world.sql("select pid from pg_stat_activity where application_name in ('reserve journal', 'reserve projector')")]
    os.kill(random.choice(pids), 9)


def test_a_killed_postgres_costs_no_promise_and_no_restart_of_the_server(world):
    chance = random.Random(20261122)
    for cycle in range(POSTGRES_KILLS):
        with world.load() as load:
            pause(chance.uniform(0, 0.5))
            if cycle % 2:
                kill_a_session(world)
            else:
                world.postgres.kill()
                world.postgres.start()
            load.wait_acknowledged(10)
        assert world.server.is_alive()


@pytest.fixture
def slow_tables(world, monkeypatch):
    """The tables stay far behind the journal."""
    monkeypatch.setenv("RESERVE_TEST_PROJECTOR_DELAY_MS", "5000")
    world.restart_server()
    yield
    monkeypatch.undo()
    world.no_faults()
    world.restart_server()
    world.settled()


@pytest.mark.usefixtures("slow_tables")
def test_work_that_no_table_shows_yet_goes_on_after_a_kill(world):
    guest = world.guest()
    intent = guest.prepared(world.free_nights(world.plenty, 1)[0])
    world.fault("host", "create_booking", "timeout_before")
    assert guest.card(intent, "pm_card_visa")["status"] == "succeeded"
    code = wait_for("the guest has a reservation", lambda: guest.intent(intent)["reservation"])["confirmation_code"]
    world.server.kill()
    world.client.close()
    assert world.host_bookings(code) == []
    assert world.sql("select 1 from reservations where confirmation_code = %s", code) == [], "the tables do not know it"
    world.no_faults()
    world.start_server()
    # Nobody asks for it.
    wait_for("the Host has the booking", lambda: world.host_bookings(code), 4)
