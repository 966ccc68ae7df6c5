"""A receiver of webhooks: checks that they are the marketplace's, answers at once, and works afterwards.

Put it behind your web server, which speaks https; the marketplace posts to no other address.
"""

import base64
import binascii
import hashlib
import hmac
import json
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LARGEST = 1_000_000
TOLERANCE_SECONDS = 300
MOST_REMEMBERED = 10_000


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether the body was signed with the secret by the Standard Webhooks rules, no more than five minutes ago.

    There may be several signatures while the secret is rotated: one that fits is enough.
    """
    try:
        message, sent = headers["webhook-id"], headers["webhook-timestamp"]
        signatures = headers["webhook-signature"].split()
        if abs(now - int(sent)) > TOLERANCE_SECONDS:
            return False
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (KeyError, ValueError, AttributeError, binascii.Error):
        return False
    signed = f"{message}.{sent}.".encode() + body
    wanted = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    return any(hmac.compare_digest(wanted, each.encode()) for each in signatures)


class Receiver(ThreadingHTTPServer):
    """Takes webhooks on a port and hands each to ``handle`` once, in the order in which they came.

    What is handed over lives in memory alone: keep ``listen`` running as well, or write events down before you answer.
    """

    daemon_threads = True

    def __init__(self, port: int, secret: str, handle: Callable[[dict[str, Any]], None]) -> None:
        self.secret, self.handle = secret, handle
        self._known: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        super().__init__(("127.0.0.1", port), _Handler)
        threading.Thread(target=self._work, daemon=True).start()

    def take(self, message: str, event: dict[str, Any]) -> None:
        """Hand an event over unless it came before: the same may come twice, under the same webhook-id."""
        with self._lock:
            if message in self._known:
                return
            self._known[message] = None
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        self._events.put(event)

    def _work(self) -> None:
        while True:
            event = self._events.get()
            try:
                self.handle(event)
            except Exception as error:
                print(f"{event.get('type')}: {error}")


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            return self._answer(413)
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not is_signed(self.server.secret, headers, body, time.time()):
            return self._answer(401)
        self.server.take(headers["webhook-id"], json.loads(body))
        return self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, *told: Any) -> None:
        """Events are printed by who handles them."""
