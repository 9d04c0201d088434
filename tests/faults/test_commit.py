"""The connection is cut during COMMIT, and answered slowly: nothing is lost, nothing happens twice."""

import pytest

from fault_world import BATCHES, FaultWorld
from proxy import Proxy

ROUNDS = 4


@pytest.fixture(scope="module", params=BATCHES)
def world(postgres, tmp_path_factory, request):
    proxy = Proxy(postgres.port)
    one = FaultWorld(tmp_path_factory.mktemp("commit"), postgres, proxied=proxy, batch_max=request.param)
    yield one.start()
    one.stop()
    proxy.stop()
    assert request.param > 1 or proxy.ahead > 20


@pytest.mark.parametrize("plan", ["before", "after", "swallow"])
def test_a_connection_that_is_cut_at_the_commit_costs_no_promise(world, plan):
    with world.load() as load:
        for _ in range(ROUNDS):
            world.proxied.cut_next(plan)
            load.wait_acknowledged(5)
    assert world.server.is_alive()
    assert world.proxied.cuts[plan] >= ROUNDS


def test_a_slow_disk_makes_it_slow_and_nothing_else(world):
    with world.load() as load:
        world.proxied.slow_down(0.05)
        load.wait_acknowledged(20)
        world.proxied.slow_down(0)
        load.wait_acknowledged(5)
