"""What clients have asked and what they were told, with times: the only witness of a fault."""

import dataclasses
import json
import threading
import time

OK = "ok"  # the effect was promised
REFUSED = "refused"  # the answer says that there is no effect
UNKNOWN = "unknown"  # no answer, or one that says that nobody knows


@dataclasses.dataclass
class Operation:
    kind: str  # hold, cancel or pay
    session: str
    room: object = None  # a room-night of which there is only one; None: rooms enough for everybody
    intent: str = None
    invoked: float = 0.0
    returned: float = None
    outcome: str = UNKNOWN
    status: int = None
    code: str = None

    def __str__(self):
        until = "       -" if self.returned is None else "%8.3f" % self.returned
        return "%8.3f %s %-6s %-7s %s %s %s %s" % (self.invoked, until, self.kind, self.outcome, self.status, self.code, self.session, self.intent)


def verdict(reply):
    """OK, REFUSED or UNKNOWN, as the answer itself says (commit-protocol §12)."""
    if reply.status < 300:
        return OK
    if reply.status < 500:
        return REFUSED
    try:
        effect = (reply.details or {}).get("effect")
    except (KeyError, TypeError, ValueError):
        effect = None
    return REFUSED if reply.status == 503 and effect == "none" else UNKNOWN


class History:
    def __init__(self):
        self.lock = threading.Lock()
        self.operations = []
        self.began = time.monotonic()

    def now(self):
        return time.monotonic() - self.began

    def invoke(self, kind, session, **more):
        one = Operation(kind, session, invoked=self.now(), **more)
        with self.lock:
            self.operations.append(one)
        return one

    def answered(self, one, reply):
        one.outcome = verdict(reply)
        one.status = reply.status
        one.code = None if reply.status < 300 else reply.code
        # An unknown effect may still happen: the operation stays open.
        one.returned = self.now() if one.outcome != UNKNOWN else None

    def of(self, kind, outcome=None):
        with self.lock:
            return [one for one in self.operations if one.kind == kind and outcome in (None, one.outcome)]

    def save(self, path):
        with self.lock, open(path, "w", encoding="utf-8") as file:
            for one in self.operations:
                file.write(json.dumps(dataclasses.asdict(one), default=str) + "\n")
