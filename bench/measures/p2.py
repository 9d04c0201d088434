"""P2 and P3: the same as P1 with everybody after one unit, and what of P1 is left of it.

Ours and SQL as in P1, one hot unit; SQL's row locks make one or two clients its best. P3 divides P2 by a P1 of the same length, each side its own."""

import harness
from harness import HOT, Row, seconds, spread
from measures.p1 import best_of_ours

UNITS = 2000


def measure(bench):
    bench.sql_side(UNITS)
    sql, clients = bench.pgbench_best(HOT, [1, 2] if harness.QUICK else [1, 2, 4], seconds(6))
    spread_sql, _ = bench.pgbench_best(spread(UNITS), [24], seconds(6))
    bench.check_sql_side()
    hot, flying = best_of_ours(bench, ["--units", UNITS, "--hot"], [4096])
    even, _ = best_of_ours(bench, ["--units", UNITS])
    ours = hot / even
    return [
        Row("P2", "holds/s, one hot unit, acknowledged : SQL", hot, sql, 40, note="%d clients; ours %d in flight" % (clients, flying)),
        Row("P3", "P2 / P1, ours : SQL's", ours, sql / spread_sql, 0.8, unit="of P1", ratio=ours),
    ]
