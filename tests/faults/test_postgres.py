"""PostgreSQL is restarted under load, its disk is full, its disk is slow."""

import os
import subprocess

import pytest

from history import OK
from waiting import wait_for


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_of_postgres_costs_no_promise_and_no_restart_of_the_server(world, mode):
    with world.load() as load:
        world.postgres.restart(mode)
        load.wait_acknowledged(10)
    assert world.server.is_alive()


def test_an_idle_server_finds_a_restarted_postgres_by_itself(world):
    world.postgres.restart("fast")
    guest = world.guest()
    stay = world.free_nights(world.plenty, 1)[0]
    wait_for("a hold is accepted again", lambda: guest.try_hold(stay).status == 201, 10)


@pytest.fixture
def small_disk(postgres):
    """A tablespace of a few megabytes."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = os.path.join(postgres.home, "small")
    os.makedirs(folder, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m,mode=0777", "tmpfs", folder], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("no small disk can be mounted here: " + mounted.stderr.strip())
    space = os.path.join(folder, "space")
    os.mkdir(space)
    os.chmod(space, 0o700)
    os.chown(space, os.stat(postgres.home).st_uid, -1)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=False)


def test_a_full_disk_stops_the_city_and_costs_no_promise(world, small_disk):
    world.move_journal_to(os.path.join(small_disk, "space"))
    filler = os.path.join(small_disk, "filler")
    try:
        with world.load() as load:
            with open(filler, "wb") as file:
                file.write(bytes(free_bytes(small_disk) - 64 * 1024))
            wait_for("the disk is full", lambda: "No space left on device" in world.postgres.log_text(), 60)
            told = load.acknowledged()
            wait_for("guests hear that it does not work", lambda: any(one.status == 503 for one in load.history.of("hold")), 60)
            failed = world.postgres.log_text().count("No space left on device")
            assert failed < 500, "the writer pauses between its tries"
            os.remove(filler)
            load.wait_acknowledged(10)
            assert load.acknowledged() > told
        assert world.server.is_alive()
        assert len(load.history.of("hold", OK)) > 20
    finally:
        world.move_journal_to(None)


@pytest.fixture
def slow_disk(postgres, tmp_path):
    """Sets how many milliseconds longer every flush of PostgreSQL takes."""
    library, delay = os.path.join(postgres.home, "slow_disk.so"), os.path.join(postgres.home, "slow_disk")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, os.path.join(os.path.dirname(__file__), "slow_disk.c"), "-ldl"], check=True)
    os.chmod(library, 0o755)

    def takes(milliseconds):
        with open(delay + ".new", "w", encoding="ascii") as file:
            file.write(str(milliseconds))
        os.chmod(delay + ".new", 0o644)
        os.rename(delay + ".new", delay)

    takes(0)
    postgres.fsync, postgres.environment = "on", {"LD_PRELOAD": library, "SLOW_DISK": delay}
    postgres.restart("fast")
    yield takes
    takes(0)
    postgres.fsync, postgres.environment = "off", {}
    postgres.restart("fast")


def test_a_slow_disk_delays_answers_and_costs_no_promise(world, slow_disk):
    with world.load() as load:
        slow_disk(1000)
        # One flush for everybody who waits: each answer takes a flush or two, however many there are.
        load.wait_acknowledged(10)
        # Longer than the lease: nobody may be told yes any more until it is known whose city it is.
        slow_disk(16000)
        wait_for("guests hear that it takes too long", lambda: any(one.status == 503 for one in load.history.of("hold")), 60)
        slow_disk(0)
        load.wait_acknowledged(10)
    assert world.server.is_alive()


def free_bytes(folder):
    about = os.statvfs(folder)
    return about.f_bavail * about.f_frsize
