"""P12: what growth costs: P1 with ten times the units and ten times the journal, against its own figure.

First P1's 2,000 units on a short journal; then 20,000 units after the journal has become at least ten times as long."""

import harness
from harness import Row, best_of_bursts, seconds
from measures.p1 import burst


def rate(bench, units, warmup):
    """As in P1, after a warm-up in which nearly every calendar was asked once."""
    return best_of_bursts([4096], lambda flying: burst(bench, ["--units", units], flying, warmup), times=2)[0]


def head(bench):
    return int(bench.psql("-c", "select max(seq) from reserve.journal where city_code = 'LOAD'"))


def measure(bench):
    units = 200 if harness.QUICK else 2000
    small = rate(bench, units, 0.1 if harness.QUICK else 0.5)
    first = head(bench)
    while head(bench) < 10 * first:
        bench.load("--units", units * 10, "--concurrency", 4096, "--requests", min(1_000_000, 10 * first - head(bench) + 1))
    large = rate(bench, units * 10, seconds(4, 0.5))
    return [Row("P12", "holds/s, 10x units, 10x journal : before", large, small, 0.9, note="journal of %d, then %d records" % (first, head(bench)))]
