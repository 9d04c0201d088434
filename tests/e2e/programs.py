"""The program under test as processes: started with a log, found healthy, ended by their own pid."""

import os
import signal
import socket
import subprocess

from waiting import wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def binary():
    for given in (os.environ.get("RESERVE_BIN"), os.environ.get("RESERVE_BINARY")):
        if given:
            return given
    return os.path.join(ROOT, "build", "release", "reserve")


def environment():
    """Ours without what would override the file: only the test's own switches go through."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RESERVE_")}
    kept.update({name: value for name, value in os.environ.items() if name.startswith("RESERVE_TEST_")})
    return kept


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def run(arguments, timeout=300):
    return subprocess.run([binary()] + arguments, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, text=True)


class Program:
    def __init__(self, name, arguments, log_path):
        self.name = name
        self.log_path = log_path
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen([binary(), name] + arguments, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def tail(self):
        with open(self.log_path, "rb") as log:
            return log.read()[-4000:].decode("utf-8", "replace")

    def is_alive(self):
        return self.process.poll() is None

    def wait_healthy(self, client, path, deadline=60):
        def healthy():
            if not self.is_alive():
                raise RuntimeError("%s has ended with %s:\n%s" % (self.name, self.process.returncode, self.tail()))
            try:
                return client.get(path).status == 200
            except OSError:
                return False
            except Exception as broken:  # a half-open connection of a starting server
                raise AssertionError(str(broken))

        try:
            wait_for("%s answers %s" % (self.name, path), healthy, deadline)
        except AssertionError:
            raise RuntimeError("%s is not ready:\n%s" % (self.name, self.tail()))

    def kill(self):
        """Without a chance to say goodbye."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self, timeout=40):
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode
