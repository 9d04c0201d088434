"""The server is killed at any moment; what it had answered is still there."""

import http.client
import os
import random
import threading

import pytest

from waiting import pause, wait_for

KILLS = int(os.environ.get("RESERVE_KILLS", "3"))
GUESTS_AT_ONCE = 6
STAYS = 40


@pytest.fixture(scope="module")
def own_world(make_world):
    world = make_world()
    yield world
    world.stop_programs()


class Load:
    """Guests that hold, cancel and pay until they are stopped, and remember what they were promised."""

    def __init__(self, world, stays, seed):
        self.world = world
        self.stays = stays
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.held, self.cancelled, self.paid = [], [], []
        self.surprises = []
        self.threads = [threading.Thread(target=self.run, args=(random.Random(seed * 100 + n),), daemon=True) for n in range(GUESTS_AT_ONCE)]
        for thread in self.threads:
            thread.start()

    def remember(self, kind, *what):
        with self.lock:
            kind.append(what)

    def run(self, chance):
        while not self.stopped.is_set():
            try:
                self.one(chance)
            except (OSError, http.client.HTTPException):
                pause(0.01)

    def one(self, chance):
        guest = self.world.guest()
        reply = guest.try_hold(chance.choice(self.stays))
        if reply.status in (409, 503):
            return
        if reply.status != 201:
            self.remember(self.surprises, str(reply))
            return
        intent = reply.data["booking_intent_id"]
        self.remember(self.held, guest, intent)
        act = chance.random()
        if act < 0.3:
            if guest.cancel(intent).status == 200:
                self.remember(self.cancelled, guest, intent)
        elif act < 0.7:
            if guest.try_traveler(intent).status == 200:
                paid = guest.try_card(intent, "pm_card_visa")
                if paid.status == 201 and paid.data["status"] == "succeeded":
                    self.remember(self.paid, guest, intent)

    def end(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)


def check_promises(load):
    for guest, intent in load.held:
        guest.intent(intent)
    for guest, intent in load.cancelled:
        assert guest.intent(intent)["status"] == "cancelled"
    for guest, intent in load.paid:
        guest.wait_reservation(intent, deadline=60)


def test_killed_under_load_the_server_keeps_every_promise_and_its_tables_agree(own_world):
    world = own_world
    chance = random.Random(20261121)
    promised = 0
    for kill in range(KILLS):
        # Rooms of their own for each round: those of the last one are still held.
        load = Load(world, [world.stay(nights=chance.choice((1, 2, 3))) for _ in range(STAYS)], kill)
        try:
            wait_for("the load is under way", lambda: len(load.held) > 5, 30)
            pause(chance.uniform(0.1, 1.5))
            world.server.kill()
        finally:
            load.end()
        world.client.close()
        world.start_server()
        assert not load.surprises, load.surprises[:3]
        check_promises(load)
        promised += len(load.held)
        wait_for("nothing is under way any more", lambda: world.value(
            "select count(*) from reservations where status in ('host_commit_pending')") == 0, 60)
        assert world.inconsistencies() == []
    assert promised > 5 * KILLS
    codes = [row[0] for row in world.sql("select confirmation_code from reservations where status = 'confirmed'")]
    at_host = [one["external_reference"] for one in world.state("host")["bookings"] if one["status"] != "cancelled"]
    assert sorted(code for code in at_host if code in set(codes)) == sorted(codes), "each confirmed reservation is at the Host, once"


def test_the_tables_are_what_the_journal_says(own_world):
    own_world.projected()
    assert "equal" in own_world.reserve("rebuild", "--city", "URB", "--check")


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
