"""A PostgreSQL of the fault tests' own: it may be killed, restarted and filled without harm to anybody."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile

import programs
from waiting import wait_for

BIN = "/usr/lib/postgresql/15/bin"


def as_postgres(arguments, **more):
    """PostgreSQL refuses to run as root: then it runs as user postgres."""
    arguments = ["env"] + ["%s=%s" % pair for pair in more.pop("environment", {}).items()] + arguments
    if os.geteuid() == 0:
        arguments = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "env", "HOME=/"] + arguments
    return subprocess.run(arguments, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **more)


class Cluster:
    """Reached by a socket for the tests, by TCP for whoever goes through a proxy. fsync is off unless a test wants flushes: only programs are killed here, never the
    machine."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="reserve-faults-", dir="/var/tmp")
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.home, owner.pw_uid, owner.pw_gid)
        self.data = os.path.join(self.home, "data")
        self.log = os.path.join(self.home, "postgres.log")
        self.port = programs.free_ports(1)[0]
        self.fsync, self.environment = "off", {}

    def url(self):
        return "postgresql:///postgres?host=%s&port=%d&user=postgres" % (self.home, self.port)

    def create(self):
        done = as_postgres([BIN + "/initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
                            "--no-instructions"])
        assert done.returncode == 0, done.stderr
        self.start()
        return self

    def try_start(self):
        options = ("-c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c port=%d -c fsync=%s -c shared_buffers=64MB"
                   % (self.home, self.port, self.fsync))
        return as_postgres([BIN + "/pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", self.log, "-o", options, "start"],
                           environment=self.environment).returncode == 0

    def start(self):
        # Sessions of a killed postmaster hold its shared memory until they notice.
        wait_for("PostgreSQL starts", self.try_start, 60)

    def stop(self, mode="fast"):
        done = as_postgres([BIN + "/pg_ctl", "-D", self.data, "-w", "-t", "60", "-m", mode, "stop"])
        assert done.returncode == 0, done.stderr

    def restart(self, mode):
        self.stop(mode)
        self.start()

    def pid(self):
        with open(os.path.join(self.data, "postmaster.pid"), encoding="ascii") as file:
            return int(file.readline())

    def kill(self):
        """kill -9 of the postmaster; its sessions end by themselves."""
        os.kill(self.pid(), signal.SIGKILL)

    def destroy(self):
        if os.path.exists(os.path.join(self.data, "postmaster.pid")):
            as_postgres([BIN + "/pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop"])
        shutil.rmtree(self.home, ignore_errors=True)

    def log_text(self):
        with open(self.log, "rb") as file:
            return file.read().decode("utf-8", "replace")
