"""Compares what clients were told with what the database says. Every line it answers is a broken promise."""

import dataclasses

from history import OK, REFUSED
from linear import is_linearizable

LIVE = ("intent_created", "payment_pending", "payment_confirmed", "awaiting_confirmation", "converted")


@dataclasses.dataclass
class Rows:
    """What the tables say, of the sessions of a history."""

    intents: dict = dataclasses.field(default_factory=dict)  # id -> (session, status)
    captured: dict = dataclasses.field(default_factory=dict)  # intent -> amount that came in
    ends: dict = dataclasses.field(default_factory=dict)  # intent -> set of: reservation, refund, exception
    claims: dict = dataclasses.field(default_factory=dict)  # room-night -> intents that hold or have booked it


def broken_promises(history, rows):
    by_session = {}
    for intent, (session, status) in rows.intents.items():
        by_session.setdefault(session, []).append((intent, status))
    return (holds(history, rows, by_session) + cancellations(history, rows) + payments(history, rows) + single_claims(rows)
            + order_of_claims(history, rows))


def holds(history, rows, by_session):
    found = []
    for one in history.of("hold"):
        there = by_session.get(one.session, [])
        if len(there) > 1:
            found.append("one wish, %d intents: %s" % (len(there), one))
        if one.outcome == OK and one.intent not in rows.intents:
            found.append("acknowledged, but missing: %s" % one)
        if one.outcome == REFUSED and there:
            found.append("refused, but there: %s" % one)
    ended = {one.intent for one in history.of("cancel")}
    for one in history.of("hold", OK):
        status = rows.intents.get(one.intent, (None, "converted"))[1]
        if one.intent not in ended and status not in LIVE:
            found.append("nobody has ended it, but it is %s: %s" % (status, one))
    return found


def cancellations(history, rows):
    return ["cancelled, but %s: %s" % (rows.intents.get(one.intent, (None, "missing"))[1], one) for one in history.of("cancel", OK)
            if rows.intents.get(one.intent, (None, None))[1] != "cancelled"]


def payments(history, rows):
    found = []
    for one in history.of("pay", OK):
        if not rows.captured.get(one.intent):
            found.append("the guest was told that he has paid, but no payment is there: %s" % one)
    for intent in rows.captured:
        if rows.captured[intent] and not rows.ends.get(intent):
            found.append("paid, but neither reservation nor refund nor exception: intent %s" % intent)
    return found


def single_claims(rows):
    return ["%d claims on the only room of %s: %s" % (len(holders), room, holders) for room, holders in rows.claims.items() if len(holders) > 1]


def order_of_claims(history, rows):
    by_room = {}
    rooms_of = {}
    for one in history.of("hold"):
        if one.room is not None:
            by_room.setdefault(one.room, []).append(one)
            rooms_of[one.session] = one.room
    for one in history.of("cancel"):
        if one.session in rooms_of:
            by_room[rooms_of[one.session]].append(one)
    found = []
    for room, operations in by_room.items():
        holders = rows.claims.get(room) or [None]
        holder = rows.intents[holders[0]][0] if holders[0] in rows.intents else holders[0]
        if not is_linearizable(operations, holder):
            found.append("no order of these answers is possible on %s, held by %s:\n    %s" % (room, holder, "\n    ".join(str(one) for one in operations)))
    return found
