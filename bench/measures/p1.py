"""P1: durable 3-night holds a second over 2,000 units.

Ours: `reserve load` sends commands straight to the actors, at its best number in flight. Acknowledged = committed in the journal: after a warm-up, short bursts that find
every table caught up, and are over before the tables follow. Sustained = all that was acknowledged in 60 s divided by the time until every table that the SQL side also writes has
caught up; new guests wait there once the tables are half of admission.lag_max behind, as they do at the gateway. SQL: one PL/pgSQL function per hold (baseline/hold.sql) by
pgbench, prepared, at its best client count. Strong SQL: one batcher, an array-valued function, one commit per batch, at its best batch size. Zipf 1 and 2 stand beside it for
ours and SQL."""

import harness
from harness import Failed, Row, best_of_bursts, seconds, spread, zipf

UNITS = 2000
BURST = 0.8  # seconds: what is committed in it is less than the projector gathers (100,000 records), also on a fast machine.


def strong(bench):
    best = (0, 0)
    for size in ([500] if harness.QUICK else [500, 1000]):
        script = "select bench.hold_batch(%d, %d, 55);\n" % (size, UNITS)
        rate = bench.pgbench(script, 1, seconds(6)) * size
        best = max(best, (rate, size))
    harness.say("strong SQL %.0f/s at batches of %d" % best)
    return best


def burst(bench, arguments, flying, warmup=None):
    done = bench.load(*arguments, "--concurrency", flying, "--warmup", warmup or seconds(1, 0.3), "--settled", "--seconds", 0.3 if harness.QUICK else BURST)
    if done["refused"] > done["acknowledged"] / 100:
        raise Failed("the rooms are sold out: %d refused" % done["refused"])
    return done["per_second"]


def best_of_ours(bench, arguments, in_flight=(4096, 8192)):
    return best_of_bursts(in_flight[:1] if harness.QUICK else in_flight, lambda flying: burst(bench, arguments, flying))


def measure(bench):
    bench.sql_side(UNITS)
    sql, clients = bench.pgbench_best(spread(UNITS), [24] if harness.QUICK else [8, 24, 48], seconds(6))
    batch, size = strong(bench)
    bench.check_sql_side()
    ours, flying = best_of_ours(bench, ["--units", UNITS])
    longer = bench.load("--units", UNITS, "--concurrency", flying, "--paced", "--seconds", seconds(60))
    harness.say("acknowledged in the long run %.0f/s" % longer["per_second"])
    note = "%d clients; ours %d in flight" % (clients, flying)
    strong_note = "batches of %d" % size
    rows = [
        Row("P1", "holds/s, 2,000 units, acknowledged : SQL", ours, sql, 12, note=note),
        Row("P1-strong", "the same : strong SQL", ours, batch, 4, note=strong_note),
        Row("P1-sustained", "tables caught up : SQL", longer["sustained_per_second"], sql, 5, note=note),
        Row("P1-sustained-strong", "tables caught up : strong SQL", longer["sustained_per_second"], batch, 2, note=strong_note),
    ]
    for exponent, skew in ((1, "1.001"), (2, "2.0")):
        other, count = bench.pgbench_best(zipf(UNITS, skew), [8] if harness.QUICK else [2, 8], seconds(4))
        skewed = burst(bench, ["--units", UNITS, "--zipf", exponent], flying)
        rows.append(Row("P1-zipf%d" % exponent, "holds/s, Zipf %d : SQL" % exponent, skewed, other, None, note="%d clients" % count))
    return rows
