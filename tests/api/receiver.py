"""A server that keeps what is posted to it."""

import time
from http.server import BaseHTTPRequestHandler


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is told, and when on the monotonic clock the last came; answers with what the server was set to."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came_at = time.monotonic()
        self._wait()
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.answers)
        if self.server.answers == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b"said " * 400)

    def _wait(self):
        """Answer only once so many others came, where the server was told so for this path."""
        others, until = getattr(self.server, "waits", {}).get(self.path, 0), time.monotonic() + 4
        while len(self.server.got) < others and time.monotonic() < until:
            time.sleep(0.01)

    def log_message(self, *told):
        """Nothing is printed."""
