"""A server that sleeps past its lease while another one takes the city: it wakes up with an old memory and must not use it."""

import os
import signal
import socket

import pytest

import programs
from client import Client
from fault_world import BATCHES, FaultWorld
from proxy import Proxy
from waiting import wait_for
from world import CITY


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory, request):
    proxy = Proxy(postgres.port)
    one = FaultWorld(tmp_path_factory.mktemp("lease"), postgres, proxied=proxy, batch_max=request.param)
    yield one.start()
    one.stop()
    proxy.stop()


class SentWhileAsleep:
    """A request that lies in the socket of a stopped server, so that it is the first thing that it sees when it wakes."""

    def __init__(self, port, session, method, path, body=b""):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        head = "%s /api/v1%s HTTP/1.1\r\nHost: test\r\nX-Session-Id: %s\r\nConnection: close\r\n" % (method, path, session)
        if body:
            head += "Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
        self.socket.sendall(head.encode() + b"\r\n" + body)

    def status(self):
        answer = b""
        while b"\r\n" not in answer:
            some = self.socket.recv(4096)
            if not some:
                break
            answer += some
        self.socket.close()
        return int(answer.split()[1])


def epoch(world):
    return world.value("select epoch from city_leases where city_code = %s", CITY)


def take_over(world):
    """Another server, when the lease has run out: (program, port)."""
    wait_for("the lease has run out", lambda: world.value("select expires_at < clock_timestamp() from city_leases where city_code = %s", CITY), 40)
    port = programs.free_ports(1)[0]
    other = world.start_another_server(port)
    other.wait_healthy(Client(port), "/readyz")
    return other, port


@pytest.mark.parametrize("world, moment", [(BATCHES[0], "in the middle of a COPY"), (BATCHES[1], "between two batches")], indirect=["world"])
def test_a_server_that_slept_past_its_lease_answers_nothing_from_its_old_memory(world, moment):
    stay = world.free_nights(world.single, 1)[0]
    early, late = world.guest(), world.guest()
    intent = early.hold(stay)
    search = "/search?city_code=URB&check_in=%s&check_out=%s&adults=2" % (stay.check_in, stay.check_out)
    first, first_port, first_epoch = world.server, world.client.port, epoch(world)
    with world.load() as load:
        if moment == "in the middle of a COPY":
            world.proxied.stall_next()
        os.kill(first.process.pid, signal.SIGSTOP)
        try:
            second, second_port = take_over(world)
            assert epoch(world) > first_epoch
            world.client.close()
            world.client.port = second_port
            # What the sleeper cannot know: the only room has another guest now.
            assert early.cancel(intent).status == 200
            taken = late.hold(stay)
            waiting = [SentWhileAsleep(first_port, early.session, "GET", "/booking-intents/" + intent),
                       SentWhileAsleep(first_port, early.session, "GET", search),
                       SentWhileAsleep(first_port, early.session, "DELETE", "/booking-intents/" + intent),
                       SentWhileAsleep(first_port, late.session, "GET", "/booking-intents/" + taken)]
        finally:
            os.kill(first.process.pid, signal.SIGCONT)
        world.proxied.end_stall()
        assert [one.status() for one in waiting] == [503] * len(waiting)
        wait_for("it goes on refusing", lambda: Client(first_port).get("/api/v1" + search, {"X-Session-Id": early.session}).status == 503)
        # The guests of the load still talk to the sleeper, until it is gone.
        first.stop()
        world.server = second
        load.wait_acknowledged(10)
    assert late.intent(taken)["status"] == "intent_created"
