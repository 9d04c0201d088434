"""P7: search for five nights in a city of 1,000 properties with 5,000 units, a full JSON page each time.

Ours: `reserve serve` over HTTP, at its best number of connections, and its p99 with 100 of them that ask without a pause. SQL: the join on availability_calendar with the indexes it likes best, the same catalogue and nights, JSON made in the database
(baseline/search.sql), by pgbench with prepared statements: no HTTP at all, which favours it. hello: bare Beast with a constant answer of the size of our page."""

import datetime
import os
import urllib.request

import harness
from harness import Failed, Row, seconds

UNITS, PROPERTIES, DAYS = 5000, 1000, 120
SCRIPT = "\\set d random(2, 100)\nselect bench.search(current_date + :d::int, current_date + :d::int + 5, 2);\n"


USERS = 100


def pages(bench, url):
    """Of each number of connections what came of it."""
    return {count: bench.load("--http", url, "--city", "LOAD", "--what", "search", "--days", DAYS, "--concurrency", count, "--warmup", seconds(1, 0.2), "--seconds", seconds(6))
            for count in ([USERS] if harness.QUICK else [8, 32, USERS])}


def best_of(found):
    return max((done["per_second"], count) for count, done in found.items())


def page_of(bench):
    first = datetime.date.today() + datetime.timedelta(days=10)
    with urllib.request.urlopen("%s/api/v1/search?city_code=LOAD&check_in=%s&check_out=%s&adults=2" % (bench.http, first, first + datetime.timedelta(days=5)), timeout=10) as answer:
        return answer.read().decode()


def measure(bench):
    bench.load("--city-only", "--units", UNITS, "--properties", PROPERTIES, "--days", DAYS)
    bench.copy_nights()
    bench.psql("-f", os.path.join(harness.BASELINE, "search.sql"))
    total = bench.psql("-c", "select (bench.search(current_date + 10, current_date + 15, 2)::json -> 'data' ->> 'total')")
    sql, clients = bench.pgbench_best(SCRIPT, [2] if harness.QUICK else [2, 4, 8], seconds(6))
    server = bench.serve()
    page = page_of(bench)
    if '"total":%s,' % total not in page:
        raise Failed("the two sides do not find the same: SQL %s properties" % total)
    found = pages(bench, bench.http)
    ours, count = best_of(found)
    bench.stop(server)
    hello = bench.start_other("bench_hello", bench.hello_port, len(page.encode()), port=bench.hello_port)
    bare, _ = best_of(pages(bench, "http://127.0.0.1:%d" % bench.hello_port))
    bench.stop(hello)
    return [
        Row("P7", "search pages/s : SQL join", ours, sql, 50, note="page of %d bytes, %d connections; SQL %d clients" % (len(page), count, clients)),
        Row("P7-hello", "search pages/s : hello server", ours, bare, 0.5),
        Row("P7-users", "p99 of a page in ms, %d users who ask without a pause" % USERS, found[USERS]["p99_ms"], None, 5, unit="ms", lower=True,
            note="%.0f pages/s" % found[USERS]["per_second"]),
    ]
