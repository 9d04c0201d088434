"""A World whose PostgreSQL may be hurt, and the checks after each hurt."""

import contextlib
import datetime
import os

import psycopg2

import programs
from checker import Rows, broken_promises
from load import Load, Wish
from waiting import wait_for
from world import CITY, Stay, World, run_sql

SINGLE_ROOMS = 4  # units of which the Host has one room each night
SINGLE_WISHES = 8  # of each load
SINGLE_DAYS = 299  # so many nights have one room only
OTHER_WISHES = 24


# As usual; and so small that nearly always the rows of a next batch can be copied while one commits.
BATCHES = [1024, 1]


class FaultWorld(World):
    def __init__(self, folder, cluster, settings=None, proxied=None, batch_max=BATCHES[0]):
        super().__init__(folder, settings, cluster=cluster.url())
        self.batch_max = batch_max
        self.postgres = cluster
        self.proxied = proxied
        self.loads = 0
        self.others = []

    def arguments(self):
        return super().arguments() + ["--journal.batch_max=%d" % self.batch_max]

    def program_database_url(self):
        """Through the proxy, where there is one."""
        if self.proxied is None:
            return super().program_database_url()
        return "postgresql://127.0.0.1:%d/%s?user=reserve&sslmode=disable&gssencmode=disable" % (self.proxied.port, self.database)

    def start(self):
        super().start()
        self.make_single_rooms()
        return self

    def start_another_server(self, port):
        """The same configuration at another port is another node."""
        log = os.path.join(self.folder, "serve-%d.log" % (len(self.others) + 2))
        self.others.append(programs.Program("serve", self.arguments() + ["--http.listen=127.0.0.1:%d" % port], log))
        return self.others[-1]

    def stop_programs(self):
        super().stop_programs()
        for one in self.others:
            one.stop()

    def sql(self, query, *values):
        """Asks again where the session did not survive what was done to PostgreSQL; the tests only read."""
        def answered():
            try:
                return [super(FaultWorld, self).sql(query, *values)]
            except (psycopg2.DatabaseError, psycopg2.InterfaceError) as lost:
                if isinstance(lost, (psycopg2.ProgrammingError, psycopg2.DataError)):
                    raise
                if self.on is not None:
                    self.on.close()
                    self.on = None
                raise AssertionError(str(lost))

        return wait_for("PostgreSQL answers", answered, 30)[0]

    def move_journal_to(self, folder):
        """Puts the leaf partitions of the journal into a tablespace of its own at `folder`, or back."""
        if folder is not None:
            run_sql(self.cluster, "create tablespace small location '%s'" % folder)
        leaves = [row[0] for row in self.sql("select inhrelid::regclass::text from pg_inherits where inhparent = 'reserve.journal'::regclass")]
        space = "pg_default" if folder is None else "small"
        for leaf in leaves:
            self.sql("alter table %s set tablespace %s" % (leaf, space))
            for (index,) in self.sql("select indexrelid::regclass::text from pg_index where indrelid = %s::regclass", leaf):
                self.sql("alter index %s set tablespace %s" % (index, space))
        if folder is None:
            run_sql(self.cluster, "drop tablespace if exists small")

    # -------------------------------------------------------------------------------------------- wishes

    def make_single_rooms(self):
        """Units of different properties, because the Host counts requests by property."""
        self.single, self.plenty, properties = [], [], set()
        for row in self.units():
            if len(self.single) < SINGLE_ROOMS and row[0] not in properties:
                properties.add(row[0])
                self.single.append(row)
            else:
                self.plenty.append(row)
        self.days = self.today() + datetime.timedelta(days=30)
        for row in self.single:
            self.control("host/availability", dict(property_id=row[4], room_type_id=row[5], start_date=str(self.days),
                                                   end_date=str(self.days + datetime.timedelta(days=SINGLE_DAYS + 1)), allotment=1))
        wait_for("the Host's single rooms are known here", lambda: self.value(
            "select count(*) from availability_calendar where host_allotment > 1 and unit_id = any(%s::uuid[]) and date >= %s and date < %s",
            [row[1] for row in self.single], self.days, self.days + datetime.timedelta(days=SINGLE_DAYS)) == 0, 30)

    def free_nights(self, units, count):
        """Single nights that are free, evenly over the units; those that nobody has asked for yet come first, then those that were given back."""
        self.asked = getattr(self, "asked", set())
        found = self.sql("""select unit_id::text, date, row_number() over (partition by unit_id order by date) n from availability_calendar
                             where unit_id = any(%s::uuid[]) and date >= %s and date < %s and is_available and bookings_count + temp_holds = 0 and allotment > 0
                               and not closed_to_arrival and not closed_to_departure and coalesce(min_stay, 1) <= 1
                            order by (unit_id::text || date) = any(%s), n, unit_id limit %s""",
                         [row[1] for row in units], self.days, self.days + datetime.timedelta(days=SINGLE_DAYS), sorted(self.asked), count)
        assert len(found) == count, "there are no free nights left"
        rows = {row[1]: row for row in units}
        self.asked.update(unit + str(date) for unit, date, _ in found)
        return [Stay(rows[unit], date, date + datetime.timedelta(days=1)) for unit, date, _ in found]

    def wishes(self):
        single = [Wish(stay, (stay.unit_id, str(stay.check_in))) for stay in self.free_nights(self.single, SINGLE_WISHES)]
        return single * 3 + [Wish(stay, None) for stay in self.free_nights(self.plenty, OTHER_WISHES)]

    @contextlib.contextmanager
    def load(self, **more):
        """A load on rooms of its own; when it ends, everything that it was told must be true."""
        self.loads += 1
        load = Load(self, self.wishes(), self.loads, **more)
        try:
            load.wait_acknowledged(10)
            yield load
        finally:
            history = load.end()
            history.save(os.path.join(self.folder, "history-%d.jsonl" % self.loads))
        self.client.close()
        self.check(history)

    # -------------------------------------------------------------------------------------------- checks

    def projected(self, deadline=60):
        super().projected(deadline)

    def under_way(self):
        """What is not at its end yet."""
        return self.sql("""select 'reservation ' || id, status from reservations where status = 'host_commit_pending'
                 union all select 'refund ' || id, status from refunds where status in ('requested', 'pending', 'processing')
                 union all select 'paid intent ' || i.id, i.status from payments p join booking_intents i on i.id = p.booking_intent_id
                            where p.captured > 0 and i.status not in ('converted', 'expired', 'cancelled')""")

    def settled(self):
        """Waits until no payment and no booking at the Host is under way, and the tables show it."""
        def at_rest():
            left = self.under_way()
            assert not left, left
            return True

        self.projected()
        wait_for("nothing is under way any more", at_rest, 60)
        self.projected()

    def rows(self, history):
        sessions = sorted({one.session for one in history.of("hold")})
        rows = Rows()
        for intent, session, status in self.sql("select id::text, session_id, status from booking_intents where session_id = any(%s)", sessions):
            rows.intents[intent] = (session, status)
        for intent, amount, reservation, refund, problem in self.sql("""
                select p.booking_intent_id::text, sum(p.captured), bool_or(r.id is not null), bool_or(exists (select from refunds f where f.payment_id = p.id)),
                       bool_or(exists (select from exceptions e where e.payment_id = p.id or e.booking_intent_id = p.booking_intent_id))
                  from payments p join booking_intents i on i.id = p.booking_intent_id left join reservations r on r.booking_intent_id = i.id
                 where i.session_id = any(%s) group by 1""", sessions):
            rows.captured[intent] = amount
            rows.ends[intent] = {name for name, there in (("reservation", reservation), ("refund", refund), ("exception", problem)) if there}
        singles = {one.room for one in history.of("hold") if one.room is not None}
        for unit, night, intent in self.sql("""select h.unit_id::text, d::date::text, h.booking_intent_id::text
                                                 from room_availability_holds h, generate_series(h.start_date, h.end_date - 1, interval '1 day') d
                                                where h.status in ('active', 'converted') and h.unit_id = any(%s::uuid[])""", [row[1] for row in self.single]):
            if (unit, night) in singles:
                rows.claims.setdefault((unit, night), []).append(intent)
        return rows

    def check(self, history):
        assert len(history.of("hold")) > 0
        self.settled()
        broken = broken_promises(history, self.rows(history)) + self.inconsistencies()
        assert not broken, "\n".join(str(one) for one in broken)
        assert "equal" in self.reserve("rebuild", "--city", CITY, "--check")
