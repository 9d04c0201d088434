"""The one place where tests wait: for a condition, up to a deadline."""

import os
import threading
import time

POLL_EVERY = 0.03

# Whoever holds the projector back, or runs a slow build, gets more time.
PROJECTOR_DELAY = int(os.environ.get("RESERVE_TEST_PROJECTOR_DELAY_MS", "0") or 0) / 1000.0
SLOWNESS = 4.0 if any(kind in os.environ.get("RESERVE_BINARY", "") for kind in ("/asan/", "/tsan/")) else 1.0


def pause(seconds):
    threading.Event().wait(seconds)


def wait_for(what, condition, deadline=15.0):
    """Answers the first true value of `condition()`. An AssertionError inside counts as not yet."""
    ends = time.monotonic() + deadline * SLOWNESS + 3 * PROJECTOR_DELAY
    last = None
    while True:
        try:
            last = condition()
            if last:
                return last
        except AssertionError as not_yet:
            last = not_yet
        if time.monotonic() > ends:
            raise AssertionError("not within %.0f s: %s; last: %s" % (deadline, what, last))
        pause(POLL_EVERY)
