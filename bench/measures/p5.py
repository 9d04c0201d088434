"""P5: p99 latency in open loop, from when a hold was to be sent.

SQL: pgbench --rate at half of its own peak, at its best client count. Ours at the same rate, first with the tables held back (no projector load), then with the projector
running beside it, and by itself at half of our own peak, which SQL cannot serve."""

import os

import harness
from harness import Row, seconds, spread

UNITS = 2000
BACK = "RESERVE_TEST_PROJECTOR_DELAY_MS"


def ours(bench, rate):
    return bench.load("--units", UNITS, "--rate", int(rate), "--concurrency", 20000, "--warmup", seconds(2, 0.3), "--seconds", seconds(10))


def measure(bench):
    bench.sql_side(UNITS)
    counts = [8] if harness.QUICK else [8, 24]
    peak, clients = bench.pgbench_best(spread(UNITS), counts, seconds(5))
    sql = min(bench.pgbench(spread(UNITS), count, seconds(8), rate=peak / 2)[1] for count in counts)
    os.environ[BACK] = str(int(1000 * (seconds(15, 3))))
    try:
        alone = ours(bench, peak / 2)
    finally:
        del os.environ[BACK]
    beside = ours(bench, peak / 2)
    own_peak = bench.load("--units", UNITS, "--concurrency", 4096, "--warmup", seconds(1, 0.3), "--seconds", seconds(6))["per_second"]
    half = ours(bench, own_peak / 2)
    rate = "at %.0f/s" % (peak / 2)
    lost = "dropped %d" % half["dropped"]
    return [
        Row("P5", "p99 ms %s, tables held back : SQL" % rate, alone["p99_ms"], sql, 0.5, lower=True, note="SQL peak %.0f/s at %d clients" % (peak, clients)),
        Row("P5-projecting", "p99 ms %s, tables followed : SQL" % rate, beside["p99_ms"], sql, 1, lower=True),
        Row("P5-half", "p99 ms at half of our own peak", half["p99_ms"], None, 5, lower=True, note="%.0f/s; %s" % (own_peak / 2, lost)),
    ]
