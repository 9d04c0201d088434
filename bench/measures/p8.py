"""P8: refusals a second of sold-out nights, 2,000 units.

Ours: `reserve load --what refusals`: every night is sold first, then everybody is refused, and nobody may be accepted. SQL: the function of P1 on full nights. The note tells
the same function with a look before its lock, which a user could add."""

import harness
from harness import Row, seconds, spread

UNITS = 2000


def measure(bench):
    bench.sql_side(UNITS, rooms=1)
    bench.psql("-c", "update bench.availability_calendar set bookings_count = 1", "-c", "vacuum analyze bench.availability_calendar")
    counts = [8] if harness.QUICK else [4, 8, 24]
    sql, clients = bench.pgbench_best(spread(UNITS), counts, seconds(6))
    looking, _ = bench.pgbench_best(spread(UNITS, "hold_looking_first"), counts, seconds(6))
    ours = bench.load("--what", "refusals", "--units", UNITS, "--concurrency", 4096, "--warmup", seconds(1, 0.2), "--seconds", seconds(8))["per_second"]
    return [Row("P8", "refusals/s of a sold-out night : SQL", ours, sql, 20, note="%d clients; SQL looking before it locks: %.0f/s, ratio %.1f" % (clients, looking, ours / looking))]
