"""P9: resident memory per idle unit with a calendar of two years: the catalogue's part, the index and whatever its actor keeps.

The server is started over a small city and over one with many more units; the difference of its resident memory once the index stands and those calendars rest that
nobody has asked (after half a minute), divided by the difference of the units. Nothing to compare with; a million units in one process is this figure times a million."""

import time

import harness
from harness import Row, resident_kib

DAYS = 730


def resident(bench, units):
    bench.load("--city-only", "--units", units, "--properties", max(1, units // 5), "--days", DAYS)
    server = bench.serve()
    time.sleep(5 if harness.QUICK else 50)
    seen = [resident_kib(server.process.pid)]
    for _ in range(40):  # until it has stopped changing
        time.sleep(0.5)
        seen.append(resident_kib(server.process.pid))
        if len(seen) > 6 and max(seen[-6:]) - min(seen[-6:]) < 256:
            break
    bench.stop(server)
    return seen[-1]


def measure(bench):
    few, many = (50, 250) if harness.QUICK else (100, 4100)
    small = resident(bench, few)
    large = resident(bench, many)
    each = (large - small) / (many - few)
    return [Row("P9", "KiB per idle unit, 2-year calendar", each, None, 4, lower=True, note="a million units: %.1f GiB" % (each * 1e6 / 2**20))]
