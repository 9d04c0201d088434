"""Guests that hold, cancel and pay while something breaks. Everything they are told goes into the history."""

import collections
import http.client
import random
import threading
import uuid

from history import OK, UNKNOWN, History
from linear import NO_ROOM
from waiting import pause, wait_for

GUESTS_AT_ONCE = 6
KEPT_SINGLE, KEPT_OTHER, PAID = 3, 12, 4  # claims of a load that stay; all others go back, so that there are rooms as long as it lasts

# A room-night of which there is only one, or a stay with rooms for everybody: what the recorder needs to know of a wish.
Wish = collections.namedtuple("Wish", "stay room")


class Load:
    def __init__(self, world, wishes, seed, guests=GUESTS_AT_ONCE):
        self.world = world
        self.wishes = wishes
        self.may_stay = {"single": KEPT_SINGLE, "other": KEPT_OTHER, "paid": PAID}
        self.history = History()
        self.stopped = threading.Event()
        self.broken = []
        self.threads = [threading.Thread(target=self.run, args=(random.Random(seed * 1000 + n),), daemon=True) for n in range(guests)]
        for thread in self.threads:
            thread.start()

    def run(self, chance):
        while not self.stopped.is_set():
            try:
                self.one_guest(chance)
            except ConnectionRefusedError:
                pause(0.02)
            except Exception as wrong:  # a fault of the test, told by end()
                self.broken.append(repr(wrong))
                return

    def one_guest(self, chance):
        wish = chance.choice(self.wishes)
        guest = self.world.guest()
        key = {"Idempotency-Key": str(uuid.uuid4())} if chance.random() < 0.5 else None
        hold = self.history.invoke("hold", guest.session, room=wish.room)
        reply = self.ask(hold, lambda: guest.try_hold(wish.stay, headers=key), again=key is not None)
        if hold.outcome == OK:
            hold.intent = reply.data["booking_intent_id"]
            self.go_on(chance, guest, hold)
        pause(0.005 if hold.outcome == OK else 0.01)

    def stays(self, what):
        with self.history.lock:
            self.may_stay[what] -= 1
            return self.may_stay[what] >= 0

    def go_on(self, chance, guest, hold):
        act = chance.random()
        if act < 0.1 and hold.room is None and self.stays("paid"):
            self.pay(guest, hold)
        elif act > 0.2 or not self.stays("other" if hold.room is None else "single"):
            cancel = self.history.invoke("cancel", guest.session, intent=hold.intent)
            self.ask(cancel, lambda: guest.cancel(hold.intent), again=chance.random() < 0.5)

    def pay(self, guest, hold):
        try:
            if guest.try_traveler(hold.intent).status != 200:
                return
        except (OSError, http.client.HTTPException):
            return
        pay = self.history.invoke("pay", guest.session, intent=hold.intent)
        reply = self.ask(pay, lambda: guest.try_card(hold.intent, "pm_card_visa"), again=False)
        if pay.outcome == OK and reply.data["status"] != "succeeded":
            pay.outcome = UNKNOWN

    def ask(self, operation, send, again):
        """Asks until there is an answer that says something, or once. The answer, or None."""
        reply = None
        asked = False
        while True:
            try:
                reply = send()
                # A repeat that meets its first try, or does not get through, says nothing; but "no room" means that the first try never happens either.
                says_nothing = asked and reply.status not in (200, 201) and reply.code != NO_ROOM
                if not says_nothing:
                    self.history.answered(operation, reply)
                    if operation.outcome != UNKNOWN:
                        return reply
            except ConnectionRefusedError:
                if not asked:
                    # It never left: nobody has asked for anything.
                    with self.history.lock:
                        self.history.operations.remove(operation)
                    raise
            except (OSError, http.client.HTTPException):
                pass
            asked = True
            if not again or self.stopped.is_set():
                return reply
            pause(0.03)

    def acknowledged(self):
        return len(self.history.of("hold", OK))

    def wait_acknowledged(self, more, deadline=60):
        wanted = self.acknowledged() + more

        def reached():
            assert not self.broken, self.broken
            return self.acknowledged() >= wanted

        wait_for("%d more holds are acknowledged" % more, reached, deadline)

    def end(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)
        assert not self.broken, self.broken
        return self.history
