"""P2 and P3: the same as P1 with everybody after one unit, and what of P1 is left of it.

Ours and SQL as in P1, one hot unit; SQL's row locks make one or two clients its best. Each of our bursts has a unit of its own: on a fast machine one does not have rooms for
two. P3 divides P2 by a P1 of the same length, each side its own."""

import itertools

import harness
from harness import HOT, Row, best_of_bursts, seconds, spread
from measures.p1 import best_of_ours, burst

UNITS = 2000


def measure(bench):
    bench.sql_side(UNITS)
    sql, clients = bench.pgbench_best(HOT, [1, 2] if harness.QUICK else [1, 2, 4], seconds(6))
    spread_sql, _ = bench.pgbench_best(spread(UNITS), [24], seconds(6))
    bench.check_sql_side()
    unit = itertools.count()
    hot, flying = best_of_bursts([4096], lambda count: burst(bench, ["--units", UNITS, "--hot", "--hot-unit", next(unit)], count))
    even, _ = best_of_ours(bench, ["--units", UNITS])
    ours = hot / even
    return [
        Row("P2", "holds/s, one hot unit, acknowledged : SQL", hot, sql, 40, note="%d clients; ours %d in flight" % (clients, flying)),
        Row("P3", "P2 / P1, ours : SQL's", ours, sql / spread_sql, 0.8, unit="of P1", ratio=ours),
    ]
