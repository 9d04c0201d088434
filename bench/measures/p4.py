"""P4: holds a second over HTTP with keep-alive, 2,000 units.

Ours: `reserve serve`, in bursts of some seconds that find every table caught up, as in P1. Other side: the same gateway (server, routes, validation, rendering), but each hold
is a call of the PL/pgSQL function of P1 on a pool of sessions (baseline/sql_gateway.cpp), at its best number of sessions. The same generator drives both, each at its best
number of connections."""

import harness
from harness import Row, best_of_bursts, seconds

UNITS, PROPERTIES = 2000, 400


def burst(bench, url, connections, *more):
    bench.caught_up()
    return bench.load("--http", url, "--city", "LOAD", "--days", 60, "--concurrency", connections, "--warmup", seconds(1, 0.3), "--seconds", seconds(3), *more)["per_second"]


def best_of(bench, url, *more):
    return best_of_bursts([128] if harness.QUICK else [128, 256, 512], lambda connections: burst(bench, url, connections, *more))


def measure(bench):
    bench.sql_side(UNITS)
    other = (0, 0, 0)
    for sessions in ([16] if harness.QUICK else [8, 24]):
        program = bench.start_other("bench_sql_gateway", bench.hello_port, bench.super_url, UNITS, PROPERTIES, sessions, port=bench.hello_port)
        other = max(other, best_of(bench, "http://127.0.0.1:%d" % bench.hello_port, "--unchecked") + (sessions,))
        bench.stop(program)
    bench.check_sql_side()
    harness.say("gateway on SQL %.0f/s with %d connections and %d sessions" % other)
    bench.load("--city-only", "--units", UNITS, "--properties", PROPERTIES)
    server = bench.serve()
    ours, count = best_of(bench, bench.http)
    bench.stop(server)
    return [Row("P4", "holds/s over HTTP : the same gateway on SQL", ours, other[0], 4, note="%d connections; SQL %d connections, %d sessions" % ((count,) + other[1:]))]
