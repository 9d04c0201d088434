"""P11: from kill -9 to the first accepted hold, with 100,000 live holds in a city of 5,000 units.

The holds are placed over HTTP; then the server is killed and at once started again, and one guest asks for a hold until it is accepted."""

import datetime
import http.client
import json
import time

import harness
from harness import Failed, Row
from client import Client


def one_room(port):
    data = Client(port).get("/api/v1/properties/load-0?city_code=LOAD").data
    return data["id"], data["unit_types"][0]["id"]


def try_hold(port, property_id, unit_id, number):
    arrives = datetime.date.today() + datetime.timedelta(days=20)
    body = json.dumps({"city_code": "LOAD", "property_id": property_id, "unit_id": unit_id, "check_in": str(arrives), "check_out": str(arrives + datetime.timedelta(days=3)),
                       "guests": 1})
    try:
        on = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        on.request("POST", "/api/v1/booking-intents", body, {"Content-Type": "application/json", "X-Session-Id": "after-the-crash-%d" % number})
        return on.getresponse().status
    except OSError:
        return 0


def measure(bench):
    units, holds = (200, 2000) if harness.QUICK else (5000, 100_000)
    bench.load("--city-only", "--units", units, "--properties", units // 5)
    server = bench.serve()
    property_id, unit_id = one_room(bench.http_port)
    live = 0
    for _ in range(5):  # What is refused for overload is asked again.
        live += bench.load("--http", bench.http, "--city", "LOAD", "--requests", holds - live, "--concurrency", 256)["acknowledged"]
        if live >= holds:
            break
    server.kill()
    bench.running.remove(server)
    started = time.monotonic()
    server = bench.start("serve")
    number = 0
    while try_hold(bench.http_port, property_id, unit_id, number) != 201:
        number += 1
        if time.monotonic() - started > 120 or not server.is_alive():
            raise Failed("no hold was accepted after the crash:\n" + server.tail())
        time.sleep(0.005)
    took = time.monotonic() - started
    ready = time.monotonic()
    server.wait_healthy(Client(bench.http_port), "/readyz", 60)
    return [Row("P11", "s from kill -9 to the first hold", took, None, 2, lower=True, note="%d live holds, %d units; ready after %.1f s" % (live, units, took + time.monotonic() - ready))]
