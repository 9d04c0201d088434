"""Is there an order of what happened to one room-night that fits every answer? (Wing and Gong's search, with a memory of what was tried.)

The room has one holder or none. A hold that was acknowledged found it free; one that was refused for want of rooms found it taken; a cancellation ended the claim of
its own holder. Operations without an answer happened at some moment after they were asked, or never.
"""

from history import OK, REFUSED, UNKNOWN

NO_ROOM = "INSUFFICIENT_INVENTORY"
FREE = None


def tells_something(one):
    """Refusals for other reasons say nothing about the room; an attempt that may have had an effect does."""
    if one.kind == "hold":
        return one.outcome in (OK, UNKNOWN) or one.code == NO_ROOM
    return one.kind == "cancel" and one.outcome in (OK, UNKNOWN)


def after(one, holder):
    """The holder once `one` has happened, or False where it cannot happen."""
    if one.kind == "hold":
        if one.outcome == REFUSED:
            return holder if holder is not FREE else False
        return one.session if holder is FREE else False
    return FREE if holder == one.session else False


def is_linearizable(operations, holder_at_last):
    """`operations` of one room-night, and the session that holds it at the end (or None)."""
    known = sorted((one for one in operations if tells_something(one)), key=lambda one: one.invoked)
    needed = sum(1 << n for n, one in enumerate(known) if one.outcome != UNKNOWN)
    seen = set()
    todo = [(0, FREE)]
    while todo:
        state = todo.pop()
        if state in seen:
            continue
        seen.add(state)
        done, holder = state
        if done & needed == needed and holder == holder_at_last:
            return True
        first_return = min((one.returned for n, one in enumerate(known) if not done >> n & 1 and one.returned is not None), default=float("inf"))
        for n, one in enumerate(known):
            if one.invoked > first_return:
                break
            if done >> n & 1:
                continue
            holder_then = after(one, holder)
            if holder_then is not False:
                todo.append((done | 1 << n, holder_then))
    return False
