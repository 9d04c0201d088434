"""A tiny HTTP client: one kept connection per thread, answers as they are."""

import http.client
import json
import socket
import threading
import time

# The server closes idle connections after a minute; one that has rested longer than this is not used again.
IDLE_LIMIT = 20.0


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def data(self):
        """What is inside the envelope of a success."""
        content = self.json
        assert content["success"] is True, str(self)
        return content["data"]

    @property
    def code(self):
        """Code of a refusal, or None."""
        content = self.json
        return content["error"]["code"] if content.get("error") else None

    @property
    def details(self):
        return self.json["error"]["details"]

    @property
    def is_replay(self):
        return self.headers.get("idempotent-replay") == "true"

    def expect(self, status, code=None):
        assert self.status == status, "wanted %s, got %s" % (status, self)
        if code is not None:
            assert self.code == code, "wanted %s, got %s" % (code, self)
        return self

    def __str__(self):
        return "%d %s" % (self.status, self.body[:1500].decode("utf-8", "replace"))


class Client:
    """`seen(method, path, reply)` is told of every answer."""

    def __init__(self, port, timeout=30.0, seen=None):
        self.port = port
        self.timeout = timeout
        self.seen = seen
        self.mine = threading.local()

    def _connection(self):
        kept = getattr(self.mine, "connection", None)
        if kept is not None and time.monotonic() - self.mine.used < IDLE_LIMIT:
            return kept
        self.close()
        self.mine.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        self.mine.connection.connect()
        self.mine.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.mine.connection

    def close(self):
        kept = getattr(self.mine, "connection", None)
        if kept is not None:
            kept.close()
            self.mine.connection = None

    def send(self, method, path, body=None, headers=None):
        """`body` is bytes as they are, or anything that JSON can say."""
        head = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            head.setdefault("Content-Type", "application/json")
        try:
            connection = self._connection()
            connection.request(method, path, body=body, headers=head)
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.getheaders(), answer.read())
            self.mine.used = time.monotonic()
            if answer.will_close:
                self.close()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if self.seen is not None:
            self.seen(method, path, reply)
        return reply

    def get(self, path, headers=None):
        return self.send("GET", path, None, headers)

    def post(self, path, body=None, headers=None):
        return self.send("POST", path, body, headers)
