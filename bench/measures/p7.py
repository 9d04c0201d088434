"""P7: search for five nights in a city of 1,000 properties with 5,000 units, a full JSON page each time.

Ours: `reserve serve` over HTTP. SQL: the join on availability_calendar with the indexes it likes best, the same catalogue and nights, JSON made in the database
(baseline/search.sql), by pgbench with prepared statements: no HTTP at all, which favours it. hello: bare Beast with a constant answer of the size of our page."""

import datetime
import os
import urllib.request

import harness
from harness import Failed, Row, seconds

UNITS, PROPERTIES, DAYS = 5000, 1000, 120
SCRIPT = "\\set d random(2, 100)\nselect bench.search(current_date + :d::int, current_date + :d::int + 5, 2);\n"


def pages(bench, url, *more):
    best = (0, 0, {})
    for count in ([32] if harness.QUICK else [8, 32, 100]):
        done = bench.load("--http", url, "--city", "LOAD", "--what", "search", "--days", DAYS, "--concurrency", count, "--warmup", seconds(1, 0.2), "--seconds", seconds(6), *more)
        best = max(best, (done["per_second"], count, done), key=lambda one: one[0])
    return best


def page_of(bench):
    first = datetime.date.today() + datetime.timedelta(days=10)
    with urllib.request.urlopen("%s/api/v1/search?city_code=LOAD&check_in=%s&check_out=%s&adults=2" % (bench.http, first, first + datetime.timedelta(days=5)), timeout=10) as answer:
        return answer.read().decode()


def measure(bench):
    bench.load("--city-only", "--units", UNITS, "--properties", PROPERTIES, "--days", DAYS)
    bench.copy_nights()
    bench.psql("-f", os.path.join(harness.BASELINE, "search.sql"))
    found = bench.psql("-c", "select (bench.search(current_date + 10, current_date + 15, 2)::json -> 'data' ->> 'total')")
    sql, clients = bench.pgbench_best(SCRIPT, [2] if harness.QUICK else [2, 4, 8], seconds(6))
    server = bench.serve()
    page = page_of(bench)
    if '"total":%s,' % found not in page:
        raise Failed("the two sides do not find the same: SQL %s properties" % found)
    ours, count, figures = pages(bench, bench.http)
    bench.stop(server)
    hello = bench.start_other("bench_hello", bench.hello_port, len(page.encode()), port=bench.hello_port)
    bare, _, _ = pages(bench, "http://127.0.0.1:%d" % bench.hello_port)
    bench.stop(hello)
    return [
        Row("P7", "search pages/s : SQL join", ours, sql, 50, note="page of %d bytes, %d connections, p99 %.1f ms; SQL %d clients" % (len(page), count, figures["p99_ms"], clients)),
        Row("P7-hello", "search pages/s : hello server", ours, bare, 0.5),
    ]
