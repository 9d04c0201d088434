"""The checker itself: histories that no correct system can have must be found out."""

import pytest

from checker import Rows, broken_promises
from history import OK, REFUSED, UNKNOWN, History, Operation, verdict
from client import Reply
from linear import NO_ROOM

ROOM = ("unit", "2027-01-01")


def hold(session, invoked, returned, outcome=OK, code=None, room=ROOM):
    return Operation("hold", session, room, "intent-" + session if outcome == OK else None, invoked, returned, outcome, None, code)


def cancel(session, invoked, returned, outcome=OK):
    return Operation("cancel", session, ROOM, "intent-" + session, invoked, returned, outcome)


def sold_out(session, invoked, returned):
    return hold(session, invoked, returned, REFUSED, NO_ROOM)


def found(operations, status=None, holder=None, **more):
    """Broken promises when the tables show these statuses by session, and `holder` in the room."""
    history = History()
    history.operations = operations
    rows = Rows(intents={"intent-" + name: (name, what) for name, what in (status or {}).items()}, **more)
    if holder:
        rows.claims[ROOM] = ["intent-" + name for name in holder]
    return broken_promises(history, rows)


def test_what_can_happen_breaks_no_promise():
    assert found([hold("a", 0, 1), sold_out("b", 0.5, 2), cancel("a", 3, 5), hold("c", 4, 6)], {"a": "cancelled", "c": "intent_created"}, ["c"]) == []


def test_a_hold_without_an_answer_may_be_there_or_not():
    lost = hold("a", 0, None, UNKNOWN)
    assert found([lost], {"a": "intent_created"}, ["a"]) == []
    assert found([lost]) == []
    assert found([lost, hold("b", 1, 2)], {"b": "intent_created"}, ["b"]) == []
    assert found([lost, sold_out("b", 1, 2)], {"a": "intent_created"}, ["a"]) == []


@pytest.mark.parametrize("operations, status, holder, problem", [
    ([hold("a", 0, 1)], {}, [], "missing"),
    ([hold("a", 0, 1, REFUSED, "SERVICE_UNAVAILABLE", room=None)], {"a": "intent_created"}, [], "refused, but there"),
    ([sold_out("a", 0, 1)], {}, [], "no order"),
    ([hold("a", 0, 1)], {"a": "expired"}, [], "nobody has ended it"),
    ([hold("a", 0, 1), cancel("a", 2, 3)], {"a": "intent_created"}, ["a"], "cancelled, but"),
    ([hold("a", 0, 1), hold("b", 2, 3)], {"a": "intent_created", "b": "intent_created"}, ["a", "b"], "2 claims on the only room"),
    ([hold("a", 0, 1), hold("b", 2, 3), cancel("a", 4, 5)], {"a": "cancelled", "b": "intent_created"}, ["b"], "no order"),
    ([hold("a", 0, 1), cancel("a", 2, 3), sold_out("b", 4, 5)], {"a": "cancelled"}, [], "no order"),
    ([hold("a", 0, None, UNKNOWN), hold("b", 1, 2), sold_out("c", 0.1, 0.5)], {"b": "intent_created"}, ["b"], "no order"),
    ([hold("a", 1, None, UNKNOWN), hold("b", 2, 3), sold_out("c", 0.1, 0.5)], {"b": "intent_created"}, ["b"], "no order"),
    ([hold("a", 0, 1)], {"a": "intent_created"}, [], "no order"),
])
def test_what_cannot_happen_is_found(operations, status, holder, problem):
    lines = found(operations, status, holder)
    assert any(problem in line for line in lines), lines


def test_one_wish_makes_one_intent():
    history = History()
    history.operations = [hold("a", 0, 1, room=None)]
    rows = Rows(intents={"intent-a": ("a", "intent_created"), "intent-a-again": ("a", "intent_created")})
    assert any("2 intents" in line for line in broken_promises(history, rows))


def test_money_has_an_end():
    paid = [hold("a", 0, 1), Operation("pay", "a", None, "intent-a", 2, 3, OK)]
    fine = {"a": "converted"}
    assert any("no payment is there" in line for line in found(paid, fine, ["a"]))
    assert any("neither reservation nor refund" in line for line in found(paid, fine, ["a"], captured={"intent-a": 100}))
    for end in ("reservation", "refund", "exception"):
        assert found(paid, fine, ["a"], captured={"intent-a": 100}, ends={"intent-a": {end}}) == []


def reply(status, effect=None):
    details = '{"effect": "%s"}' % effect if effect else "null"
    return Reply(status, [], ('{"success": false, "error": {"code": "X", "details": %s}}' % details).encode())


@pytest.mark.parametrize("answer, outcome", [
    (reply(201), OK), (reply(409), REFUSED), (reply(429), REFUSED), (reply(503, "none"), REFUSED), (reply(503, "unknown"), UNKNOWN), (reply(503), UNKNOWN),
    (reply(500), UNKNOWN), (reply(502), UNKNOWN),
])
def test_an_answer_says_itself_whether_there_is_an_effect(answer, outcome):
    assert verdict(answer) == outcome
