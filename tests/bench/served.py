"""The web server over the benches' database, and clients with a session."""

import http.client
import os
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from tests.support import loaded

START_SECONDS = 60


@contextmanager
def served(*, workers: int) -> Iterator[int]:
    """gunicorn as in production but for the number of workers; the port that it answers on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = ["gunicorn", "marketplace.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    with tempfile.TemporaryFile() as log:
        server = loaded.begun(
            command, env=os.environ | {"SITE_URL": f"http://127.0.0.1:{port}"}, stdout=log, stderr=log
        )
        try:
            _wait_for(port, log)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(port: int, log) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as probe:
                probe.request("GET", "/healthz")
                if probe.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    log.seek(0)
    raise RuntimeError(f"The web server did not answer: {log.read()[-2000:]!r}")


class Browser:
    """One signed-in user's connection."""

    def __init__(self, port: int, user_id: int) -> None:
        self.client = Client()
        self.client.force_login(
            get_user_model().objects.get(pk=user_id), backend=settings.AUTHENTICATION_BACKENDS[0]
        )
        self.cookies = {"sessionid": self.client.cookies["sessionid"].value}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> tuple[int, str, bytes]:
        return self._asked("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> tuple[int, str, bytes]:
        token = self.cookies.get("csrftoken", "")
        return self._asked("POST", path, urlencode([*fields.items(), ("csrfmiddlewaretoken", token)]))

    def _asked(self, method: str, path: str, body: str | None = None) -> tuple[int, str, bytes]:
        """Status, where it leads, and the body."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        self.connection.close()
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                self.cookies |= [value.split(";")[0].split("=", 1)]
        return answer.status, answer.getheader("Location", ""), content
