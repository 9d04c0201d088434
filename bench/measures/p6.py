"""P6: accepted holds a second over HTTP at three times what the server can take, against its own peak.

Peak: closed loop. Overload: open loop at three times that rate over many connections. What is not accepted must have been answered with 429 or 503; a connection that breaks
or an answer that never comes is an error and fails the measure. Requests that found no free connection were never sent: they are told as dropped."""

import harness
from harness import Failed, Row, seconds

UNITS, PROPERTIES = 2000, 400


def measure(bench):
    bench.load("--city-only", "--units", UNITS, "--properties", PROPERTIES)
    server = bench.serve()
    common = ["--http", bench.http, "--city", "LOAD", "--warmup", seconds(2, 0.3), "--seconds", seconds(12)]
    peak = max(bench.load(*common, "--concurrency", count)["per_second"] for count in ([128] if harness.QUICK else [64, 256]))
    over = bench.load(*common, "--concurrency", 3000, "--rate", int(3 * peak))
    bench.stop(server)
    if over["errors"]:
        raise Failed("%d requests were neither answered nor refused" % over["errors"])
    note = "refused with 429/503 %d, never sent %d" % (over["overloaded"], over["dropped"])
    return [Row("P6", "accepted/s at 3x overload : own peak", over["per_second"], peak, 0.9, note=note)]
