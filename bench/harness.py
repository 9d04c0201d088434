"""What the measures share: a database of their own, both sides as processes, processor time, one row of the table per figure."""

import glob
import json
import mmap
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

import programs  # noqa: E402 (the programs as the end-to-end tests start them)
from world import SECRETS, SERVICE_TOKEN, TOML, database_url, run_sql  # noqa: E402

QUICK = os.environ.get("BENCH_QUICK") == "1"
BASELINE = os.path.join(ROOT, "bench", "baseline")
TICKS = os.sysconf("SC_CLK_TCK")


def seconds(full, quick=1.0):
    """How long something is measured: BENCH_SCALE scales a full run, a smoke run takes as little as it can."""
    if QUICK:
        return quick
    return full * float(os.environ.get("BENCH_SCALE", "1"))


def say(text):
    print("  " + text, file=sys.stderr, flush=True)


class Failed(Exception):
    """A measure that could not be taken, or whose invariants do not hold."""


class Row:
    """One figure of ours beside the other side's, and what was promised."""

    def __init__(self, name, what, ours, other, goal, unit="", note="", lower=False, ratio=None):
        self.id, self.what, self.ours, self.other, self.goal, self.unit, self.note = name, what, ours, other, goal, unit, note
        self.lower = lower  # the ratio, or our figure when there is no other side, must not be above the goal
        self.ratio = ratio if ratio is not None else (ours / other if other else None)

    @property
    def met(self):
        if self.goal is None:
            return None
        value = self.ratio if self.ratio is not None else self.ours
        return value <= self.goal if self.lower else value >= self.goal

    def as_json(self):
        return {"id": self.id, "what": self.what, "ours": self.ours, "other": self.other, "ratio": self.ratio, "goal": self.goal, "met": self.met, "unit": self.unit,
                "note": self.note}


def touch_memory():
    """Writes to half of the free memory (at most 12 GiB) once and gives it back. A virtual machine gets a page from its host when it is first touched, which costs more
    than a hold does (10 to 50 us seen): without this, whichever side is first to need memory pays for it, and a longer run looks slower than a short one."""
    with open("/proc/meminfo") as file:
        free = int(re.search(r"MemAvailable:\s+(\d+)", file.read()).group(1)) * 1024
    size = min(free // 2, 12 << 30)
    block = b"\1" * (4 << 20)
    with mmap.mmap(-1, size) as memory:
        for at in range(0, size - len(block), len(block)):
            memory[at:at + len(block)] = block


# -------------------------------------------------------------------------------------------------- processor time


def _stat(pid):
    try:
        with open("/proc/%s/stat" % pid) as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS, (int(fields[13]) + int(fields[14])) / TICKS


def process_time(pid):
    found = _stat(pid)
    return found[1] if found else 0.0


def family_time(pid):
    """A process and all its children, those that have ended included: PostgreSQL by its postmaster."""
    found = _stat(pid)
    if not found:
        return 0.0
    total = found[1] + found[2]
    for name in os.listdir("/proc"):
        if name.isdigit():
            child = _stat(name)
            if child and child[0] == int(pid):
                total += child[1]
    return total


def machine_time():
    with open("/proc/stat") as file:
        user, nice, system, _idle, _wait, irq, soft = [int(x) for x in file.readline().split()[1:8]]
    return (user + nice + system + irq + soft) / TICKS


class Strangers:
    """Seconds of processor that went to processes of neither side, and the share of the machine that this was."""

    def __init__(self, postmaster):
        self.postmaster = postmaster
        self.used = 0.0
        self.took = 0.0

    def watch(self, work, pids=()):
        """Runs `work`; its own child processes, PostgreSQL and `pids` are the two sides."""
        def sides():
            own = os.times()
            return family_time(self.postmaster) + own.user + own.system + own.children_user + own.children_system + sum(process_time(pid) for pid in pids)

        started, machine, ours = time.monotonic(), machine_time(), sides()
        result = work()
        self.took += time.monotonic() - started
        self.used += max(0.0, machine_time() - machine - (sides() - ours))
        return result

    def __str__(self):
        return "%.0f %% of the machine went to others" % (100 * self.used / (self.took * os.cpu_count())) if self.took else ""


# -------------------------------------------------------------------------------------------------- a database and its programs


class Other(programs.Program):
    """A program of bench/, ended like ours."""

    def __init__(self, command, log_path):
        self.name, self.log_path = os.path.basename(command[0]), log_path
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen(command, env=programs.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)


class Bench:
    """A migrated database of its own, and what runs on it."""

    def __init__(self, name):
        self.cluster = os.environ["RESERVE_BENCH_DATABASE_URL"]
        self.name = "bench_" + name.lower()
        self.folder = tempfile.mkdtemp(prefix="reserve-bench-")
        self.super_url = database_url(self.cluster, self.name)
        self.http_port, self.sandbox_port, self.hello_port = programs.free_ports(3)
        self.running = []
        postmaster = subprocess.run(["psql", "-XAtq", "-d", self.cluster, "-c", "select pg_read_file('postmaster.pid')"], stdout=subprocess.PIPE, text=True, check=True)
        self.postmaster = int(postmaster.stdout.split("\n")[0])
        self.strangers = Strangers(self.postmaster)

    def __enter__(self):
        with open(os.path.join(ROOT, "migrations", "roles.sql"), encoding="utf-8") as roles:
            run_sql(self.cluster, roles.read(), 'drop database if exists "%s" with (force)' % self.name, 'create database "%s" owner reserve' % self.name)
        self.toml = os.path.join(self.folder, "reserve.toml")
        key = "5b" * 32
        text = TOML.format(http=self.http_port, sandbox=self.sandbox_port, database=database_url(self.cluster, self.name, "reserve"), service_token=SERVICE_TOKEN, key=key,
                           host_secret=SECRETS["host"], stripe_secret=SECRETS["stripe"], mercadopago_secret=SECRETS["mercadopago"], folder=self.folder)
        with open(self.toml, "w", encoding="utf-8") as file:
            file.write(text.replace("[city_defaults]", '[log]\nlevel = "warn"\n'))
        self.reserve("migrate", "up")
        return self

    def __exit__(self, *_):
        for program in reversed(self.running):
            program.stop()
        run_sql(self.cluster, 'drop database if exists "%s" with (force)' % self.name, "checkpoint")
        subprocess.run(["rm", "-rf", self.folder], check=False)

    # ---- ours

    def reserve(self, *arguments, timeout=300):
        done = programs.run(list(arguments) + ["--config", self.toml], timeout)
        if done.returncode != 0:
            raise Failed("reserve %s: exit %s\n%s%s" % (" ".join(arguments), done.returncode, done.stdout[-2000:], done.stderr[-2000:]))
        return done.stdout

    def load(self, *arguments, timeout=300):
        """`reserve load`; its figures as a dict. Fails when its own check of the database fails."""
        figures = os.path.join(self.folder, "load.json")
        if os.path.exists(figures):
            os.unlink(figures)
        out = self.strangers.watch(lambda: self.reserve("load", "--json", figures, *[str(a) for a in arguments], timeout=timeout), [one.process.pid for one in self.running])
        if not os.path.exists(figures):
            return {}
        with open(figures) as file:
            result = json.load(file)
        if os.environ.get("BENCH_VERBOSE"):
            say("load " + " ".join(str(a) for a in arguments) + "\n" + out)
        return result

    def caught_up(self, patience=60):
        """Waits until every table of the load city stands where its log does, and, as long as patience lasts, until nobody cleans up behind it (autovacuum): a burst is
        measured from there."""
        deadline = time.monotonic() + patience
        while self.psql("-c", "select count(*) from reserve.journal_positions p join reserve.city_leases l using (city_code) where p.city_code = 'LOAD' and p.applied_seq < l.head") != "0":
            if time.monotonic() > deadline:
                raise Failed("the tables did not catch up")
            time.sleep(0.1)
        while self.psql("-c", "select count(*) from pg_stat_activity where backend_type = 'autovacuum worker'") != "0" and time.monotonic() < deadline:
            time.sleep(0.1)

    def start(self, name, *arguments, health=None, settings=()):
        program = programs.Program(name, ["--config", self.toml] + list(settings) + list(arguments), os.path.join(self.folder, name + ".log"))
        self.running.append(program)
        if health:
            from client import Client

            program.wait_healthy(Client(health[0]), health[1])
        return program

    def serve(self, *settings):
        """Sandbox (for the Host's health) and server; the process of the server."""
        if not any(one.name == "sandbox" for one in self.running):
            self.start("sandbox", health=(self.sandbox_port, "/healthz"))
        return self.start("serve", health=(self.http_port, "/readyz"), settings=settings)

    def start_other(self, name, *arguments, port):
        """A program of bench/, once it accepts connections on `port`."""
        log = os.path.join(self.folder, name + ".log")
        program = Other([bench_program(name)] + [str(a) for a in arguments], log)
        self.running.append(program)
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return program
            except OSError:
                if program.process.poll() is not None or time.monotonic() > deadline:
                    with open(log) as text:
                        raise Failed("%s does not listen: %s" % (name, text.read()[-1000:]))
                time.sleep(0.05)

    def stop(self, program):
        program.stop()
        self.running.remove(program)

    @property
    def http(self):
        return "http://127.0.0.1:%d" % self.http_port

    # ---- the SQL side

    def psql(self, *arguments, timeout=120):
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.super_url] + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=timeout)
        if done.returncode != 0:
            raise Failed("psql: " + done.stderr[-2000:])
        return done.stdout.strip()

    def sql_side(self, units, days=60, rooms=30000):
        self.psql("-v", "units=%d" % units, "-v", "days=%d" % days, "-v", "rooms=%d" % rooms, "-f", os.path.join(BASELINE, "schema.sql"))
        self.psql("-f", os.path.join(BASELINE, "hold.sql"))

    def copy_nights(self):
        """The SQL side over the same units and nights as ours."""
        self.sql_side(1)
        columns = ("unit_id, date, property_id, city_code, is_available, host_allotment, allotment, bookings_count, temp_holds, base_price, closed_to_arrival, "
                   "closed_to_departure, updated_at")
        self.psql("-c", "truncate bench.availability_calendar",
                  "-c", "insert into bench.availability_calendar (%s) select %s from reserve.availability_calendar where city_code = 'LOAD'" % (columns, columns),
                  "-c", "vacuum analyze bench.availability_calendar")

    def pgbench(self, script, clients, duration, rate=None):
        """Transactions a second of one run with prepared statements; with a rate (open loop) also its p99 in ms, from when each was to start."""
        path = os.path.join(self.folder, "script.sql")
        with open(path, "w") as file:
            file.write(script)
        for old in glob.glob(os.path.join(self.folder, "pgbench_log.*")):
            os.unlink(old)
        command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(2, clients)), "-T", str(max(1, round(duration))), "-f", path]
        if rate:
            command += ["--rate", "%.0f" % rate, "--log"]
        done = self.strangers.watch(lambda: subprocess.run(command + [self.super_url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=duration + 60,
                                                           cwd=self.folder))
        found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.M)
        if done.returncode != 0 or not found:
            raise Failed("pgbench: " + (done.stderr or done.stdout)[-2000:])
        if not rate:
            return float(found.group(1))
        took = []
        for log in glob.glob(os.path.join(self.folder, "pgbench_log.*")):
            with open(log) as lines:
                took += [int(line.split()[2]) for line in lines if line.split()[2].isdigit()]
        took.sort()
        return float(found.group(1)), took[int(0.99 * (len(took) - 1))] / 1000.0

    def pgbench_best(self, script, clients, duration, per_transaction=1):
        """The best of several client counts: operations a second, and the count."""
        best = max((self.pgbench(script, count, duration) * per_transaction, count) for count in clients)
        say("SQL %.0f/s at %d clients" % best)
        return best

    def check_sql_side(self):
        """The baseline must be right as well: every intent has its nights."""
        wrong = self.psql("-c", "select (select count(*) from bench.availability_calendar where temp_holds + bookings_count > allotment) + abs((select coalesce(sum(temp_holds), 0) "
                          "from bench.availability_calendar) - 3 * (select count(*) from bench.booking_intents))")
        if wrong != "0":
            raise Failed("the SQL side lost something: %s" % wrong)


def best_of_bursts(counts, burst, times=3):
    """What was acknowledged a second, and with how many at once: the best mean of some bursts, each `burst(count)`."""
    times = 1 if QUICK else times
    return max((sum(burst(count) for _ in range(times)) / times, count) for count in counts)


def hold_script(unit, function="hold", draw=""):
    """One hold as pgbench sends it: `unit` is an expression, `draw` sets what it needs."""
    return draw + "\\set d random(0, 54)\nselect bench.%s(gen_random_uuid(), bench.unit(%s), 'load-0123456789-' || :d, current_date + :d::int);\n" % (function, unit)


def spread(units, function="hold"):
    return hold_script(":u", function, "\\set u random(0, %d)\n" % (units - 1))


def zipf(units, skew, function="hold"):
    return hold_script(":u", function, "\\set u random_zipfian(1, %d, %s) - 1\n" % (units, skew))


HOT = hold_script("0")


def resident_kib(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def bench_program(name):
    path = os.path.join(os.path.dirname(programs.binary()), "bench", name)
    if not os.path.exists(path):
        raise Failed("%s is not built: ./dev bench builds it" % path)
    return path
