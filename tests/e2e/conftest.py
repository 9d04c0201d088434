"""The World that most tests share, and what a test gets of it."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def pytest_addoption(parser):
    parser.addoption("--projector-delay-ms", default=None, help="holds the projector of the server back by so much")


def pytest_configure(config):
    delay = config.getoption("--projector-delay-ms")
    if delay is not None:
        os.environ["RESERVE_TEST_PROJECTOR_DELAY_MS"] = delay


def pytest_collection_modifyitems(items):
    # The document is compared with every answer that the other tests have seen.
    items.sort(key=lambda item: "test_openapi" in item.nodeid)


@pytest.fixture(scope="session")
def make_world(tmp_path_factory, answers):
    """Starts a World with other settings; each is stopped at the end of the session."""
    from world import World

    if "RESERVE_TEST_DATABASE_URL" not in os.environ:
        pytest.exit("RESERVE_TEST_DATABASE_URL must name a PostgreSQL where these tests may make databases: ./dev test", 2)
    made = []

    def make(settings=None):
        one = World(tmp_path_factory.mktemp("world"), settings, seen=answers)
        made.append(one)
        return one.start()

    yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="session")
def answers():
    from schema import Answers

    return Answers()


@pytest.fixture(scope="session")
def shared_world(make_world):
    return make_world()


@pytest.fixture
def world(shared_world):
    """The shared World. Faults and rules end with the test."""
    yield shared_world
    shared_world.no_faults()


@pytest.fixture
def guest(world):
    return world.guest()


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    where = item.funcargs.get("world") or item.funcargs.get("own_world") if hasattr(item, "funcargs") else None
    if report.failed and where is not None and where.server is not None:
        report.sections.append(("server log", where.server.tail()))
