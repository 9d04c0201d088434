"""Real faults: the real program and a real PostgreSQL of our own, hurt in every way we know (docs/reliability.md)."""

import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]


@pytest.fixture(scope="session")
def postgres():
    from cluster import Cluster

    one = Cluster()
    yield one.create()
    one.destroy()


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    from fault_world import FaultWorld

    one = FaultWorld(tmp_path_factory.mktemp("faults"), postgres)
    yield one.start()
    one.stop()


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    world = item.funcargs.get("world") if hasattr(item, "funcargs") else None
    if report.failed and world is not None and world.server is not None:
        report.sections.append(("server log", world.server.tail()))
