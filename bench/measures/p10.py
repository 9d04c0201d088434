"""P10: 100,000 holds that are due in one second: all released a second later, none early, while other holds keep their p99.

`reserve load --what expiry`, ours alone. Released = the record that ends the hold is committed. The p99 of other holds (open loop, 1,000/s) in the seconds before is compared
with that of the seconds from the first deadline on."""

import harness
from harness import Row

HOLDS, UNITS = 100000, 2000


def measure(bench):
    holds = 5000 if harness.QUICK else HOLDS
    done = bench.load("--what", "expiry", "--units", UNITS, "--requests", holds, "--concurrency", 2048)
    note = "%d early, the latest %.2f s after its deadline, all due within %.2f s" % (done["early"], done["latest_s"], done["due_within_s"])
    kept = "p99 %.2f ms before, %.2f ms meanwhile" % (done["p99_before_ms"], done["p99_meanwhile_ms"])
    return [
        Row("P10", "of %d holds due in one second, released within 1 s" % done["holds"], done["in_time"] / done["holds"] if not done["early"] else 0, None, 1, note=note),
        Row("P10-p99", "p99 of other holds meanwhile : before", done["p99_meanwhile_ms"], done["p99_before_ms"], 1.5, unit="ms", note=kept, lower=True),
    ]
