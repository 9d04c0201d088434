"""A World: a database of its own, the sandbox and the server on free loopback ports, and hands to move them."""

import datetime
import itertools
import os
import time
from urllib.parse import parse_qsl, urlencode, urlsplit

import psycopg2

import programs
from client import Client
from guest import Guest
from waiting import wait_for

SERVICE_TOKEN = "service-token-of-the-tests"
SECRETS = {"host": "whsec_host_of_the_tests", "stripe": "whsec_stripe_of_the_tests", "mercadopago": "mercadopago-of-the-tests"}
CITY = "URB"

# Steady times are short, so that nobody waits for a time-out; what the clock rules keeps its real length.
SETTINGS = {
    "host.timeout": '"1s"',
    "host.backoff": '["100ms", "100ms", "200ms"]',
    "host.live_check_timeout": '"1s"',
    "host.breaker.failures": "1000",
    "host.breaker.window": '"60s"',
    "host.breaker.open": '"1s"',
    "payment.pix_poll_interval": '"500ms"',
    "payment.card_poll_interval": '"500ms"',
    "payment.unmatched_after": '"2s"',
    "refund.backoff": '["200ms", "200ms", "400ms"]',
}

TOML = """
env = "test"
[http]
listen = "127.0.0.1:{http}"
[database]
url = "{database}"
[limits]
exempt_networks = ["127.0.0.0/8", "::1/128"]
[clock]
control = true
[security]
service_token = "{service_token}"
vault_keys = [{{id = "test-1", key = "{key}"}}]
hash_key = "{key}"
code_key = "{key}"
[host]
base_url = "http://127.0.0.1:{sandbox}/host"
api_key = "host_test_key"
jwt_secret = "host-jwt-secret-of-the-tests-0123456789"
webhook_secrets = ["{host_secret}"]
health_interval = "1s"
[stripe]
base_url = "http://127.0.0.1:{sandbox}/stripe"
secret_key = "sk_test_of_the_tests"
publishable_key = "pk_test_of_the_tests"
webhook_secrets = ["{stripe_secret}"]
[mercadopago]
base_url = "http://127.0.0.1:{sandbox}/mercadopago"
access_token = "TEST-of-the-tests"
webhook_secrets = ["{mercadopago_secret}"]
[openpix]
base_url = "http://127.0.0.1:{sandbox}/openpix"
app_id = "app-of-the-tests"
webhook_signature = "rsa"
public_keys_url = "http://127.0.0.1:{sandbox}/openpix/api/v1/webhook/public-keys"
[sandbox]
listen = "127.0.0.1:{sandbox}"
state_dir = "{folder}/sandbox"
[city_defaults]
"""


def database_url(base, name, user=None):
    parts = urlsplit(base)
    query = dict(parse_qsl(parts.query))
    if user is not None:
        query["user"] = user
    return "%s://%s/%s?%s" % (parts.scheme, parts.netloc, name, urlencode(query, safe="/"))


def run_sql(url, *statements):
    on = psycopg2.connect(url)
    on.autocommit = True
    try:
        with on.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        on.close()


class Stay:
    """Nights of one unit that no other test of this World uses."""

    def __init__(self, row, check_in, check_out):
        self.property_id, self.unit_id, self.property_slug, self.unit_slug, self.host_property_id, self.host_unit_id = row
        self.check_in = check_in
        self.check_out = check_out

    @property
    def nights(self):
        return (self.check_out - self.check_in).days

    @property
    def dates(self):
        return [self.check_in + datetime.timedelta(days=n) for n in range(self.nights)]


class World:
    numbers = itertools.count(1)

    def __init__(self, folder, settings=None, seen=None, cluster=None):
        self.folder = str(folder)
        self.settings = dict(SETTINGS, **(settings or {}))
        self.cluster = cluster or os.environ["RESERVE_TEST_DATABASE_URL"]
        self.database = "reserve_e2e_%d_%d" % (os.getpid(), next(World.numbers))
        self.http_port, self.sandbox_port = programs.free_ports(2)
        self.client = Client(self.http_port, seen=seen)
        self.desk = Client(self.sandbox_port)
        self.server = self.sandbox = self.on = None
        self.offset = 0
        self.next_unit = 0
        self.cursors = {}

    # -------------------------------------------------------------------------------------------- life

    def start(self):
        roles = os.path.join(programs.ROOT, "migrations", "roles.sql")
        with open(roles, encoding="utf-8") as text:
            run_sql(self.cluster, text.read(), 'create database "%s" owner reserve' % self.database)
        self.write_configuration()
        self.reserve("migrate", "up")
        self.start_sandbox()
        self.reserve("seed", "--city", CITY)
        self.start_server()
        return self

    def write_configuration(self):
        key = "0123456789abcdef" * 4
        text = TOML.format(http=self.http_port, sandbox=self.sandbox_port, folder=self.folder, service_token=SERVICE_TOKEN, key=key,
                           database=self.program_database_url(), host_secret=SECRETS["host"],
                           stripe_secret=SECRETS["stripe"], mercadopago_secret=SECRETS["mercadopago"])
        text += "".join("%s = %s\n" % pair for pair in sorted(self.settings.items()))
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(text)

    def program_database_url(self):
        return database_url(self.cluster, self.database, "reserve")

    @property
    def configuration(self):
        return os.path.join(self.folder, "reserve.toml")

    def arguments(self):
        return ["--config", self.configuration, "--clock.offset=%ds" % self.offset]

    def reserve(self, *command, expect=0):
        done = programs.run(list(command) + self.arguments())
        assert done.returncode == expect, "reserve %s: %s\n%s%s" % (" ".join(command), done.returncode, done.stdout, done.stderr)
        return done.stdout

    def start_sandbox(self):
        self.sandbox = programs.Program("sandbox", self.arguments(), os.path.join(self.folder, "sandbox.log"))
        self.sandbox.wait_healthy(self.desk, "/healthz")

    def start_server(self):
        self.server = programs.Program("serve", self.arguments(), os.path.join(self.folder, "serve.log"))
        self.server.wait_healthy(self.client, "/readyz")

    def restart_server(self, kill=False):
        """The clock goes on where it was."""
        if kill:
            self.server.kill()
        else:
            self.server.stop()
        self.client.close()
        self.start_server()

    def stop_programs(self):
        for program in (self.server, self.sandbox):
            if program is not None:
                program.stop()

    def stop(self):
        self.stop_programs()
        if self.on is not None:
            self.on.close()
        run_sql(self.cluster, 'drop database if exists "%s" with (force)' % self.database)

    # -------------------------------------------------------------------------------------------- database

    def sql(self, query, *values):
        """Rows of a query as superuser; row-level security does not hide anything."""
        if self.on is None:
            self.on = psycopg2.connect(database_url(self.cluster, self.database))
            self.on.autocommit = True
            with self.on.cursor() as cursor:
                cursor.execute("set search_path = reserve, public; set timezone = 'UTC'")
        with self.on.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def value(self, query, *values):
        rows = self.sql(query, *values)
        return rows[0][0] if rows else None

    def projected(self, deadline=15):
        """Waits until the tables show everything that the journal has."""
        def behind():
            return self.value("""select coalesce(bool_and(p.applied_seq >= l.head), false) from city_leases l
                                 left join (select city_code, min(applied_seq) applied_seq from journal_positions group by 1) p using (city_code)
                                 where l.city_code = %s""", CITY)

        wait_for("the projector has caught up", behind, deadline)

    def counters(self, stay):
        """(allotment of the Host, temp_holds, bookings_count) of each night."""
        return self.sql("""select host_allotment, temp_holds, bookings_count from availability_calendar
                           where unit_id = %s and date >= %s and date < %s order by date""", stay.unit_id, stay.check_in, stay.check_out)

    def wait_counters(self, stay, holds, bookings):
        wait_for("%s nights with %d held, %d booked" % (stay.nights, holds, bookings),
                 lambda: [row[1:] for row in self.counters(stay)] == [(holds, bookings)] * stay.nights)

    # -------------------------------------------------------------------------------------------- stays and guests

    def units(self):
        if not hasattr(self, "known_units"):
            self.known_units = self.sql("""select p.id::text, u.id::text, p.slug, u.slug, p.host_property_id, u.host_unit_id
                                           from unit_map u join properties_map p on p.id = u.property_id order by u.sort, p.host_property_id""")
            assert len(self.known_units) == 60, "the demo city has 60 units"
        return self.known_units

    def today(self):
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.offset)
        return (now - datetime.timedelta(hours=3)).date()

    def stay(self, nights=2, allotment=None):
        """Free nights that can be booked by two adults. With `allotment` the Host has exactly so many rooms there, and the server knows it."""
        while True:
            row = self.units()[self.next_unit % len(self.units())]
            self.next_unit += 1
            first = self.cursors.get(row[1], self.today() + datetime.timedelta(days=30))
            for days in range(200):
                check_in = first + datetime.timedelta(days=days)
                check_out = check_in + datetime.timedelta(days=nights)
                good = self.value("""select count(*) filter (where is_available and allotment > bookings_count + temp_holds and not closed_to_arrival
                                                             and not closed_to_departure and coalesce(min_stay, 1) <= %s)
                                     from availability_calendar where unit_id = %s and date >= %s and date <= %s""", nights, row[1], check_in, check_out)
                if good == nights + 1:
                    self.cursors[row[1]] = check_out + datetime.timedelta(days=2)
                    stay = Stay(row, check_in, check_out)
                    if allotment is not None:
                        self.set_nights(stay, allotment=allotment)
                    return stay

    def set_nights(self, stay, **change):
        """Changes nights at the Host and waits until they are known here."""
        self.control("host/availability", dict(property_id=stay.host_property_id, room_type_id=stay.host_unit_id,
                                               start_date=str(stay.check_in), end_date=str(stay.check_out), **change))
        if "allotment" in change:
            wait_for("the allotment is known here", lambda: all(row[0] == change["allotment"] for row in self.counters(stay)))

    def guest(self):
        return Guest(self)

    def service(self):
        return {"Authorization": "Bearer " + SERVICE_TOKEN}

    def internal(self, name, body=None):
        return self.client.post("/api/v1/internal/" + name, body or {}, self.service())

    # -------------------------------------------------------------------------------------------- sandbox

    def control(self, path, body=None, method="POST"):
        reply = self.desk.send(method, "/control/" + path, body)
        assert reply.status in (200, 201), "control %s: %s" % (path, reply)
        return reply.json

    def state(self, provider):
        return self.control("state?provider=" + provider, method="GET")

    def calls(self, provider, operation="", after=0):
        path = "calls?provider=%s&limit=1000&after=%d" % (provider, after)
        found = self.control(path + ("&operation=" + operation if operation else ""), method="GET")
        return found["calls"] if isinstance(found, dict) else found

    def last_call(self):
        """Number of the last call that the sandbox has received."""
        after = 0
        while True:
            some = self.calls_after(after)
            if not some:
                return after
            after = max(int(one["id"]) for one in some)

    def calls_after(self, after):
        found = self.control("calls?limit=1000&after=%d" % after, method="GET")
        return found["calls"] if isinstance(found, dict) else found

    def fault(self, provider, operation, effect, **more):
        return self.control("faults", dict(provider=provider, operation=operation, effect=effect, **more))["fault_id"]

    def rule(self, provider, mode, **more):
        return self.control("webhooks/rules", dict(provider=provider, mode=mode, **more))

    def no_faults(self):
        self.control("faults", method="DELETE")
        self.control("webhooks/rules", method="DELETE")

    def host_bookings(self, reference):
        return [one for one in self.state("host")["bookings"] if one["external_reference"] == reference]

    def advance(self, seconds):
        """Moves both programs; answers when everything that became due has been handed on."""
        self.offset = self.control("clock", {"advance_seconds": seconds})["offset_seconds"]

    def now(self):
        return time.time() + self.offset

    def nights_booked_at_the_host(self):
        """Rooms by unit and night of bookings that the Host made itself; they take inventory here without being reservations."""
        units = {row[5]: row[1] for row in self.units()}
        rooms = {}
        for one in self.state("host")["bookings"]:
            if one["external_reference"] or one["status"] == "cancelled":
                continue
            night = datetime.date.fromisoformat(one["check_in"])
            while night < datetime.date.fromisoformat(one["check_out"]):
                rooms[units[one["room_type_id"]], night] = rooms.get((units[one["room_type_id"]], night), 0) + 1
                night += datetime.timedelta(days=1)
        return rooms

    # -------------------------------------------------------------------------------------------- what must always hold

    def inconsistencies(self):
        """Nothing, or one line for each thing that does not agree with another."""
        self.projected()
        found = []
        for (transaction, difference) in self.sql("""select transaction_id, sum(case direction when 'debit' then amount else -amount end)
                                                     from ledger_entries group by 1 having sum(case direction when 'debit' then amount else -amount end) <> 0"""):
            found.append("ledger transaction %s is off by %s" % (transaction, difference))
        for row in self.sql("""
            with nights as (select unit_id, d::date as date, sum(rooms) as rooms from room_availability_holds,
                                   generate_series(start_date, end_date - 1, interval '1 day') d where status = 'active' group by 1, 2)
            select a.unit_id, a.date, a.temp_holds, coalesce(n.rooms, 0) from availability_calendar a left join nights n using (unit_id, date)
             where a.temp_holds <> coalesce(n.rooms, 0)"""):
            found.append("unit %s night %s: %s held in the calendar, %s by holds" % row)
        made_there = self.nights_booked_at_the_host()
        for unit, night, booked, ours in self.sql("""
            with nights as (select n.unit_id, n.date, count(*) as rooms from reservation_nights n join reservations r on r.id = n.reservation_id
                             where r.status not in ('cancelled', 'refund_pending', 'refunded', 'refund_failed') group by 1, 2)
            select a.unit_id::text, a.date, a.bookings_count, coalesce(n.rooms, 0) from availability_calendar a left join nights n using (unit_id, date)
             where a.bookings_count > 0 or n.rooms > 0"""):
            theirs = made_there.get((unit, night), 0)
            if booked != ours + theirs:
                found.append("unit %s night %s: %s booked in the calendar, %s by reservations and %s at the Host" % (unit, night, booked, ours, theirs))
        for row in self.sql("select id, captured, amount_refunded + refund_open from payments where amount_refunded + refund_open > captured"):
            found.append("payment %s: %s captured, %s given back" % row)
        return found
