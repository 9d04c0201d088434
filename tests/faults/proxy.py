"""A TCP proxy between the program and PostgreSQL that knows enough of the protocol to cut a connection at its COMMIT.

The writer's whole append is one query text (`begin; ... fence ...; copy ...; commit`); the end of its last COPY (CopyDone) lets PostgreSQL go on to COMMIT by itself. So
"before COMMIT" is before CopyDone is handed on, and the answer of COMMIT is the CommandComplete with that word. An append whose rows were copied ahead is a query text of fence
and COMMIT alone: "before" is before that.
"""

import collections
import selectors
import socket
import threading

from waiting import wait_for

COPY_DONE = ord("c")
QUERY = ord("Q")
COMMAND_COMPLETE = ord("C")


class Cut(Exception):
    """The connection ends here."""


class Messages:
    """The messages in a stream, one by one, each with its bytes."""

    def __init__(self, has_startup):
        self.rest = b""
        self.has_startup = has_startup  # The first message of a client carries no type.

    def feed(self, some):
        self.rest += some
        found = []
        while True:
            head = 0 if self.has_startup else 1
            if len(self.rest) < head + 4:
                return found
            size = head + int.from_bytes(self.rest[head:head + 4], "big")
            if len(self.rest) < size:
                return found
            kind = None if self.has_startup else self.rest[0]
            # An asked-for encryption is declined with one byte and then the startup comes; the URL of these tests asks for none.
            self.has_startup = False
            found.append((kind, self.rest[:size]))
            self.rest = self.rest[size:]


class Link(threading.Thread):
    """One connection of the program."""

    def __init__(self, proxy, client):
        super().__init__(daemon=True)
        self.proxy = proxy
        self.client = client
        self.server = None
        self.appends = False  # The last query was an append.
        self.committing = False

    def run(self):
        try:
            self.server = socket.create_connection(("127.0.0.1", self.proxy.target))
            for one in (self.client, self.server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.pump()
        except (OSError, Cut):
            pass
        finally:
            self.close()

    def close(self):
        for one in (self.client, self.server):
            if one is not None:
                one.close()

    def pump(self):
        asked, answered = Messages(True), Messages(False)
        with selectors.DefaultSelector() as ready:
            ready.register(self.client, selectors.EVENT_READ, (self.client, self.server, asked, self.on_request))
            ready.register(self.server, selectors.EVENT_READ, (self.server, self.client, answered, self.on_answer))
            while True:
                for key, _ in ready.select():
                    source, target, stream, look = key.data
                    some = source.recv(1 << 16)
                    if not some:
                        return
                    for kind, message in stream.feed(some):
                        look(kind, message, target)

    def on_request(self, kind, message, server):
        goes_to_commit = kind == COPY_DONE
        if kind == QUERY:
            self.appends = b"reserve.fence(" in message
            self.committing = False
            if self.appends and b"copy reserve." not in message:
                self.proxy.ahead += 1
                goes_to_commit = True
        if goes_to_commit and self.appends and not self.committing:
            # Several COPYs may follow each other: only the transaction's last one is followed by COMMIT, so the plan is kept until its answer comes.
            self.committing = True
            plan = self.proxy.plan()
            if plan == "before":
                self.proxy.done(plan)
                raise Cut()
            if plan == "stall":
                self.proxy.done(plan)
                self.proxy.awake.wait()
                raise Cut()
            if plan == "after":
                server.sendall(message)
                self.proxy.done(plan)
                raise Cut()
        server.sendall(message)

    def on_answer(self, kind, message, client):
        if kind == COMMAND_COMPLETE and self.appends and message[5:-1] == b"COMMIT":
            if self.proxy.plan() == "swallow":
                self.proxy.done("swallow")
                raise Cut()
            self.proxy.commits += 1
        if self.proxy.delay and self.appends and kind == COMMAND_COMPLETE:
            self.proxy.slowed.wait(self.proxy.delay)
        client.sendall(message)


class Proxy:
    def __init__(self, target):
        self.target = target
        self.lock = threading.Lock()
        self.plans = collections.deque()
        self.cuts = collections.Counter()
        self.commits = 0
        self.ahead = 0  # Appends of rows that were copied ahead.
        self.delay = 0.0
        self.slowed = threading.Event()
        self.awake = threading.Event()
        self.links = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            link = Link(self, client)
            self.links.append(link)
            link.start()

    def plan(self):
        with self.lock:
            return self.plans[0] if self.plans else None

    def done(self, plan):
        with self.lock:
            if self.plans and self.plans[0] == plan:
                self.plans.popleft()
            self.cuts[plan] += 1

    def cut_next(self, plan):
        """The next append is cut: before its COMMIT reaches PostgreSQL, right after it was handed on, or when its answer comes back. Waits until it is done."""
        before = self.cuts[plan]
        with self.lock:
            self.plans.append(plan)
        wait_for("an append is cut " + plan, lambda: self.cuts[plan] > before, 30)

    def stall_next(self):
        """The next append gets no further than the middle of its COPY, and its session stays as it is until end_stall(). Waits until it is there."""
        self.awake.clear()
        self.cut_next("stall")

    def end_stall(self):
        self.awake.set()

    def slow_down(self, seconds):
        """Every statement of an append is answered so much later, as by a slow disk."""
        self.delay = seconds

    def stop(self):
        self.awake.set()
        self.listener.close()
        for link in self.links:
            link.close()
